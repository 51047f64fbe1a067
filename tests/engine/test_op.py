"""The hand a step works with."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.domain.events import Booted, Measured, PreAddRequested
from station.domain.faults import Aborted, EvidenceMissing, JournalFull, NoAnswer, OutOfLimits
from station.domain.outcome import Outcome
from tests.engine.notebook import Notebook, op_of
from tests.engine.sheet import DEVICE

BOOTED = Booted(op=20, firmware="factory test")


def test_what_was_noted_is_in_the_record_at_once() -> None:
    op = op_of(Notebook())
    op.note(BOOTED)
    assert op.record.booted == (BOOTED,)


def test_a_fact_that_is_kept_for_the_verdict_is_not_noted() -> None:
    pen = Notebook()
    op = op_of(pen)
    op.with_verdict(PreAddRequested(device_id=DEVICE))
    assert op.on_pass == [PreAddRequested(device_id=DEVICE)]
    assert pen.notes == []


def test_a_wanted_stop_ends_the_step_at_whatever_it_does_next_and_nothing_is_written() -> None:
    pen = Notebook(stop_at=0)
    op = op_of(pen)
    for act in (op.checkpoint, lambda: op.note(BOOTED), lambda: op.progress(0.5), lambda: op.measure("vbat", 3.7)):
        with pytest.raises(Aborted, match="stopped by a person"):
            act()
    assert (pen.notes, pen.told) == ([], [])


def test_a_full_disk_is_no_silence() -> None:
    with pytest.raises(JournalFull):
        op_of(Notebook(room=0)).note(BOOTED)


@given(st.floats(allow_nan=False))
def test_progress_stays_between_nothing_and_all(part: float) -> None:
    pen = Notebook()
    op_of(pen).progress(part, "writing")
    (told,) = pen.told
    assert told.part == min(1.0, max(0.0, part))
    assert (told.op, told.text) == (20, "writing")
    assert pen.notes == []


@pytest.mark.parametrize(
    ("value", "outcome"), [(3.6, Outcome.PASS), (4.2, Outcome.PASS), (3.59, Outcome.FAIL), (4.21, Outcome.FAIL)]
)
def test_a_measured_value_is_noted_with_its_limit_and_what_it_came_to(value: float, outcome: Outcome) -> None:
    pen = Notebook()
    op = op_of(pen)
    assert op.measure("vbat", value) is outcome
    assert pen.notes == [Measured(op=20, name="vbat", value=value, limit=op.recipe.limits["vbat"], outcome=outcome)]


def test_without_a_limit_nothing_can_be_judged() -> None:
    pen = Notebook()
    with pytest.raises(EvidenceMissing, match="no 'vusb'"):
        op_of(pen).measure("vusb", 5.0)
    assert pen.notes == []


def test_all_values_are_noted_before_one_sentence_names_every_bad_one() -> None:
    pen = Notebook()
    with pytest.raises(OutOfLimits) as refused:
        op_of(pen).judge({"vbat": 3.0, "temp": 55.5})
    assert str(refused.value) == "vbat is 3 V, limit 3.6–4.2 V; temp is 55.5 °C, limit …–40 °C"
    assert [note.outcome for note in pen.notes if isinstance(note, Measured)] == [Outcome.FAIL, Outcome.FAIL]


def test_good_values_are_noted_and_nothing_is_said() -> None:
    pen = Notebook()
    op_of(pen).judge({"vbat": 3.7, "temp": 21.0})
    assert [note.outcome for note in pen.notes if isinstance(note, Measured)] == [Outcome.PASS, Outcome.PASS]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_number_never_passes(value: float) -> None:
    pen = Notebook()
    with pytest.raises(NoAnswer, match="no reading"):
        op_of(pen).measure("temp", -value)
    assert pen.notes == []
