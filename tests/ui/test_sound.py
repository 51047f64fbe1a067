"""What is heard is told by rhythm as well as pitch, does not click, and comes when it should."""

import io
import wave
from array import array
from dataclasses import dataclass
from itertools import combinations, pairwise

import pytest

from station.domain.events import Event, ScanRefused
from station.domain.faults import CommandRefused, Fault, all_faults
from station.domain.nest import State
from station.domain.refusals import Code
from station.engine.bus import Ignored, Moved, Stored, Trouble
from station.texts import texts_in
from station.ui.player import Silent
from station.ui.sound import FULL, HEARD, NOTES, RATE, Note, Sound, heard_as, samples, seconds, silent_wav, wav

GAP = 0.02
"""Seconds of silence that an ear hears as a pause (tests' own bound)."""


@dataclass(frozen=True)
class Heard:
    """A piece of sound between two silences: seconds it lasts, and its pitch."""

    long: float
    hz: float


def pieces(played: "array[int]") -> list[Heard]:
    """What an ear would make of the samples, from nothing but the samples."""
    loud = [at for at, one in enumerate(played) if abs(one) > FULL * 0.02]
    starts = [loud[0], *(after for before, after in pairwise(loud) if after - before > GAP * RATE)]
    ends = [*(before for before, after in pairwise(loud) if after - before > GAP * RATE), loud[-1]]
    return [Heard((end - start) / RATE, pitch(played[start:end])) for start, end in zip(starts, ends, strict=True)]


def pitch(played: "array[int]") -> float:
    """By counting how often the samples turn from below zero to above it."""
    rising = [at for at, (before, after) in enumerate(pairwise(played)) if before < 0 <= after]
    return (len(rising) - 1) * RATE / (rising[-1] - rising[0])


@pytest.fixture(scope="module")
def played() -> dict[Sound, "array[int]"]:
    return {sound: samples(sound, 100) for sound in Sound}


def rhythm(found: list[Heard]) -> tuple[float, ...]:
    return tuple(one.long for one in found)


@pytest.mark.parametrize("sound", Sound)
def test_the_samples_are_the_notes_that_are_written_down(played: dict[Sound, "array[int]"], sound: Sound) -> None:
    found = pieces(played[sound])
    assert len(found) == len(NOTES[sound])
    for heard, note in zip(found, NOTES[sound], strict=True):
        assert heard.hz == pytest.approx(note.hz, rel=0.02)
        assert heard.long == pytest.approx(note.seconds, abs=0.008)
    assert len(played[sound]) / RATE == pytest.approx(seconds(sound), abs=0.001)


@pytest.mark.parametrize(("one", "other"), list(combinations(Sound, 2)))
def test_two_kinds_differ_in_rhythm_without_any_pitch(
    played: dict[Sound, "array[int]"], one: Sound, other: Sound
) -> None:
    """Another number of notes, or one that lasts half as long again: less is missed by an ear that is busy."""
    here, there = rhythm(pieces(played[one])), rhythm(pieces(played[other]))
    assert len(here) != len(there) or any(max(pair) >= 1.5 * min(pair) for pair in zip(here, there, strict=True))


def test_pass_rises_fail_falls_and_takes_longer_and_a_fault_is_three_short_ones() -> None:
    first, second = NOTES[Sound.PASS]
    assert second.hz > first.hz
    first, second = NOTES[Sound.FAIL]
    assert second.hz < first.hz
    assert seconds(Sound.FAIL) > 2 * seconds(Sound.PASS)
    assert len({(note.hz, note.seconds) for note in NOTES[Sound.FAULT]}) == 1
    assert len(NOTES[Sound.FAULT]) == 3


def test_there_are_four_pitches_in_the_range_that_is_heard_in_noise() -> None:
    used = sorted({note.hz for notes in NOTES.values() for note in notes})
    assert len(used) <= 4
    assert used[0] >= 500
    assert used[-1] <= HEARD
    assert all(high / low >= 1.2 for low, high in pairwise(used)), "a fifth apart (NUREG-0700, 1.3.11-17)"


