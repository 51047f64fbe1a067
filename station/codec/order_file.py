"""The list of units that a supplier sends with an order; each of its rows ties its words together.

    file = rows, ended by CR, LF or CRLF; station/codec/order_words.py says what a word is
    row  = the names of one unit: device id, serial number, ICCID, IMEI, of each at most one
         | several device ids, or several serial numbers, and nothing else
         | other words: before the first unit a header; behind it a line that is named

The columns are not published (docs.particle.io: "a file containing the device IDs of all of the devices in your
order"). A word of 15 letters and digits behind a serial number is a mobile secret: it is counted and dropped. No
message repeats a word that is no identifier.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from station.codec.order_text import text_of
from station.codec.order_words import Sort, Word, looks_kept_as_a_number, words_of
from station.domain.counted import counted
from station.domain.events import OrderLine
from station.domain.faults import OrderRefused
from station.domain.ids import KIND_NAMES, Kind

MAX_UNITS = 200_000
"""A design margin: a reel has 500 modules at most."""

MAX_FINDINGS = 200_000
"""Lines that are named; a file with more is no list. A design margin."""

TOLD = 20
"""Lines that a message names one by one; of the others it tells how many there are."""

_ENDS = re.compile(r"\r\n|\r|\n")
_KINDS: Mapping[Sort, Kind] = {
    Sort.DEVICE_ID: "device_id",
    Sort.SERIAL: "serial",
    Sort.ICCID: "iccid",
    Sort.IMEI: "imei",
}
_ROUNDED = "a spreadsheet has rounded a number"
_AS_TEXT = "Save the sheet with its columns as text"
_DAMAGED_ID = "what looks like a device id has other characters in it; the line is left out"
_SPOILT = {
    Sort.CUT_DEVICE_ID: "what looks like a device id has not 24 digits; the line is left out",
    Sort.CUT_SERIAL: "what looks like a serial number has not 15 characters; the line is left out",
    Sort.ROUNDED: f"{_ROUNDED}; the line is left out. {_AS_TEXT}",
}
"""A line in which such a word stands names no unit, whatever else is in it."""

_NOT_TAKEN = {
    Sort.BAD_ICCID: "the ICCID's check digit is wrong",
    Sort.BAD_IMEI: "15 digits whose check digit is wrong are no IMEI",
    Sort.CUT_ICCID: "what looks like an ICCID has other characters in it, or another length",
    Sort.ROUNDED_ICCID: f"{_ROUNDED}, an ICCID",
    Sort.ROUNDED_OTHER: _ROUNDED,
}
"""Such a word is left out, and its unit is not."""

_NO_UNIT = {
    Sort.NUMBER: "what looks like a number of a unit has other characters in it, or another length",
    Sort.OTHER: "there is no unit in this line",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a line that a person should look at; `unit`: the line brings a unit all the same."""

    line: int
    says: str
    unit: bool = False


@dataclass(frozen=True, slots=True)
class OrderFile:
    """What a list says: its units, each once; what to look at; how many words were secrets, and how many nothing.

    Every one of its `rows` is one of three: before the first unit, with a unit of its own, or named by a finding.
    """

    units: tuple[OrderLine, ...]
    encoding: str
    rows: int
    header: int
    findings: tuple[Finding, ...]
    secrets: int
    strangers: int

    @property
    def named(self) -> int:
        """Lines without a unit of their own, each of which a finding names."""
        return len({one.line for one in self.findings if not one.unit})

    @property
    def with_units(self) -> int:
        """Lines that bring one unit or more that no line before them did."""
        return self.rows - self.header - self.named


def read(data: bytes) -> OrderFile:
    """The units of a list.

    Raises OrderRefused for what is no text, for a list without units, and for rows that contradict themselves or each
    other, each named by its line.
    """
    text, encoding = text_of(data)
    rows = list(_rows(text))
    reader = _Reader(
        has_secrets=any(_secrets(words) for _, words in rows),
        usual=_usual([{one.sort for one in words} for _, words in rows]),
        keeps_numbers=_keeps_numbers([word.value for _, words in rows for word in words if word.sort is Sort.ICCID]),
    )
    for number, words in rows:
        reader.take(number, words)
    if reader.wrong:
        raise OrderRefused("\n".join(told(reader.wrong)))
    if not reader.units:
        raise OrderRefused("\n".join([_nothing(reader, rows), *told(reader.findings)]))
    return OrderFile(
        units=tuple(OrderLine.model_validate(one.names) for one in reader.units),
        encoding=encoding,
        rows=reader.rows,
        header=reader.header,
        findings=tuple(reader.findings),
        secrets=reader.secrets,
        strangers=reader.strangers,
    )


