"""Which nest takes a scan."""

import itertools
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.domain.command import Command, Verb
from station.domain.events import OrderLine
from station.domain.ids import DeviceId, SerialNumber
from station.domain.known import Known, Listed
from station.domain.label import Label
from station.domain.nest import On, State, step, takes
from station.domain.refusals import Refusal
from station.engine.admission import DOUBLE_READ, DoubleReads, Seated, admit
from tests.engine.sheet import unit

LABEL = unit("GOOD", 1)
OTHER = unit("GOOD", 2)
HAS_IT = (State.LABELLED, State.RUNNING, State.ASKING, State.STOPPING)


def empty(*nests: int) -> list[Seated]:
    return [Seated(nest, State.EMPTY, None, takes=On.SCAN) for nest in nests]


def refused(taken: int | Refusal) -> Refusal:
    assert isinstance(taken, Refusal)
    return taken


def test_the_lowest_empty_nest_takes_a_scan_in_whatever_order_they_are_told() -> None:
    for order in itertools.permutations((3, 1, 2)):
        assert admit(LABEL, "boron", empty(*order)) == 1
    taken = Seated(1, State.RUNNING, OTHER)
    assert admit(LABEL, "boron", [*empty(3, 2), taken]) == 2


@given(st.lists(st.sampled_from(State), max_size=6))
def test_only_a_nest_whose_table_has_a_row_takes_a_scan(states: list[State]) -> None:
    nests = [
        Seated(number, state, OTHER, takes=takes(state, closed=False, seated=False))
        for number, state in enumerate(states, start=1)
    ]
    taken = admit(LABEL, "boron", nests)
    for on in (On.SCAN, On.SCAN_OPEN):
        free = [one.nest for one in nests if one.takes is on and step(one.state, on) is not None]
        if free:
            assert taken == free[0]
            return
    assert refused(taken).code == ("SEATED_UNLABELLED" if State.UNLABELLED in states else "SCAN_NO_NEST")


def test_an_open_nest_goes_on_with_the_unit_that_it_had_before_any_other_does() -> None:
    opened = Seated(3, State.STOPPED, LABEL, takes=On.SCAN_OPEN)
    assert admit(LABEL, "boron", [*empty(1), opened]) == 3
    assert admit(OTHER, "boron", [*empty(4), opened]) == 4, "its verdict stays while there is another nest"
    assert admit(OTHER, "boron", [opened]) == 3


@pytest.mark.parametrize("state", HAS_IT)
def test_a_label_that_is_in_a_nest_is_not_taken_again(state: State) -> None:
    nests = [*empty(1), Seated(2, state, LABEL)]
    waits = state is State.LABELLED
    told = refused(admit(LABEL, "boron", nests)).detail
    assert told == ("Nest 2 waits for this unit already." if waits else "This label is in nest 2 already.")
    assert admit(OTHER, "boron", nests) == 1


@pytest.mark.parametrize("state", sorted(set(State) - set(HAS_IT) - {State.EMPTY}))
def test_a_label_whose_run_has_ended_may_be_scanned_again(state: State) -> None:
    assert admit(LABEL, "boron", [Seated(1, state, LABEL), *empty(2)]) == 2


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
    for nests in ([], empty(1), [Seated(1, State.RUNNING, label)]):
        told = refused(admit(label, "boron", nests))
        assert told.code == "U102"
        assert says in told.detail
        assert told.remedy


@pytest.mark.parametrize(
    "label",
    [
        Label(serial=SerialNumber("QQQQAB123456789")),
        Label(device_id=DeviceId("e00fce68aabbccddeeff0011")),
        Label(serial=SerialNumber("B40HAB123456789"), device_id=DeviceId("e00fce68aabbccddeeff0011")),
    ],
)
def test_what_does_not_contradict_the_platform_is_taken(label: Label) -> None:
    assert admit(label, "boron", empty(1)) == 1


def test_where_a_platform_ties_the_serial_number_to_the_device_id_the_two_have_to_agree() -> None:
    device = DeviceId("0a10aced2021001122aabbcc")
    fits, does_not = SerialNumber("P046AB123AABBCC"), SerialNumber("P046AB123AABBCD")
    assert admit(Label(serial=fits, device_id=device), "p2", empty(1)) == 1
    told = refused(admit(Label(serial=does_not, device_id=device), "p2", empty(1)))
    assert "do not belong together" in told.detail


