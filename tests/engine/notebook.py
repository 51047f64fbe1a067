"""A pen that writes into memory."""

from collections.abc import Sequence
from dataclasses import replace

from station.domain.events import Body, Event, Kept, Progressed, Restored
from station.domain.faults import JournalFull
from station.domain.ids import DeviceId, Iccid, SerialNumber
from station.domain.known import Known
from station.domain.recipe import Recipe
from station.domain.record import Record, fold
from station.engine.messages import Ended
from station.engine.op import Op, Reply
from station.engine.runner import run_sheet
from tests.engine.sheet import FACTORY_TEST, RELEASE, RUN, job, recipe, started, unit


class Notebook:
    """Implements engine.op.Pen. Full before its n-th note, stopped from its n-th note on, when told so.

    `earlier` are facts of earlier runs, which `known` knows as well; `knows` is what it knows besides of every unit.
    """

    def __init__(
        self,
        of: Recipe | None = None,
        *,
        room: int | None = None,
        stop_at: int | None = None,
        earlier: Sequence[Body] = (),
        knows: Known | None = None,
    ) -> None:
        self.notes: list[Body] = []
        self._earlier = tuple(earlier)
        self.knows = knows or Known()
        self.told: list[Progressed] = []
        self.replies: dict[int, Reply] = {}
        self._people = 0.0
        self._room = room
        self._stop_at = stop_at
        self._record = self._add(None, started(of or recipe(), unit("GOOD")))

    def note(self, body: Body) -> None:
        if self._room is not None and len(self.notes) >= self._room:
            raise JournalFull("no space left on device")
        self.notes.append(body)
        self._record = self._add(self._record, body)

    def tell(self, progressed: Progressed) -> None:
        self.told.append(progressed)

    def stop_wanted(self) -> str | None:
        return "stopped by a person" if self._stop_at is not None and len(self.notes) >= self._stop_at else None

    def known(self, device: DeviceId | None, serial: SerialNumber | None, iccid: Iccid | None) -> Known:
        return replace(self.knows, kept=self._unrestored(device, serial))

    def said(self, prompt: int) -> Reply | None:
        self._people += 1.0
        return self.replies.get(prompt)

    def now(self) -> float:
        """People's seconds: each look for an answer takes one."""
        return self._people

    def _unrestored(self, device: DeviceId | None, serial: SerialNumber | None) -> Kept | None:
        facts = [one for one in (*self._earlier, *self.notes) if isinstance(one, Kept | Restored)]
        if device is None:
            labelled = [one.device_id for one in facts if isinstance(one, Kept) and serial and one.serial == serial]
            device = labelled[-1] if labelled else None
        last = next((one for one in reversed(facts) if one.device_id == device), None)
        return last if isinstance(last, Kept) else None

    @property
    def record(self) -> Record:
        return self._record

    @staticmethod
    def _add(record: Record | None, body: Body) -> Record:
        folded = fold(record, Event(seq=1, run=RUN, at=0, body=body))
        assert folded is not None
        return folded


class Tick:
    """Implements ports.Clock: every look at it is half a second later."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        self._now += 0.5
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds


HEALTH: dict[str, object] = {
    "health": {"numbers": {"vbat": "V", "temp": "°C"}, "texts": ["jedec"], "flags": ["charging"]}
}
"""A question that only firmware of one's own answers."""


def op_of(pen: Notebook, **line: object) -> Op:
    """The hand of op 20, with a limit for `vbat` (3.6–4.2 V) and for `temp` (up to 40 °C)."""
    return op_with(pen, line, {})


def op_with(pen: Notebook, line: dict[str, object], own: dict[str, object]) -> Op:
    """The same, where the product's own firmware answers these questions, too."""
    limits: dict[str, object] = {"vbat": {"low": 3.6, "high": 4.2, "unit": "V"}, "temp": {"high": 40, "unit": "°C"}}
    judges: dict[str, object] = {"do": "measure", "ask": "health", "judge": list(limits)}
    sheet = recipe({"do": "measure", "ask": "health"} | line, judges, limits=limits, questions=HEALTH | own)
    return Op(sheet.sheet[1], unit("GOOD"), sheet, RELEASE, FACTORY_TEST, pen)


def run(of: Recipe, pen: Notebook) -> Ended:
    """Work off a sheet with this pen and no ports."""
    return run_sheet(job(of), {}, Tick(), pen)