def _rows(text: str) -> Iterator[tuple[int, list[Word]]]:
    """Lines that have words, with their numbers."""
    start = 0
    for number, end in enumerate(_ENDS.finditer(text + "\n"), start=1):
        words = words_of(text[start : end.start()])
        start = end.end()
        if words:
            yield number, words


def _usual(rows: Sequence[Collection[Sort]]) -> tuple[Kind, ...]:
    """What half the units of a list, or more, are named by: a row with other words instead may have lost it."""
    units = [one for one in rows if Sort.DEVICE_ID in one or Sort.SERIAL in one]
    return tuple(kind for sort, kind in _KINDS.items() if 2 * sum(sort in one for one in units) >= len(units))


def _keeps_numbers(sims: Sequence[str]) -> bool:
    """Whether most ICCIDs of a list are such as a double holds: then none of them is what it was."""
    return len(sims) > 1 and 2 * sum(map(looks_kept_as_a_number, sims)) > len(sims)


def told(findings: Sequence[Finding]) -> Iterator[str]:
    """Findings as lines of text; of many, the first ones and how many more there are."""
    for one in findings[:TOLD]:
        yield f"line {one.line}: {one.says}"
    if len(findings) > TOLD:
        yield f"and {len(findings) - TOLD} more"


def _nothing(reader: "_Reader", rows: Sequence[tuple[int, Sequence[Word]]]) -> str:
    sims = sum(word.sort is Sort.ICCID for _, words in rows for word in words)
    if sims:
        return f"the file names {counted(sims, 'SIM')} and no unit: that is a list for importing SIMs"
    if not reader.rows:
        return "the file is empty"
    return f"in {counted(reader.rows, 'line')} there is no device id and no serial number"


def _not_taken(sorts: Collection[Sort], so: str) -> list[str]:
    """What is wrong with words of these sorts, and what becomes of the line."""
    hints = {Sort.ROUNDED_ICCID: f". {_AS_TEXT}", Sort.ROUNDED_OTHER: f". {_AS_TEXT}"}
    return [f"{says}; {so}{hints.get(sort, '')}" for sort, says in _NOT_TAKEN.items() if sort in sorts]


def _secrets(words: Sequence[Word]) -> int:
    """How many words of a row are mobile secrets."""
    sorts = [one.sort for one in words]
    behind = sorts.index(Sort.SERIAL) if Sort.SERIAL in sorts else len(sorts)
    return sorts[behind:].count(Sort.FIFTEEN)


@dataclass(slots=True)
class _Unit:
    line: int
    names: dict[Kind, str]


