"""What is made, and what the core knows of one nest."""

from dataclasses import dataclass

from station.domain.events import Declaration, Prompted
from station.domain.ids import RunId
from station.domain.label import Label
from station.domain.nest import READY, State
from station.domain.recipe import Recipe
from station.domain.record import Record
from station.domain.release import Release
from station.engine.messages import Ended, Job
from station.engine.supervisor import WorkerHandle


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


class Nest:
    """What the core knows of one nest."""

    def __init__(self, number: int, worker: WorkerHandle) -> None:
        self.number = number
        self.worker = worker
        self.state = State.EMPTY
        self.tell = READY
        self.label: Label | None = None
        self.run: RunId | None = None
        self.record: Record | None = None
        self.question: Prompted | None = None
        self.waiting: Job | None = None
        self.ended: Ended | None = None
        self.deadline: float | None = None
        self.deaths = 0
        self.began = 0.0
