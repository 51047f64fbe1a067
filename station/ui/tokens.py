"""Colours, sizes and type of every page: the only place with numbers of taste.

Colour is for what must be seen: neutral is running, blue asks for the operator, green and vermilion are verdicts, amber
is abnormal without one. It never stands alone: each state has its word, its silhouette, and FAIL and LOCKED a texture.
Sizes are design pixels of a page 1920 × 1080; on a 24-inch panel one is 0.277 mm, and Inter's capitals are 0.727 em.
Heights follow ISO 9241-3: 20 to 22 arc minutes where a text must be read, 16 at least.
"""

from dataclasses import dataclass
from enum import Enum

from station.ui.model import Look, Mark, Tone

Colour = str
"""#rrggbb."""


@dataclass(frozen=True, slots=True)
class Fill:
    """A coloured area and what is written on it."""

    ground: Colour
    ink: Colour


@dataclass(frozen=True, slots=True)
class Theme:
    """One set of colours; `fills` by meaning, `inks` the same meanings as text on the surface."""

    name: str
    page: Colour
    surface: Colour
    sunken: Colour
    text: Colour
    text2: Colour
    text3: Colour
    line: Colour
    line_strong: Colour
    track: Colour
    done: Colour
    tint: float
    fills: dict[Tone, Fill]
    inks: dict[Tone, Colour]


WHITE = "#FFFFFF"
ON_AMBER = "#1B1400"

LIGHT = Theme(
    name="light",
    page="#E9EDF1",
    surface="#FFFFFF",
    sunken="#F2F5F8",
    text="#131C26",
    text2="#41505F",
    text3="#566574",
    line="#D3DAE1",
    line_strong="#7B8896",
    track="#D3DAE1",
    done="#33414F",
    tint=0.10,
    fills={
        Tone.RUN: Fill("#33414F", WHITE),
        Tone.ACT: Fill("#1557C0", WHITE),
        Tone.GOOD: Fill("#00856A", WHITE),
        Tone.BAD: Fill("#A82508", WHITE),
        Tone.WARN: Fill("#F5B301", ON_AMBER),
        Tone.OFF: Fill("#DCE2E8", "#41505F"),
    },
    inks={
        Tone.RUN: "#131C26",
        Tone.ACT: "#1557C0",
        Tone.GOOD: "#00745A",
        Tone.BAD: "#A82508",
        Tone.WARN: "#7A5600",
        Tone.OFF: "#41505F",
    },
)

DARK = Theme(
    name="dark",
    page="#0E141A",
    surface="#18212A",
    sunken="#111920",
    text="#EEF2F6",
    text2="#B4C0CC",
    text3="#94A2B0",
    line="#2A3642",
    line_strong="#728191",
    track="#2A3642",
    done="#94A2B0",
    tint=0.22,
    fills={
        Tone.RUN: Fill("#3A4A5A", WHITE),
        Tone.ACT: Fill("#2A6FDB", WHITE),
        Tone.GOOD: Fill("#008566", WHITE),
        Tone.BAD: Fill("#D23A14", WHITE),
        Tone.WARN: Fill("#F5B301", ON_AMBER),
        Tone.OFF: Fill("#26313C", "#B4C0CC"),
    },
    inks={
        Tone.RUN: "#EEF2F6",
        Tone.ACT: "#7FB2FF",
        Tone.GOOD: "#3FD0A8",
        Tone.BAD: "#FF8A66",
        Tone.WARN: "#F5B301",
        Tone.OFF: "#B4C0CC",
    },
)

THEMES = {theme.name: theme for theme in (LIGHT, DARK)}

TONES: dict[Look, Tone] = {
    Look.EMPTY: Tone.OFF,
    Look.LOAD: Tone.ACT,
    Look.READY: Tone.RUN,
    Look.TESTING: Tone.RUN,
    Look.STOPPING: Tone.RUN,
    Look.YOUR_TURN: Tone.ACT,
    Look.PASS: Tone.GOOD,
    Look.FAIL: Tone.BAD,
    Look.NO_RESULT: Tone.WARN,
    Look.LOCKED: Tone.OFF,
}

