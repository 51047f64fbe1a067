"""The line in a terminal, in the operator's language: one row a nest, the counts, and what needs a person.

Details are evidence, in English as in the journal. Where the operator reads another language, the sentence for them
stands instead, beside the code under which the journal has the detail.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from station.domain.counted import counted
from station.domain.events import Answers
from station.domain.label import Label
from station.domain.nest import State
from station.domain.outcome import Outcome
from station.domain.people import who_may
from station.domain.recipe import Recipe
from station.engine.bus import Trouble
from station.report.summary import Summary
from station.texts import COMPLETE, Texts, texts_in
from station.ui.around import question_text
from station.ui.bands import in_order, trouble_text
from station.ui.cards import advice_of, set_apart
from station.ui.run_page import warning_of
from station.ui.screen import NestView, Screen, share_done
from station.ui.visible import last_line, visible
from station.ui.words import right, step_text, words

# Running is neutral, blue asks for the operator, green and red are verdicts, yellow is neither; each has its own word.
_STYLES: Mapping[State, str] = {
    State.EMPTY: "blue",
    State.UNLABELLED: "bold blue",
    State.LABELLED: "bold blue",
    State.RUNNING: "default",
    State.ASKING: "bold blue",
    State.STOPPING: "yellow",
    State.PASSED: "bold green",
    State.FAILED: "bold red",
    State.UNDECIDED: "bold yellow",
    State.STOPPED: "bold yellow",
    State.LOCKED: "bold reverse yellow",
}

_OUTCOME_STYLES: Mapping[Outcome, str] = {
    Outcome.PASS: "green",
    Outcome.FAIL: "red",
    Outcome.ERROR: "yellow",
    Outcome.ABORTED: "yellow",
    Outcome.INTERRUPTED: "yellow",
}


_SEEN_TO = (State.LOCKED, State.UNLABELLED)
"""What a person has to do there is more than its row says, whatever its run came to."""

BAR = 16
SERIAL = 15
"""Cells of a serial number; of a device id the last twelve are shown."""
END = 8
BROAD = 90
"""Cells of the table from which there is room for a bar beside everything else."""
NARROW = 64
"""Cells below which a serial number leaves no room for what is to be done."""

ANSWERS: Mapping[Answers, tuple[str, ...]] = {"yes_no": ("yes", "no"), "done": ("done",)}
"""What may be answered to a question, as it is typed."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the view is told in: a language, and the recipe whose questions and operations it names."""

    texts: Texts
    recipe: Recipe | None = None

    @property
    def detailed(self) -> bool:
        """True where the operator reads the language of the details."""
        return self.texts.language == COMPLETE


ENGLISH = Spoken(texts_in(COMPLETE))


def render(screen: Screen, title: str, spoken: Spoken = ENGLISH) -> RenderableType:
    """The whole view."""
    say = spoken.texts.say
    parts: list[RenderableType] = [
        NestTable(tuple(in_order(screen)), screen.asked, spoken),
        Text(""),
        _counts(screen, spoken.texts),
    ]
    if warning := warning_of(screen, spoken.texts):
        parts[:0] = [Text(visible(warning), style="bold white on red"), Text("")]
    if screen.trouble is not None:
        parts.append(Text(visible(_trouble(screen.trouble, spoken)), style="yellow"))
    if screen.at_work is not None and screen.at_work.asked:
        person = screen.at_work.person
        name = f"{person.name}, {person.role.value}" if person is not None else "nobody is signed in"
        parts.append(Text(visible(f"at work: {name}"), style="dim"))
    if screen.pin is not None:
        parts.append(Text(visible(f"waits for the PIN of {screen.pin.name}: pin ••••"), style="yellow"))
    elif screen.waiting is not None and screen.waiting.action is not None:
        signed = screen.at_work is not None and screen.at_work.asked
        whom = f"the badge of {who_may(screen.waiting.action)}" if signed else "retry"
        waits = f"waits for {whom}: {screen.waiting.detail}"
        parts.append(Text(visible(waits), style="yellow"))
    if screen.ignored is not None:
        told = screen.ignored.detail if spoken.detailed else say(f"scan.{screen.ignored.why}")
        parts.append(Text(visible(f"{screen.ignored.source}: {told}"), style="dim"))
    if screen.typing:
        parts.append(Text(f"> {visible(screen.typing)}"))
    # A title given as str would be read as markup.
    return Panel(Group(*parts), title=Text(visible(title)), title_align="left", border_style="dim")


