"""What is shown of a line, as a fold of what the bus says; the same for every kind of screen."""

from dataclasses import dataclass, field, replace

from station.domain.events import Progressed, Prompted, RunFinished, StationStarted
from station.domain.label import Label
from station.domain.nest import READY, State
from station.domain.outcome import Outcome
from station.domain.profile import BANNERS
from station.domain.record import Record, fold
from station.engine.bus import Heard, Ignored, Moved, Moving, Stored, Trouble


@dataclass(frozen=True, slots=True)
class NestView:
    """One nest: its state, the operator's sentence, its unit and how far the run is."""

    nest: int
    state: State = State.EMPTY
    tell: str = READY
    label: Label | None = None
    record: Record | None = None
    part: float = 0.0
    doing: str = ""
    question: Prompted | None = None


@dataclass(slots=True)
class Screen:
    """Everything a screen shows; `hear` is all that changes it."""

    nests: dict[int, NestView] = field(default_factory=dict)
    outcomes: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    trouble: Trouble | None = None
    warning: str = ""
    """What stands in red on every screen: this line makes units that go online."""
    ignored: Ignored | None = None
    typing: str = ""

    def hear(self, heard: Heard) -> None:
        """Take in one thing that happened."""
        match heard:
            case Moved(nest=nest, state=state, tell=tell, label=label, question=question):
                view = self._view(nest)
                if state is State.RUNNING and view.state not in (State.RUNNING, State.ASKING):
                    view = replace(view, record=None, part=0.0, doing="")
                self.nests[nest] = replace(view, state=state, tell=tell, label=label, question=question)
                self.ignored = None
                taken = state is State.LABELLED or (state is State.RUNNING and view.state is State.ASKING)
                if taken and self.trouble is not None and not self.trouble.stays:
                    # A scan or an answer was taken since: what was wrong with an earlier one is no longer news.
                    self.trouble = None
            case Moving(nest=nest, progressed=progressed):
                self.nests[nest] = replace(self._view(nest), part=progressed.part, doing=doing(progressed))
            case Stored(nest=nest, event=event):
                if isinstance(event.body, StationStarted):
                    self.warning = BANNERS[event.body.profile]
                if isinstance(event.body, RunFinished) and not self._of_reference(nest):
                    self.outcomes[event.body.outcome] += 1
                if nest is not None:
                    view = self._view(nest)
                    record = fold(view.record, event)
                    new_step = record is not None and view.record is not None and record.current != view.record.current
                    self.nests[nest] = replace(
                        view,
                        record=record,
                        part=0.0 if new_step else view.part,
                        doing="" if new_step else view.doing,
                    )
            case Trouble():
                self.trouble, self.ignored = heard, None
            case Ignored():
                self.ignored = heard

    def _of_reference(self, nest: int | None) -> bool:
        """Whether the run that has just ended in a nest is one of a reference unit, which counts nowhere."""
        record = None if nest is None else self._view(nest).record
        return record is not None and record.started.reference is not None

    def _view(self, nest: int) -> NestView:
        return self.nests.get(nest) or NestView(nest)


def doing(progressed: Progressed) -> str:
    """What an operation is at, with bytes and the time they still need where bytes are written."""
    if progressed.done is None or not progressed.size:
        return progressed.text
    told = f"{progressed.text} {progressed.done >> 10} of {progressed.size >> 10} KiB"
    return told if progressed.seconds_left is None else f"{told}, {progressed.seconds_left:.0f} s left"


def share_done(view: NestView) -> float:
    """How much of the sheet a nest has done, 0 to 1, counted in operations."""
    record = view.record
    if record is None:
        return 0.0
    if record.finished is not None:
        return 1.0
    doing_now = record.current.op if record.current else None
    # An operation that is tried again is not done twice.
    done = len({step.op for step in record.steps} - {doing_now})
    return min(1.0, (done + (view.part if record.current else 0.0)) / max(1, len(record.started.ops)))