HATCHED = frozenset({Look.FAIL, Look.LOCKED})
"""Looks with a texture: they are told from PASS and EMPTY without any colour."""

PALE = frozenset({Look.LOAD})
"""Looks whose head is only tinted: nothing has happened here yet."""

PLAIN = frozenset({Look.READY})
"""Looks whose head is the card's own surface."""

MARK_TONES: dict[Mark, Tone] = {
    Mark.DONE: Tone.RUN,
    Mark.ACTIVE: Tone.RUN,
    Mark.BAD: Tone.BAD,
    Mark.UNDECIDED: Tone.WARN,
    Mark.TODO: Tone.OFF,
}


class Face(Enum):
    """A cut of the bundled letters: family and weight."""

    TEXT = ("Inter for Station", 500)
    STRONG = ("Inter for Station", 600)
    BOLD = ("Inter for Station", 700)
    HEAVY = ("Inter for Station", 800)
    MONO = ("JetBrains Mono for Station", 500)
    MONO_HEAVY = ("JetBrains Mono for Station", 800)

    @property
    def family(self) -> str:
        """As the files under fonts/ call themselves."""
        return self.value[0]

    @property
    def weight(self) -> int:
        """100 to 900, as in OpenType's OS/2 table."""
        return self.value[1]

    @property
    def chinese(self) -> str:
        """The family of the Chinese letters that go with it: of the two weights there are, the nearer one."""
        return f"Noto Sans SC {'Medium' if self.weight <= 500 else 'Bold'} for Station"


@dataclass(frozen=True, slots=True)
class Type:
    """A role of text: its letters and their size in design pixels."""

    face: Face
    size: float


# Capital height in mm, and the angle at the distance from which it is read.
STATE_WORD = Type(Face.HEAVY, 62)  # 12.5 mm, 21' at 2 m
NEST_NUMBER = Type(Face.HEAVY, 47)  # 9.5 mm, 16' at 2 m
PROMPT = Type(Face.BOLD, 46)  # 9.3 mm, 16' at 2 m
SIGN_IN_TITLE = Type(Face.HEAVY, 88)  # 17.7 mm, 30' at 2 m
CLOCK = Type(Face.BOLD, 28)
FIGURE = Type(Face.BOLD, 30)  # 6.0 mm, 21' at 1 m
SERIAL = Type(Face.MONO, 27)  # 5.4 mm, 19' at 1 m
SERIAL_END = Type(Face.MONO_HEAVY, 27)
TITLE = Type(Face.BOLD, 24)
HEADLINE = Type(Face.STRONG, 22)  # 4.4 mm, 22' at 0.7 m
DETAIL = Type(Face.TEXT, 21)
ADVICE = Type(Face.STRONG, 19)  # 3.8 mm, 19' at 0.7 m
BUTTON = Type(Face.STRONG, 21)
STEP = Type(Face.TEXT, 18)  # 3.6 mm, 18' at 0.7 m
STEP_ACTIVE = Type(Face.STRONG, 18)
LABEL = Type(Face.STRONG, 17)
SMALL = Type(Face.TEXT, 16)  # 3.2 mm, 16' at 0.7 m: the floor, nothing is smaller
SMALL_MONO = Type(Face.MONO, 16)
NOTE = Type(Face.STRONG, 24)
TRAY = Type(Face.HEAVY, 34)

FLOOR = 16.0
"""Design pixels of the smallest text."""

PAGE = (1920.0, 1080.0)
"""The page that is designed; every other panel is a scale of it."""

SMALL_PAGE = (1440.0, 864.0)
"""The page that is designed for small panels, where cards stand two by two and show no list."""

SMALL_BELOW = 0.7
"""Scale below which the small page is used: the floor of 16 px would be 11 (reference/ui.md's judgement)."""

MARGIN = 22.0
GAP = 14.0
CARD_GAP = 18.0
RADIUS = 14.0
BUTTON_HEIGHT = 72.0
"""20 mm: keys of this size were as fast and as sure as larger ones (Colle and Hiszem 2004)."""
BUTTON_GAP = 16.0
