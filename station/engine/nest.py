"""What is made, and what the core knows of one nest."""

from dataclasses import dataclass, replace
from typing import Self

from station.domain.events import Declaration, Prompted, RunStarted
from station.domain.ids import RunId
from station.domain.label import Label
from station.domain.nest import ENDED, READY, On, State, takes
from station.domain.recipe import Recipe
from station.domain.record import Record
from station.domain.reference import is_it
from station.domain.release import Release
from station.domain.shift_facts import Approval, Expect, Lock
from station.domain.shift_rules import Reference
from station.engine.bus import Moved
from station.engine.messages import Ended, Job
from station.engine.supervisor import WorkerHandle
from station.ports import Relays


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is made, sealed: the recipe, both releases, the hashes of their files; and what the fixture declares."""

    recipe: Recipe
    recipe_sha256: str
    release: Release
    release_sha256: str
    factory_test: Release
    factory_test_sha256: str
    declares: tuple[Declaration, ...] = ()
    watchdog: float | None = None
    """Seconds without a word after which the fixture's controller takes reset and power; None where it does not."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A label that a nest has taken: by whose session, whether it was typed, and what was allowed for its run."""

    label: Label
    by: str = ""
    typed: bool = False
    reference: Reference | None = None
    approvals: tuple[Approval, ...] = ()

    @classmethod
    def of(cls, started: RunStarted) -> Self:
        """The label that a run was begun with; what was allowed for it was used up by it."""
        expect, serial = started.reference, started.label.serial
        reference = Reference(serial=serial, expect=expect) if expect is not None and serial is not None else None
        return cls(started.label, started.operator, reference=reference)

    def ended(self, code: str) -> Self:
        """What stood in the nest, now that its run has ended with this code: the reference unit, or another one."""
        return self if is_it(code) else replace(self, reference=None)


class Nest:
    """What the core knows of one nest."""

    def __init__(self, number: int, worker: WorkerHandle) -> None:
        self.number = number
        self.worker = worker
        self.state = State.EMPTY
        self.tell = READY
        self.taken: Taken | None = None
        self.lid_closed: bool | None = None
        self.seated: bool | None = None
        self.locked: Lock | None = None
        self.run: RunId | None = None
        self.record: Record | None = None
        self.question: Prompted | None = None
        self.asked_at = 0.0
        self.waiting: Job | None = None
        self.ended: Ended | None = None
        self.relays = Relays()
        self.cut = ""
        """Why its power was taken in mid-run."""
        self.deadline: float | None = None
        self.deaths = 0
        self.began = 0.0

    @property
    def label(self) -> Label | None:
        """Of the unit that is made here, or was last."""
        return self.taken.label if self.taken else None

    @property
    def takes(self) -> On | None:
        """What a scan would be to this nest; None where it takes no label of another unit now."""
        on = takes(self.state, closed=self.lid_closed, seated=self.seated)
        return on if self.locked is None else None

    @property
    def moved(self) -> Moved:
        """How it stands, for whoever shows it."""
        return Moved(
            self.number,
            self.state,
            self.tell,
            self.label,
            self.question,
            self.reference,
            free=self.takes is not None,
            seated=self.seated,
        )

    @property
    def reference(self) -> Expect | None:
        """What the unit that is made here must come out as, where it is a reference unit."""
        return self.taken.reference.expect if self.taken and self.taken.reference else None

    @property
    def seen(self) -> frozenset[str]:
        """What the unit is called that is known to sit here: by its label, and by all that spoke since.

        Only from the closing of the lid on is anything known; of an open nest only while its unit is seen in it.
        """
        kept = self.lid_closed or (self.seated and self.state in ENDED)
        if self.state in (State.EMPTY, State.UNLABELLED, State.LABELLED) or not kept or self.label is None:
            return frozenset()
        told = [one for one in self.record.identified if one.by not in ("label", "order")] if self.record else []
        devices = {one.device_id for one in told if one.device_id}
        serials = {one.serial for one in told if one.serial}
        # What the label says counts until the unit itself says otherwise.
        labelled = {self.label.device_id if not devices else None, self.label.serial if not serials else None}
        return frozenset({one for one in labelled if one} | devices | serials)
