"""The station's window: folds what it hears, shows the page that fits, hands on what is scanned, typed or touched."""

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, tzinfo
from typing import get_args

from PySide6.QtCore import QRect, QTimer
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from station.codec.frames import Framed
from station.codec.scan import scan_of
from station.domain.events import RunFinished
from station.domain.nest import State
from station.domain.people import Language, Person
from station.engine.bus import AtWork, Earlier, Heard, PinWanted, Speaks, Stored
from station.texts import Texts, texts_in
from station.ui.around import Around, Making, Notice
from station.ui.bands import NEWS, band_of, trouble_text
from station.ui.model import SignInPage, Tone
from station.ui.paint import bench_places
from station.ui.paint import leave as leaving
from station.ui.paint.bench_panel import BenchPanel
from station.ui.paint.keypad import KeypadView, drawer
from station.ui.paint.pacer import Pacer
from station.ui.paint.page import scale_of
from station.ui.paint.run_view import RunView
from station.ui.paint.sign_in import SignInView
from station.ui.people import checks_of
from station.ui.plain import Plain
from station.ui.run_page import broken_page, language_keys, leave_of, run_page, sign_in_page
from station.ui.screen import Screen
from station.ui.sound import AGAIN, Sound, heard_as
from station.ui.tokens import LIGHT, Theme
from station.ui.typing import Entered, Kind, Typing
from station.ui.window.focus import Focus
from station.ui.window.inbox import Inbox
from station.ui.window.keys import KeyFilter
from station.ui.wishes import Desk, typed
from station.ui.words import clock

_log = logging.getLogger(__name__)

LOG_LINES = 5000
"""Kept for the drawer; the journal has everything."""

LOG_SHOWN = 40
"""Handed to the drawer, which shows as many as it has room for."""

TYPES_FOR = 30.0
"""Seconds without a key after which a drawer shuts: whoever opened it has gone."""

SECOND = 1000
"""Milliseconds: the clock, and how long a run takes, go on by themselves."""


