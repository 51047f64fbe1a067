"""Where one scan ends and the next begins: bytes of a serial scanner, keys of one that types like a keyboard. Sans-I/O.

Each framer belongs to one scanner, so that two that read at the same time cannot mix. It gives the text of a scan
together with the facts about it; the text goes to `codec.scan.read_scan` and no further.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf
from statistics import median
from typing import NamedTuple

from station.codec.aim import split
from station.domain.scan import End, Frame

LONGEST = 256
"""Characters of one scan that are kept; no label of a unit has more than 100."""

FLOOD = 65536
"""Characters after which a scan without an end is told of, for it may never end; it is told again if it does. A design
margin."""

SERIAL_IDLE = 0.25
"""Seconds of silence that end a scan without its end: at 9600 baud, 240 characters. A design margin, not measured."""

WEDGE_IDLE = 0.35
"""Seconds without a key: of 480 scans typed at 5 to 16 ms a key on a busy machine none paused so long (measured)."""

ALONE_IDLE = 2.0
"""Seconds without a key that end whatever stands, where only a scanner types: a slow one, or fewer than three keys.
A design margin."""

SCANNER_GAP = 0.040
"""Seconds between two keys, by their median: scanners take 8 to 16 ms, slow ones up to 60, people 100 to 200
(bitsnpixels.dev, ofstack). A single pause tells nothing: a rule by the longest one cut 8 of 300 scans (measured)."""

STX, ETX, CR, LF = 0x02, 0x03, 0x0D, 0x0A
_ENDS: dict[int, End] = {CR: "CR", LF: "LF", ETX: "ETX"}
_KEY_ENDS: dict[str, End] = {"\r": "CR", "\n": "LF", "\t": "TAB"}


class Framed(NamedTuple):
    """The text of a scan, to be read and dropped, and what may be kept of it."""

    text: str
    frame: Frame

    def __repr__(self) -> str:
        return f"Framed({self.frame})"


@dataclass(slots=True)
class SerialFramer:
    """Bytes up to CR, LF or ETX; STX begins anew. What pauses without an end is given as it is: it was cut off.

    Ends right behind an end belong to it, however many they are. One that comes alone ends an empty scan, which is
    told, too.
    """

    source: str
    _held: bytearray = field(default_factory=bytearray)
    _length: int = 0
    _started: float = 0.0
    _last: float = -inf
    _begun: bool = False
    """STX came: the next end is that of a scan, also of an empty one."""

    def feed(self, data: bytes, now: float) -> list[Framed]:
        """Take what came in at `now`."""
        done = []
        for byte in data:
            if byte in _ENDS:
                done += self._end(_ENDS[byte], now)
            elif byte == STX:
                done += self._end("none", now)
                self._begun = True
            else:
                if not self._length:
                    self._started = now
                self._length += 1
                if len(self._held) < LONGEST:
                    self._held.append(byte)
                if self._length == FLOOD:
                    done.append(self._framed("none"))
            self._last = now
        return done

    def idle(self, now: float) -> list[Framed]:
        """Nothing came up to `now`; to be told only when nothing waits to be read."""
        if not self._length or now - self._last < SERIAL_IDLE:
            return []
        cut, self._last = self._end("none", now), now  # the end may only be late
        return cut

    def _end(self, end: End, now: float) -> list[Framed]:
        alone = end != "none" and (self._begun or now - self._last >= SERIAL_IDLE)
        if not self._length:
            if not alone:
                return []
            self._started = self._last = now
        framed = self._framed(end)
        self._held.clear()
        self._length, self._begun = 0, False
        return [framed]

    def _framed(self, end: End) -> Framed:
        text = self._held.decode("latin-1")
        return Framed(text, Frame(self.source, split(text)[0], end, self._length, self._started, self._last))


@dataclass(slots=True)
class WedgeFramer:
    """Keys, each with the time at which it was pressed, up to CR, LF or TAB.

    A scanner that pauses was cut off, a person who does goes on: silence ends only what came at a scanner's pace. When
    a scanner types into what a person left standing, its scan is told apart by the pause before it. Where no person
    types, silence ends everything, and an end that comes alone is an empty scan.
    """

    source: str
    persons: bool = True
    _keys: list[tuple[str, float]] = field(default_factory=list)
    _length: int = 0
    _ended: float = -inf
    """When the last end was pressed."""

    def key(self, character: str, at: float) -> list[Framed]:
        """One key; `at` is when it was pressed, in seconds that only grow."""
        end = _KEY_ENDS.get(character)
        if end is not None:
            return self._end(end, at)
        self._length += 1
        if len(self._keys) < LONGEST:
            self._keys.append((character, at))
        return [self._framed(self._keys, "none", FLOOD, at)] if self._length == FLOOD else []

    def rub_out(self) -> None:
        """The last key was wrong."""
        if self._keys:
            self._keys.pop()
            self._length -= 1

    def idle(self, now: float) -> list[Framed]:
        """Nothing was pressed up to `now`."""
        if not self._keys:
            return []
        silent = now - self._keys[-1][1]
        if silent >= (WEDGE_IDLE if is_scanner(self._keys) else inf if self.persons else ALONE_IDLE):
            return self._end("none", self._keys[-1][1])
        return []

    @property
    def by_a_person(self) -> str:
        """What stands there and came at a person's pace; may be shown as it is typed."""
        return "" if is_scanner(self._keys) else "".join(character for character, _ in self._keys)

    def _end(self, end: End, at: float) -> list[Framed]:
        keys, length, before = self._keys, self._length, self._ended
        self._keys, self._length = [], 0
        if end != "none":
            self._ended = at
        if not keys:
            alone = not self.persons and at - before >= WEDGE_IDLE
            return [self._framed([], end, 0, at)] if alone else []
        behind = _last_pause(keys)
        if behind and is_scanner(keys[behind:]) and not is_scanner(keys[:behind]):
            left = self._framed(keys[:behind], "none", behind, keys[behind - 1][1])
            return [left, self._framed(keys[behind:], end, length - behind, at)]
        return [self._framed(keys, end, length, at)]

    def _framed(self, keys: Sequence[tuple[str, float]], end: End, length: int, at: float) -> Framed:
        text = "".join(character for character, _ in keys)
        gap = _median_gap(keys)
        frame = Frame(
            source=self.source,
            symbology=split(text)[0],
            end=end,
            length=length,
            started=keys[0][1] if keys else at,
            ended=at,
            median_gap_ms=None if gap is None else round(gap * 1000, 1),
            typed=self.persons and not is_scanner(keys),
        )
        return Framed(text, frame)


def is_scanner(keys: Sequence[tuple[str, float]]) -> bool:
    """Whether keys came at a scanner's pace; of fewer than three nothing can be told, and they count as a person's."""
    gap = _median_gap(keys)
    return len(keys) >= 3 and gap is not None and gap <= SCANNER_GAP


def _median_gap(keys: Sequence[tuple[str, float]]) -> float | None:
    gaps = [later - earlier for (_, earlier), (_, later) in pairwise(keys)]
    return median(gaps) if gaps else None


def _last_pause(keys: Sequence[tuple[str, float]]) -> int:
    """Index of the key after the last pause that ends a scan, 0 without one."""
    pauses = [n for n, ((_, earlier), (_, later)) in enumerate(pairwise(keys), 1) if later - earlier >= WEDGE_IDLE]
    return pauses[-1] if pauses else 0
