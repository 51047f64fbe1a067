"""The line in a terminal: one card a nest, the counts, and what needs a person."""

from collections.abc import Mapping

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from station.domain.label import Label
from station.domain.nest import State
from station.domain.outcome import Outcome
from station.report.summary import Summary
from station.ui.screen import NestView, Screen, share_done
from station.ui.visible import last_line, visible

# Running is neutral, blue asks for the operator, green and red are verdicts, yellow is neither; each has its own word.
_STYLES: Mapping[State, tuple[str, str]] = {
    State.EMPTY: ("READY", "blue"),
    State.LABELLED: ("SEAT", "bold blue"),
    State.RUNNING: ("RUN", "default"),
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


def words(step: str) -> str:
    """A step's name as a person reads it."""
    return step.replace("_", " ")


def render(screen: Screen, title: str) -> RenderableType:
    """The whole view."""
    table = Table(expand=True, box=None, padding=(0, 1), header_style="dim")
    table.add_column("NEST", justify="right", width=4)
    table.add_column("", width=7)
    table.add_column("UNIT", width=16, no_wrap=True)
    table.add_column("OPERATION", ratio=3, no_wrap=True, overflow="ellipsis")
    table.add_column("", width=18)
    table.add_column("", ratio=4, overflow="ellipsis")
    for nest in sorted(screen.nests):
        table.add_row(*_row(screen.nests[nest]))
    parts: list[RenderableType] = [table, Text(""), _counts(screen)]
    if screen.trouble is not None:
        told = screen.trouble
        parts.append(Text(visible(f"{told.code} {told.detail} {told.remedy}"), style="yellow"))
    # A title given as str would be read as markup.
    return Panel(Group(*parts), title=Text(visible(title)), title_align="left", border_style="dim")


def _row(view: NestView) -> list[RenderableType]:
    word, style = _STYLES[view.state]
    record = view.record
    unit = _unit(view.label) if view.label else ""
    operation = ""
    sentence = view.tell
    if view.state in (State.RUNNING, State.STOPPING) and record is not None and record.current is not None:
        operation = f"{record.current.op} {words(record.current.do)}"
        sentence = view.doing or view.tell
    finished = record.finished if record else None
    if view.state in (State.FAILED, State.UNDECIDED, State.STOPPED) and finished is not None:
        operation = f"{finished.code} {last_line(finished.detail)}"
    bar: RenderableType = Text("")
    if view.state in (State.RUNNING, State.STOPPING):
        bar = ProgressBar(total=1.0, completed=share_done(view), width=18, complete_style="default")
    return [
        Text(str(view.nest), style="bold"),
        Text(word, style=style),
        Text(visible(unit)),
        Text(visible(operation)),
        bar,
        Text(visible(sentence)),
    ]


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


def render_summary(summary: Summary, seconds: float, places: Mapping[str, str]) -> RenderableType:
    """Units, outcomes, time per operation, and where everything lies."""
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
    where = Table(box=None, show_header=False, padding=(0, 2))
    where.add_column(style="dim")
    where.add_column(overflow="fold")
    for what, place in places.items():
        where.add_row(Text(visible(what)), Text(visible(place)))
    parts: list[RenderableType] = [head]
    if summary.operations:
        parts += [Text(""), times]
    return Group(*parts, Text(""), where)


def console_for(headless: bool, stderr: bool) -> Console:
    """A console that draws; in a log or a pipe it writes plain lines."""
    return Console(stderr=stderr, highlight=False, soft_wrap=headless)
