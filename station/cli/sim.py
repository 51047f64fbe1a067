"""`station sim`: the bench, an operator and the station, end to end."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import click

from station.bench import mishaps, modules, spoil
from station.bench.client import Bench
from station.bench.operator import Habits, Manner, Operator
from station.bench.tray import Tray
from station.cli import crew
from station.cli.common import (
    PASS,
    STATION_ERROR,
    code_of,
    command,
    exit_code,
    fresh_state,
    json_option,
    root_of,
    root_option,
    say_fault,
    say_json,
    shown,
    state_option,
)
from station.cli.eyes import Eyes
from station.cli.killed import kill_a_station
from station.cli.line import in_terminal, reports_of
from station.cli.mishap_list import KILLED, catalogue
from station.cli.saboteur import give_room, saboteur
from station.cli.stage import know_order, of_one_s_own, platform_of, tray_of, with_nests
from station.cli.view import View
from station.cli.visitor import Visitor
from station.cli.window import frame_of, lang_option, theme_option, wants_window, window_option
from station.config import Root
from station.domain.counted import counted
from station.domain.events import ScanRefused
from station.domain.faults import Fault, all_faults
from station.domain.outcome import Outcome, worst
from station.domain.people import Language
from station.domain.record import Record, records_of
from station.domain.shift_facts import ActionRefused, SignInRefused
from station.engine.bus import Bus
from station.engine.core import Core
from station.journal.outbox import Outbox, outbox
from station.journal.store import Reader
from station.line import Line, note_refusal
from station.report.summary import Summary
from station.ui.wishes import typed
from station.wiring import Selected, refuse_misfits, select

MAX_NESTS = 8

LOOKS = 2.5
"""Seconds for which the operator reads a verdict in a window, so that a visitor can, too."""


def _list_mishaps(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        for name, says in catalogue().items():
            click.echo(f"{name:<22} {says}")
        ctx.exit()


@click.command(short_help="Make virtual units on the bench, end to end.")
@click.option(
    "--units", type=click.IntRange(1, 10_000), help="How many to make.  [default: 4; in a window 12, and more by hand]"
)
@click.option(
    "--nests",
    default=None,
    type=click.IntRange(1, MAX_NESTS),
    help="How many at once.  [default: 4, or as many as units]",
)
@click.option("--headless", is_flag=True, help="No live view: one line a unit, then the summary.")
@window_option
@theme_option
@lang_option
@click.option(
    "--recipe",
    help="A file under configs/recipes/, without .toml.  [default: what shows the mishap, else station.toml's]",
)
@click.option(
    "--seed", type=int, help="The same seed makes the same units.  [default: units that are new to the folder]"
)
@click.option(
    "--speed",
    type=click.Choice(["fast", "real"]),
    help="As fast as it goes, or with the times of real flash.  [default: real in a window, else fast]",
)
@click.option(
    "--mishap",
    type=click.Choice(list(catalogue())),
    metavar="NAME",
    help="Let something go wrong; --mishaps lists them.",
)
@click.option(
    "--mishaps",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list_mishaps,
    help="List the mishaps and exit.",
)
@click.option(
    "--platform",
    type=click.Choice(modules.ON_THE_BENCH),
    help="Make units of this platform, whatever the recipe's is.",
)
@click.option(
    "--release", help="Make units with this release, such as one of your own: `station firmware seal` seals it."
)
@click.option("--sign-in", is_flag=True, help="People sign in, a lead approves, reference units come first.")
@click.option(
    "--record",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what the terminal showed as an SVG picture.",
)
@state_option
@root_option
@json_option
def sim(
    units: int | None, nests: int | None, headless: bool, window: bool | None, theme: str | None, lang: Language | None,
    recipe: str | None, seed: int | None, speed: str | None, mishap: str | None, platform: str | None,
    release: str | None, sign_in: bool, record: Path | None, state: Path | None, root: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Make units on the bench, the virtual fixture: the whole main job, with nothing connected to this PC.

    Boards, chips, probes, USB and serial ports are virtual at the wire; everything above it is what works on iron:
    pyOCD, pyusb, pyserial, the journal. The units' firmware is synthetic. Each demonstration gets a state folder
    of its own unless --state names one.

    Where there is a display a window opens, with the bench beside it: pause the virtual operator there, and scan, seat
    units and move lids yourself. Closing the window ends the demonstration.

    \b
    station sim                             four units, in a window or with the live view
    station sim --headless --units 20 --json
    station sim --mishap swapped_units --units 2
    station sim --recipe gateway-full       with an operator who is asked, and instruments
    station sim --sign-in                   with people who sign in, and reference units
    station sim --platform tracker          another product than the example's Boron
    """
    folder = (state or fresh_state()).resolve()
    began = time.monotonic()
    frame = wants_window(window, plain=headless or as_json or record is not None)
    units = units or (12 if frame else 4)
    count = nests or min(4, units)
    show = Simulation(folder, count, View(headless or as_json or frame, "station sim", record), frame, theme, lang)
    people = crew.BY_NAME.get(mishap or "") or (crew.ORDINARY if sign_in else None)
    pace = 1.0 if speed == "real" or (frame and speed is None) else None
    code = show.make(root_of(root), units, seed, pace, mishap, recipe, people, platform, release)
    show.finish(time.monotonic() - began, as_json)
    raise SystemExit(code)


