"""Stations that die in mid-run: what `station bench deaths` looks for, and that it would see it."""

from collections import Counter

import pytest

from station.bench.client import Facts, Moment
from station.cli.death_trials import AT, Truth, Way, drawn, shown_and_lost, unnoticed
from station.domain.events import Event, Metered
from station.domain.ids import DeviceId, RunId, SerialNumber
from station.domain.shift_facts import NestLocked
from tests.line.floor import command

DEVICE, SERIAL = "e00fce680e0ea446e095dbf5", "B31KBN0001VK6SD"
RUN = RunId("20261122-201501-n1-3f9a")


@pytest.fixture(scope="module")
def told() -> dict[str, object]:
    done = command("bench", "deaths", "--n", "30", "--json", within=300)
    assert done.code == 0, done.out + done.err
    return done.json


def test_whoever_dies_no_unit_is_online_unnoticed_no_verdict_lost_and_no_nest_falsely_safe(
    told: dict[str, object],
) -> None:
    assert told["failures"] == []
    assert (told["deaths"], told["online_unnoticed"], told["shown_and_lost"], told["false_safe"]) == (30, 0, 0, 0)


def test_each_of_them_dies_and_units_are_withheld(told: dict[str, object]) -> None:
    ways = told["by_way"]
    assert isinstance(ways, dict)
    assert set(ways) == {way.value for way in Way}
    assert told["withheld"] != 0
    assert told["without_watchdog"] == 10


def test_every_way_meets_every_kind_of_event() -> None:
    pairs = Counter((one.way, one.at) for one in (drawn(1, death) for death in range(len(Way) * len(AT))))
    assert set(pairs.values()) == {1}
    assert len(pairs) == len(Way) * len(AT)


# The oracle is alive


def facts(contacts: int = 0, boots: tuple[str, ...] = ()) -> Facts:
    """A unit as the bench knows it."""
    return Facts(
        unit=1, device_id=DEVICE, serial=SERIAL, label=SERIAL, powered=False, reset_held=True, running=None, mode=None,
        asleep=False, led="off", presses=0, modem_power_ups=0, seat=1,
        contacts=(Moment(3.0, "tinker"),) * contacts, boots=tuple(Moment(1.0, one) for one in boots),
    )  # fmt: skip


def metered(verdict: str) -> Event:
    body = Metered.model_validate(
        {
            "verdict": verdict,
            "reasons": ("nobody watched",),
            "conclusion": "may have connected",
            "device_id": DeviceId(DEVICE),
            "serial": SerialNumber(SERIAL),
            "radio": "cellular",
        }
    )
    return Event(seq=1, run=RUN, at=1, body=body)


SEATS: dict[int, int | None] = {1: 1}


@pytest.mark.parametrize(
    "truth",
    [
        Truth(facts(contacts=1), in_run=True),
        Truth(facts(contacts=1), in_run=False),
        Truth(facts(boots=("tinker",)), in_run=True),
        Truth(facts(boots=("factory-test",)), in_run=True),
        Truth(facts(), in_run=True, ran_at_death=True),
    ],
    ids=["online", "another one online", "its own firmware ran", "an unknown boot", "it ran when the station died"],
)
def test_a_journal_that_says_nothing_of_such_a_unit_is_seen(truth: Truth) -> None:
    wrong, held = unnoticed([truth], [metered("no_evidence")], SEATS)
    assert (len(wrong), held) == (1, 0)
    assert unnoticed([truth], [metered("risk")], SEATS) == ([], 1)
    lock = Event(seq=2, run=None, at=1, body=NestLocked(nest=1, why="meter", code="U402", detail="it had power"))
    assert unnoticed([truth], [lock], SEATS) == ([], 1)
    assert unnoticed([truth], [lock], {1: None})[1] == 0


def test_a_unit_that_stood_still_need_not_be_held() -> None:
    assert unnoticed([Truth(facts(), in_run=True)], [metered("no_evidence")], SEATS) == ([], 0)
    assert unnoticed([Truth(facts(boots=("tinker",)), in_run=False)], [], SEATS) == ([], 0)


def test_what_was_shown_and_is_not_stored_is_seen() -> None:
    one = metered("risk")
    other = one.model_copy(update={"body": metered("no_evidence").body})
    assert shown_and_lost([one], [one]) == []
    assert len(shown_and_lost([one], [])) == 1
    assert len(shown_and_lost([one], [other])) == 1
