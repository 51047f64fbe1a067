"""`station run`: the line, on a real fixture or on a bench that somebody else runs."""

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import BinaryIO

import click

from station.cli.common import (
    PASS,
    STATION_ERROR,
    as_called,
    code_of,
    json_option,
    release_warnings,
    root_of,
    root_option,
    say_fault,
    say_json,
    state_of,
    state_option,
)
from station.cli.keys import Keyboard, keyboard, quiet
from station.cli.view import View
from station.cli.window import frame_of, theme_option, wants_window, window_option
from station.codec.frames import LONGEST, Framed
from station.codec.scan import scan_of
from station.domain.events import Event, RunFinished, RunStarted
from station.domain.faults import ConfigRefused, Fault
from station.domain.ids import RunId
from station.domain.outcome import Outcome, worst
from station.engine.bus import Bus, Heard, Stored
from station.engine.core import Core
from station.line import Line, note_refusal, rules_of
from station.ui.wishes import Desk, typed
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
@window_option
@theme_option
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
    window: bool | None,
    theme: str | None,
    events: bool,
    state: Path | None,
    root: Path | None,
    as_json: bool,
) -> None:
    """Make units: scan, seat, close the lid; the screen says what to do.

    Labels come from the fixture's scanners, and from one that types into this terminal. A person types a label, too, or
    `stop N`, `cancel N` (drop the label of nest N), `release N NAME` (nest N is safe again, says NAME), `lead N` (the
    lead is called to nest N) and `came`, `retry` (make once more what passed before), `yes N`, `no N` and `done N` (the
    answer to the question of nest N); a program writes them to standard input, one a line. Without a number, and by a
    scan, the question is answered that the screen asks: it stands until it is over, then comes the one that waits
    longest. `nest N` has nest N ask first, or the next label go there. Ctrl-C stops open runs, leaves every nest in
    reset without power, and ends. What is refused is refused before the first unit.

    Where people sign in, a badge is scanned first; `pin 1234` is the PIN where one is asked for, `sign out` ends a
    session. What only a lead or an engineer may do waits half a minute for their badge: `release N`, `accept` (the test
    plan), `lift` (go on after a wrong reference unit).
    """
    folder = state_of(state)
    framed = wants_window(window, plain=headless or events or as_json)
    terminal = None if framed else keyboard()
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
    view = View(
        headless or events or as_json or framed,
        f"station  {selected.recipe.value.title or selected.recipe.value.name}",
    )
    view.speak(selected.station.value.language, selected.recipe.value)
    verdicts = _Verdicts()
    unwritten: list[Fault | None] = []
    bus = Bus()
    bus.subscribe(view.hear)
    bus.subscribe(verdicts.hear)
    printed = Printed()
    if events:
        bus.subscribe(printed.hear)
    if bench is None:
        click.secho(f"Never checked on hardware: {', '.join(UNVERIFIED)}", fg="yellow", err=True)
    told = release_warnings(selected.parts, selected.release.value)
    for warning in (*warnings_of(selected), *(f"{selected.release.value.title}: {one}" for one in told)):
        click.secho(warning, fg="yellow", err=True)

    def station(begun: Callable[[Core], None]) -> None:
        with closing(Line(selected, folder, bench, bus)) as line:
            begun(line.core)
            threading.Thread(target=_listen(line.core, view, terminal), daemon=True).start()
            try:
                line.run()
            finally:
                unwritten.append(reports_of(line))

    if framed:
        from station.ui.window.app import show

        show(frame_of(selected, theme=theme), bus, station)
    else:
        with view:
            in_terminal(station)
    if as_json:
        say_json(
            {one.value: verdicts.outcomes.count(one) for one in Outcome}
            | {"state_dir": str(folder), "reports_written": not any(unwritten)}
        )
    if printed.lost is not None:
        raise printed.lost
    raise SystemExit(code_of(worst(verdicts.outcomes)) or (STATION_ERROR if any(unwritten) else PASS))


def in_terminal(station: Callable[[Callable[[Core], None]], None]) -> None:
    """Work in this thread; Ctrl-C and a service manager's stop end it in good order."""
    with ExitStack() as afterwards:

        def begun(core: Core) -> None:
            for number in (signal.SIGINT, signal.SIGTERM):
                before = signal.signal(number, lambda *_: core.quit())
                afterwards.callback(signal.signal, number, before)

        station(begun)


def reports_of(line: Line) -> Fault | None:
    """Write the reports; what kept them from being written is said, and returned."""
    try:
        line.write_reports()
    except Fault as fault:
        say_fault(fault)
        click.echo(as_called("      The journal has every run: `station report` writes them later."), err=True)
        return fault
    return None


def _listen(core: Core, view: View, terminal: int | None) -> Callable[[], None]:
    """What is typed at the terminal, or written to standard input by a program."""
    if terminal is not None:
        return Keyboard(terminal, partial(keyed, core), view.typing).run
    if sys.stdin is None:  # whoever started the station closed it
        return lambda: None
    # Without a buffer: Python aborts where a thread still waits with the buffer's lock when the station ends.
    return partial(lines, core, open(sys.stdin.fileno(), "rb", buffering=0, closefd=False))


def lines(core: Desk, source: BinaryIO) -> None:
    """Each line is taken or refused, whatever it is: an empty one, one without an end, one in another encoding."""
    while data := source.readline(LONGEST):
        whole = data
        while len(whole) == LONGEST and not whole.endswith(b"\n"):  # the rest of a line is no line of its own
            whole = source.readline(LONGEST)
        typed(core, data.decode("utf-8", "replace").rstrip("\r\n"))


def keyed(core: Desk, framed: Framed) -> None:
    """A scanner's keys are a scan; a person's are a line, once it is ended; until then it is shown."""
    if not framed.frame.typed:
        core.scan(scan_of(framed), framed.frame.source)
    elif framed.frame.whole:
        typed(core, framed.text)


class _Verdicts:
    """How the runs that began here came out; one that an earlier start left open, and this one closes, is not here."""

    def __init__(self) -> None:
        self._begun: set[RunId | None] = set()
        self._ended: list[Outcome] = []

    @property
    def outcomes(self) -> list[Outcome]:
        """One a run; where the journal took no verdict there is none, and the next start ends the run so."""
        return [*self._ended, *[Outcome.INTERRUPTED] * (len(self._begun) - len(self._ended))]

    def hear(self, heard: Heard) -> None:
        """Take in a verdict."""
        match heard:
            case Stored(event=Event(run=run, body=RunStarted())):
                self._begun.add(run)
            case Stored(event=Event(run=run, body=RunFinished(outcome=outcome))) if run in self._begun:
                self._ended.append(outcome)
            case _:
                return


class Printed:
    """Events on standard output; `lost` is why nobody takes them any more. Units are made meanwhile."""

    def __init__(self) -> None:
        self.lost: OSError | None = None

    def hear(self, heard: Heard) -> None:
        """Print what was stored."""
        if self.lost is None and isinstance(heard, Stored):
            data = json.dumps(heard.event.model_dump(mode="json")).encode() + b"\n"
            try:
                # A pipe may take a part of it; Python's own stream loses the rest where PYTHONUNBUFFERED is set.
                while data:
                    data = data[os.write(sys.stdout.fileno(), data) :]
            except OSError as why:
                self.lost = OSError(why.errno, why.strerror, "standard output")
