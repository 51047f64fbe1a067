"""`station flash` and `station recover`: the programmer in an engineer's hand, on one nest, with a journal."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import click
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bars

from station.cli.at_nest import bench_option, fixture_option, nest_option, place_of, powered
from station.cli.by_badge import allow
from station.cli.common import (
    ABORTED,
    json_option,
    root_of,
    root_option,
    say_json,
    say_warnings,
    state_of,
    state_option,
)
from station.cli.stage import bench_parts
from station.cli.view import Terminal
from station.domain.boot_record import brought_by
from station.domain.chip import ChipIdentity
from station.domain.counted import counted
from station.domain.events import Body, Progressed, Recovered, Recovering, RunStarted
from station.domain.faults import ChipLocked, NoJournal
from station.domain.firmware import Image
from station.domain.ids import DeviceId, Iccid, SerialNumber
from station.domain.known import Known
from station.domain.label import Label
from station.domain.people import Action
from station.domain.recipe import Operation
from station.domain.record import Record
from station.domain.release import Loaded
from station.domain.remarks import remarks
from station.drivers.firmware_files import FirmwareFiles
from station.engine.op import Op, Reply
from station.journal.entries import Entries
from station.journal.store import Journal, Reader
from station.ports import Programmer
from station.steps.attach import stop_core
from station.steps.program import Job
from station.wiring import Selected, new_run, now_us, select

LINE = Operation(op=1, do="flash", within=600.0)
"""What an engineer does stands on no sheet; it is op 1 in the journal, of no run."""

LOST = (
    "everything in the chip's flash: boot record, SoftDevice, Device OS, the product's firmware",
    "everything in UICR: where the bootloader is, which pin is reset, whether the debug port is open",
)
STAYS = "keys, serial number and secret: they lie in external flash and in its one-time-programmable part"


class Desk:
    """The pen of an engineer's work: facts go into the journal, of no run; progress goes to the terminal."""

    def __init__(self, selected: Selected, nest: int, journal: Entries | None, bar: "Bar") -> None:
        self._journal, self._bar = journal, bar
        recipe = selected.recipe.value
        started = RunStarted(
            nest=nest,
            label=Label(),
            recipe=recipe.name,
            revision=recipe.revision,
            recipe_sha256=selected.recipe.sha256,
            release=selected.release.value.title,
            release_sha256=selected.release.sha256,
            factory_test=selected.factory_test.value.title,
            factory_test_sha256=selected.factory_test.sha256,
            platform=recipe.platform,
            ops=(LINE.op,),
        )
        self.record = Record(run=new_run(nest), started=started, started_at=now_us())
        self.op = Op(LINE, Label(), recipe, selected.release.value, selected.factory_test.value, self)

    def note(self, body: Body) -> None:
        if isinstance(self._journal, Journal):
            self._journal.append([body], None)

    def tell(self, progressed: Progressed) -> None:
        self._bar.show(progressed)

    def stop_wanted(self) -> str | None:
        return None

    def known(self, device: DeviceId | None, serial: SerialNumber | None, iccid: Iccid | None = None) -> Known:
        return Known() if self._journal is None else self._journal.known(device, serial, iccid)

    def said(self, prompt: int) -> Reply | None:
        return None

    def now(self) -> float:
        return time.monotonic()


class Bar:
    """One bar on the terminal, from the first byte to the end of the proof."""

    def __init__(self, quiet: bool) -> None:
        self._progress = Bars(
            TextColumn("{task.description:<8}"),
            BarColumn(bar_width=40),
            TextColumn("{task.percentage:>3.0f} %  {task.fields[told]}"),
            console=Terminal(stderr=True),
            disable=quiet,
            transient=True,
        )
        self._task = self._progress.add_task("looking", total=1.0, told="")

    def __enter__(self) -> "Bar":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, progressed: Progressed) -> None:
        """How far it is."""
        told = ""
        if progressed.done is not None and progressed.size is not None:
            told = f"{progressed.done >> 10} of {progressed.size >> 10} KiB, {progressed.seconds_left or 0:.0f} s left"
        self._progress.update(self._task, completed=progressed.part, description=progressed.text, told=told)


