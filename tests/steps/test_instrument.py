"""Instruments measure the unit, and leave it as it was."""

import pytest

from station.domain.events import Measured
from station.domain.faults import (
    Aborted,
    DidNotBoot,
    InstrumentSilent,
    LinkLost,
    NoAnswer,
    OutOfLimits,
    TestFailed,
)
from station.domain.outcome import Outcome
from tests.engine.notebook import Notebook, op_of
from tests.steps.hands import Clock, Instruments, Unit, do

READ: dict[str, object] = {"do": "instrument", "ask": None, "instrument": "dmm", "read": "READ?", "judge": ["vbat"]}
LOADED = {**READ, "ask": "load", "give": {"on": True}, "setup": ["CONF:VOLT:DC 10"], "settle": 0.5}
ASLEEP = {**READ, "ask": "sleep", "give": {"seconds": 10.0}, "settle": 2}


class Place:
    """A nest with its unit and its multimeter; `diary` is what happened in which order."""

    def __init__(self, *readings: float | InstrumentSilent, unit: Unit | None = None) -> None:
        self.diary: list[str] = []
        self.unit = unit or Unit({})
        self.unit.diary = self.diary
        self.instruments = Instruments(*readings, place_in=self.diary)
        self.pen = Notebook()

    def do(self, line: dict[str, object]) -> None:
        do(op_of(self.pen, **line), self.unit, self.instruments, Clock(self.diary))

    @property
    def measured(self) -> list[Measured]:
        return [one for one in self.pen.notes if isinstance(one, Measured)]


def test_a_reading_is_judged_and_noted_with_the_instrument_that_took_it() -> None:
    place = Place(3.7)
    place.do(READ)
    (noted,) = place.measured
    assert (noted.name, noted.value, noted.outcome) == ("vbat", 3.7, Outcome.PASS)
    assert noted.source == "instrument:dmm (Maker,Model,SN,1.0)"
    assert place.diary == ["setup dmm []", "sleep 0", "read READ?"]


@pytest.mark.parametrize(("take", "value"), [("mean", 3.8), ("min", 3.6), ("max", 4.0), ("last", 3.6)])
def test_of_several_samples_one_value_is_judged(take: str, value: float) -> None:
    place = Place(3.8, 4.0, 3.8, 3.6)
    place.do({**READ, "samples": 4, "take": take})
    assert [one.value for one in place.measured] == [pytest.approx(value)]
    assert [round(one.part, 2) for one in place.pen.told] == [0.0, 0.25, 0.5, 0.75]


def test_the_unit_is_brought_into_its_state_first_and_out_of_it_last() -> None:
    place = Place(3.7)
    place.do(LOADED)
    assert place.diary == [
        "ask load {'on': True}",
        "setup dmm ['CONF:VOLT:DC 10']",
        "sleep 0.5",
        "read READ?",
        "ask load {'on': False}",
    ]


def test_a_state_that_nobody_can_take_back_is_left() -> None:
    place = Place(3.7)
    place.do({**READ, "ask": "led", "give": {"colour": "white"}})
    assert [one for one in place.diary if one.startswith("ask")] == ["ask led {'colour': 'white'}"]


@pytest.mark.parametrize(("reading", "fault"), [(3.0, OutOfLimits), (InstrumentSilent("dead"), InstrumentSilent)])
def test_a_load_is_switched_off_also_when_the_reading_failed(
    reading: float | InstrumentSilent, fault: type[Exception]
) -> None:
    place = Place(reading)
    with pytest.raises(fault):
        place.do(LOADED)
    assert place.diary[-1] == "ask load {'on': False}"


def test_what_went_wrong_first_is_what_is_told() -> None:
    place = Place(InstrumentSilent("dead"), unit=Unit({}, LinkLost("gone")))
    with pytest.raises(InstrumentSilent, match="dead"):
        place.do(LOADED)


def test_a_load_that_cannot_be_switched_off_is_no_pass_and_the_reading_is_kept() -> None:
    place = Place(3.7, unit=Unit({}, NoAnswer("nothing came")))
    with pytest.raises(NoAnswer, match="nothing came"):
        place.do(LOADED)
    assert [one.outcome for one in place.measured] == [Outcome.PASS]


def test_a_unit_that_refuses_the_state_is_not_measured() -> None:
    place = Place(3.7, unit=Unit(TestFailed("load: no load pin")))
    with pytest.raises(TestFailed):
        place.do(LOADED)
    assert place.measured == []
    assert len(place.diary) == 1


def test_a_unit_that_slept_is_waited_for() -> None:
    place = Place(3.7)
    place.do({**ASLEEP, "within": 60})
    assert place.diary == ["ask sleep {'seconds': 10.0}", "setup dmm []", "sleep 2", "read READ?", "await"]
    assert place.unit.awaited == [25.0]


def test_a_unit_that_slept_is_waited_for_no_longer_than_the_operation_has() -> None:
    place = Place(3.7)
    place.do(ASLEEP)
    assert place.unit.awaited == [19.5]


def test_a_unit_that_does_not_wake_fails_whatever_it_drew() -> None:
    place = Place(3.7)
    place.unit.wakes = False
    with pytest.raises(DidNotBoot):
        place.do(ASLEEP)


def test_a_bad_reading_of_a_sleeping_unit_is_told_once_it_is_awake_or_not() -> None:
    for wakes in (True, False):
        place = Place(3.0)
        place.unit.wakes = wakes
        with pytest.raises(OutOfLimits):
            place.do(ASLEEP)
        assert place.diary[-1] == "await"


def test_a_stop_between_two_samples_ends_the_operation_without_waiting_for_anything() -> None:
    place = Place(3.7)
    place.pen = Notebook(stop_at=0)
    with pytest.raises(Aborted):
        place.do({**ASLEEP, "samples": 1000})
    assert "await" not in place.diary
    assert "read READ?" not in place.diary
