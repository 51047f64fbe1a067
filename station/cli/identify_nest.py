"""`station identify`: who sits in a nest, by every witness; the steps of a sheet hear them, outside of any run."""

from dataclasses import dataclass, field

import click

from station.bench.clock_port import BenchClock
from station.cli.common import PASS, STATION_ERROR, UNIT_FAILED, code_of, say_fault, say_json
from station.domain.chip import ChipIdentity
from station.domain.events import Body, Event, Identified, Progressed, RunStarted, Witness
from station.domain.faults import Fault, LabelUntied
from station.domain.ids import DeviceId, Iccid, SerialNumber
from station.domain.known import Known
from station.domain.label import Label
from station.domain.recipe import Operation
from station.domain.record import Record, fold
from station.drivers.firmware_files import FirmwareFiles
from station.engine.op import Op, Reply
from station.engine.tended import Tended
from station.journal.entries import Entries
from station.steps import contacts
from station.steps.flash import flash_factory_test
from station.steps.identify_by_word import identify_by_word
from station.steps.identify_on_wire import identify_on_wire
from station.wiring import Place, Selected, controller_of, drivers_of, new_run, now_us

NAMES: dict[Witness, str] = {
    "label": "label",
    "swd": "chip (SWD)",
    "usb": "USB descriptor",
    "usb_request": "control request",
    "factory_test": "test firmware",
    "listening": "listening mode",
    "modem": "SIM and modem",
    "order": "order",
}

SPEAKS_ONLY_WHEN_RUN: tuple[Witness, ...] = ("usb", "usb_request", "factory_test", "listening")

NOT_RUN = "not asked: the unit's firmware is not let run; --boot flashes and runs the factory-test firmware"

OPERATIONS = {
    one: Operation(op=number, do=one, within=600.0)
    for number, one in enumerate(("identify_on_wire", "flash_factory_test", "identify_by_word"), start=1)
}
"""What is done here stands on no sheet."""


class Pen:
    """Implements engine.op.Pen in memory: nothing that is heard here is journalled, but history is looked up."""

    def __init__(self, record: Record, history: Entries | None = None) -> None:
        self.record, self._history = record, history

    def note(self, body: Body) -> None:
        event = Event(seq=self.record.events + 1, run=self.record.run, at=now_us(), body=body)
        self.record = fold(self.record, event) or self.record

    def tell(self, progressed: Progressed) -> None:
        """Nobody watches."""

    def stop_wanted(self) -> str | None:
        return None

    def known(self, device: DeviceId | None, serial: SerialNumber | None, iccid: Iccid | None) -> Known:
        return Known() if self._history is None else self._history.known(device, serial, iccid)

    def said(self, prompt: int) -> Reply | None:
        return None

    def now(self) -> float:
        return 0.0


@dataclass(frozen=True, slots=True)
class Heard:
    """What every witness said, why some were not heard, and the fault that ended it, if one did."""

    record: Record
    chip: ChipIdentity | None
    fault: Fault | None
    unheard: dict[str, str] = field(default_factory=dict)

    @property
    def code(self) -> int:
        """Exit code: pass when all agree."""
        if self.record.device_id is None:
            return STATION_ERROR
        if self.fault is None:
            return PASS
        return UNIT_FAILED if code_of(self.fault.outcome) == UNIT_FAILED else STATION_ERROR


def hear(selected: Selected, place: Place, label: Label, history: Entries | None, boot: bool) -> Heard:
    """Power the nest with reset held and hear the chip; with `boot`, the factory-test firmware and all that it tells.

    In the end reset is held and the power is off. Never raises a fault that a witness could be blamed for.
    """
    nest = place.seat.nest
    record = Record(run=new_run(nest), started=started(selected, nest, label), started_at=now_us())
    pen = Pen(record, history)
    fixture = controller_of(place)
    clock, programmer, usb, link = drivers_of(place)
    firmware = FirmwareFiles(selected.parts)

    def op(do: str) -> Op:
        inputs = selected.inputs
        return Op(OPERATIONS[do], label, inputs.recipe, inputs.release, inputs.factory_test, pen)

    fault: Fault | None = None
    chip: ChipIdentity | None = None
    try:
        with Tended(fixture, nest, clock) as power:
            try:
                identify_on_wire(op("identify_on_wire"), power, programmer, usb)
                chip = programmer.identify()
                if boot:
                    flash_factory_test(op("flash_factory_test"), programmer, firmware, usb, clock)
                    identify_by_word(op("identify_by_word"), usb, link, clock)
            finally:
                contacts.last_words(pen, usb, link, clock)
    except Fault as why:
        # Without a label there is nothing to be tied.
        fault = None if isinstance(why, LabelUntied) and label.serial is None else why
    finally:
        programmer.detach()
        link.close()
        if isinstance(clock, BenchClock):
            clock.close()
    return Heard(pen.record, chip, fault, _unheard(pen.record, boot))


