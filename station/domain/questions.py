"""What the factory-test firmware can be asked, what its answers hold, and in which units.

The same table is firmware/factory-test/README.md's, the firmware's own (src/questions.cpp) and the bench's; all are
tested against this one. A recipe whose own firmware knows more says what, under [questions].
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

FIRMWARE = "factory-test"
"""What `who` answers under `firmware`: other firmware may answer, too, and never with this."""


class Unit(StrEnum):
    """Of a value; texts and booleans have none."""

    VOLT = "V"
    AMPERE = "A"
    PERCENT = "%"
    SECOND = "s"
    HERTZ = "Hz"
    BYTE = "B"
    MEBIBYTE = "MiB"
    PPM = "ppm"
    COUNT = ""


class Kind(StrEnum):
    """Of an argument, and of a value of an answer."""

    NUMBER = "number"
    TEXT = "text"
    FLAG = "flag"


Value = float | str | bool


@dataclass(frozen=True, slots=True)
class Form:
    """What a value must be besides being of its kind, with the firmware's own sentence for what is not."""

    says: str
    fits: Callable[[Value], bool]


@dataclass(frozen=True, slots=True)
class Ask:
    """One question: `given` are its arguments, `needs` those it cannot do without.

    `numbers` are the numbers of its answer with their units; `forms` are those of arguments and of texts, by name.
    """

    name: str
    says: str
    given: Mapping[str, Kind] = field(default_factory=dict)
    needs: frozenset[str] = frozenset()
    forms: Mapping[str, Form] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)
    texts: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    within: float = 3.0
    """Seconds for the answer: a design margin, not measured."""
    undo: Mapping[str, float | str | bool] = field(default_factory=dict)
    """Arguments of the same question that take back what it switched on."""
    away: str | None = None
    """The argument that says for how many seconds the unit leaves USB once it has answered."""

    def kind_of(self, name: str) -> Kind | None:
        """Of a value of the answer; None where it has none of that name."""
        if name in self.texts:
            return Kind.TEXT
        if name in self.flags:
            return Kind.FLAG
        return Kind.NUMBER if name in self.numbers else None

    def unfit(self, name: str, value: Value) -> str | None:
        """What a value must be and is not; None where it may be so."""
        form = self.forms.get(name)
        return None if form is None or form.fits(value) else form.says


COLOURS = ("off", "red", "green", "blue", "white")
"""Of the status LED."""

MODES = ("MANUAL", "other")
"""What `who` says of its system mode: firmware/factory-test/src/who.cpp."""

_ADDRESS = r"(?:0[89a-f]|[1-6][0-9a-f]|7[0-7])"
_ADDRESSES = re.compile(rf"(?:{_ADDRESS}(?: {_ADDRESS})*)?\Z")
_JEDEC = re.compile(r"[0-9a-f]{6}\Z")
_DEVICE_ID = re.compile(r"[0-9a-f]{24}\Z")


def _text(says: str, shape: re.Pattern[str]) -> Form:
    return Form(says, lambda value: isinstance(value, str) and shape.match(value) is not None)


def _between(name: str, low: int, high: int) -> Form:
    return Form(f"{name} must be {low} to {high}", lambda value: not isinstance(value, str) and low <= value <= high)