@pytest.mark.parametrize("sound", Sound)
def test_nothing_clicks_and_nothing_is_clipped(played: dict[Sound, "array[int]"], sound: Sound) -> None:
    found = played[sound]
    assert 0.5 * FULL < max(map(abs, found)) <= 0.9 * FULL
    assert set(found[:1000]) == set(found[-3000:]) == {0}, "silence around"
    first = next(at for at, one in enumerate(found) if one)
    last = max(at for at, one in enumerate(found) if one)
    for edge in (found[first - 1 : first + 44], found[last - 43 : last + 2]):
        assert max(abs(after - before) for before, after in pairwise(edge)) < 0.02 * FULL, "in its first millisecond"


@pytest.mark.parametrize("sound", Sound)
def test_half_the_volume_is_a_quarter_of_the_amplitude_and_none_is_silence(
    played: dict[Sound, "array[int]"], sound: Sound
) -> None:
    assert max(samples(sound, 50)) == pytest.approx(max(played[sound]) / 4, abs=1)
    assert set(samples(sound, 0)) == {0}


@pytest.mark.parametrize("volume", [-1, 101])
def test_another_volume_is_refused(volume: int) -> None:
    with pytest.raises(ValueError, match="0 to 100"):
        samples(Sound.PASS, volume)


def test_a_file_is_plain_wav_and_always_the_same() -> None:
    data = wav([Sound.PASS, Sound.FAIL])
    assert data == wav([Sound.PASS, Sound.FAIL])
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        assert file.getnframes() / RATE == pytest.approx(seconds(Sound.PASS) + seconds(Sound.FAIL), abs=0.001)
        first = array("h", file.readframes(len(samples(Sound.PASS, 100))))
    assert first == samples(Sound.PASS, 100)
    assert set(silent_wav()[44:]) == {0}


HEARD_AS = {
    State.EMPTY: None,
    State.UNLABELLED: Sound.FAULT,
    State.LABELLED: Sound.ACCEPTED,
    State.RUNNING: Sound.TICK,
    State.ASKING: Sound.QUESTION,
    State.STOPPING: Sound.TICK,
    State.PASSED: Sound.PASS,
    State.FAILED: Sound.FAIL,
    State.UNDECIDED: Sound.FAULT,
    State.STOPPED: Sound.FAULT,
    State.LOCKED: Sound.FAULT,
}


@pytest.mark.parametrize("state", State)
def test_a_nest_is_heard_when_it_gets_somewhere(state: State) -> None:
    assert heard_as(Moved(1, state, "", None)) == HEARD_AS[state]


def test_only_a_pass_sounds_like_one() -> None:
    assert [state for state in State if heard_as(Moved(1, state, "", None)) is Sound.PASS] == [State.PASSED]
    assert all(heard_as(Trouble(fault.code, "", "")) is not Sound.PASS for fault in all_faults())


@pytest.mark.parametrize(
    "code", [*(one for one in Code if not Trouble(one, "", "").stays), CommandRefused.code, "U101", "U117"]
)
def test_what_was_scanned_or_answered_in_vain_is_heard_as_refused(code: str) -> None:
    assert heard_as(Trouble(code, "", "")) is Sound.REFUSED


@pytest.mark.parametrize("fault", [one for one in all_faults() if one.code.startswith("S")], ids=lambda one: one.code)
def test_trouble_of_the_station_is_heard_as_a_fault(fault: type[Fault]) -> None:
    wanted = Sound.REFUSED if fault is CommandRefused else Sound.FAULT
    assert heard_as(Trouble(fault.code, "", "")) is wanted


def test_a_refused_scan_is_heard_once_by_its_trouble_and_not_by_its_event() -> None:
    stored = Stored(None, Event(seq=1, run=None, at=0, body=ScanRefused(code="U101", detail="", length=3, source="")))
    assert heard_as(stored) is None


def test_a_second_read_is_a_tick() -> None:
    assert heard_as(Ignored("left", "Read twice")) is Sound.TICK


@pytest.mark.parametrize("what", [*Sound, *Silent])
def test_every_sound_and_every_silence_has_its_words(what: Sound | Silent) -> None:
    assert texts_in("en").say(f"sound.{what}")


def test_a_note_rests_only_where_another_follows() -> None:
    for notes in NOTES.values():
        assert [note.rest > 0 for note in notes] == [True] * (len(notes) - 1) + [False]
        assert all(isinstance(note, Note) for note in notes)
