"""`station bench flash`: the programmer against its physical limit and against stock pyOCD, in one run."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from station.bench.cmsis_dap import FULL_SPEED, HID, HIGH_SPEED, SLOW_CLOCK, Usb
from station.bench.nvmc import Timing
from station.cli.common import PASS, UNIT_FAILED, root_of, root_option, say_json
from station.wiring import Selected, select

DATASHEET = Timing()
QUICK_ERASE = Timing(page_us=21_000.0)
"""What one public trace shows on a real nRF52 (probe-rs #2299); words and ERASEALL as in the datasheet."""

HZ = 4_000_000
"""SWCLK of both: drivers.swd begins with it, and stock pyOCD is no slower there than anywhere above it."""

PROBES: tuple[tuple[str, Usb], ...] = (
    ("high-speed bulk, 512 B × 4", HIGH_SPEED),
    ("full-speed bulk, 64 B × 4", FULL_SPEED),
    ("HID (CMSIS-DAP v1), 64 B × 1", HID),
    ("high-speed bulk, SWCLK 1 MHz", SLOW_CLOCK),
)


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure of the table: what it is, its goal, and what it was measured from."""

    key: str
    says: str
    value: float
    limit: float
    at_most: bool
    of: dict[str, object]

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        return self.value <= self.limit if self.at_most else self.value >= self.limit


@click.command()
@click.option("--seeds", default=3, show_default=True, type=click.IntRange(1, 99), help="Units; figures are medians.")
@click.option(
    "--only",
    type=click.Choice(["unit", "probes", "nests"]),
    help="One part of the table.  [default: all of it]",
)
@click.option("--nests", default=8, show_default=True, type=click.IntRange(2, 8), help="How many at once.")
@root_option
@click.option("--json", "as_json", is_flag=True, help="Machine-readable: the last line is one JSON object.")
def flash(seeds: int, only: str | None, nests: int, root: Path | None, as_json: bool) -> None:
    """Measure the programmer: against the flash's own limit, against stock pyOCD, and in many nests at once.

    Seconds are those of the virtual unit's clock: datasheet times of the flash, every transfer on the wire, every trip
    over USB. CPU is that of the thread that programs; the emulator's is told apart. The nests run in real time.
    Exits 1 when a goal is missed.
    """
    selected = select(root_of(root), None, "sim-4up", None)
    goals: list[Goal] = []
    probes: list[dict[str, object]] = []
    if only in (None, "unit"):
        goals += _unit(selected, seeds)
    if only in (None, "probes"):
        probes = _probes(selected)
    if only in (None, "nests"):
        goals += _nests(selected, nests)
    missed = [goal.key for goal in goals if not goal.met]
    if not as_json:
        _print(goals, probes)
    else:
        say_json(
            {
                **{goal.key: round(goal.value, 4) for goal in goals},
                "goals": {goal.key: {"limit": goal.limit, "at_most": goal.at_most, "met": goal.met} for goal in goals},
                "measured_from": {goal.key: goal.of for goal in goals},
                "probes": probes,
                "missed": missed,
            }
        )
    raise SystemExit(UNIT_FAILED if missed else PASS)


def _unit(selected: Selected, seeds: int) -> list[Goal]:
    from station.cli.flash_trials import floor_of_everything, floor_of_pages, ours, stock

    some = range(1, seeds + 1)
    fast = [ours(seed, selected, DATASHEET) for seed in some]
    quick = [ours(seed, selected, QUICK_ERASE) for seed in some]
    slow = [stock(seed, DATASHEET, HZ) for seed in some]
    slow_quick = [stock(seed, QUICK_ERASE, HZ) for seed in some]
    size = fast[0].full.size
    pages = fast[0].user.pages_erased
    floor, user_floor = floor_of_everything(size), floor_of_pages(pages)

    def middle(values: Sequence[float]) -> float:
        return statistics.median(values)

    full, full_quick = middle([one.full.seconds for one in fast]), middle([one.full.seconds for one in quick])
    again, user = middle([one.again.seconds for one in fast]), middle([one.user.seconds for one in fast])
    theirs, theirs_quick = middle([one.seconds for one in slow]), middle([one.seconds for one in slow_quick])
    cpu, their_cpu = middle([one.full.cpu for one in fast]), middle([one.cpu for one in slow])
    beside = {"emulator_cpu": fast[0].full.emulator_cpu, "wall": fast[0].full.wall, "seeds": seeds}
    first, their_first = asdict(fast[0].full), asdict(slow[0])
    return [
        Goal("full_vs_floor", "full set, erase + write + proof, against the flash's own time", full / floor, 1.05, True,
             {"seconds": full, "floor": floor, "bytes": size, "first": first, **beside}),
        Goal("full_vs_floor_21ms", "the same where a page erases in 21 ms", full_quick / floor, 1.05, True,
             {"seconds": full_quick, "floor": floor, "bytes": size}),
        Goal("full_vs_pyocd", "stock pyOCD with read-back takes so many times as long", theirs / full, 3.0, False,
             {"seconds": full, "stock": theirs, "swclk": HZ, "first_stock": their_first}),
        Goal("full_vs_pyocd_21ms", "the same where a page erases in 21 ms", theirs_quick / full_quick, 1.4, False,
             {"seconds": full_quick, "stock": theirs_quick, "swclk": HZ}),
        Goal("same_vs_full", "the same release again", again / full, 0.03, True, {"seconds": again, "full": full}),
        Goal("user_part_vs_floor", "only the user part changed, against its own floor", user / user_floor, 1.15, True,
             {"seconds": user, "floor": user_floor, "pages": pages}),
        Goal("cpu_vs_pyocd", "stock pyOCD computes so many times as long", their_cpu / cpu, 17.0, False,
             {"cpu": cpu, "stock_cpu": their_cpu, "packets": fast[0].full.packets, "stock_packets": slow[0].packets}),
    ]  # fmt: skip


def _probes(selected: Selected) -> list[dict[str, object]]:
    """How long each kind of probe takes, and what keeps it from being faster."""
    from station.cli.flash_trials import floor_of_everything, ours

    table: list[dict[str, object]] = []
    for name, usb in PROBES:
        took = ours(1, selected, DATASHEET, usb).full
        bounds = {
            "flash": floor_of_everything(took.size),
            "wire": took.transfers * 46 / min(HZ, usb.top_hz),
            "usb": took.packets * 2 * usb.transit_us / 1e6 / usb.packets,
        }
        limit = max(bounds, key=lambda one: bounds[one])
        row: dict[str, object] = {"probe": name, "seconds": round(took.seconds, 3), "bound": limit}
        row |= {f"{one}_seconds": round(value, 3) for one, value in bounds.items()}
        table.append(row | {"packets": took.packets, "transfers": took.transfers, "cpu": round(took.cpu, 3)})
    return table


def _nests(selected: Selected, nests: int) -> list[Goal]:
    from station.cli.nest_trials import flash_together
    from station.cli.stage import with_nests

    line = with_nests(selected, nests)
    alone = flash_together(line, 1, seed=1)
    together = flash_together(line, nests, seed=1)
    hung = flash_together(line, nests, seed=1, hang=True)
    return [
        Goal(f"nests{nests}_vs_one", f"{nests} nests at once: the slowest against one alone",
             together.worst / alone.worst, 1.10, True,
             {"one": alone.seconds, "each": together.seconds, "median": together.median}),
        Goal("neighbours_vs_quiet", "one nest hangs and is killed: the others' median against without",
             hung.median / together.median, 1.02, True, {"with": hung.seconds, "without": together.seconds}),
    ]  # fmt: skip


def _print(goals: Sequence[Goal], probes: Sequence[dict[str, object]]) -> None:
    show: Callable[[str], None] = click.echo
    for goal in goals:
        sign = "≤" if goal.at_most else "≥"
        mark = click.style("met", fg="green") if goal.met else click.style("MISSED", fg="red")
        show(f"  {goal.key:<20} {goal.value:>7.3f}   goal {sign} {goal.limit:<5g}  {mark:<16} {goal.says}")
        figures = {name: value for name, value in goal.of.items() if isinstance(value, float)}
        show("  " + " " * 20 + "   " + ", ".join(f"{name} {value:.3f}" for name, value in figures.items()))
    if probes:
        show(f"\n  {'probe':<32} {'seconds':>8} {'flash':>8} {'wire':>8} {'USB':>8}   limited by")
    for row in probes:
        show(
            f"  {row['probe']!s:<32} {row['seconds']:>8} {row['flash_seconds']:>8} {row['wire_seconds']:>8}"
            f" {row['usb_seconds']:>8}   {row['bound']}"
        )
