"""Everything that can go wrong."""

import re
from collections import Counter

import pytest

from station.domain.faults import BUG, Aborted, Fault, StationFault, UnitFault, all_faults
from station.domain.outcome import Outcome, worst

FAULTS = all_faults()


def test_no_code_is_used_twice_or_for_a_bug() -> None:
    codes = Counter(fault.code for fault in FAULTS)
    assert max(codes.values()) == 1
    assert BUG not in codes


def test_every_fault_below_the_three_roots_has_a_code_of_its_own() -> None:
    def below(root: type[Fault]) -> set[type[Fault]]:
        return {child for one in root.__subclasses__() for child in (one, *below(one))}

    own = {one for one in below(Fault) if one.__module__ == Fault.__module__}
    assert own - {UnitFault, StationFault} == set(FAULTS)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: str(fault.code))
def test_a_fault_says_what_to_do_and_who_is_to_blame(fault: type[Fault]) -> None:
    assert re.match(r"[USA]\d{3}\Z", fault.code)
    assert fault.remedy.endswith(".")
    assert fault.__doc__
    blamed = {UnitFault: "U", StationFault: "S", Aborted: "A"}
    assert [letter for root, letter in blamed.items() if issubclass(fault, root)] == [fault.code[0]]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: str(fault.code))
def test_only_a_bad_unit_fails_and_no_fault_passes(fault: type[Fault]) -> None:
    assert fault.outcome is not Outcome.PASS
    assert (fault.outcome is Outcome.FAIL) == issubclass(fault, UnitFault)
    assert str(fault("3.1 V")) == "3.1 V"


def test_the_worst_outcome_wins_in_any_order() -> None:
    order = [Outcome.PASS, Outcome.FAIL, Outcome.ERROR, Outcome.ABORTED, Outcome.INTERRUPTED]
    for index, outcome in enumerate(order):
        assert worst(order[: index + 1]) is worst(reversed(order[: index + 1])) is outcome
    assert worst([]) is Outcome.PASS
