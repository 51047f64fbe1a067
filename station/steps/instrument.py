"""An instrument of the fixture measures the unit: a rail under load, the current while it sleeps, the inrush."""

from collections.abc import Sequence
from statistics import fmean
from typing import Literal, assert_never

from station.domain.faults import ConfigRefused
from station.engine.op import Op
from station.ports import Clock, Instruments, Link, Usb
from station.steps.asking import asked_for


def instrument(op: Op, link: Link, instruments: Instruments, clock: Clock, usb: Usb) -> None:
    """Bring the unit into a state if the line asks for one, set the instrument up, read it and judge the reading.

    Afterwards the unit is as it was before: a load that was switched on is off, and a unit that slept is awake.
    """
    line = op.line
    if line.instrument is None or line.read is None or len(line.judge) != 1:
        raise ConfigRefused(f"op {line.op}: instrument needs `instrument`, `read` and one name in `judge`")
    with asked_for(op, link, usb):
        instruments.setup(line.instrument, line.setup)
        clock.sleep(line.settle)
        values = []
        for count in range(line.samples):
            op.progress(count / line.samples, f"{line.instrument} {count + 1} of {line.samples}")
            values.append(instruments.read(line.instrument, line.read))
        source = f"instrument:{line.instrument} ({instruments.identity(line.instrument)})"
        op.judge({line.judge[0]: taken(values, line.take)}, source)


def taken(values: Sequence[float], take: Literal["mean", "min", "max", "last"]) -> float:
    """What of the samples is judged.

    >>> taken([1.0, 4.0, 1.0], "mean"), taken([1.0, 4.0, 1.0], "max")
    (2.0, 4.0)
    """
    match take:
        case "mean":
            return fmean(values)
        case "min":
            return min(values)
        case "max":
            return max(values)
        case "last":
            return values[-1]
        case unknown:
            assert_never(unknown)
