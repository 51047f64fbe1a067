"""`station bench serial`: the serial driver against pyserial's readline, over a pseudo-terminal, in one run."""

import os
import subprocess
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from station import interpreter
from station.bench.serial_pty import open_pair
from station.cli.common import PASS, UNIT_FAILED, say_json
from station.drivers.serial_link import SerialLink
from station.drivers.serial_port import SerialPort, readline_rate

RATE = 115200
OURS, THEIRS = 32 << 20, 1 << 20
"""Bytes read by each; readline is so slow that as many would take minutes."""

EXCHANGES = 2000

ROUNDS = 10
"""Of exchanges; the cheapest one counts."""

BYTES_VS_READLINE, CPU_US_PER_EXCHANGE = 100.0, 100.0
"""Goals."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Bytes per second, and this process's CPU per exchange in µs."""

    ours: float
    readline: float
    cpu_us_per_exchange: float
    exchange_us: float

    @property
    def bytes_vs_readline(self) -> float:
        """How many times as many bytes the driver reads in the same time."""
        return self.ours / self.readline


@click.command()
@click.option("--exchanges", default=EXCHANGES, show_default=True, type=click.IntRange(10, 1_000_000))
@click.option("--json", "as_json", is_flag=True, help="Machine-readable: the last line is one JSON object.")
def serial(exchanges: int, as_json: bool) -> None:
    """Measure the serial driver: bytes a second against readline, and CPU for one question and its answer.

    The far end is a process of its own behind a pseudo-terminal; a real cable is slower, the ratio is what counts.
    Exits 1 when a goal is missed.
    """
    found = measure(exchanges)
    goals = {
        "bytes_vs_readline": (found.bytes_vs_readline, found.bytes_vs_readline >= BYTES_VS_READLINE),
        "cpu_us_per_exchange": (found.cpu_us_per_exchange, found.cpu_us_per_exchange <= CPU_US_PER_EXCHANGE),
    }
    if as_json:
        say_json(
            {
                **{name: round(value, 2) for name, (value, _) in goals.items()},
                "bytes_per_second": round(found.ours),
                "readline_bytes_per_second": round(found.readline),
                "exchange_us": round(found.exchange_us, 1),
                "exchanges": exchanges,
                "met": {name: met for name, (_, met) in goals.items()},
            }
        )
    else:
        click.echo(f"  reads            {found.ours / 1e6:8.1f} MB/s   readline {found.readline / 1e6:.3f} MB/s")
        click.echo(f"  ratio            {found.bytes_vs_readline:8.0f}        goal: at least {BYTES_VS_READLINE:g}")
        click.echo(f"  one exchange     {found.cpu_us_per_exchange:8.1f} µs CPU  goal: at most {CPU_US_PER_EXCHANGE:g}")
        click.echo(f"                   {found.exchange_us:8.1f} µs until the answer is there, both ends")
    raise SystemExit(PASS if all(met for _, met in goals.values()) else UNIT_FAILED)


def measure(exchanges: int, ours: int = OURS, theirs: int = THEIRS) -> Figures:
    """All figures, one after the other."""
    with _far_end("flood", theirs) as path:
        readline = readline_rate(path, RATE, theirs)
    with _far_end("flood", ours) as path:
        bulk = _rate(path, ours)
    with _far_end("answer", 0) as path:
        cpu, wall = _exchange(path, exchanges)
    return Figures(bulk, readline, cpu, wall)


def _rate(path: Path, size: int) -> float:
    port = SerialPort(path, RATE)
    try:
        return _timed(lambda: len(port.read(1.0)), size)
    finally:
        port.close()


def _timed(read: Callable[[], int], size: int) -> float:
    """Bytes per second of reading `size` bytes; the first read, which waits for the far end to start, is not timed."""
    done = read()
    began, first = time.perf_counter(), done
    while done < size:
        done += read()
    return (done - first) / (time.perf_counter() - began)


def _exchange(path: Path, count: int) -> tuple[float, float]:
    """CPU and wall time of one question with its answer, µs, in the cheapest of some rounds.

    What a core that is shared with others costs besides is none of the driver's: on one such machine all exchanges of a
    run together cost 56 to 129 µs each, those of its cheapest round 65 to 81.
    """
    link = SerialLink("bench", lambda _: path)
    link.ask("rails", 5.0)
    each = max(1, count // ROUNDS)
    rounds = [_round(link, each) for _ in range(ROUNDS)]
    link.close()
    return min(cpu for cpu, _ in rounds), min(wall for _, wall in rounds)


def _round(link: SerialLink, count: int) -> tuple[float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(count):
        link.ask("rails", 5.0)
    return (time.process_time() - cpu) / count * 1e6, (time.perf_counter() - wall) / count * 1e6


@contextmanager
def _far_end(does: str, size: int) -> Iterator[Path]:
    """A pseudo-terminal whose far end is a process that floods or answers."""
    master, host = open_pair()
    tty.setraw(host)
    path = Path(os.ttyname(host))
    command = interpreter.module("station.bench", "serial-peer", does, str(master), str(size))
    process = subprocess.Popen(command, pass_fds=[master])
    os.close(master)
    try:
        yield path
    finally:
        os.close(host)
        process.terminate()
        process.wait()
