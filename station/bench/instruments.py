"""The measuring instruments of the virtual fixture: a multimeter and a supply at every nest, in SCPI.

The multimeter's volts are those of the 3.3 V rail, its amperes those of the unit's supply; the supply reads back what
it gives. Both measure the unit that sits in the nest. Numbers are NR3; what a line asks for is answered in one line,
with ";" between (IEEE 488.2 §8.4.1); after an error the rest of a line is dropped.

    multimeter   CONF:VOLT[:DC] [range]   CONF:CURR[:DC] [range]   CONF?   INIT   FETC?   READ?
                 MEAS:VOLT[:DC]? [range]  MEAS:CURR[:DC]? [range]
    supply       MEAS:VOLT?   MEAS:CURR?   MEAS:CURR:MAX?
    both         *IDN?  *RST  *CLS  *OPC?  *OPC  SYST:ERR?
"""

from collections.abc import Callable, Mapping
from typing import Protocol

from station.codec.scpi_grammar import NUMBER, ErrorQueue, ScpiError, shape, spelling, split

DMM, SUPPLY = "dmm", "supply"
OVERLOAD = 9.9e37  # SCPI-99 volume 1, §7.2.1
OVER_RANGE = 1.2  # a six-and-a-half-digit meter reads 20 % beyond its range
UNDEFINED_HEADER, PARAMETER_NOT_ALLOWED, DATA_TYPE, STALE, OVERRUN = -113, -108, -104, -230, -363


class Powered(Protocol):
    """What can be measured of a unit."""

    def amps(self) -> float:
        """From its supply, now."""
        ...

    def volts(self, rail: str) -> float:
        """Of a rail, now."""
        ...

    def peak(self) -> float:
        """The highest current since power last came."""
        ...


Probe = Callable[[Callable[[Powered], float]], float]
"""Measures the unit that sits in the nest; 0 where none does."""

Do = Callable[[float | None], str | None]
"""Does what a header says, with its range if one is given; the answer where it asks."""


class Instrument:
    """Lines in, answers out."""

    model = ""

    def __init__(self, nest: int, probe: Probe) -> None:
        self._probe = probe
        self._errors = ErrorQueue()
        common: Mapping[str, Do] = {
            "*IDN?": lambda _: f"Station,{self.model},{nest},1.0",
            "*OPC?": lambda _: "1",
            "*OPC": lambda _: None,
            "*RST": lambda _: self.reset(),
            "*CLS": lambda _: self._errors.clear(),
            "SYSTem:ERRor[:NEXT]?": lambda _: self._errors.pop(),
        }
        self._language = [
            (spelling(header.removesuffix("?")), header.endswith("?"), do)
            for header, do in {**common, **self.language()}.items()
        ]
        self.reset()

    def language(self) -> Mapping[str, Do]:
        """What this kind of instrument does besides."""
        raise NotImplementedError

    def reset(self) -> None:
        """What *RST does."""

    def overrun(self) -> None:
        """A line was longer than the instrument can hold."""
        self._errors.push(OVERRUN)

    def line(self, text: str) -> str | None:
        """The answer to one line, without its end; None where nothing of it asks."""
        answers: list[str] = []
        try:
            for part in split(text):
                answer = self._do(part)
                if answer is not None:
                    answers.append(answer)
        except ScpiError as why:
            self._errors.push(why.number)
        return ";".join(answers) if answers else None

    def _do(self, text: str) -> str | None:
        header, asks, argument = shape(text)
        for pattern, is_question, do in self._language:
            if is_question is asks and pattern.match(header):
                return do(_range(header, argument))
        raise ScpiError(UNDEFINED_HEADER)

    def _measured(self, what: Callable[[Powered], float], limit: float | None = None) -> str:
        value = self._probe(what)
        return f"{OVERLOAD if limit is not None and value > limit * OVER_RANGE else value:+.8E}"


def _range(header: str, argument: str | None) -> float | None:
    """The range that a configuration names first, None for the instrument's own choice."""
    if argument is None:
        return None
    if not header.startswith(("CONF", "MEAS")):
        raise ScpiError(PARAMETER_NOT_ALLOWED)
    first = argument.split(",")[0].strip()
    if first.upper() in {"AUTO", "DEF", "MIN", "MAX"}:
        return None
    if not NUMBER.match(first):
        raise ScpiError(DATA_TYPE)
    return float(first)


class Dmm(Instrument):
    """A multimeter."""

    model = "bench multimeter"

    def language(self) -> Mapping[str, Do]:
        """As the module says."""
        return {
            "CONFigure?": lambda _: f'"{self._function} {self._limit or "AUTO"}"',
            "CONFigure:VOLTage[:DC]": lambda limit: self._configure("VOLT", limit),
            "CONFigure:CURRent[:DC]": lambda limit: self._configure("CURR", limit),
            "MEASure[:SCALar]:VOLTage[:DC]?": lambda limit: self._measure("VOLT", limit),
            "MEASure[:SCALar]:CURRent[:DC]?": lambda limit: self._measure("CURR", limit),
            "INITiate[:IMMediate]": lambda _: self._initiate(),
            "FETCh?": lambda _: self._fetch(),
            "READ?": lambda _: self._read(),
        }

    def reset(self) -> None:
        """Volts, in whichever range fits."""
        self._configure("VOLT", None)

    def _configure(self, function: str, limit: float | None) -> None:
        self._function, self._limit = function, limit
        self._reading: str | None = None

    def _measure(self, function: str, limit: float | None) -> str:
        self._configure(function, limit)
        return self._read()

    def _read(self) -> str:
        self._initiate()
        return self._fetch()

    def _initiate(self) -> None:
        volts = self._function == "VOLT"
        self._reading = self._measured(lambda unit: unit.volts("v3v3") if volts else unit.amps(), self._limit)

    def _fetch(self) -> str:
        if self._reading is None:
            raise ScpiError(STALE)
        return self._reading


class Supply(Instrument):
    """A supply that reads back; the highest current is that since power came (cf. Agilent 66312A, MEAS:CURR:MAX?)."""

    model = "bench supply"

    def language(self) -> Mapping[str, Do]:
        """As the module says."""
        return {
            "MEASure[:SCALar]:VOLTage[:DC]?": lambda _: self._measured(lambda unit: unit.volts("vbat")),
            "MEASure[:SCALar]:CURRent[:DC]?": lambda _: self._measured(lambda unit: unit.amps()),
            "MEASure[:SCALar]:CURRent:MAXimum?": lambda _: self._measured(lambda unit: unit.peak()),
        }


KINDS: Mapping[str, type[Instrument]] = {DMM: Dmm, SUPPLY: Supply}
"""The instruments of every nest, by the names that a fixture's file gives them on the bench."""