@dataclass(frozen=True, slots=True)
class NestTable:
    """One row a nest. In a narrow terminal there is no bar, in a very narrow one only the end of a serial number.

    It is drawn later, and in another thread: so it holds the nests as they are now, not the screen that goes on.
    """

    views: tuple[NestView, ...]
    asked: NestView | None
    spoken: Spoken

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The table for this width."""
        say, wide = self.spoken.texts.say, options.max_width
        words = max(cell_len(say(f"terminal.word.{state}")) for state in State)
        unit = SERIAL if wide >= NARROW else END
        table = Table(expand=True, box=None, padding=(0, 1), header_style="dim")
        table.add_column(say("terminal.nest"), justify="right", width=cell_len(say("terminal.nest")))
        table.add_column("", width=words)
        table.add_column(say("terminal.unit"), width=unit, no_wrap=True)
        if wide >= BROAD:
            table.add_column("", width=BAR)
        table.add_column("", ratio=1, overflow="fold")
        for view in self.views:
            number, word, name, bar, what = _row(view, self.spoken, unit, asked=view is self.asked)
            table.add_row(number, word, name, *([bar] if wide >= BROAD else []), what)
        yield table


def _trouble(told: Trouble, spoken: Spoken) -> str:
    """What is wrong with the station or a scan, with its code."""
    if spoken.detailed:
        return f"{told.code} {told.detail} {told.remedy}"
    return f"{told.code} {spoken.texts.sentences(*trouble_text(told, spoken.texts))}"


def _row(view: NestView, spoken: Spoken, room: int, *, asked: bool) -> list[RenderableType]:
    """Number, word, the unit in so many cells, bar, and what is done or is to be done."""
    style, key = _STYLES[view.state], f"terminal.word.{view.state}"
    if (came := right(view.state, view.reference)) is not None:
        style, key = (
            (_STYLES[State.PASSED], "card.reference.right") if came else (_STYLES[State.LOCKED], "card.reference.wrong")
        )
    word = Text(spoken.texts.say(key), style=style)
    bar: RenderableType = Text("")
    if view.state in (State.RUNNING, State.ASKING, State.STOPPING):
        bar = ProgressBar(
            total=1.0, completed=share_done(view), width=BAR, complete_style="default", finished_style="default"
        )
    unit = visible(_unit(view.label)) if view.label else ""
    if cell_len(unit) > room:
        unit = "…" + unit[1 - room :]
    return [Text(str(view.nest), style="bold"), word, Text(unit), bar, _what(view, spoken, asked=asked)]


def _what(view: NestView, spoken: Spoken, *, asked: bool) -> Text:
    """The operation while one is done, else the operator's sentence or question; under it, why there is no PASS.

    An answer without a nest is one to the question that is `asked`.
    """
    texts = spoken.texts
    if view.state is State.RUNNING:
        return _doing(view, spoken)
    if view.state is State.ASKING and view.question is not None:
        text = Text(question_text(view.question, spoken.recipe, texts.language))
        # As they are typed, so the same in every language.
        typed = [one if asked else f"{one} {view.nest}" for one in ANSWERS[view.question.answers]]
        text.append(f"  {texts.say('or', first=typed[0], last=typed[1]) if len(typed) == 2 else typed[0]}", style="dim")
        return text
    elsewhere = set_apart(view.record, texts) if view.state is State.FAILED and view.reference is None else ""
    text = Text(elsewhere or texts.say(view.told))
    why = _why(view, spoken)
    if why and view.state in (State.FAILED, State.UNDECIDED, State.STOPPED, *_SEEN_TO):
        text.append("\n" + visible(why), style=_STYLES[view.state])
    return text


def _doing(view: NestView, spoken: Spoken) -> Text:
    """The operation, which attempt it is, and how far it is."""
    record, texts = view.record, spoken.texts
    step = (record.current or next(reversed(record.steps), None)) if record else None
    if step is None:
        return Text(texts.say("card.starting"))
    line = spoken.recipe.line(step.op) if spoken.recipe is not None else None
    text = Text(visible(f"{step.op} {step_text(line, step.do, texts)}"))
    if record is not None and record.current is not None and record.current.attempt > 1:
        said = texts.say("card.attempt", attempt=record.current.attempt, tries=record.current.tries)
        text.append(f"  {said}", style="yellow")
    done = view.doing if spoken.detailed else texts.say("figures.percent", number=f"{view.part * 100:.0f}")
    if view.doing:
        text.append(visible(f"  {done}"), style="dim")
    return text


def _why(view: NestView, spoken: Spoken) -> str:
    """Why there is no PASS; empty where there is one."""
    finished = view.record.finished if view.record else None
    if finished is None or view.state in _SEEN_TO:
        advice = advice_of(view, spoken.texts)
        return spoken.texts.sentences(advice.what, advice.do) if advice is not None else ""
    if spoken.detailed:
        return f"{finished.code} {last_line(finished.detail)}"
    advice = advice_of(view, spoken.texts)
    return f"{finished.code} {spoken.texts.sentences(advice.what, advice.do)}".strip() if advice is not None else ""


def _unit(label: Label) -> str:
    """The serial number, or the end of the device id: all ids of one platform begin alike."""
    if label.serial is None and label.device_id is not None:
        return f"…{label.device_id[-12:]}"
    return str(label)


def _counts(screen: Screen, texts: Texts) -> Text:
    text = Text(" ")
    for outcome, count in screen.outcomes.items():
        if count or outcome in (Outcome.PASS, Outcome.FAIL):
            text.append(
                f"{count} {texts.say(f'outcome.{outcome}')}   ", style=_OUTCOME_STYLES[outcome] if count else "dim"
            )
    return text


def render_summary(summary: Summary, seconds: float) -> RenderableType:
    """Units, outcomes, time per operation."""
    head = Text.assemble(
        (counted(summary.units, "unit"), "bold"),
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
