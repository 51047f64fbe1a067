"""The station check: what each look finds, and in which sentence it is told."""

from collections.abc import Callable
from typing import get_args

import pytest

from station.config import FixtureConfig
from station.domain.faults import DiskReadOnly, FixtureSilent, NoWatchdog
from station.domain.outcome import Outcome
from station.domain.people import People
from station.domain.ready import SENTENCES, Item, ItemCode, is_ready
from station.domain.shift_facts import RecipeAccepted, ReferenceJudged
from station.domain.shift_rules import HOUR, Reference, ShiftRules
from station.domain.standing import Standing
from station.engine.ready import FEW, Ledgered, Looks, Room, Watchdog, changed, clock, facts, things
from station.texts import languages, placeholders, texts_in
from station.ui.people import check_key, checks_of
from tests.engine.crew import BADGES
from tests.engine.sheet import inputs, recipe, unit

NOW = 1_700_000_000_000_000
FIXTURE = FixtureConfig.model_validate(
    {
        "name": "two",
        "controller": "/dev/ttyACM0",
        "nests": [{"nest": nest, "usb": f"1-{nest}.1", "probe": f"P{nest}"} for nest in (1, 2)],
    }
)
NEEDED = 1 << 30
GOOD = unit("GOOD").serial
assert GOOD is not None
PROVED = ShiftRules(references=(Reference(serial=GOOD, expect="pass"),))
EMPTY = Ledgered(0, None, ())
FULL = Ledgered(7, NOW, (NOW,))


def silent() -> str:
    raise FixtureSilent("the fixture does not answer")


def unwritable() -> Room:
    raise DiskReadOnly("/state: Read-only file system")


def looks(
    scanners: dict[str, bool] | None = None,
    probes: tuple[str, ...] = ("P1", "P2"),
    hubs: tuple[str, ...] = ("1-1", "1-2"),
    fixture: Callable[[], str] = lambda: "sim",
    room: Callable[[], Room] = lambda: Room(9 * NEEDED),
    watchdog: Watchdog | None = None,
    unfelt: Callable[[], bool] = lambda: False,
) -> Looks:
    there = {"left": True} if scanners is None else scanners
    guard = watchdog or Watchdog()

    def hub_of(usb: str) -> str:
        return usb.rpartition(".")[0]

    return Looks(lambda: there, lambda: probes, lambda: hubs, hub_of, fixture, room, lambda: guard, unfelt)


def standing(right: bool | None = None, accepted: bool = False) -> Standing:
    """As a journal says it; `right` is how the good unit came out."""
    told = Standing()
    if accepted:
        told.accepted = RecipeAccepted(
            recipe="demo", revision="A", recipe_sha256="a" * 64, release_sha256="b" * 64, by="Lea Lead"
        )
    if right is not None:
        outcome = Outcome.PASS if right else Outcome.FAIL
        judged = ReferenceJudged(serial=GOOD, nest=1, expect="pass", outcome=outcome, right=right)
        told.references[judged.serial] = (NOW - HOUR, judged)
        told.wrong_reference = None if right else judged
    return told


