"""What a keyboard-wedge scanner types where it and this PC do not mean the same keyboard.

A wedge sends keys, not characters. One that is set to a US keyboard and types into a PC with a French one gets what
the French caps say at those places; the other way round likewise. Letters, digits and the characters of commands and
of AIM identifiers are mapped (Microsoft, Windows keyboard layouts: US, French, German).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

_US = "1234567890-]aqwzm;AQWZM:,./?"
_FRENCH = "&é\"'(-è_çà)$qazw,mQAZW?M;:!§"
_GERMAN_FROM, _GERMAN_TO = "yzYZ-];", "zyZYß+ö"
_FRENCH_ON_US_FROM, _FRENCH_ON_US_TO = "1234567890-AQWZM", "!@#$%^&*()6QAZW:"


@dataclass(frozen=True, slots=True)
class Layout:
    """One misunderstanding: `types` maps what is in the code to what arrives."""

    name: str
    types: Mapping[int, int]

    def damage(self, text: str) -> str:
        """What arrives."""
        return text.translate(self.types)

    def undo(self, text: str) -> str:
        """What was in the code, if this is what happened to it."""
        return text.translate({there: here for here, there in self.types.items()})


LAYOUTS = (
    Layout("a French keyboard (AZERTY)", str.maketrans(_US, _FRENCH)),
    Layout("a German keyboard (QWERTZ)", str.maketrans(_GERMAN_FROM, _GERMAN_TO)),
    Layout("a US keyboard, and the scanner as on a French one", str.maketrans(_FRENCH_ON_US_FROM, _FRENCH_ON_US_TO)),
)


def layout_of(text: str, is_right: Callable[[str], bool]) -> Layout | None:
    """The misunderstanding by which a text that is right became this one; None where it was none."""
    for layout in LAYOUTS:
        meant = layout.undo(text)
        if meant != text and layout.damage(meant) == text and is_right(meant):
            return layout
    return None
