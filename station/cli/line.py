"""`station run`: the line, on a real fixture or on a bench that somebody else runs."""

import json
import os
import signal
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Literal

import click

from station.cli.common import code_of, json_option, root_of, root_option, say_fault, say_json, state_of, state_option
from station.cli.keys import Keyboard, keyboard, quiet
from station.cli.view import View
from station.codec.frames import Framed
from station.codec.scan import read_scan, scan_of
from station.domain.events import RunFinished
from station.domain.faults import ConfigRefused, Fault
from station.domain.outcome import Outcome, worst
from station.engine.bus import Bus, Heard, Stored
from station.line import Line, note_refusal, rules_of
from station.wiring import UNVERIFIED, refuse_misfits, select, warnings_of


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

    Labels come from the fixture's scanners, and from one that types into this terminal. A person types a label, too, or
    `stop N`, `cancel N` (drop the label of nest N), `release N` (nest N is safe again), `yes N`, `no N` and `done N`
    (the answer to the question of nest N, which may be left out where one nest asks); a program writes them to standard
    input, one a line. Ctrl-C stops open runs, leaves every nest in reset without power, and ends. What is refused is
    refused before the first unit.

    Where people sign in, a badge is scanned first; `pin 1234` is the PIN where one is asked for, `sign out` ends a
    session. What only a lead or an engineer may do waits half a minute for their badge: `release N`, `accept` (the test
    plan), `lift` (go on after a wrong reference unit).
    """
    folder, terminal = state_of(state), keyboard()
    click.get_current_context().with_resource(quiet(terminal))
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
        rules_of(selected, folder)
    except Fault as fault:
        note_refusal(folder, fault)
        raise
    view = View(headless or events or as_json, f"station  {selected.recipe.value.title or selected.recipe.value.name}")
    view.speak(selected.station.value.language, selected.recipe.value)
    outcomes: list[Outcome] = []
    bus = Bus()
    bus.subscribe(view.hear)
    bus.subscribe(lambda heard: _collect(heard, outcomes))
    if events:
        bus.subscribe(_print_event)
    if bench is None:
        click.secho(f"Never checked on hardware: {', '.join(UNVERIFIED)}", fg="yellow", err=True)
    for warning in warnings_of(selected):
        click.secho(warning, fg="yellow", err=True)
    line = Line(selected, folder, bench, bus)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: line.core.quit())
    listen = (
        Keyboard(terminal, partial(_keyed, line), view.typing).run if terminal is not None else partial(_lines, line)
    )
    threading.Thread(target=listen, name="typed", daemon=True).start()
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


def _lines(line: Line) -> None:
    for text in sys.stdin:
        typed(line, text)


def _keyed(line: Line, framed: Framed) -> None:
    """A scanner's keys are a scan; a person's are a line, once it is ended."""
    if not framed.frame.typed:
        line.core.scan(scan_of(framed), framed.frame.source)
    elif framed.frame.whole:
        typed(line, framed.text)


def typed(line: Line, text: str) -> None:
    """A label, a badge, a command or an answer that a person typed."""
    alone = {"accept": line.core.accept_recipe, "lift": line.core.lift_reference, "sign out": line.core.sign_out}
    if (wish := alone.get(" ".join(text.lower().split()))) is not None:
        wish()
        return
    commands = {"stop": line.core.stop_nest, "cancel": line.core.cancel, "release": line.core.release_nest}
    answers: dict[str, Literal["yes", "no", "done"]] = {"yes": "yes", "no": "no", "done": "done"}
    word, _, rest = text.strip().partition(" ")
    nest = int(rest) if rest.isascii() and rest.isdigit() else None
    if word in commands and nest is not None:
        commands[word](nest)
    elif word.lower() == "pin" and rest.strip():
        line.core.pin(rest.strip())
    elif word.lower() in answers and (nest is not None or not rest):
        line.core.answer(answers[word.lower()], "key", nest)
    elif word:
        line.core.scan(read_scan(text))


def _collect(heard: Heard, outcomes: list[Outcome]) -> None:
    if isinstance(heard, Stored) and isinstance(heard.event.body, RunFinished):
        outcomes.append(heard.event.body.outcome)


def _print_event(heard: Heard) -> None:
    if isinstance(heard, Stored):
        data = json.dumps(heard.event.model_dump(mode="json")).encode() + b"\n"
        # A pipe may take a part of it; Python's own stream loses the rest where PYTHONUNBUFFERED is set.
        while data:
            data = data[os.write(sys.stdout.fileno(), data) :]
