"""A unit, instruments and time for the steps' tests: plain objects that keep what they were asked."""

from collections.abc import Callable, Mapping, Sequence

from station.domain.faults import DidNotBoot, Fault
from station.domain.ids import DeviceId, SerialNumber
from station.engine.op import Op
from station.ports import NOTHING, REQUEST_WITHIN, Given, Value
from station.steps.instrument import instrument
from station.steps.measure import measure
from station.steps.prompt import prompt

Answer = Mapping[str, Value] | Fault


class Unit:
    """Implements ports.Link and ports.Usb for a unit whose firmware gives these answers, the last one for ever."""

    def __init__(self, *answers: Answer, place_in: "list[str] | None" = None) -> None:
        self._answers = list(answers) or [{}]
        self.asked: list[tuple[str, dict[str, Value]]] = []
        self.within: list[float] = []
        self.awaited: list[float] = []
        self.wakes = True
        self.on_ask: Callable[[int], None] = lambda count: None
        self.diary = place_in if place_in is not None else []

    def ask(self, question: str, within: float, given: Given = NOTHING) -> dict[str, Value]:
        self.asked.append((question, dict(given)))
        self.within.append(within)
        self.diary.append(f"ask {question} {dict(given)}")
        self.on_ask(len(self.asked))
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Fault):
            raise answer
        return dict(answer)

    def await_unit(self, within: float) -> None:
        self.awaited.append(within)
        self.diary.append("await")
        if not self.wakes:
            raise DidNotBoot("it sleeps on")

    def close(self) -> None:
        """Nothing is held open."""

    def identify(self, within: float) -> tuple[DeviceId, SerialNumber | None]:
        raise NotImplementedError

    def diagnostics(self, within: float) -> dict[str, int]:
        raise NotImplementedError

    def present(self) -> bool:
        raise NotImplementedError

    def device_id(self) -> DeviceId:
        raise NotImplementedError

    def platform_id(self) -> int:
        raise NotImplementedError

    def in_dfu_mode(self) -> bool:
        raise NotImplementedError

    def request(
        self, number: int, payload: bytes = b"", *, within: float = REQUEST_WITHIN, modem: bool = False
    ) -> bytes:
        raise NotImplementedError

    def raw(self, number: int) -> bytes:
        raise NotImplementedError


class Instruments:
    """Implements ports.Instruments: a multimeter that shows these readings one after the other, the last for ever."""

    def __init__(self, *readings: float | Fault, place_in: "list[str] | None" = None) -> None:
        self._readings = list(readings)
        self.diary = place_in if place_in is not None else []

    def names(self) -> frozenset[str]:
        return frozenset({"dmm"})

    def setup(self, name: str, commands: Sequence[str]) -> None:
        self.diary.append(f"setup {name} {list(commands)}")

    def read(self, name: str, query: str) -> float:
        self.diary.append(f"read {query}")
        reading = self._readings.pop(0) if len(self._readings) > 1 else self._readings[0]
        if isinstance(reading, Fault):
            raise reading
        return reading

    def identity(self, name: str) -> str:
        return "Maker,Model,SN,1.0"

    def close(self) -> None: ...


class Clock:
    """Implements ports.Clock: keeps how long was slept."""

    def __init__(self, place_in: "list[str] | None" = None) -> None:
        self.diary = place_in if place_in is not None else []

    def now(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        self.diary.append(f"sleep {seconds:g}")


def do(op: Op, unit: Unit, instruments: Instruments | None = None, clock: Clock | None = None) -> None:
    """The step of this line."""
    match op.line.do:
        case "measure":
            measure(op, unit)
        case "prompt":
            prompt(op, unit)
        case _:
            instrument(op, unit, instruments or Instruments(1.0), clock or Clock(), unit)
