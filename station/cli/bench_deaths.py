"""`station bench deaths`: PC, core, a worker or the controller die at random events; the bench lives on."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import click

from station.cli.common import PASS, UNIT_FAILED, root_of, root_option, say_json
from station.wiring import Selected, select

if TYPE_CHECKING:
    from station.cli.death_trials import Came

BATCH = 10
BLIND = 3
"""One batch in so many works on a fixture that is declared to have no watchdog."""


@click.command()
@click.option("--n", "count", default=300, show_default=True, type=click.IntRange(1, 1_000_000), help="How many.")
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same deaths.")
@click.option("--jobs", default=None, type=click.IntRange(1, 64), help="Processes.  [default: one a processor]")
@root_option
@click.option("--json", "as_json", is_flag=True, help="Machine-readable: the last line is one JSON object.")
def deaths(count: int, seed: int, jobs: int | None, root: Path | None, as_json: bool) -> None:
    """Let a station die in mid-run, again and again, and look at its units, its verdicts and its nests.

    The PC with all its processes, the core alone, one worker, or the controller's port, at every kind of event; people
    open lids and seat units meanwhile; the bench and its units live on, on fixtures with a watchdog and without. A unit
    that reached the cloud, or ran while nobody watched, must be withheld; what was shown must be in the journal; a nest
    that was called safe must have been. Exits 1 otherwise.
    """
    selected = select(root_of(root), None, "sim-4up", None)
    work = list(range(count))
    batches = [work[at : at + BATCH] for at in range(0, count, BATCH)]
    guarded = [number % BLIND != BLIND - 1 for number in range(len(batches))]
    began = time.monotonic()
    came: list[Came] = []
    # One process a batch: stations are forked from it.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        some = len(batches)
        for done in pool.map(_batch, [selected] * some, [seed] * some, batches, guarded):
            came += done
            if not as_json:
                click.echo(f"\r  {len(came)} of {count}", nl=False, err=True)
    document: dict[str, object] = {
        "deaths": len(came),
        "online_unnoticed": sum(len(one.online) for one in came),
        "shown_and_lost": sum(len(one.lost) for one in came),
        "false_safe": sum(len(one.unsafe) for one in came),
        "withheld": sum(one.held for one in came),
        "reached_the_cloud": sum(one.connected for one in came),
        "without_watchdog": sum(not one.guarded for one in came),
        "by_way": dict(sorted(Counter(one.way.value for one in came).items())),
        "by_event": dict(sorted(Counter(one.at for one in came).items())),
        "by_people": dict(sorted(Counter(one.people.name.lower() for one in came).items())),
        "failures": [
            {"death": one.death, "way": one.way.value, "at": one.at, "why": why}
            for one in came
            for why in (*one.online, *one.lost, *one.unsafe)
        ],
        "seed": seed,
        "seconds": round(time.monotonic() - began, 1),
    }
    if as_json:
        say_json(document)
    else:
        for line in _table(document, came):
            click.echo(line)
    raise SystemExit(UNIT_FAILED if document["failures"] else PASS)


def _batch(selected: Selected, seed: int, work: Sequence[int], guarded: bool) -> "list[Came]":
    from station.cli.death_trials import trials

    return trials(selected, seed, work, guarded)


def _table(document: dict[str, object], came: "Sequence[Came]") -> Iterator[str]:
    yield "\r  who died       deaths   withheld"
    for way in sorted({one.way for one in came}):
        of_way = [one for one in came if one.way is way]
        yield f"  {way.value:<12} {len(of_way):>8}   {sum(one.held for one in of_way):>8}"
    yield ""
    keys = ("deaths", "online_unnoticed", "shown_and_lost", "false_safe", "withheld", "reached_the_cloud", "seconds")
    for key in keys:
        yield f"  {key:<18} {document[key]}"
    for one in came:
        for why in (*one.online, *one.lost, *one.unsafe):
            yield f"  death {one.death}, {one.way.value} at {one.at}, somebody {one.people.value}: {why}"
