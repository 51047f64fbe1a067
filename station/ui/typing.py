"""What a person types: a label that no scanner reads, or a PIN; on the screen's keypad or on real keys."""

from dataclasses import dataclass, field
from enum import StrEnum

from station.texts import Texts
from station.ui.model import Keypad
from station.ui.visible import visible

LONGEST = 60
"""Characters: the longest command; a PIN has fewer."""

SHOWN = 15
"""Characters of a label that are seen: a serial number's. What may follow on a label is its mobile secret."""

PIN = "PIN "
"""What may stand before a PIN where it is typed as a line (ui.wishes)."""

OPENS_AT = 3
"""Characters typed on real keys that open the keypad: fewer are a brush with the sleeve."""

DIGITS = frozenset("0123456789")
LETTERS = DIGITS | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ-")


class Kind(StrEnum):
    """What is typed."""

    LABEL = "label"
    PIN = "pin"


@dataclass(frozen=True, slots=True)
class Entered:
    """A person ended what they typed."""

    kind: Kind
    text: str

    def __repr__(self) -> str:
        return f"Entered({self.kind.value}, {len(self.text)} characters)"


@dataclass(slots=True)
class Typing:
    """The keypad's state; `kind` is None while it is shut. `idle_since` is the window's clock, in seconds."""

    kind: Kind | None = None
    idle_since: float = 0.0
    _touched: str = field(default="", repr=False)
    _keyed: str = field(default="", repr=False)
    _name: str = ""

    def label(self, now: float) -> None:
        """Open it for a label."""
        self._open(Kind.LABEL, "", now)

    def pin(self, name: str, now: float) -> None:
        """Open it for a person's PIN."""
        self._open(Kind.PIN, name, now)

    def shut(self) -> None:
        """Close it; nothing typed is kept."""
        self.kind, self._touched, self._keyed = None, "", ""

    def _open(self, kind: Kind, name: str, now: float) -> None:
        self.kind, self._name, self.idle_since = kind, name, now
        self._touched = self._keyed = ""

    def touch(self, does: str, now: float) -> Entered | None:
        """A key of the keypad was touched; what was entered, if that ended it."""
        kind, self.idle_since = self.kind, now
        if kind is None:
            return None
        if does == "cancel":
            self.shut()
        elif does == "erase":
            self._touched = (self._touched + self._keyed)[:-1]
            self._keyed = ""
        elif does == "enter":
            text = self._touched + self._keyed
            if kind is Kind.LABEL or text:
                self.shut()
            return Entered(kind, text) if text else None
        elif does in (DIGITS if kind is Kind.PIN else LETTERS) and len(self._touched + self._keyed) < LONGEST:
            # On real keys and on the screen's in turn: in the order in which they came.
            self._touched, self._keyed = self._touched + self._keyed + does, ""
        return None

    def standing(self, text: str, now: float) -> None:
        """What stands typed on real keys so far; it opens the keypad once it is more than a slip."""
        if text:
            self.idle_since = now
        if self.kind is None and len(text) >= OPENS_AT:
            self.label(now)
        if self.kind is not None:
            self._keyed = text.upper() if self.kind is Kind.LABEL else text

    def line(self, text: str) -> Entered | None:
        """A line that was typed on real keys, with what was touched before it."""
        kind = self.kind or Kind.LABEL
        # Space and Enter do nothing; control characters may be all that a scanner sent, and are refused as a label.
        whole = self._touched + text.strip() or (text.strip(" ") if kind is Kind.LABEL else "")
        self.shut()
        # What was seen is what counts: a label has capitals only, and the keypad shows it so.
        return Entered(kind, whole.upper() if kind is Kind.LABEL else whole) if whole else None

    def shown(self) -> str:
        """What may be seen of it: of a PIN how many digits, of a label no more than a serial number."""
        text = self._touched + self._keyed
        if self.kind is Kind.PIN:
            return "•" * len(text)
        # A PIN that nobody asked for is one, too.
        seen = len(PIN) if text.startswith(PIN) else SHOWN
        return visible(text[:seen]) + "•" * (len(text) - seen)

    def keypad(self, texts: Texts) -> Keypad | None:
        """What is drawn of it; None while it is shut."""
        if self.kind is None:
            return None
        pin = self.kind is Kind.PIN
        return Keypad(
            title=texts.say("type_pin.title" if pin else "type_label.title"),
            prompt=texts.say("type_pin.prompt", name=self._name) if pin else texts.say("type_label.prompt"),
            typed=self.shown(),
            enter=texts.say("type_label.enter"),
            erase=texts.say("type_label.erase"),
            cancel=texts.say("type_label.cancel"),
            letters=not pin,
        )