class Simulation:
    """One demonstration: its bench, its line, its operator and what came of it."""

    def __init__(
        self,
        state: Path,
        nests: int,
        view: View,
        window: bool = False,
        theme: str | None = None,
        lang: Language | None = None,
    ) -> None:
        self._state = state
        self._nests = nests
        self._view = view
        self._window, self._theme, self._lang = window, theme, lang
        self._parts = state / "parts"
        self._refused: Fault | None = None
        self._people: crew.Peoples | None = None
        self._people_refused: list[str] = []
        self._records: list[Record] = []
        self._scans_refused: list[ScanRefused] = []
        self._contacts = 0
        self._before = _last_entry(state)
        self._outbox = Outbox(pending=(), withheld=())
        self._unwritten: Fault | None = None

    def make(
        self,
        root: Root,
        units: int,
        seed: int | None,
        pace: float | None,
        mishap: str | None,
        recipe: str | None = None,
        people: crew.Peoples | None = None,
        platform: str | None = None,
        release: str | None = None,
    ) -> int:
        """Run the demonstration; returns the exit code."""
        spoilt, wrong = spoil.BY_NAME.get(mishap or ""), mishaps.BY_NAME.get(mishap or "")
        # A journal never gets shorter, so that no demonstration in a folder makes the units of an earlier one.
        seed = 1 + self._before if seed is None else seed
        self._state.mkdir(parents=True, exist_ok=True)
        recipe = recipe or (wrong.recipe if wrong else None)
        try:
            if platform is not None or release is not None:
                root = of_one_s_own(root, self._state / "root", self._parts, recipe, platform, release)
            makes = platform_of(root, recipe)
        except Fault as fault:
            return self._refuse(fault)
        modules.write_release_files(self._parts, makes)
        if wrong is not None and wrong.waits:
            spoil.copy_root(root.path, self._state / "root")
            root = Root(self._state / "root")
            spoil.hurry(root.path)
        if people is not None:
            self._people = people
            spoil.copy_root(root.path, self._state / "root")
            root = Root(self._state / "root")
            crew.prepare(root.path, self._state, people, seed)
        if spoilt is not None:
            spoil.copy_root(root.path, self._state / "root")
            root = Root(self._state / "root")
            if not spoilt.late:
                spoilt.spoil(root.path, self._parts)
        try:
            selected = with_nests(select(root, recipe, "sim-4up", self._parts), self._nests)
            refuse_misfits(selected)
        except Fault as fault:
            return self._refuse(fault)
        if spoilt is not None:
            spoilt.spoil(root.path, self._parts)
        with Bench.start(nests=self._nests, seed=seed, pace=pace, platform=makes) as bench:
            self._work(bench, selected, units, mishap)
        return self._verdict(1 if self._window else units)

    def _refuse(self, fault: Fault) -> int:
        self._refused = fault
        note_refusal(self._state, fault)
        return exit_code(fault)

    def _work(self, bench: Bench, selected: Selected, units: int, mishap: str | None) -> None:
        made = self._tray(bench, units, mishap)
        self._view.speak(self._lang or selected.station.value.language, selected.recipe.value)
        if mishap == KILLED:
            kill_a_station(bench, self._state, self._parts, made[0])
        if mishap == "unit_outside_order":
            know_order(self._state, [bench.unit(unit) for unit, _ in made[1:]])
        bus, tray = Bus(), Tray(made)
        bus.subscribe(self._view.hear)
        operator = self._operator(bench, tray, mishap)
        bus.subscribe(Eyes(operator).hear)
        bus.subscribe(saboteur(mishap, self._state))

        def station(begun: Callable[[Core], None]) -> None:
            hurry = self._people.crew.hurry if self._people else 1.0
            line = Line(selected, self._state, bench.folder, bus, hurry, own_shift=True)
            begun(line.core)
            operator.begin(
                lambda nest, prompt, answer: line.core.answer(answer, "key", nest, prompt),
                lambda text: typed(line.core, text),
            )
            if not self._window:
                threading.Thread(
                    target=_quit_when_done, args=(operator, line), name="end of shift", daemon=True
                ).start()
            try:
                line.run()
            finally:
                self._look_back(line)
                line.close()

        if self._window:
            from station.ui.window.app import show

            frame = frame_of(selected, whole=False, theme=self._theme, language=self._lang)
            show(frame, bus, station, lambda: Visitor(bench, tray, operator, crew.BADGES if self._people else {}))
        else:
            with self._view:
                in_terminal(station)
        self._contacts = sum(bool(bench.unit(unit).contacts) for unit in tray.made())

    def _tray(self, bench: Bench, units: int, mishap: str | None) -> list[tuple[int, str]]:
        return tray_of(bench, units, mishap) if self._people is None else crew.tray_of(bench, units, self._people)

    def _operator(self, bench: Bench, tray: Tray, mishap: str | None) -> Operator:
        wrong = mishaps.BY_NAME.get(mishap or "")
        habits = Habits(
            crosswise=mishap == "swapped_units",
            opens_lid_of=1 if mishap == "lid_opened" else None,
            scans="double" if mishap == "double_scan" else "well",
            answers=Manner.TRUTHFULLY if wrong is None else wrong.manner,
        )
        crew_of = self._people.crew if self._people is not None else None
        return Operator(
            bench,
            tray,
            range(1, self._nests + 1),
            habits,
            crew=crew_of,
            stays=self._window,
            looks=LOOKS if self._window else 0.0,
        )

    def _look_back(self, line: Line) -> None:
        everything = list(line.journal.events())
        self._outbox = outbox(everything)
        events = everything[self._before :]
        self._records = records_of(events)
        self._scans_refused = crew.not_taken(events)
        self._people_refused = [
            event.body.code for event in events if isinstance(event.body, SignInRefused | ActionRefused)
        ]
        self._unwritten = reports_of(line)

    def _verdict(self, units: int) -> int:
        made = [record for record in self._records if record.started.reference is None]
        outcomes = [record.outcome or Outcome.INTERRUPTED for record in made]
        if self._scans_refused:
            known = {fault.code: fault.outcome for fault in all_faults()}
            outcomes += [known.get(one.code, Outcome.ERROR) for one in self._scans_refused]
        if len(outcomes) < units:
            # They were refused, or what became of them could not be stored.
            outcomes.append(Outcome.ERROR)
        code = code_of(worst(outcomes))
        return STATION_ERROR if code == PASS and self._unwritten is not None else code

    def finish(self, seconds: float, as_json: bool) -> None:
        """Say what came of it, for people on the terminal, for programs as the last line."""
        summary = Summary.of(self._records)
        if self._refused is not None:
            say_fault(self._refused)
        else:
            self._view.summary(summary, seconds, self._places(summary))
        if as_json:
            say_json(self._document(summary, seconds))

    def _places(self, summary: Summary) -> dict[str, str]:
        waiting = self._outbox.pending
        return {
            "Journal": shown(self._state / "journal.sqlite"),
            "Reports": f"{shown(self._state / 'reports')}  (one JSON a run, runs.csv, measurements.csv)",
            "Import list": self._outbox.says()
            + (f"; this writes {shown(self._state / 'devices.txt')}:" if waiting else ""),
            **({"": command("outbox", "export", "--state", self._state)} if waiting else {}),
            "Cloud": f"contacted by {self._contacts} of {counted(summary.units, 'unit')}, as the bench remembers",
        }

    def _document(self, summary: Summary, seconds: float) -> dict[str, object]:
        count = summary.outcomes
        return {
            "passed": count[Outcome.PASS],
            "failed": count[Outcome.FAIL],
            "errors": count[Outcome.ERROR],
            "aborted": count[Outcome.ABORTED],
            "interrupted": count[Outcome.INTERRUPTED],
            "units": summary.units,
            "scans_refused": len(self._scans_refused),
            "refused": None if self._refused is None else {"code": self._refused.code, "detail": str(self._refused)},
            "codes": sorted(self._codes()),
            "people_refused": sorted(set(self._people_refused)),
            "references": sum(record.started.reference is not None for record in self._records),
            "waiting": len(self._outbox.pending),
            "withheld": len(self._outbox.withheld),
            "cloud_contacts": self._contacts,
            "operations": [one.model_dump() for one in summary.operations],
            "state_dir": str(self._state),
            "journal": str(self._state / "journal.sqlite"),
            "reports": str(self._state / "reports"),
            "reports_written": self._unwritten is None,
            "seconds": round(seconds, 3),
        }

    def _codes(self) -> set[str]:
        made = [record for record in self._records if record.started.reference is None]
        runs = {record.finished.code for record in made if record.finished}
        return (runs | {one.code for one in self._scans_refused}) - {""}


def _last_entry(state: Path) -> int:
    """How many entries a journal had that was there before this demonstration."""
    try:
        with Reader.look(state) as journal:
            return journal.tail()[0]
    except Fault:
        return 0


def _quit_when_done(operator: Operator, line: Line) -> None:
    operator.done.wait()
    give_room()
    line.core.quit()
