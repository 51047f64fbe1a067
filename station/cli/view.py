"""How a running line is shown in a terminal, live or as plain lines, and recorded as a picture."""

import errno
import io
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from station.domain.events import StationStarted
from station.domain.nest import State
from station.domain.people import Language
from station.domain.recipe import Recipe
from station.engine.bus import Heard, Stored
from station.report.summary import Summary
from station.texts import texts_in
from station.ui.plain import Plain
from station.ui.screen import Screen
from station.ui.terminal import ENGLISH, Spoken, render, render_summary
from station.ui.visible import visible

FRAMES = 10
"""Pictures a second; an eye wants no more of a progress bar."""

RECORD_WIDTH = 120
"""Columns of a recorded picture."""


class Terminal(Console):
    """rich's, which would end the process with 1, a unit that failed, when nobody reads any more."""

    def on_broken_pipe(self) -> None:
        """Called where the error is handled: whoever printed gets it."""
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


class View:
    """Listens to the bus and shows it; a context manager around the time in which the line runs."""

    def __init__(self, headless: bool, title: str, record: Path | None = None) -> None:
        self.screen = Screen()
        self._title = title
        self._spoken = ENGLISH
        self._record = record
        self._busiest: RenderableType | None = None
        self._most = 0
        self._plain = Plain()
        self._console = Terminal(stderr=headless, highlight=False, emoji=False)
        self._live = None
        if not headless and self._console.is_terminal:
            self._live = Live(
                get_renderable=lambda: render(self.screen, self._title, self._spoken),
                console=self._console,
                refresh_per_second=FRAMES,
            )

    def speak(self, language: Language, recipe: Recipe) -> None:
        """Show the live view in the operator's language; plain lines are a log and stay English."""
        self._spoken = Spoken(texts_in(language), recipe)

    def hear(self, heard: Heard) -> None:
        """Take in one thing from the bus."""
        self.screen.hear(heard)
        if self._live is None:
            # What the output does not take now is told when the verb ends; units are made meanwhile.
            with suppress(OSError):
                self._say(heard)
        if self._record is not None:
            self._remember()

    def _say(self, heard: Heard) -> None:
        """One plain line for everything a log should have."""
        if isinstance(heard, Stored) and isinstance(heard.event.body, StationStarted) and self.screen.warning:
            self._console.print(self.screen.warning, style="bold white on red", markup=False)
        for line in self._plain.lines(heard, self.screen):
            self._line(line)

    def typing(self, text: str) -> None:
        """Show what stands typed so far; nothing when it is ended."""
        self.screen.typing = text
        if self._live is None and self._console.is_terminal:
            self._console.file.write(f"\r\x1b[K> {visible(text)}" if text else "\r\x1b[K")
            self._console.file.flush()

    def _line(self, text: str) -> None:
        self._console.print(text, markup=False, soft_wrap=True)

    def _remember(self) -> None:
        """Keep the picture with most going on."""
        stages = {
            (view.state, view.record.current.op if view.record and view.record.current else 0)
            for view in self.screen.nests.values()
        }
        running = sum(view.state is State.RUNNING for view in self.screen.nests.values())
        score = len(stages) * 10 + running + sum(self.screen.outcomes.values())
        if score >= self._most:
            self._most, self._busiest = score, render(self.screen, self._title, self._spoken)

    def summary(self, summary: Summary, seconds: float, places: Mapping[str, str]) -> None:
        """Print the summary; write the recording, if one was wanted."""
        shown = render_summary(summary, seconds)
        self._console.print(shown)
        for what, place in places.items():
            # Never folded: a path is there to be copied.
            self._console.print(f"  {what:<12} {place}", markup=False, soft_wrap=True)
        if self._record is None:
            return
        recorder = Console(record=True, width=RECORD_WIDTH, file=io.StringIO(), force_terminal=True, highlight=False)
        recorder.print("$ ./run", style="bold")
        if self._busiest is not None:
            recorder.print(self._busiest)
        recorder.print(shown)
        for what, place in places.items():
            recorder.print(Text.assemble((f"{what:<12} ", "dim"), place))
        picture = recorder.export_svg(title="station", unique_id="station")
        # Without fonts from the network: whoever opens it has a monospace one.
        picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
        picture = picture.replace("Fira Code", "DejaVu Sans Mono")
        self._record.write_text(picture, encoding="utf-8")

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()
