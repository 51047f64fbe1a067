"""The line in a terminal: one card a nest, the counts, and what needs a person."""

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from station.domain.events import Answers
from station.domain.label import Label
from station.domain.nest import State
from station.domain.outcome import Outcome
from station.domain.people import who_may
from station.report.summary import Summary
from station.ui.screen import NestView, Screen, share_done
from station.ui.visible import last_line, visible
from station.ui.words import words

# Running is neutral, blue asks for the operator, green and red are verdicts, yellow is neither; each has its own word.
_STYLES: Mapping[State, tuple[str, str]] = {
    State.EMPTY: ("READY", "blue"),
    State.LABELLED: ("SEAT", "bold blue"),
    State.RUNNING: ("RUN", "default"),
    State.ASKING: ("ANSWER", "bold blue"),
    State.STOPPING: ("STOP", "yellow"),
    State.PASSED: ("PASS", "bold green"),
    State.FAILED: ("FAIL", "bold red"),
    State.UNDECIDED: ("AGAIN", "bold yellow"),
    State.STOPPED: ("STOPPED", "bold yellow"),
    State.LOCKED: ("LOCKED", "bold reverse yellow"),
}

_OUTCOME_STYLES: Mapping[Outcome, str] = {
    Outcome.PASS: "green",
    Outcome.FAIL: "red",
    Outcome.ERROR: "yellow",
    Outcome.ABORTED: "yellow",
    Outcome.INTERRUPTED: "yellow",
}


ANSWERS: Mapping[Answers, tuple[str, ...]] = {"yes_no": ("yes", "no"), "done": ("done",)}
"""What may be answered to a question, as it is typed."""


def render(screen: Screen, title: str) -> RenderableType:
    """The whole view."""
    table = Table(expand=True, box=None, padding=(0, 1), header_style="dim")
    table.add_column("NEST", justify="right", width=4)
    table.add_column("", width=7)
    table.add_column("UNIT", width=16, no_wrap=True)
    table.add_column("", width=16)
    table.add_column("", ratio=1)
    for nest in sorted(screen.nests):
        table.add_row(*_row(screen.nests[nest]))
    parts: list[RenderableType] = [table, Text(""), _counts(screen)]
    if screen.warning:
        parts[:0] = [Text(visible(screen.warning), style="bold white on red"), Text("")]
    if screen.trouble is not None:
        told = screen.trouble
        parts.append(Text(visible(f"{told.code} {told.detail} {told.remedy}"), style="yellow"))
    if screen.at_work is not None and screen.at_work.asked:
        person = screen.at_work.person
        name = f"{person.name}, {person.role.value}" if person is not None else "nobody is signed in"
        parts.append(Text(visible(f"at work: {name}"), style="dim"))
    if screen.pin is not None:
        parts.append(Text(visible(f"waits for the PIN of {screen.pin.name}: pin ••••"), style="yellow"))
    elif screen.waiting is not None and screen.waiting.action is not None:
        waits = f"waits for the badge of {who_may(screen.waiting.action)}: {screen.waiting.detail}"
        parts.append(Text(visible(waits), style="yellow"))
    if screen.ignored is not None:
        parts.append(Text(visible(f"{screen.ignored.source}: {screen.ignored.detail}"), style="dim"))
    if screen.typing:
        parts.append(Text(f"> {visible(screen.typing)}"))
    # A title given as str would be read as markup.
    return Panel(Group(*parts), title=Text(visible(title)), title_align="left", border_style="dim")


def _row(view: NestView) -> list[RenderableType]:
    word, style = _STYLES[view.state]
    bar: RenderableType = Text("")
    if view.state in (State.RUNNING, State.ASKING, State.STOPPING):
        bar = ProgressBar(
            total=1.0, completed=share_done(view), width=16, complete_style="default", finished_style="default"
        )
    unit = _unit(view.label) if view.label else ""
    return [Text(str(view.nest), style="bold"), Text(word, style=style), Text(visible(unit)), bar, _what(view)]


def _what(view: NestView) -> Text:
    """The operation while one is done, else the operator's sentence or question; under it, why there is no PASS."""
    record = view.record
    if view.state is State.RUNNING:
        step = (record.current or next(reversed(record.steps), None)) if record else None
        text = Text(visible(f"{step.op} {words(step.do)}" if step else "getting ready"))
        if record is not None and record.current is not None and record.current.attempt > 1:
            text.append(f", try {record.current.attempt} of {record.current.tries}", style="yellow")
        if view.doing:
            text.append(visible(f", {view.doing}"), style="dim")
        return text
    text = Text(visible(view.tell))
    if view.state is State.ASKING and view.question is not None:
        text.append(f"  {' or '.join(ANSWERS[view.question.answers])}", style="dim")
    finished = record.finished if record else None
    if view.state in (State.FAILED, State.UNDECIDED, State.STOPPED) and finished is not None:
        text.append("\n" + visible(f"{finished.code} {last_line(finished.detail)}"), style=_STYLES[view.state][1])
    return text


def _unit(label: Label) -> str:
    """The serial number, or the end of the device id: all ids of one platform begin alike."""
    if label.serial is None and label.device_id is not None:
        return f"…{label.device_id[-12:]}"
    return str(label)


def _counts(screen: Screen) -> Text:
    text = Text(" ")
    for outcome, count in screen.outcomes.items():
        if count or outcome in (Outcome.PASS, Outcome.FAIL):
            text.append(f"{count} {outcome.value}   ", style=_OUTCOME_STYLES[outcome] if count else "dim")
    return text


def render_summary(summary: Summary, seconds: float) -> RenderableType:
    """Units, outcomes, time per operation."""
    head = Text.assemble(
        (f"{summary.units} units", "bold"),
        f" in {seconds:.1f} s: ",
        *[
            (f"{count} {outcome.value}  ", _OUTCOME_STYLES[outcome])
            for outcome, count in summary.outcomes.items()
            if count
        ],
    )
    if not summary.runs:
        head = Text(f"No unit was run ({seconds:.1f} s).", style="yellow")
    times = Table(box=None, padding=(0, 2), header_style="dim")
    times.add_column("OP", justify="right")
    times.add_column("OPERATION")
    times.add_column("TIMES", justify="right")
    times.add_column("MEDIAN S", justify="right")
    times.add_column("LONGEST S", justify="right")
    for one in summary.operations:
        times.add_row(str(one.op), Text(visible(words(one.do))), str(one.count), f"{one.median:.2f}", f"{one.max:.2f}")
    parts: list[RenderableType] = [head]
    if summary.operations:
        parts += [Text(""), times]
    return Group(*parts, Text(""))