@click.command()
@click.option("--release", help="A manifest under firmware/releases/, without .toml.  [default: the recipe's]")
@click.option("--plan-only", is_flag=True, help="Look, print the plan, touch nothing.")
@click.option("--parts", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Where the modules lie.")
@nest_option
@fixture_option
@bench_option
@state_option
@root_option
@json_option
def flash(
    release: str | None, plan_only: bool, parts: Path | None, nest: int, fixture: str | None, bench: Path | None,
    state: Path | None, root: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Put a release on the chip in a nest, prove it, and leave it in reset without power: it is not booted.

    For engineers: what is done is journalled, but it is no run, and the unit is on no list. --plan-only tells what
    would be erased and written, and why.
    """
    selected = select(root_of(root), None, fixture, parts)
    folder = state_of(state)
    with place_of(selected, nest, bench, folder) as (place, _), _journal(folder, not plan_only) as journal:
        manifest = root_of(root).release(release).value if release else selected.release.value
        virtual = selected.fixture.value.bench
        files = FirmwareFiles(bench_parts(selected.parts, manifest) if virtual else selected.parts)
        loaded = files.load(manifest)
        with powered(place) as programmer, Bar(quiet=as_json or plan_only) as bar:
            desk = Desk(selected, nest, journal, bar)
            chip = stop_core(desk.op, programmer)
            job = Job(desk.op, programmer, loaded, brought_by(files.bare(manifest)))
            if not plan_only:
                job.put()
    if as_json:
        say_json({**_document(job, chip, loaded), "release": manifest.title, "proved": not plan_only})
        return
    _print(job, chip, loaded, manifest.title)
    if not plan_only:
        click.secho("\nProved by the chip. It was not booted, and it is on no list.", fg="green")


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@nest_option
@fixture_option
@bench_option
@state_option
@root_option
@json_option
def recover(
    yes: bool, nest: int, fixture: str | None, bench: Path | None, state: Path | None,
    root: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Open a locked chip by erasing all of it. Nothing else in this program does that.

    The erase is journalled before it is done. A unit of which this station's journal kept the boot record can be made
    again afterwards; any other needs a release that brings one.
    """
    selected = select(root_of(root), None, fixture, None)
    with (
        place_of(selected, nest, bench, state_of(state)) as (place, _),
        Journal.create_or_open(state_of(state), now_us) as journal,
        powered(place) as programmer,
    ):
        _refuse_open(programmer)
        click.secho("This chip is locked. Recovering it erases", fg="yellow", err=True)
        for one in LOST:
            click.echo(f"  - {one}", err=True)
        click.echo(f"It does not lose {STAYS}.", err=True)
        if not yes and not click.confirm("Erase it?", default=False, err=True):
            raise SystemExit(ABORTED)
        by = allow(journal, Action.RECOVER_CHIP)
        desk = Desk(selected, nest, journal, Bar(quiet=True))
        desk.note(Recovering(op=LINE.op, why=f"{by or 'an engineer'} asked for it"))
        programmer.recover()
        chip = programmer.identify()
        desk.note(Recovered(op=LINE.op, device_id=chip.device_id))
        kept = desk.known(chip.device_id, None).kept is not None
    if as_json:
        say_json({"device_id": chip.device_id, "recovered": True, "boot_record_kept": kept})
        return
    click.echo(f"{chip.device_id} is open and blank.")
    if kept:
        click.echo("Its boot record is in the journal: run the unit again, it is put back.")
    else:
        click.echo("Its boot record is lost: make it with a release that brings one, sealed from the vendor's hex.")


def _refuse_open(programmer: Programmer) -> None:
    try:
        programmer.attach()
    except ChipLocked:
        return
    click.echo(f"{programmer.identify().device_id} is not locked: there is nothing to recover", err=True)
    raise SystemExit(ABORTED)


@contextlib.contextmanager
def _journal(folder: Path, writing: bool) -> Iterator[Entries | None]:
    """The journal, to append to; or to read from, where there is one."""
    if writing:
        with Journal.create_or_open(folder, now_us) as journal:
            yield journal
        return
    try:
        with Reader.open(folder) as reader:
            yield reader
    except NoJournal:
        yield None


def _document(job: Job, chip: ChipIdentity, loaded: list[Loaded]) -> dict[str, object]:
    plan = job.plan
    return {
        "device_id": chip.device_id,
        "part": f"{chip.part:#x}",
        "variant": chip.variant,
        "erase_all": plan.erase_all,
        "because": plan.because,
        "pages_erased": len(plan.flash.pages) if plan.erase_all else len(plan.erase),
        "pages_equal": plan.equal,
        "nothing_to_do": plan.nothing_to_do,
        "size": plan.size,
        "seconds": round(plan.seconds, 3),
        "seconds_by_page": round(plan.page_seconds, 3),
        "seconds_erasing_all": None if plan.all_seconds is None else round(plan.all_seconds, 3),
        "parts": [
            {
                "part": str(one.module),
                "start": one.image.start,
                "end": one.image.end,
                "sha256": one.image.sha256,
                "pages_written": plan.counts(one.image)[0],
                "pages_equal": plan.counts(one.image)[1],
            }
            for one in loaded
        ],
        "warnings": remarks(one.module for one in loaded),
        "kept": [one.name for one in job.record.memory],
        "settings": {f"{address:#010x}": f"{word:08x}" for address, word in job.record.settings.items()},
    }


def _print(job: Job, chip: ChipIdentity, loaded: list[Loaded], title: str) -> None:
    plan = job.plan
    click.secho(f"{title} on {chip.device_id}", bold=True)
    click.echo(f"  chip {chip.part:#x} {chip.variant}, {chip.flash_size >> 10} KiB of flash, debug port open\n")
    click.echo(f"  {'part':<34} {'goes to':<20} {'pages':>5} {'equal':>6} {'write':>6}")
    rows: list[tuple[str, Image]] = [(str(one.module), one.image) for one in loaded]
    rows += [(one.name, one) for one in job.record.memory]
    for name, image in sorted(rows, key=lambda row: row[1].start):
        written, equal = plan.counts(image)
        where = f"{image.start:#x}–{image.end:#x}"
        click.echo(f"  {name:<34} {where:<20} {written + equal:>5} {equal:>6} {written:>6}")
    click.echo("  everything else                    blank\n")
    say_warnings(remarks(one.module for one in loaded))
    if plan.nothing_to_do:
        click.echo("  The chip holds all of it already: nothing is erased, nothing is written.")
        return
    erase = "everything" if plan.erase_all else counted(len(plan.erase), "page")
    click.echo(f"  erase    {erase}: {plan.because}")
    if plan.erase_all:
        names = ", ".join(one.name for one in job.record.memory)
        click.echo(f"  keep     {names}, {counted(len(plan.settings), 'word')} of UICR")
    click.echo(f"  write    {plan.size / 1024:.0f} KiB, the boot record last")
    click.echo(f"  time     {plan.seconds:.1f} s of the flash controller, at most")
