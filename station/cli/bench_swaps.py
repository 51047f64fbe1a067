"""`station bench swaps`: labels, probes and USB cables swapped among three nests; whose ID does a label get?"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.cli.common import PASS, UNIT_FAILED, command, root_of, root_option, say_json
from station.wiring import Selected, select

if TYPE_CHECKING:
    from station.cli.swap_trials import Came

BATCH = 10


@click.command()
@click.option("--count", default=1000, show_default=True, type=click.IntRange(1, 1_000_000), help="How many swaps.")
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same swaps.")
@click.option("--jobs", default=None, type=click.IntRange(1, 64), help="Processes.  [default: one a processor]")
@click.option("--only", type=click.IntRange(0), help="One swap again, as the list of failures names it.")
@root_option
@click.option("--json", "as_json", is_flag=True, help="Machine-readable: the last line is one JSON object.")
def swaps(count: int, seed: int, jobs: int | None, only: int | None, root: Path | None, as_json: bool) -> None:
    """Swap labels, probes, USB cables and units of three nests that run at once, and look at what was bound.

    Ports are renamed and units reseated in mid-run, too. A label may only ever be bound to its own unit; where nothing
    is swapped it must be; where something is, the run must end in a code that says so. Exits 1 otherwise.
    """
    selected = select(root_of(root), None, "sim-4up", None)
    work = [only] if only is not None else list(range(count))
    began = time.monotonic()
    came: list[Came] = []
    batches = [work[at : at + BATCH] for at in range(0, len(work), BATCH)]
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for number, done in enumerate(pool.map(_batch, *zip(*[(selected, seed, one) for one in batches], strict=True))):
            came += done
            if not as_json:
                click.echo(f"\r  {min((number + 1) * BATCH, len(work))} of {len(work)}", nl=False, err=True)
    wrong = [one for one in came if one.wrong]
    document: dict[str, object] = {
        "swaps": len(work),
        "identifications": len(came),
        "swapped": sum(one.swapped for one in came),
        "bound": sum(one.code == "PASS" for one in came),
        "wrong": len(wrong),
        "by_code": dict(sorted(Counter(one.code for one in came).items())),
        "failures": [{"swap": one.trial, "nest": one.nest, "why": one.wrong} for one in wrong],
        "seed": seed,
        "seconds": round(time.monotonic() - began, 1),
    }
    if as_json:
        say_json(document)
    else:
        for line in _table(document, came):
            click.echo(line)
    raise SystemExit(UNIT_FAILED if wrong else PASS)


def _batch(selected: Selected, seed: int, work: Sequence[int]) -> "list[Came]":
    from station.cli.swap_trials import trials

    return trials(selected, seed, work)


def _table(document: dict[str, object], came: "Sequence[Came]") -> Iterator[str]:
    yield "\r  ended with   as cabled   swapped"
    for code, _ in Counter(one.code for one in came).most_common():
        right, swapped = (sum(one.code == code and one.swapped is which for one in came) for which in (False, True))
        yield f"  {code:<12} {right:>8}   {swapped:>7}"
    yield ""
    for key in ("swaps", "identifications", "swapped", "bound", "wrong", "seconds"):
        yield f"  {key:<18} {document[key]}"
    for one in came:
        if one.wrong:
            yield f"  swap {one.trial}, nest {one.nest}: {one.wrong}"
            seed, only = str(document["seed"]), str(one.trial)
            yield f"    again with: {command('bench', 'swaps', '--seed', seed, '--only', only)}"
