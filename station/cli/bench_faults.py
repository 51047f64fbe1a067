"""`station bench faults`: thousands of units, each with one fault in mid-flash; none may pass that is not right."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.cli.common import PASS, UNIT_FAILED, USAGE, command, root_of, root_option, say_json
from station.wiring import Selected, select

if TYPE_CHECKING:
    from station.cli.fault_trials import Came, Extent

BATCH = 20


@click.command()
@click.option("--flash", "count", default=1000, show_default=True, type=click.IntRange(1, 10_000_000), help="How many.")
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same faults.")
@click.option("--jobs", default=None, type=click.IntRange(1, 64), help="Processes.  [default: one a processor]")
@click.option("--only", metavar="KIND:INDEX", help="One fault again, as the list of failures names it.")
@root_option
@click.option("--json", "as_json", is_flag=True, help="Machine-readable: the last line is one JSON object.")
def faults(count: int, seed: int, jobs: int | None, only: str | None, root: Path | None, as_json: bool) -> None:
    """Let something go wrong in mid-flash, thousands of times, and look at the cells.

    Power cut at any word, in an erase and at any transfer, probe unplugged at any packet, noise of 10⁻⁵ to 10⁻², WAIT
    storms, stuck bits, another chip in the seat, a chip that locks, a file that is swapped. A unit that passes must be
    right in every cell; any other is seated again and must pass then, unless its flash is bad. Exits 1 otherwise.
    """
    from station.cli.fault_trials import Kind

    selected = select(root_of(root), None, "sim-4up", None)
    kinds = list(Kind)
    if only is not None:
        name, _, index = only.rpartition(":")
        if name not in kinds or not index.isdigit():
            raise click.UsageError(f"--only wants KIND:INDEX, where KIND is one of: {', '.join(kinds)}")
        work = [(Kind(name), int(index))]
    else:
        work = [(kinds[n % len(kinds)], n // len(kinds)) for n in range(count)]
    began = time.monotonic()
    came: list[Came] = []
    batches = [work[at : at + BATCH] for at in range(0, len(work), BATCH)]
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for done in pool.map(_batch, *zip(*[(selected, seed, one) for one in batches], strict=True)):
            came += done
            if not as_json:
                click.echo(f"\r  {len(came)} of {len(work)}", nl=False, err=True)
    bad = [one for one in came if one.wrong_passed or not one.recovered]
    codes = {kind.value: dict(sorted(Counter(one.code for one in came if one.kind is kind).items())) for kind in kinds}
    document: dict[str, object] = {
        "injected": len(came),
        "wrong_passed": sum(one.wrong_passed for one in came),
        "not_recovered": sum(not one.recovered for one in came),
        "must_fail": sum(one.must_fail for one in came),
        "passed": sum(one.code == "PASS" for one in came),
        "by_kind": codes,
        "failures": [f"{one.kind}:{one.index}" for one in bad],
        "seed": seed,
        "seconds": round(time.monotonic() - began, 1),
    }
    if as_json:
        say_json(document)
    else:
        for line in _table(codes, document, bad):
            click.echo(line)
    raise SystemExit(UNIT_FAILED if bad else PASS if came else USAGE)


def _batch(selected: Selected, seed: int, work: Sequence[tuple[str, int]]) -> "list[Came]":
    """In a process of its own; what a unit takes without a fault is measured once for each unit."""
    from station.cli.fault_trials import UNITS, Kind, befall, extent

    for _, index in work:
        which = seed * UNITS + index % UNITS
        if which not in _EXTENTS:
            _EXTENTS[which] = extent(selected, which)
    return [befall(selected, seed, Kind(kind), index, _EXTENTS) for kind, index in work]


_EXTENTS: "dict[int, Extent]" = {}
"""By unit; each process of the campaign has its own."""


def _table(codes: dict[str, dict[str, int]], document: dict[str, object], bad: "Sequence[Came]") -> Iterator[str]:
    yield "\r  what went wrong              ended with"
    for kind, ends in codes.items():
        yield f"  {kind:<28} " + ", ".join(f"{code} {count}" for code, count in ends.items())
    yield ""
    for key in ("injected", "passed", "must_fail", "wrong_passed", "not_recovered", "seconds"):
        yield f"  {key:<28} {document[key]}"
    for failure in document["failures"] if isinstance(document["failures"], list) else []:
        yield f"  again with: {command('bench', 'faults', '--seed', str(document['seed']), '--only', str(failure))}"