def test_without_nests_every_scan_is_refused() -> None:
    assert "Every nest is taken" in refused(admit(LABEL, "boron", [])).detail


# Double reads


@given(st.lists(st.tuples(st.sampled_from([LABEL, OTHER]), st.floats(0, 3), st.booleans()), min_size=1, max_size=20))
def test_only_the_same_code_read_again_at_once_is_a_double_read(reads: list[tuple[Label, float, bool]]) -> None:
    double, now, last, last_at, last_taken = DoubleReads(), 10.0, None, 0.0, False
    for label, pause, taken in reads:
        now += pause
        again = label == last and now - last_at < DOUBLE_READ
        assert double.just_now(label, now) is (last_taken if again else None)
        double.became(taken)
        last, last_at, last_taken = label, now, taken


def test_a_refused_scan_and_a_command_that_are_repeated_are_double_reads_too() -> None:
    double = DoubleReads()
    assert double.just_now(("refused", "U101", "empty scan", 0), 1.0) is None
    double.became(False)
    assert double.just_now(("refused", "U101", "empty scan", 0), 1.3) is False
    assert double.just_now(Command(Verb.YES), 1.4) is None
    double.became(True)
    assert double.just_now(Command(Verb.YES), 1.5) is True
    assert double.just_now(Command(Verb.YES), 3.1) is None


def test_a_scanner_that_repeats_a_thousand_labels_starts_a_thousand_units() -> None:
    dice, double, taken, now = random.Random(31), DoubleReads(), 0, 0.0
    for number in range(1000):
        label = Label(serial=SerialNumber(f"B40HAB{number:09d}"))
        now += 2.0
        for _ in range(dice.randrange(1, 4)):
            taken += double.just_now(label, now) is None
            double.became(True)
            now += dice.uniform(0, DOUBLE_READ - 0.001)
    assert taken == 1000


# Orders, and the product


def line_of(label: Label) -> Listed:
    return Listed("SO-1", OrderLine(serial=label.serial), False)


def test_a_label_that_no_order_lists_is_refused_before_its_unit_is_seated() -> None:
    known = Known(imported=True, orders=9)
    told = refused(admit(LABEL, "boron", empty(1), known))
    assert told.code == "U118"
    assert str(LABEL.serial) in told.detail
    assert admit(LABEL, "boron", empty(1), replace(known, listed=(line_of(LABEL),))) == 1


def test_a_label_is_taken_while_its_unit_may_still_be_found_by_its_chip() -> None:
    known = Known(imported=True, orders=9, may_be_listed=True)
    assert admit(LABEL, "boron", empty(1), known) == 1


def test_where_the_recipe_wants_orders_none_is_made_without() -> None:
    assert refused(admit(LABEL, "boron", empty(1), Known(), "required")).code == "U118"


def test_a_unit_that_is_in_the_product_is_refused_where_it_could_connect() -> None:
    known = Known(in_product="it is on the import list devices.txt")
    told = refused(admit(LABEL, "boron", empty(1), known))
    assert told.code == "U123"
    assert "devices.txt" in told.detail
    assert admit(LABEL, "boron", empty(1), known, declares=("reset_held",)) == 1


def test_in_a_thousand_swaps_of_labels_each_nest_has_the_label_that_was_scanned_for_it() -> None:
    """Labels are scanned in any order, also twice and while every nest is taken: none is lost, none is in two nests."""
    dice = random.Random(15)
    labels = [unit("GOOD", n) for n in range(8)]
    for _ in range(1000):
        seats = {number: Seated(number, State.EMPTY, None, takes=On.SCAN) for number in range(1, 5)}
        for label in dice.choices(labels, k=10):
            taken = admit(label, "boron", seats.values())
            there = [one.nest for one in seats.values() if one.label == label]
            if isinstance(taken, int):
                assert not there
                assert seats[taken].label is None
                seats[taken] = Seated(taken, dice.choice(HAS_IT), label)
            else:
                assert there or all(one.label is not None for one in seats.values())
        held = [one.label for one in seats.values() if one.label is not None]
        assert len(held) == len({one.serial for one in held})