QUESTIONS = (
    Ask(
        "who",
        "which unit and which firmware this is; `boot` is a random number that changes with every start",
        numbers={"platform": Unit.COUNT, "boot": Unit.COUNT, "uptime": Unit.SECOND},
        texts=("firmware", "version", "mode", "os", "device_id", "serial"),
        forms={
            "firmware": Form(f"firmware is {FIRMWARE}", lambda value: value == FIRMWARE),
            "mode": Form(f"mode is one of {', '.join(MODES)}", lambda value: value in MODES),
            "device_id": _text("device_id is 24 lower-case hexadecimal digits", _DEVICE_ID),
        },
    ),
    Ask(
        "radio",
        "whether a network or the cloud was asked for since this start",
        numbers={"boot": Unit.COUNT, "uptime": Unit.SECOND},
        flags=("network", "cloud"),
    ),
    Ask(
        "rails",
        "supplies, by the ADC behind the fixture's dividers; a board may name more, and the recipe says so",
        numbers={"vbat": Unit.VOLT, "v3v3": Unit.VOLT, "vbus": Unit.VOLT},
    ),
    Ask("gauge", "the fuel gauge", numbers={"vcell": Unit.VOLT, "soc": Unit.PERCENT}),
    Ask(
        "loopback",
        "pairs of pins that the fixture joins, each driven both ways; opens and shorts are named",
        numbers={"pairs": Unit.COUNT},
    ),
    Ask(
        "i2c",
        "addresses that answer on a bus, such as `36 6b`; `expect` names those that must, else the board's own do",
        given={"bus": Kind.NUMBER, "expect": Kind.TEXT},
        numbers={"found": Unit.COUNT},
        texts=("addresses",),
        forms={
            "expect": _text("expect must be addresses such as 36 6b", _ADDRESSES),
            "addresses": _text("addresses are such as 36 6b", _ADDRESSES),
        },
    ),
    Ask(
        "flash_id",
        "the external flash's JEDEC id",
        numbers={"size": Unit.MEBIBYTE},
        texts=("jedec",),
        forms={"jedec": _text("jedec is six lower-case hexadecimal digits such as c22016", _JEDEC)},
    ),
    Ask("flash_check", "a file is written to the external flash, read back and removed", numbers={"bytes": Unit.BYTE}),
    Ask(
        "rtc",
        "the real-time clock's 32.768 kHz against the core's clock, for a second",
        numbers={"seconds": Unit.SECOND, "drift": Unit.PPM},
    ),
    Ask(
        "button",
        "the MODE button: how often it was pressed since the start, and whether it is now",
        numbers={"presses": Unit.COUNT},
        flags=("pressed",),
    ),
    Ask(
        "led",
        "the status LED shows a colour: off, red, green, blue or white",
        given={"colour": Kind.TEXT},
        needs=frozenset({"colour"}),
        forms={
            "colour": Form("colour must be off, red, green, blue or white", lambda value: value in COLOURS),
        },
    ),
    Ask(
        "load",
        "the test load on the 3.3 V rail",
        given={"on": Kind.FLAG},
        needs=frozenset({"on"}),
        undo={"on": False},
    ),
    Ask(
        "sleep",
        "answers, then sleeps with USB and test load off for so many seconds, 1 to 60",
        given={"seconds": Kind.NUMBER},
        needs=frozenset({"seconds"}),
        numbers={"seconds": Unit.SECOND},
        forms={"seconds": _between("seconds", 1, 60)},
        away="seconds",
    ),
    Ask(
        "modem",
        "powers the modem, names SIM (nothing where there is none) and modem, and switches it off again; refused"
        " unless `allow` is true",
        given={"allow": Kind.FLAG},
        needs=frozenset({"allow"}),
        forms={"allow": Form("the modem stays off: allow is not true", lambda value: value is True)},
        texts=("iccid", "imei"),
        within=75.0,
    ),
)

BY_NAME: Mapping[str, Ask] = {one.name: one for one in QUESTIONS}


def kind_of(value: float | str | bool) -> Kind:
    """What a value is; a boolean is no number.

    >>> kind_of(True), kind_of(1.0)
    (<Kind.FLAG: 'flag'>, <Kind.NUMBER: 'number'>)
    """
    match value:
        case bool():
            return Kind.FLAG
        case str():
            return Kind.TEXT
        case _:
            return Kind.NUMBER


def taken_back(question: str, given: Mapping[str, float | str | bool]) -> Mapping[str, float | str | bool] | None:
    """The arguments that take back what this question switched on; None where nothing is to be taken back.

    >>> taken_back("load", {"on": True})
    {'on': False}
    """
    known = BY_NAME.get(question)
    if known is None or not known.undo or all(given.get(name) == value for name, value in known.undo.items()):
        return None
    return known.undo


def seconds_away(question: str, given: Mapping[str, float | str | bool]) -> float:
    """For how long the unit leaves USB once it has answered; 0 where it stays."""
    known = BY_NAME.get(question)
    value = given.get(known.away, 0.0) if known is not None and known.away is not None else 0.0
    return float(value) if kind_of(value) is Kind.NUMBER else 0.0


_MUST_BE: Mapping[Kind, str] = {Kind.NUMBER: "a number", Kind.TEXT: "a text", Kind.FLAG: "true or false"}


def refusal(ask: Ask, given: Mapping[str, float | str | bool]) -> str | None:
    """What the firmware says to arguments it does not take, or None when it takes them.

    >>> refusal(BY_NAME["led"], {"colour": True})
    'colour must be a text'
    """
    for name, value in given.items():
        kind = ask.given.get(name)
        if kind is None:
            return f"{ask.name} takes no {name}"
        if kind_of(value) is not kind:
            return f"{name} must be {_MUST_BE[kind]}"
    missing = [name for name in ask.given if name in ask.needs and name not in given]
    if missing:
        return f"{ask.name} needs {missing[0]}"
    return next((why for name, value in given.items() if (why := ask.unfit(name, value)) is not None), None)
