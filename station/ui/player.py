"""Plays sounds by a program of the system, in a thread of its own: whoever asks never waits and never fails."""

import contextlib
import logging
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path

from station.ui.sound import Sound, seconds, silent_wav, wav

_log = logging.getLogger(__name__)

PROGRAMS = (("pw-play",), ("paplay",), ("aplay", "-q"))
"""Those of PipeWire, PulseAudio and ALSA, each with a file's name behind it; sound servers first, who share a card."""

PATIENCE = 2.0
"""Seconds a program may take longer than its sound; then it hangs and is killed. A design margin, not measured."""

AT_ONCE = frozenset({Sound.TICK, Sound.ACCEPTED})
"""Sounds that say nothing when they come late: they are not kept waiting."""

_URGENCY = {sound: urgency for urgency, sound in enumerate(Sound)}


class Silent(StrEnum):
    """Why nothing is heard; `sound.<it>` in the texts says so."""

    NO_PROGRAM = "no_program"
    NO_DEVICE = "no_device"
    OFF = "off"


def can_play(patience: float = PATIENCE) -> Silent | None:
    """Why this PC plays nothing, found by playing a silence; None where it can. Takes up to some seconds."""
    with tempfile.TemporaryDirectory(prefix="station-sound-") as folder:
        file = Path(folder) / "silence.wav"
        file.write_bytes(silent_wav())
        return _play(file, 0.1 + patience)


class Player:
    """Plays one sound at a time; while one plays, the most urgent of the others waits.

    What plays or waits already is not asked for twice. `volume` is 0 to 100; at 0 nothing is started.
    """

    def __init__(self, volume: int = 100, patience: float = PATIENCE) -> None:
        self._change = threading.Condition()
        self._patience = patience
        self._volume = 0
        self.volume = volume
        self._playing: Sound | None = None
        self._next: Sound | None = None
        self._ending = False
        self._why: Silent | None = None
        self._thread = threading.Thread(target=self._work, name="sound", daemon=True)
        self._thread.start()

    def play(self, sound: Sound) -> None:
        """Have a sound played; returns at once, from any thread."""
        with self._change:
            if self._ending or self._volume == 0 or sound in (self._playing, self._next):
                return
            if self._playing is not None and sound in AT_ONCE:
                return
            if self._next is None or _URGENCY[sound] > _URGENCY[self._next]:
                self._next = sound
                self._change.notify_all()

    @property
    def silent(self) -> Silent | None:
        """Why the last sound was not heard; None where it was, or where none was asked for yet."""
        with self._change:
            return Silent.OFF if self._volume == 0 else self._why

    @property
    def volume(self) -> int:
        """0 to 100, for every sound from now on."""
        with self._change:
            return self._volume

    @volume.setter
    def volume(self, volume: int) -> None:
        if not 0 <= volume <= 100:
            raise ValueError(f"a volume is 0 to 100, not {volume}")
        with self._change:
            self._volume = volume

    def idle(self, within: float) -> bool:
        """Wait until nothing plays and nothing waits; False when that takes longer than so many seconds."""
        with self._change:
            return self._change.wait_for(lambda: self._playing is None and self._next is None, within)

    def close(self) -> None:
        """Play nothing more, and wait for the end of what plays."""
        with self._change:
            self._ending, self._next = True, None
            self._change.notify_all()
        self._thread.join()

    def _work(self) -> None:
        with contextlib.ExitStack() as stack:
            folder: Path | None = None
            for sound, volume in self._asked():
                why: Silent | None = Silent.NO_DEVICE
                try:
                    if folder is None:
                        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="station-sound-")))
                    file = folder / f"{sound}-{volume}.wav"
                    if not file.exists():
                        file.write_bytes(_made(sound, volume))
                    why = _play(file, seconds(sound) + self._patience)
                except OSError as error:
                    _log.debug("no sound: %s", error)
                self._played(why)

    def _asked(self) -> Iterator[tuple[Sound, int]]:
        """What is to be played, one after another, until the end."""
        while True:
            with self._change:
                self._change.wait_for(lambda: self._ending or self._next is not None)
                if self._next is None:
                    return
                self._playing, self._next = self._next, None
                sound, volume = self._playing, self._volume
            yield sound, volume

    def _played(self, why: Silent | None) -> None:
        with self._change:
            said, self._why, self._playing = self._why, why, None
            self._change.notify_all()
        if why is not None and why is not said:
            _log.info("no sound is heard: %s", why)


@cache
def _made(sound: Sound, volume: int) -> bytes:
    return wav([sound], volume)


def _play(file: Path, within: float) -> Silent | None:
    """Play a file by the first program that can; waits for its end, and no longer than so many seconds for each."""
    found = False
    for program, *options in PROGRAMS:
        where = shutil.which(program)
        if where is None:
            continue
        found = True
        try:
            done = subprocess.run(
                [where, *options, str(file)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=within,
                check=False,
            )
        except subprocess.TimeoutExpired:
            # What hangs is the device; the others would hang at it, too, and make every sound late.
            break
        except OSError:
            continue
        if done.returncode == 0:
            return None
    return Silent.NO_DEVICE if found else Silent.NO_PROGRAM
