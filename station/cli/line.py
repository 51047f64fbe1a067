"""`station run`: the line, on a real fixture or on a bench that somebody else runs."""

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Literal

import click

from station.cli.common import code_of, json_option, root_of, root_option, say_fault, say_json, state_of, state_option
from station.cli.view import View
from station.domain.events import RunFinished
from station.domain.faults import ConfigRefused, Fault
from station.domain.outcome import Outcome, worst
from station.drivers.scanner import parse_scan
from station.engine.bus import Bus, Heard, Stored
from station.wiring import UNVERIFIED, Line, note_refusal, refuse_misfits, select


@click.command()
@click.option("--recipe", help="A file under configs/recipes/, without .toml.  [default: station.toml's]")
@click.option("--fixture", help="A file under fixtures/, without .toml.  [default: station.toml's]")
@click.option(
    "--parts",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the firmware modules.  [default: firmware/parts]",
)
@click.option(
    "--bench",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Work on a bench that runs already: the folder that `station bench` prints.",
)
@click.option("--headless", is_flag=True, help="No live view: one line a unit.")
@click.option("--events", is_flag=True, help="Every event as one line of JSON on stdout, once it is on disk.")
@state_option
@root_option
@json_option
def run(
    recipe: str | None,
    fixture: str | None,
    parts: Path | None,
    bench: Path | None,
    headless: bool,
    events: bool,
    state: Path | None,
    root: Path | None,
    as_json: bool,
) -> None:
    """Make units: scan, seat, close the lid; the screen says what to do.

    Labels come from the fixture's scanner; typed ones are taken from standard input, one a line, and so are
    `stop N`, `cancel N` (drop the label of nest N) and `release N` (nest N is safe again, says the engineer). `yes N`,
    `no N` and `done N` answer the question of nest N; N may be left out where one nest asks. Ctrl-C stops open runs,
    leaves every nest in reset without power, and ends. What is refused is refused before the first unit.
    """
    folder = state_of(state)
    try:
        selected = select(root_of(root), recipe, fixture, parts)
        if selected.fixture.value.bench and bench is None:
            raise ConfigRefused(
                f"{selected.fixture.path}: {selected.fixture.value.name} is the virtual fixture;"
                " `station sim` works on it, or start `station bench` and name its folder with --bench"
            )
        if bench is not None and not selected.fixture.value.bench:
            raise ConfigRefused(f"{selected.fixture.path}: --bench needs a fixture with bench = true, such as sim-4up")
        refuse_misfits(selected)
    except Fault as fault:
        note_refusal(folder, fault)
        raise
    view = View(headless or events or as_json, f"station  {selected.recipe.value.title or selected.recipe.value.name}")
    outcomes: list[Outcome] = []
    bus = Bus()
    bus.subscribe(view.hear)
    bus.subscribe(lambda heard: _collect(heard, outcomes))
    if events:
        bus.subscribe(_print_event)
    if bench is None:
        click.secho(f"Never checked on hardware: {', '.join(UNVERIFIED)}", fg="yellow", err=True)
    line = Line(selected, folder, bench, bus)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: line.core.quit())
    threading.Thread(target=_typed, args=(line,), name="typed labels", daemon=True).start()
    try:
        with view:
            line.run()
    finally:
        try:
            line.write_reports()
        except OSError as error:
            say_fault(ConfigRefused(f"the reports could not be written: {error}"))
        line.close()
    if as_json:
        say_json({one.value: outcomes.count(one) for one in Outcome} | {"state_dir": str(folder)})
    raise SystemExit(code_of(worst(outcomes)))


def _typed(line: Line) -> None:
    """Labels and commands from standard input."""
    commands = {"stop": line.core.stop_nest, "cancel": line.core.cancel, "release": line.core.release_nest}
    answers: dict[str, Literal["yes", "no", "done"]] = {"yes": "yes", "no": "no", "done": "done"}
    for text in sys.stdin:
        word, _, rest = text.strip().partition(" ")
        nest = int(rest) if rest.isascii() and rest.isdigit() else None
        if word in commands and nest is not None:
            commands[word](nest)
        elif word.lower() in answers and (nest is not None or not rest):
            line.core.answer(answers[word.lower()], "key", nest)
        elif word:
            line.core.scan(parse_scan(text))


def _collect(heard: Heard, outcomes: list[Outcome]) -> None:
    if isinstance(heard, Stored) and isinstance(heard.event.body, RunFinished):
        outcomes.append(heard.event.body.outcome)


def _print_event(heard: Heard) -> None:
    if isinstance(heard, Stored):
        data = json.dumps(heard.event.model_dump(mode="json")).encode() + b"\n"
        # A pipe may take a part of it; Python's own stream loses the rest where PYTHONUNBUFFERED is set.
        while data:
            data = data[os.write(sys.stdout.fileno(), data) :]
