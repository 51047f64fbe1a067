"""Events as a line writes them, for the tests of journal and report."""

import itertools
from collections.abc import Iterator, Sequence

from station.domain.events import (
    Body,
    Booted,
    Event,
    Identified,
    Measured,
    PreAddRequested,
    Programmed,
    Proved,
    RunFinished,
    RunStarted,
    Sealed,
    Silent,
    StepFinished,
    StepStarted,
)
from station.domain.ids import DeviceId, RunId, SerialNumber
from station.domain.label import Label
from station.domain.limits import Limit
from station.domain.outcome import Outcome

MIDNIGHT = 1_795_392_000_000_000
"""2026-11-23 00:00 UTC in µs."""


def unit_id(number: int) -> DeviceId:
    """The device id of the n-th unit."""
    return DeviceId(f"e00fce68{number:016x}")


def serial(number: int) -> SerialNumber:
    """The serial number of the n-th unit."""
    return SerialNumber(f"B40HAB{number:09d}")


def run(number: int, nest: int = 1) -> RunId:
    """The n-th run of a day."""
    return RunId(f"20261123-{number // 3600:02d}{number // 60 % 60:02d}{number % 60:02d}-n{nest}-{number % 65536:04x}")


def started(label: Label, nest: int = 1) -> RunStarted:
    """The head of a run."""
    return RunStarted(
        nest=nest,
        label=label,
        recipe="tracker",
        revision="3",
        recipe_sha256="a" * 64,
        release="tracker-1.5.4",
        release_sha256="b" * 64,
        factory_test="ft-2",
        factory_test_sha256="c" * 64,
        platform="tracker",
        ops=(10, 20),
    )


def measured(value: float = 3.31, name: str = "vcc_3v3") -> Measured:
    """A voltage."""
    limit = Limit(low=3.2, high=3.4, unit="V", why="TPS63000 data sheet")
    outcome = Outcome.PASS if limit.holds(value) else Outcome.FAIL
    return Measured(op=20, name=name, value=value, limit=limit, outcome=outcome)


def whole_run(number: int, outcome: Outcome = Outcome.PASS, product_id: int | None = 4711) -> list[Body]:
    """All facts of a run of the n-th unit, from its label to its verdict."""
    asked = PreAddRequested(device_id=unit_id(number), serial=serial(number), product_id=product_id)
    return [
        started(Label(serial=serial(number), device_id=unit_id(number))),
        StepStarted(op=10, do="identify"),
        Identified(op=10, by="swd", device_id=unit_id(number)),
        StepFinished(op=10, do="identify", outcome=Outcome.PASS, seconds=0.25),
        StepStarted(op=20, do="measure"),
        measured(3.31 if outcome is Outcome.PASS else 2.9),
        Programmed(
            op=20, part="app", version=2, start=0xD4000, size=4096, sha256="d" * 64, pages_written=1, pages_equal=0
        ),
        Proved(op=20, part="app", start=0xD4000, size=4096, crc32="0badcafe"),
        Booted(op=20, firmware="factory_test"),
        Silent(op=20, cloud_attempts=0, network_attempts=0, uptime=3.5),
        Sealed(op=20, boots=1, cloud_attempts=0, seconds_powered=6.5, seconds_running=3.5),
        StepFinished(op=20, do="measure", outcome=outcome, seconds=1.5),
        *([asked] if outcome is Outcome.PASS else []),
        RunFinished(outcome=outcome),
    ]


def clock() -> Iterator[int]:
    """Microseconds since 1970 UTC, one millisecond apart."""
    return itertools.count(MIDNIGHT, 1000)


def as_events(history: Sequence[tuple[RunId | None, Sequence[Body]]]) -> list[Event]:
    """The events that a journal would hold, without a journal."""
    pairs = [(run_id, body) for run_id, bodies in history for body in bodies]
    return [
        Event(seq=seq, run=run_id, at=at, body=body)
        for seq, ((run_id, body), at) in enumerate(zip(pairs, clock(), strict=False), start=1)
    ]