class Window(QWidget):
    """Everything is handed in: what is made, the desk, where keys come from. It holds nothing that a restart loses."""

    def __init__(
        self,
        making: Making,
        desk: Desk,
        inbox: Inbox,
        keys: KeyFilter,
        focus: Focus,
        closes: Callable[[], None],
        *,
        language: str = "en",
        theme: Theme = LIGHT,
        zone: tzinfo = UTC,
        keyed: bool = True,
        now: Callable[[], float] = time.monotonic,
        beside: BenchPanel | None = None,
        sounds: Callable[[Sound], None] = lambda sound: None,
    ) -> None:
        """`keyed` where scans come as keys, so that a lost focus loses scans; `beside` stands at the right.

        `now` is monotonic, in seconds.
        """
        super().__init__()
        self.setWindowTitle(f"{making.station} · {making.title}")
        self.shown = Screen()
        self.typing = Typing()
        self.texts: Texts = texts_in(language)
        self._language, self._touched = language, False
        self._person: Person | None = None
        self._making, self._desk, self._theme, self._zone = making, desk, theme, zone
        self._keyed, self._here, self._keys, self._now = keyed, True, keys, now
        self._beside, self._closes, self._sounds = beside, closes, sounds
        self._asked_again = 0.0
        self.log: deque[str] = deque(maxlen=LOG_LINES)
        self._log_open = False
        self._plain = Plain()
        self._missed = False
        self.run_view, self._sign_in, self._keypad = RunView(theme, self), SignInView(theme, self), KeypadView(self)
        self._leave = leaving.LeaveView(self)
        self._leaving_since: float | None = None
        for view in (self._sign_in, self._keypad, self._leave):
            view.hide()
        if beside is not None:
            beside.setParent(self)
            beside.speak(self.texts)
        self._pacer = Pacer(self)
        self._pacer.due.connect(self.show_page)
        self._ticks = QTimer(self)
        self._ticks.setInterval(SECOND)
        self._ticks.timeout.connect(self.tick)
        self._ticks.start()
        self.run_view.pressed.connect(self._press)
        self.run_view.answered.connect(lambda nest, prompt, answer: desk.answer(answer, "touch", nest, prompt))
        self._sign_in.chosen.connect(self._choose)
        self._keypad.touched.connect(self._touch)
        self._leave.answered.connect(self._left)
        inbox.arrived.connect(self.hear)
        keys.framed.connect(self._framed)
        keys.standing.connect(self._standing)
        keys.function.connect(self._function)
        focus.changed.connect(self._focus)

    # What comes in

    def hear(self, batch: Sequence[tuple[Heard, int]]) -> None:
        """Take in what the station says, in order."""
        for heard, at in batch:
            try:
                self._hear(heard, at)
            except Exception:
                # What is shown may be wrong from here on; the next thing is heard all the same.
                _log.exception("not shown: %s", type(heard).__name__)
                self._missed = True
        self._pacer.touch()

    def _hear(self, heard: Heard, at: int) -> None:
        self.shown.hear(heard, at)
        for line in self._plain.lines(heard, self.shown):
            self.log.append(f"{clock(at, self._zone, seconds=True)}  {line}")
        if isinstance(heard, PinWanted):
            self._pin(heard)
        elif isinstance(heard, Speaks):
            self._language = heard.language
            self._say_in(self._language if self._person is None else self._person.language or self._language)
        elif isinstance(heard, AtWork):
            self._person = heard.person
            own = heard.person.language if heard.person is not None and not self._touched else None
            self._touched = False
            self._say_in(own or self._language)
        if isinstance(heard, Earlier) or (isinstance(heard, Stored) and isinstance(heard.event.body, RunFinished)):
            self._making = replace(self._making, medians=self.shown.shift.usual() or self._making.medians)
        if (sound := heard_as(heard)) is not None:
            self._sound(sound)

    def _sound(self, sound: Sound) -> None:
        if sound is Sound.QUESTION:
            self._asked_again = self._now()
        self._sounds(sound)

    def _pin(self, wanted: PinWanted) -> None:
        if wanted.name is not None:
            self._keys.forget()
            self.typing.pin(wanted.name, self._now())
        elif self.typing.kind is Kind.PIN:
            self.typing.shut()

    def _framed(self, framed: Framed) -> None:
        """A scan goes on as a scan, whatever is open; a line that a person typed is what the keypad is open for."""
        if not framed.frame.typed:
            self._keyed = True
            self._desk.scan(scan_of(framed), framed.frame.source)
        elif framed.frame.whole:
            self._enter(self.typing.line(framed.text))
        self._pacer.touch()

    def _standing(self, text: str) -> None:
        self.typing.standing(text, self._now())
        self._pacer.touch()

    def _touch(self, does: str) -> None:
        self._enter(self.typing.touch(does, self._now()))
        # What came on real keys is a part of it by now.
        self._keys.forget()
        self._pacer.touch()

    def _enter(self, entered: Entered | None) -> None:
        if entered is None:
            return
        if entered.kind is Kind.PIN:
            self._desk.pin(entered.text)
        else:
            typed(self._desk, entered.text)

    def _function(self, name: str) -> None:
        match name:
            case "type" | "log" | "lead":
                self._press(name)
            case "lock":
                self._desk.sign_out()
            case "close" if self._leaving_since is not None:
                self._leaving_since = None
            case "close" if self.typing.kind is not None:
                self.typing.shut()
                self._keys.forget()
            case "close" if self._log_open:
                self._log_open = False
            case _:
                pass
        self._pacer.touch()

    def _press(self, press: str) -> None:
        match press:
            case "log":
                self._log_open = not self._log_open
            case "type" if self.typing.kind is None:
                self.typing.label(self._now())
            case "type":
                self.typing.shut()
            case "lead":
                (self._desk.call_lead if self.shown.lead_called is None else self._desk.lead_came)()
            case "stop":
                self._desk.stop_all()
            case _:
                pass
        self._pacer.touch()

    def _choose(self, code: str) -> None:
        """What is touched on the first page counts for whoever signs in next, too, whatever their badge says."""
        language = next(one for one in get_args(Language) if one == code)
        self._language, self._touched = language, True
        self._say_in(language)
        self._desk.speak(language)
        self._pacer.touch()

    def _say_in(self, language: str) -> None:
        if language != self.texts.language:
            self.texts = texts_in(language)
            if self._beside is not None:
                self._beside.speak(self.texts)

    def _focus(self, here: bool) -> None:
        self._here = here
        self._pacer.touch()

    def tick(self) -> None:
        """A second has gone by."""
        if self.typing.kind is not None and self._now() - self.typing.idle_since > TYPES_FOR:
            self.typing.shut()
            self._keys.forget()
        if self._leaving_since is not None and self._now() - self._leaving_since > TYPES_FOR:
            self._leaving_since = None
        asking = any(view.state is State.ASKING for view in self.shown.nests.values())
        if asking and self._now() - self._asked_again > AGAIN:
            self._sound(Sound.QUESTION)
        self._pacer.touch()

    # What is shown

    @property
    def notice(self) -> Notice | None:
        """What the window itself has to say before everything else."""
        if self._missed:
            return Notice("broken")
        if self._keyed and not self._here:
            return Notice("focus_lost")
        called = self.shown.lead_called
        if called is not None and time.time_ns() // 1000 - called < NEWS * 1e6:
            return Notice("lead_called", {"time": clock(called, self._zone)})
        return None

    def around(self, now: int) -> Around:
        """What only the window knows."""
        return Around(
            now=now,
            zone=self._zone,
            notice=self.notice,
            lead_called=self.shown.lead_called is not None,
            log=tuple(self.log)[-LOG_SHOWN:] if self._log_open else None,
        )

    def show_page(self) -> None:
        """Show how everything stands now."""
        around = self.around(time.time_ns() // 1000)
        try:
            self._show_pages(around)
        except Exception:
            # A page that stands still looks like one on which nothing happens.
            _log.exception("the page could not be made")
            self._sign_in.hide()
            self.run_view.show()
            self.run_view.show_page(broken_page(self._making, around, self.texts))

    def _show_pages(self, around: Around) -> None:
        away = self.signs_in
        self._sign_in.setVisible(away)
        self.run_view.setVisible(not away)
        if away:
            self._sign_in.show_page(self._sign_in_page(around))
        else:
            self.run_view.show_page(run_page(self.shown, self._making, around, self.texts))
        pad = self.typing.keypad(self.texts)
        self._keypad.setVisible(pad is not None)
        if pad is not None:
            scale, _ = scale_of(self._page().width(), self._page().height())
            box = drawer(self._page().width() / scale, self._page().height() / scale)
            self._keypad.put(box, scale, self._theme)
            self._keypad.show_pad(pad)
            self._keypad.raise_()
        self._leave.setVisible(self._leaving_since is not None)
        if self._leaving_since is not None:
            scale, _ = scale_of(self._page().width(), self._page().height())
            self._leave.put(
                leaving.drawer(self._page().width() / scale, self._page().height() / scale), scale, self._theme
            )
            self._leave.show_leave(leave_of(self.shown, self.texts, stops=self._beside is not None))
            self._leave.raise_()

    @property
    def signs_in(self) -> bool:
        """Whether the page before a shift is shown: nobody is there, and no nest has anything to say."""
        work = self.shown.at_work
        quiet = all(view.state in (State.EMPTY, State.LOCKED) for view in self.shown.nests.values())
        return work is not None and work.asked and work.person is None and quiet and not self._log_open

    def _sign_in_page(self, around: Around) -> SignInPage:
        band = band_of(self.shown, self._making, around, self.texts)
        told, trouble = "", self.shown.trouble
        if around.notice is not None:
            told = band.prompt if around.notice.code == "lead_called" else band.detail
        elif band.tone in (Tone.WARN, Tone.BAD) and trouble is not None:
            told = self.texts.sentences(*trouble_text(trouble, self.texts))
        return sign_in_page(
            self.shown,
            self._making,
            around,
            self.texts,
            shift=self.texts.say("sign_in.nobody"),
            checks=checks_of(self.shown.checks, self.texts),
            languages=language_keys(self.texts.language),
            refused=told,
        )

    def _page(self) -> QRect:
        """Where the page stands."""
        beside = 0 if self._beside is None else bench_places.wide(self.height())
        return QRect(0, 0, max(1, self.width() - beside), self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 -- Qt's name
        """Another panel."""
        page = self._page()
        self.run_view.setGeometry(page)
        self._sign_in.setGeometry(page)
        if self._beside is not None:
            self._beside.setGeometry(page.width(), 0, self.width() - page.width(), self.height())
        self._pacer.touch()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 -- Qt's name
        """A slip of the hand ends nothing: it is asked first, and the window goes when the station has ended."""
        event.ignore()
        self._leaving_since = self._now()
        self._pacer.touch()

    def _left(self, ends: bool) -> None:
        self._leaving_since = None
        if ends:
            self._closes()
        self._pacer.touch()
