"""The numbers at the foot of the page: the report's, counted run by run."""

from hypothesis import given
from hypothesis import strategies as st

from station.domain.events import Identified, RunFinished, RunStarted, StepFinished
from station.domain.ids import DeviceId, RunId, SerialNumber
from station.domain.label import Label
from station.domain.outcome import Outcome
from station.domain.record import Record
from station.report.summary import Summary
from station.ui.shift import USUAL, Shift

SERIALS = st.none() | st.sampled_from([SerialNumber(f"B40HAB00000000{n}") for n in range(4)])
DEVICES = st.none() | st.sampled_from([DeviceId(f"e00fce68{n:016x}") for n in range(4)])


@st.composite
def histories(draw: st.DrawFn) -> list[Record]:
    """Runs of few units with few labels: tested again, stopped before the chip was asked, labels that wander."""
    outcome = st.sampled_from(Outcome)
    return [
        record(number, draw(SERIALS), draw(DEVICES), draw(outcome), draw(st.booleans()), draw(st.booleans()))
        for number in range(draw(st.integers(0, 12)))
    ]


def record(
    number: int,
    serial: SerialNumber | None,
    device: DeviceId | None,
    outcome: Outcome,
    again: bool = False,
    reference: bool = False,
) -> Record:
    started = RunStarted(
        nest=1, label=Label(serial=serial), recipe="gateway", revision="C", recipe_sha256="0" * 64, release="g",
        release_sha256="0" * 64, factory_test="f", factory_test_sha256="0" * 64, platform="boron", ops=(10,),
        reference="pass" if reference else None,
    )  # fmt: skip
    tried = [StepFinished(op=10, do="flash", outcome=Outcome.FAIL, seconds=1.0)] if again else []
    step = StepFinished(op=10, do="flash", outcome=outcome, seconds=float(number), attempt=1 + len(tried))
    return Record(
        run=RunId(f"20261124-1200{number:02}-n1-0001"), started=started, started_at=number,
        finished=RunFinished(outcome=outcome), finished_at=number, steps=(*tried, step),
        identified=() if device is None else (Identified(op=10, by="swd", device_id=device),),
    )  # fmt: skip


@given(histories())
def test_a_shift_counts_as_the_report_counts(history: list[Record]) -> None:
    shift = Shift()
    for at, one in enumerate(history, start=1):
        shift.add(one)
        summary = Summary.of(history[:at])
        assert shift.units == summary.units
        assert shift.first_pass_yield == summary.first_pass_yield
        assert shift.failed == summary.outcomes[Outcome.FAIL]


def test_a_run_that_has_not_ended_counts_nowhere() -> None:
    shift = Shift()
    whole = record(1, SerialNumber("B40HAB000000001"), None, Outcome.PASS)
    shift.add(whole.model_copy(update={"finished": None}))
    assert (shift.units, shift.failed, shift.first_pass_yield, shift.cycle) == (0, 0, None, None)


def test_usual_times_are_those_of_the_last_runs_that_passed() -> None:
    shift = Shift()
    for number in range(3 * USUAL):
        shift.add(record(number, SerialNumber("B40HAB000000001"), None, Outcome.PASS))
    shift.add(record(99, SerialNumber("B40HAB000000001"), None, Outcome.FAIL))
    assert shift.usual() == {10: (2 * USUAL + 3 * USUAL - 1) / 2}
    assert shift.cycle == (3 * USUAL - 1) / 2
    assert shift.runs_of("B40HAB000000001") == 3 * USUAL + 1