def found() -> list[Item]:
    """What every look says in every case there is."""
    made = inputs(recipe())
    items: list[Item] = []
    for look in (
        looks(),
        looks(scanners={}),
        looks(probes=("p1", "P1", "P2")),
        looks(scanners={"left": True, "right": False}, probes=("P2",), hubs=("1-1",)),
        looks(fixture=silent, room=lambda: Room(NEEDED // 2, 9 * FEW)),
        looks(watchdog=Watchdog(proved_at=NOW)),
        looks(unfelt=lambda: True),
        looks(watchdog=Watchdog(none="a relay board without a processor")),
        looks(room=lambda: Room(NEEDED)),
        looks(room=lambda: Room(9 * NEEDED, FEW - 1)),
        looks(room=unwritable),
    ):
        items += things(FIXTURE, NEEDED, look)
    nobody = ShiftRules(sign_in="badge", people=People(people=()))
    for rules, stands, ledger in (
        (ShiftRules(), standing(), EMPTY),
        (BADGES, standing(accepted=True), FULL),
        (nobody, standing(), FULL),
        (PROVED, standing(), FULL),
        (PROVED, standing(right=True), FULL),
        (PROVED, standing(right=False), FULL),
    ):
        items += facts(rules, stands, made, ledger, NOW)
    items += changed(BADGES, ["Theo was added as engineer"])
    return [*items, clock(FULL, NOW - HOUR, 0.0), clock(FULL, NOW, 6.0)]


def test_every_sentence_of_the_check_is_made_by_some_look_and_no_other_is() -> None:
    said = {(one.code, one.what) for one in found() if one.what not in (FixtureSilent.code, DiskReadOnly.code)}
    assert said == {(code, what) for code, whats in SENTENCES.items() for what in whats}
    assert {one.code for one in found()} == set(get_args(ItemCode))


def test_every_sentence_of_the_check_is_one_sentence_with_all_its_values() -> None:
    for one in found():
        assert one.says.endswith("."), one
        if one.what in SENTENCES[one.code]:
            assert set(one.values) == placeholders(SENTENCES[one.code][one.what]), one
            assert one.says == SENTENCES[one.code][one.what].format(**one.values)


@pytest.mark.parametrize("language", languages())
def test_whoever_signs_in_reads_every_sentence_of_the_check_in_their_language(language: str) -> None:
    texts = texts_in(language)
    for one in found():
        own = check_key(one.code, one.what)
        key = own if texts.has(own) else f"fault.{one.what}.what"
        assert [line.text for line in checks_of([one], texts)] == [texts.fill(key, one.values)]


@pytest.mark.parametrize("language", languages())
def test_the_catalogue_has_the_sentences_of_the_check_and_no_others(language: str) -> None:
    texts = texts_in(language)
    for code, whats in SENTENCES.items():
        for what, english in whats.items():
            assert placeholders(texts.entries[check_key(code, what)]) <= placeholders(english)
    sentences = {check_key(code, what) for code, whats in SENTENCES.items() for what in whats}
    titles = {check_key(code, "title") for code in SENTENCES}
    states = {f"check.state.{state}" for state in ("warn", "due", "fail")}
    assert {key for key in texts.entries if key.startswith("check.")} == sentences | titles | states


def test_what_another_package_found_is_told_in_its_own_words() -> None:
    theirs = Item(code="FIXTURE", state="fail", says="The press is open\x1b.", what="ACME-7")
    assert [one.text for one in checks_of([theirs], texts_in("vi"))] == [r"The press is open\x1b."]


def test_units_are_made_when_nothing_is_due_and_nothing_broken() -> None:
    well = [
        *things(FIXTURE, NEEDED, looks(scanners={})),
        *facts(ShiftRules(), standing(), inputs(recipe()), EMPTY, NOW),
    ]
    assert is_ready(well)
    assert not is_ready([*well, *things(FIXTURE, NEEDED, looks(fixture=silent))])
    assert not is_ready([*well, *facts(PROVED, standing(), inputs(recipe()), EMPTY, NOW)])


def test_a_watchdog_that_does_not_bite_stops_production_and_one_that_is_not_there_is_told() -> None:
    asleep = Watchdog(proved_at=NOW, fault=NoWatchdog("the controller left power on"))
    told = {one.code: one for one in things(FIXTURE, NEEDED, looks(watchdog=asleep))}["FIXTURE"]
    assert (told.state, told.what, told.says) == ("fail", "S113", "the controller left power on.")
    told = {one.code: one for one in things(FIXTURE, NEEDED, looks(watchdog=Watchdog(none="no processor")))}["FIXTURE"]
    assert (told.state, told.what) == ("warn", "unguarded")
    assert "no processor" in told.says