@dataclass(slots=True)
class _Reader:
    """Takes rows. A secret may look like a serial number: `has_secrets` decides of the second one in a row.

    `usual` is what half its units, or more, are named by.
    """

    has_secrets: bool
    usual: tuple[Kind, ...]
    keeps_numbers: bool
    rows: int = 0
    units: list[_Unit] = field(default_factory=list)
    places: dict[str, _Unit] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    wrong: list[Finding] = field(default_factory=list)
    header: int = 0
    secrets: int = 0
    strangers: int = 0

    def take(self, number: int, words: Sequence[Word]) -> None:
        """One row: its units, or a finding that names it; before the first unit it may be a header."""
        self.rows += 1
        self.secrets += _secrets(words)
        words = [self._as_kept(one) for one in words]
        sorts = {one.sort for one in words}
        named: dict[Kind, list[str]] = {}
        for sort, value, _ in words:
            if (kind := _KINDS.get(sort)) and value not in named.setdefault(kind, []):
                named[kind].append(value)
        if self.has_secrets and len(named.get("serial", ())) > 1:
            self.secrets += len(named["serial"]) - 1
            del named["serial"][1:]
        if damage := next((says for sort, says in _SPOILT.items() if sort in sorts), None):
            self._find(number, damage)
        elif Sort.SPOILT_DEVICE_ID in sorts and "device_id" not in named:
            self._find(number, _DAMAGED_ID)
        elif "device_id" in named or "serial" in named:
            others = sum(one.sort in (Sort.OTHER, Sort.NUMBER, Sort.SPOILT_DEVICE_ID, Sort.FIFTEEN) for one in words)
            others -= _secrets(words)
            self.strangers += others
            first, units = len(self.findings), len(self.units)
            self._row(number, named)
            self._dressed(number, words, named)
            for says in _not_taken(sorts, "the unit is taken without it"):
                self._find(number, says)
            if others and len(self.findings) == first and (lacking := self._lacking(named)):
                self._find(number, f"there is no {lacking} in this line, and others have one")
            if others and max(map(len, named.values())) > 1:
                self._find(number, "several in one line, with other words: if it is a range, it is not taken as one")
            if len(self.units) > units:
                self.findings[first:] = [replace(one, unit=True) for one in self.findings[first:]]
        else:
            self._without_unit(number, sorts, named)

    def _lacking(self, named: Mapping[Kind, Sequence[str]]) -> str:
        """What this row of one unit lacks, and others have."""
        if max(map(len, named.values())) > 1:
            return ""
        return " and no ".join(KIND_NAMES[kind] for kind in self.usual if kind not in named)

    def _as_kept(self, word: Word) -> Word:
        kept = self.keeps_numbers and word.sort is Sort.ICCID and looks_kept_as_a_number(word.value)
        return Word(Sort.ROUNDED_ICCID) if kept else word

    def _without_unit(self, number: int, sorts: set[Sort], named: Mapping[Kind, list[str]]) -> None:
        if named:
            self._find(number, "a SIM or modem without a unit; the line is left out")
        elif wrong := _not_taken(sorts, "the line is left out"):
            self._find(number, wrong[0])
        elif self.units or self.wrong or Sort.NUMBER in sorts:
            self._find(number, _NO_UNIT[Sort.NUMBER if Sort.NUMBER in sorts else Sort.OTHER])
        else:
            self.header += 1

    def _dressed(self, number: int, words: Sequence[Word], named: Mapping[Kind, Sequence[str]]) -> None:
        # What is not named may be a secret that looks like a serial number.
        kinds = [(_KINDS[one.sort], one.value) for one in words if one.dressed and one.sort in _KINDS]
        taken = [f"{KIND_NAMES[kind]} {value}" for kind, value in kinds if value in named.get(kind, ())]
        if taken:
            self._find(number, f"taken as {' and '.join(taken)}, which stands there with other characters")

    def _find(self, number: int, says: str) -> None:
        if len(self.findings) >= MAX_FINDINGS:
            raise OrderRefused(f"line {number}: more than {MAX_FINDINGS} lines without a unit: that is no order")
        self.findings.append(Finding(number, says))

    def _row(self, number: int, named: dict[Kind, list[str]]) -> None:
        twice = [kind for kind, values in named.items() if len(values) > 1]
        if twice and len(named) == 1:
            for value in named[twice[0]]:
                self._unit(number, {twice[0]: value})
        elif twice:
            several = " and ".join(f"{len(named[kind])} {KIND_NAMES[kind]}s" for kind in twice)
            self.wrong.append(Finding(number, f"{several} in one row: which belongs to which cannot be told"))
        else:
            self._unit(number, {kind: values[0] for kind, values in named.items()})

    def _unit(self, number: int, names: dict[Kind, str]) -> None:
        there = {id(unit): unit for value in names.values() if (unit := self.places.get(value))}
        before = next(iter(there.values()), None)
        if before is None:
            if len(self.units) >= MAX_UNITS:
                raise OrderRefused(f"line {number}: more than {MAX_UNITS} units: that is no order")
            before = _Unit(number, {})
            self.units.append(before)
        elif len(there) > 1:
            lines = " and ".join(str(one.line) for one in there.values())
            self.wrong.append(Finding(number, f"ties together what lines {lines} name as different units"))
            return
        else:
            self._again(number, before, names)
        for kind, value in names.items():
            if before.names.setdefault(kind, value) == value:
                self.places[value] = before

    def _again(self, number: int, before: _Unit, names: dict[Kind, str]) -> None:
        for kind, value in names.items():
            if before.names.get(kind, value) != value:
                says = f"{KIND_NAMES[kind]} {value} for the unit that has {before.names[kind]} in line {before.line}"
                self.wrong.append(Finding(number, says))
                return
        self._find(number, f"names the unit of line {before.line} again; it is taken once")
