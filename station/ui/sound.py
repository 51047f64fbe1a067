"""What the station sounds like: each kind is told by its rhythm, and only then by its pitch.

A hall is loud and some ears hear no high tones, so a kind has a number of notes and lengths that no other has. Pitches
are four, wide apart, between 500 and 3000 Hz, and have overtones (NUREG-0700 Rev. 2, 1.3.11-27: at most four discrete
frequencies, broad band, preferably in this range). How loud they must be in a hall is not known: there is a volume,
and `station sound` plays them. Not heard at a line yet.
"""

import io
import math
import sys
import wave
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from station.domain.faults import CommandRefused
from station.domain.nest import State
from station.engine.bus import Aimed, AtWork, Heard, Ignored, Moved, PinWanted, Trouble, Turned, Waiting
from station.ui.words import right


class Sound(StrEnum):
    """What is told, the least urgent first."""

    TICK = "tick"
    ACCEPTED = "accepted"
    QUESTION = "question"
    PASS = "pass"
    REFUSED = "refused"
    FAIL = "fail"
    FAULT = "fault"


AGAIN = 20.0
"""Seconds after which an open question is sounded again; a design margin, not measured."""

RATE = 44_100
"""Samples a second, one channel, 16 bits: what every sound card plays as it is."""

FULL = 32_767
LOUDEST = 0.9
"""Of full scale at volume 100; what is left keeps a converter from clipping between samples."""

EDGE = 0.008
"""Seconds in which a note comes and goes, so that nothing clicks; a design margin, not measured."""

BEFORE, AFTER = 0.03, 0.08
"""Seconds of silence around a sound: sound servers swallow beginnings and ends. A design margin, not measured."""

LOW, MIDDLE, HIGH, TOP = 600.0, 900.0, 1350.0, 2025.0
"""Hz; each is one and a half times the one before."""

OVERTONES = ((1, 1.0), (2, 0.5), (3, 0.25))
"""Multiples of a note's frequency and how strong they are; those above HEARD are left out."""

HEARD = 3000.0
"""Hz; the upper end of that range."""


@dataclass(frozen=True, slots=True)
class Note:
    """A frequency in Hz, for so many seconds, and the silence after it where another note follows."""

    hz: float
    seconds: float
    rest: float = 0.0


NOTES: Mapping[Sound, tuple[Note, ...]] = {
    Sound.TICK: (Note(TOP, 0.035),),
    Sound.ACCEPTED: (Note(HIGH, 0.13),),
    Sound.QUESTION: (Note(MIDDLE, 0.22, 0.14), Note(MIDDLE, 0.22)),
    Sound.PASS: (Note(MIDDLE, 0.11, 0.04), Note(HIGH, 0.26)),
    Sound.REFUSED: (Note(LOW, 0.42),),
    Sound.FAIL: (Note(MIDDLE, 0.40, 0.10), Note(LOW, 0.65)),
    Sound.FAULT: (Note(HIGH, 0.10, 0.09), Note(HIGH, 0.10, 0.09), Note(HIGH, 0.10)),
}
"""One very short; one short; two equal; short and longer, rising; one long; long and longer, falling; three short."""


def heard_as(heard: Heard) -> Sound | None:
    """What a thing on the bus sounds like; None where nothing is to be heard of it.

    A refused scan is heard by its Trouble, not by the event that is stored before it.
    """
    match heard:
        case Moved(state=state, reference=reference) if (came := right(state, reference)) is not None:
            return Sound.PASS if came else Sound.FAULT
        case Moved(state=state):
            return _reached(state)
        case Ignored():
            return Sound.TICK
        case AtWork(person=person):
            return None if person is None else Sound.ACCEPTED
        case Waiting(action=action):
            return None if action is None else Sound.QUESTION
        case PinWanted(name=name):
            return None if name is None else Sound.QUESTION
        case Aimed(nest=nest):
            return None if nest is None else Sound.ACCEPTED
        case Turned(named=named):
            return Sound.TICK if named else None
        case Trouble(code=code):
            # A command that cannot be read is a scan that was refused, though its code is one of the station's.
            return Sound.FAULT if heard.stays and code != CommandRefused.code else Sound.REFUSED
        case _:
            return None


def _reached(state: State) -> Sound | None:
    match state:
        case State.EMPTY:
            return None
        case State.LABELLED:
            return Sound.ACCEPTED
        case State.RUNNING | State.STOPPING:
            return Sound.TICK
        case State.ASKING:
            return Sound.QUESTION
        case State.PASSED:
            return Sound.PASS
        case State.FAILED:
            return Sound.FAIL
        case State.UNDECIDED | State.STOPPED | State.LOCKED | State.UNLABELLED:
            return Sound.FAULT
        case _:
            assert_never(state)


def seconds(sound: Sound) -> float:
    """How long a sound takes, with the silence around it."""
    return BEFORE + sum(note.seconds + note.rest for note in NOTES[sound]) + AFTER


def samples(sound: Sound, volume: int) -> "array[int]":
    """A sound at a volume of 0 to 100; 50 is felt as half as loud, so its amplitude is a quarter."""
    if not 0 <= volume <= 100:
        raise ValueError(f"a volume is 0 to 100, not {volume}")
    peak = FULL * LOUDEST * (volume / 100) ** 2
    found = _silence(BEFORE)
    for note in NOTES[sound]:
        found.extend(round(peak * one) for one in _sounding(note))
        found.extend(_silence(note.rest))
    found.extend(_silence(AFTER))
    return found


def wav(sounds: Iterable[Sound], volume: int = 100) -> bytes:
    """Sounds in a row as a WAV file: the same sounds give the same bytes."""
    played = array("h")
    for sound in sounds:
        played.extend(samples(sound, volume))
    return _file(played)


def silent_wav() -> bytes:
    """A tenth of a second in which nothing is to be heard: whether a device can be opened is tried with it."""
    return _file(_silence(0.1))


def _file(played: "array[int]") -> bytes:
    if sys.byteorder == "big":
        played = played[:]
        played.byteswap()
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(played.tobytes())
    return buffer.getvalue()


def _silence(long: float) -> "array[int]":
    return array("h", bytes(2 * round(long * RATE)))


def _sounding(note: Note) -> list[float]:
    """A note between -1 and 1, with its overtones, coming and going along half a cosine."""
    parts = [(times, level) for times, level in OVERTONES if note.hz * times <= HEARD]
    whole = sum(level for _, level in parts)
    count, edge = round(note.seconds * RATE), round(EDGE * RATE)
    found = []
    for at in range(count):
        turn = 2 * math.pi * note.hz * at / RATE
        strong = sum(level * math.sin(times * turn) for times, level in parts) / whole
        near = min(at, count - 1 - at, edge) / edge
        found.append(strong * (1 - math.cos(math.pi * near)) / 2)
    return found
