"""Which nest takes a scan."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.domain.ids import DeviceId, SerialNumber
from station.domain.label import Label
from station.domain.nest import On, State, step
from station.engine.admission import DOUBLE_READ, Refusal, Seated, admit
from tests.engine.sheet import unit

LABEL = unit("GOOD", 1)
OTHER = unit("GOOD", 2)
NOW = 1000.0
HAS_IT = (State.LABELLED, State.RUNNING, State.ASKING, State.STOPPING)


def empty(*nests: int) -> list[Seated]:
    return [Seated(nest, State.EMPTY, None, 0.0) for nest in nests]


def refused(taken: int | Refusal) -> Refusal:
    assert isinstance(taken, Refusal)
    return taken


def test_the_lowest_empty_nest_takes_a_scan_in_whatever_order_they_are_told() -> None:
    for order in itertools.permutations((3, 1, 2)):
        assert admit(LABEL, "boron", empty(*order), NOW) == 1
    taken = Seated(1, State.RUNNING, OTHER, 0.0)
    assert admit(LABEL, "boron", [*empty(3, 2), taken], NOW) == 2


@given(st.lists(st.sampled_from(State), max_size=6))
def test_only_a_nest_whose_table_has_a_row_takes_a_scan(states: list[State]) -> None:
    nests = [Seated(number, state, OTHER, 0.0) for number, state in enumerate(states, start=1)]
    taken = admit(LABEL, "boron", nests, NOW)
    free = [one.nest for one in nests if step(one.state, On.SCAN) is not None]
    if free:
        assert taken == free[0]
    else:
        assert "Every nest is taken" in refused(taken).detail
        assert not refused(taken).silent


@pytest.mark.parametrize("state", HAS_IT)
@pytest.mark.parametrize(
    ("ago", "silent"), [(0.0, True), (DOUBLE_READ - 0.01, True), (DOUBLE_READ, False), (60, False)]
)
def test_a_label_that_is_in_a_nest_is_not_taken_again(state: State, ago: float, silent: bool) -> None:
    nests = [*empty(1), Seated(2, state, LABEL, NOW - ago)]
    told = refused(admit(LABEL, "boron", nests, NOW))
    assert "in nest 2 already" in told.detail
    assert told.silent is silent
    assert admit(OTHER, "boron", nests, NOW) == 1


@pytest.mark.parametrize("state", set(State) - set(HAS_IT) - {State.EMPTY})
def test_a_label_whose_run_has_ended_may_be_scanned_again(state: State) -> None:
    assert admit(LABEL, "boron", [Seated(1, state, LABEL, NOW), *empty(2)], NOW) == 2


@pytest.mark.parametrize(
    ("label", "says"),
    [
        (Label(serial=SerialNumber("ARNKAB123456789")), "label is of a argon, the recipe makes a boron"),
        (Label(device_id=DeviceId("0a10aced2021001122aabbcc")), "begin with e00fce68, this one with 0a10aced"),
        (
            Label(serial=SerialNumber("B40HAB123456789"), device_id=DeviceId("0a10aced2021001122aabbcc")),
            "begin with e00fce68",
        ),
    ],
)
def test_a_label_of_another_platform_is_refused_before_any_nest_is_looked_at(label: Label, says: str) -> None:
    for nests in ([], empty(1), [Seated(1, State.RUNNING, label, NOW)]):
        told = refused(admit(label, "boron", nests, NOW))
        assert told.code == "U102"
        assert says in told.detail
        assert told.remedy
        assert not told.silent


@pytest.mark.parametrize(
    "label",
    [
        Label(serial=SerialNumber("QQQQAB123456789")),
        Label(device_id=DeviceId("e00fce68aabbccddeeff0011")),
        Label(serial=SerialNumber("B40HAB123456789"), device_id=DeviceId("e00fce68aabbccddeeff0011")),
    ],
)
def test_what_does_not_contradict_the_platform_is_taken(label: Label) -> None:
    assert admit(label, "boron", empty(1), NOW) == 1


def test_where_a_platform_ties_the_serial_number_to_the_device_id_the_two_have_to_agree() -> None:
    device = DeviceId("0a10aced2021001122aabbcc")
    fits, does_not = SerialNumber("P046AB123AABBCC"), SerialNumber("P046AB123AABBCD")
    assert admit(Label(serial=fits, device_id=device), "p2", empty(1), NOW) == 1
    told = refused(admit(Label(serial=does_not, device_id=device), "p2", empty(1), NOW))
    assert "do not belong together" in told.detail


def test_without_nests_every_scan_is_refused() -> None:
    assert "Every nest is taken" in refused(admit(LABEL, "boron", [], NOW)).detail
