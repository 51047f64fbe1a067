"""No key is lost on its way: not to a dialog, not to a button, not to a keypad; and none does what nobody meant."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import Qt
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QPushButton, QWidget

from station.codec.frames import WEDGE_IDLE, Framed
from station.codec.scan import scan_of
from station.ui.window.keys import FUNCTIONS, SOURCE, KeyFilter, Repeats, ServerTime
from tests.ui.window.hands import PERSON, SCANNER, Clock, Keyboard

NUMLOCK_OFF = (
    *(Qt.Key.Key_Home, Qt.Key.Key_Up, Qt.Key.Key_PageUp),
    *(Qt.Key.Key_Left, Qt.Key.Key_Clear, Qt.Key.Key_Right),
    *(Qt.Key.Key_End, Qt.Key.Key_Down, Qt.Key.Key_PageDown, Qt.Key.Key_Insert),
)
"""The keypad from 7 to 3, row by row, then 0, as it is printed on the keys."""

SERIAL = "B40HAB123456789"
LABEL = f"{SERIAL} WBPYG6CPLRCFK4S"


class Keys:
    """The filter of an application, what it told, and a keyboard."""

    def __init__(self, app: QApplication) -> None:
        self.clock = Clock()
        self.filter = KeyFilter(now=self.clock)
        self.framed: list[Framed] = []
        self.standing: list[str] = []
        self.functions: list[str] = []
        self.filter.framed.connect(self.framed.append)
        self.filter.standing.connect(self.standing.append)
        self.filter.function.connect(self.functions.append)
        app.installEventFilter(self.filter)

    def on(self, window: QWidget) -> Keyboard:
        """A keyboard whose keys go to this window."""
        return Keyboard(self.clock, window)

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.framed]


@pytest.fixture
def keys(app: QApplication) -> Iterator[Keys]:
    made = Keys(app)
    yield made
    app.removeEventFilter(made.filter)


def with_button() -> tuple[QWidget, QPushButton, list[str]]:
    """A window with a button that takes the focus, as none of ours does, and what was pressed."""
    window, pressed = QWidget(), list[str]()
    button = QPushButton("OK", window)
    button.setAutoDefault(True)
    button.clicked.connect(lambda: pressed.append("button"))
    window.show()
    button.setFocus()
    return window, button, pressed


def in_front(app: QApplication, window: QWidget) -> None:
    """This window has the keyboard."""
    window.activateWindow()
    app.processEvents()
    assert window.isActiveWindow()


def test_a_button_that_has_the_focus_would_be_pressed_by_a_scan_if_nothing_kept_it(app: QApplication) -> None:
    window, _, pressed = with_button()
    in_front(app, window)
    Keyboard(Clock(), window).scan(LABEL)
    assert pressed, "the tests below would show nothing"


def test_a_focused_button_can_neither_eat_a_scan_nor_be_pressed_by_one(app: QApplication, keys: Keys) -> None:
    window, _, pressed = with_button()
    in_front(app, window)
    keyboard = keys.on(window)
    keyboard.scan(LABEL)
    keyboard.press(Qt.Key.Key_Space, " ")
    keyboard.press(Qt.Key.Key_Return, "\r")
    keyboard.press(Qt.Key.Key_Enter, "\r")
    assert keys.texts[0] == LABEL
    assert pressed == []


def test_a_modal_dialog_cannot_eat_a_scan_or_be_answered_by_one(app: QApplication, keys: Keys) -> None:
    page, dialog, pressed = QWidget(), QDialog(), list[str]()
    field, button = QLineEdit(dialog), QPushButton("Yes", dialog)
    button.setDefault(True)
    button.clicked.connect(lambda: pressed.append("yes"))
    dialog.finished.connect(lambda: pressed.append("finished"))
    page.show()
    dialog.setModal(True)
    dialog.show()
    in_front(app, dialog)
    field.setFocus()
    keyboard = keys.on(dialog)
    keyboard.scan(LABEL)
    keyboard.press(Qt.Key.Key_Escape)
    assert keys.texts == [LABEL]
    assert field.text() == ""
    assert pressed == []
    assert dialog.isVisible()


@given(st.lists(st.text("ABC123 -]", min_size=3, max_size=40), min_size=1, max_size=4))
def test_whatever_is_scanned_comes_out_as_it_was(app: QApplication, some: list[str]) -> None:
    keys, window = Keys(app), QWidget()
    try:
        keyboard = keys.on(window)
        for text in some:
            keyboard.scan(text)
    finally:
        app.removeEventFilter(keys.filter)
    assert keys.texts == some
    assert all(one.frame.whole and not one.frame.typed and one.frame.source == SOURCE for one in keys.framed)
    assert keys.filter.keys == sum(len(one) + 1 for one in some)
    assert [one for one in keys.standing if len(one) > 2] == [], "a scan is never shown as if it were typed"


def test_digits_of_the_keypad_are_digits_whether_numlock_is_on_or_off(keys: Keys) -> None:
    keyboard, keypad = keys.on(QWidget()), Qt.KeyboardModifier.KeypadModifier
    off = dict(zip("7894561230", (Qt.Key(one) for one in NUMLOCK_OFF), strict=True))
    code = "480041000247343138383138"
    for digit in code:
        keys.clock.seconds += SCANNER
        keyboard.press(off[digit], modifiers=keypad)
        keyboard.press(Qt.Key(ord(digit)), digit, modifiers=keypad)
    keyboard.press(Qt.Key.Key_Enter, "\r", modifiers=keypad)
    assert keys.texts == ["".join(digit * 2 for digit in code)]
    keyboard.press(Qt.Key.Key_Left)
    keyboard.press(Qt.Key.Key_Enter, "\r")
    assert len(keys.texts) == 1, "an arrow of a person is no digit"


def test_what_an_input_method_makes_of_keys_and_dead_keys_are_not_lost(keys: Keys) -> None:
    keyboard = keys.on(QWidget())
    keyboard.compose("扫码")
    keyboard.press(Qt.Key.Key_Dead_Circumflex)
    keyboard.press(Qt.Key.Key_Return, "\r")
    (scan,) = keys.framed
    assert scan.text == "扫码\ufffd"
    refused = scan_of(scan)
    assert isinstance(refused, tuple)
    assert "a character that no label has" in refused[2]


def test_a_scan_that_is_cut_off_is_told_and_refused_with_its_code(keys: Keys) -> None:
    keyboard = keys.on(QWidget())
    keyboard.type(LABEL[:20], SCANNER)
    keys.filter.look()
    assert keys.framed == []
    for _ in range(8):
        keys.clock.seconds += WEDGE_IDLE / 8
        keys.filter.look()
    (cut,) = keys.framed
    assert not cut.frame.whole
    refused = scan_of(cut)
    assert isinstance(refused, tuple)
    assert refused[1:] == ("SCAN_CUT", "The scan was cut off: no end came. Characters: 20.", 20)
    assert LABEL[:20] not in repr(cut)
    keyboard.scan(LABEL)
    assert keys.texts[1:] == [LABEL], "what was cut off does not spoil the next scan"


def test_a_key_that_is_held_is_one_key_and_a_scanner_s_double_letters_are_two(keys: Keys) -> None:
    keyboard = keys.on(QWidget())
    keyboard.press(Qt.Key.Key_A, "a")
    keys.clock.seconds += 0.5
    for _ in range(20):
        keyboard.press(Qt.Key.Key_A, "a", again=True)
        keys.clock.seconds += 0.03
    assert keys.standing[-1] == "a"
    keys.filter.forget()
    keyboard.scan("B40HAAB000001111")
    assert keys.texts == ["B40HAAB000001111"]


def test_what_a_person_types_stands_there_and_can_be_rubbed_out(keys: Keys) -> None:
    keyboard = keys.on(QWidget())
    keyboard.type("b40x\b", PERSON)
    assert keys.standing[-1] == "b40"
    keyboard.type("h\r", PERSON)
    (line,) = keys.framed
    assert (line.text, line.frame.typed, line.frame.whole) == ("b40h", True, True)
    assert keys.standing[-1] == ""


def test_only_the_keys_that_no_label_has_do_something_by_themselves(keys: Keys) -> None:
    keyboard = keys.on(QWidget())
    for key in FUNCTIONS:
        keyboard.press(Qt.Key(key))
        keys.clock.seconds += 0.5
        keyboard.press(Qt.Key(key), again=True)
    assert keys.functions == ["help", "type", "log", "lead", "lock", "close"], "each once, however long it is held"
    keys.functions.clear()
    for key in (*range(Qt.Key.Key_F3, Qt.Key.Key_F8), Qt.Key.Key_F11, Qt.Key.Key_Space, Qt.Key.Key_Return):
        keyboard.press(Qt.Key(key), {Qt.Key.Key_Space: " ", Qt.Key.Key_Return: "\r"}.get(Qt.Key(key), ""))
    assert keys.functions == []


# Times


def test_keys_that_are_taken_late_and_all_at_once_keep_their_pace() -> None:
    time = ServerTime()
    first = time.seconds(5_000, 100.0)
    late = [time.seconds(stamp, 103.0) for stamp in (5_150, 5_300, 5_450)]
    assert first == 100.0
    assert late == pytest.approx([100.15, 100.3, 100.45])


@given(st.integers(1, 20_000), st.lists(st.integers(1, 5000), min_size=1, max_size=30))
def test_the_window_system_s_clock_may_begin_anew(before: int, pauses: list[int]) -> None:
    stamp, now, time = (1 << 32) - before, 50.0, ServerTime()
    told = [time.seconds(stamp, now)]
    for pause in pauses:
        stamp, now = (stamp + pause) % (1 << 32) or 1, now + pause / 1000
        told.append(time.seconds(stamp, now))
    assert told == sorted(told)
    assert told[-1] - told[0] == pytest.approx(sum(pauses) / 1000, abs=0.002)


def test_an_event_without_a_time_happened_now_and_none_in_the_future() -> None:
    time = ServerTime()
    assert time.seconds(0, 7.0) == 7.0
    assert time.seconds(1_000, 10.0) == 10.0
    assert time.seconds(9_000, 10.5) == 10.5


def test_a_repeat_is_told_by_how_long_it_took_to_begin() -> None:
    held = Repeats()
    assert not held.held(65, 1.0, marked=False)
    held.released(65, 1.5)
    assert held.held(65, 1.5, marked=True), "X lets go and presses at the same time"
    held.released(65, 1.53)
    assert held.held(65, 1.53, marked=False), "and Qt marks only the first"
    assert not held.held(66, 1.6, marked=False)
    quick = Repeats()
    assert not quick.held(65, 1.0, marked=False)
    quick.released(65, 1.01)
    assert not quick.held(65, 1.01, marked=True), "two equal letters of a quick scanner"
