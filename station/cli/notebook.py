"""A pen that writes into memory: what the measurements note, and what they keep of a unit from run to run."""

import time
from dataclasses import dataclass, field

from station.domain.events import Body, Event, Kept, Progressed, Restored, RunStarted
from station.domain.ids import DeviceId, Iccid, RunId, SerialNumber
from station.domain.known import Known
from station.domain.label import Label
from station.domain.recipe import Operation
from station.domain.record import Record, fold
from station.engine.op import Op, Reply
from station.wiring import Selected

OP = Operation(op=60, do="flash_product_firmware", within=60.0)


@dataclass
class Ledger:
    """What was kept of units and not put back yet, as the journal remembers it: by chip, and by label."""

    kept: list[Kept] = field(default_factory=list)

    def note(self, body: Body) -> None:
        """Remember what is to be kept, forget what was put back."""
        if isinstance(body, Kept):
            self.kept.append(body)
        elif isinstance(body, Restored):
            self.kept = [one for one in self.kept if one.device_id != body.device_id]

    def unrestored(self, device: DeviceId | None, serial: SerialNumber | None) -> Kept | None:
        """As journal.entries does: of this chip, else of the chip that had this label last."""
        labelled = [one for one in self.kept if device is None and serial is not None and one.serial == serial]
        chip = labelled[-1].device_id if labelled else device
        return next((one for one in reversed(self.kept) if one.device_id == chip), None)


class Notebook:
    """The pen of one run."""

    def __init__(self, ledger: Ledger, record: Record) -> None:
        self._ledger = ledger
        self.record = record
        self.noted: list[Body] = []

    def note(self, body: Body) -> None:
        self._ledger.note(body)
        self.noted.append(body)
        event = Event(seq=len(self.noted) + 1, run=self.record.run, at=0, body=body)
        self.record = fold(self.record, event) or self.record

    def tell(self, progressed: Progressed) -> None:
        """Nobody watches."""

    def stop_wanted(self) -> str | None:
        return None

    def known(self, device: DeviceId | None, serial: SerialNumber | None, iccid: Iccid | None) -> Known:
        return Known(kept=self._ledger.unrestored(device, serial))

    def said(self, prompt: int) -> Reply | None:
        return None

    def now(self) -> float:
        return time.monotonic()


def op_of(selected: Selected, ledger: Ledger, label: Label) -> Op:
    """The hand of one operation on the unit with this label."""
    recipe, release, test = selected.recipe, selected.release, selected.factory_test
    started = RunStarted(
        nest=1,
        label=label,
        recipe=recipe.value.name,
        revision=recipe.value.revision,
        recipe_sha256=recipe.sha256,
        release=release.value.title,
        release_sha256=release.sha256,
        factory_test=test.value.title,
        factory_test_sha256=test.sha256,
        platform=recipe.value.platform,
        ops=(OP.op,),
    )
    record = Record(run=RunId("20260101-000000-n1-0000"), started=started, started_at=0)
    return Op(OP, label, recipe.value, release.value, test.value, Notebook(ledger, record))