def started(selected: Selected, nest: int, label: Label) -> RunStarted:
    """The head of what is no run: the same inputs as one, and the operations that are done here."""
    inputs = selected.inputs
    return RunStarted(
        nest=nest,
        label=label,
        recipe=inputs.recipe.name,
        revision=inputs.recipe.revision,
        recipe_sha256=inputs.recipe_sha256,
        release=inputs.release.title,
        release_sha256=inputs.release_sha256,
        factory_test=inputs.factory_test.title,
        factory_test_sha256=inputs.factory_test_sha256,
        platform=inputs.recipe.platform,
        declares=selected.fixture.value.declares,
        ops=tuple(one.op for one in OPERATIONS.values()),
    )


def _unheard(record: Record, boot: bool) -> dict[str, str]:
    heard = {one.by for one in record.identified if one.device_id or one.serial or one.iccid}
    found: dict[str, str] = {}
    found |= {one: NOT_RUN if not boot else "did not come to speak" for one in SPEAKS_ONLY_WHEN_RUN if one not in heard}
    if "label" not in heard:
        found["label"] = "not given: --label TEXT"
    if "swd" not in heard:
        found["swd"] = "did not come to speak"
    if "modem" not in heard:
        found["modem"] = "not asked: it would power the modem; `station identify --usb PLACE --modem` does"
    if "order" not in heard:
        found["order"] = "no imported order names the unit"
    return found


def say(heard: Heard, as_json: bool, virtual: bool) -> None:
    """What came of it, for people or for programs; `virtual` where the nest is on the bench."""
    record, chip, fault = heard.record, heard.chip, heard.fault
    if as_json:
        say_json(
            {
                "virtual": virtual,
                "device_id": record.device_id,
                "serial": record.serial,
                "iccid": record.iccid,
                "agree": heard.code == PASS,
                "refused": None
                if fault is None
                else {"code": fault.code, "detail": str(fault), "remedy": fault.remedy},
                "witnesses": [one.model_dump(mode="json", exclude={"kind", "op"}) for one in _speaking(record)],
                "unheard": heard.unheard,
                "part": f"{chip.part:#x}" if chip else None,
                "variant": chip.variant if chip else None,
                "flash_size": chip.flash_size if chip else None,
                "meter": {"verdict": record.meter.verdict, "conclusion": record.meter.conclusion},
            }
        )
        return
    if virtual:
        click.secho("A virtual unit on the bench: nothing of what follows is hardware.", fg="yellow", err=True)
    # The id alone goes to stdout, for whoever wants nothing else.
    if record.device_id is not None:
        click.echo(record.device_id)
    for one in _speaking(record):
        what = "  ".join(value for value in (one.device_id, one.serial, one.iccid, one.imei, one.order) if value)
        detail = f"  ({one.detail})" if one.detail else ""
        click.echo(f"  {NAMES[one.by]:<16} {what}{detail}", err=True)
    for by, why in heard.unheard.items():
        click.secho(f"  {_name(by):<16} –  {why}", dim=True, err=True)
    if record.booted:
        click.echo(f"  {'meter':<16} {record.meter.conclusion}", err=True)
    if fault is None:
        click.secho("All witnesses that spoke agree.", fg="green", err=True)
    else:
        say_fault(fault)


def _name(by: str) -> str:
    return next(name for witness, name in NAMES.items() if witness == by)


def _speaking(record: Record) -> list[Identified]:
    return [one for one in record.identified if one.device_id or one.serial or one.iccid]
