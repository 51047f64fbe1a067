"""Sounds are played by a real process, one at a time; what has no sound, hangs or fails keeps nobody waiting."""

import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.ui.player import Player, Silent, can_play
from station.ui.sound import Sound, seconds

LONG = 20.0
"""Seconds after which a test gives up."""


class Hall:
    """A PATH of its own, with programs that write down what they are asked."""

    def __init__(self, folder: Path) -> None:
        self.bin, self.log, self.gate = folder / "bin", folder / "log", folder / "gate"
        self.bin.mkdir()

    def has(self, program: str, then: str = "exit 0") -> None:
        """A program that copies the file it is asked to play, writes its name down, and then does this."""
        path = self.bin / program
        copy = f'for file; do :; done; /bin/cp "$file" "{self.log.parent}/played.wav"'
        path.write_text(f'#!/bin/sh\necho "{program} $*" >> "{self.log}"\n{copy}\n{then}\n', encoding="ascii")
        path.chmod(0o755)

    def waits(self, program: str) -> None:
        """A program that plays until the gate is opened."""
        self.has(program, f'while [ ! -e "{self.gate}" ]; do /bin/sleep 0.02; done')

    def open_gate(self) -> None:
        self.gate.touch()

    @property
    def asked(self) -> list[str]:
        """Program and sound of each call, in order."""
        if not self.log.exists():
            return []
        lines = self.log.read_text(encoding="ascii").splitlines()
        return [f"{line.split()[0]} {Path(line.split()[-1]).stem}" for line in lines]

    @property
    def played(self) -> Path:
        """The file that was played last."""
        return self.log.parent / "played.wav"


@pytest.fixture
def hall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hall:
    made = Hall(tmp_path)
    monkeypatch.setenv("PATH", str(made.bin))
    return made


@pytest.fixture
def player() -> Iterator[Player]:
    made = Player(patience=LONG)
    yield made
    made.close()


def until_it_plays(hall: Hall, player: Player) -> None:
    """Wait for the first program to have begun."""
    while not hall.asked:
        assert not player.idle(0.01), "it ended before it began"


def test_a_sound_is_played_from_a_file_of_its_length(hall: Hall, player: Player) -> None:
    hall.has("aplay")
    player.play(Sound.PASS)
    assert player.idle(LONG)
    assert hall.asked == ["aplay pass-100"]
    with wave.open(str(hall.played)) as file:
        assert file.getnframes() / file.getframerate() == pytest.approx(seconds(Sound.PASS), abs=0.001)
    assert player.silent is None


def test_a_sound_server_is_asked_before_the_card_and_the_next_when_it_cannot(hall: Hall, player: Player) -> None:
    hall.has("aplay")
    hall.has("paplay")
    hall.has("pw-play", "exit 1")
    player.play(Sound.TICK)
    assert player.idle(LONG)
    assert hall.asked == ["pw-play tick-100", "paplay tick-100"]
    assert player.silent is None


def test_one_plays_at_a_time_and_the_most_urgent_waits(hall: Hall, player: Player) -> None:
    hall.waits("aplay")
    player.play(Sound.QUESTION)
    until_it_plays(hall, player)
    for sound in (Sound.TICK, Sound.PASS, Sound.FAIL, Sound.QUESTION, Sound.ACCEPTED, Sound.PASS, Sound.FAIL):
        player.play(sound)
    assert hall.asked == ["aplay question-100"]
    hall.open_gate()
    assert player.idle(LONG)
    assert hall.asked == ["aplay question-100", "aplay fail-100"]


def test_what_says_nothing_when_it_is_late_does_not_wait(hall: Hall, player: Player) -> None:
    hall.waits("aplay")
    player.play(Sound.PASS)
    until_it_plays(hall, player)
    player.play(Sound.ACCEPTED)
    player.play(Sound.TICK)
    hall.open_gate()
    assert player.idle(LONG)
    assert hall.asked == ["aplay pass-100"]


def test_a_program_that_hangs_is_killed_and_the_next_sound_is_tried_again(hall: Hall) -> None:
    player = Player(patience=1.5)
    hall.has("pw-play", "exec /bin/sleep 60")
    hall.has("aplay")
    player.play(Sound.TICK)
    assert player.idle(LONG)
    assert player.silent is Silent.NO_DEVICE
    assert hall.asked == ["pw-play tick-100"], "the others would hang at the same device"
    (hall.bin / "pw-play").unlink()
    player.play(Sound.TICK)
    assert player.idle(LONG)
    assert player.silent is None
    player.close()


def test_without_a_program_nothing_is_heard_and_nothing_happens(hall: Hall, player: Player) -> None:
    player.play(Sound.FAULT)
    assert player.idle(LONG)
    assert player.silent is Silent.NO_PROGRAM
    assert can_play() is Silent.NO_PROGRAM


def test_without_a_device_the_program_ends_at_once_and_it_is_told(
    hall: Hall, player: Player, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    hall.has("aplay", "exit 1")
    for _ in range(3):
        player.play(Sound.FAIL)
        assert player.idle(LONG)
    assert player.silent is Silent.NO_DEVICE
    assert can_play() is Silent.NO_DEVICE
    assert [one.getMessage() for one in caplog.records] == ["no sound is heard: no_device"], "once"


def test_a_file_that_is_no_program_is_not_run(hall: Hall, player: Player) -> None:
    hall.has("aplay")
    (hall.bin / "pw-play").write_bytes(b"\x7fELF is not all it takes")
    (hall.bin / "pw-play").chmod(0o755)
    player.play(Sound.PASS)
    assert player.idle(LONG)
    assert (player.silent, hall.asked) == (None, ["aplay pass-100"])


def test_a_device_is_tried_with_silence(hall: Hall) -> None:
    hall.has("aplay")
    assert can_play() is None
    assert hall.asked == ["aplay silence"]
    assert set(hall.played.read_bytes()[44:]) == {0}


def test_a_device_that_hangs_cannot_play(hall: Hall) -> None:
    hall.has("aplay", "exec /bin/sleep 60")
    assert can_play(patience=0.05) is Silent.NO_DEVICE


def test_the_volume_holds_from_the_next_sound_on_and_at_none_nothing_is_started(hall: Hall, player: Player) -> None:
    hall.has("aplay")
    for volume in (30, 0):
        player.volume = volume
        player.play(Sound.PASS)
        assert player.idle(LONG)
    assert hall.asked == ["aplay pass-30"]
    assert (player.volume, player.silent) == (0, Silent.OFF)


@pytest.mark.parametrize("volume", [-1, 101])
def test_another_volume_is_refused(player: Player, volume: int) -> None:
    with pytest.raises(ValueError, match="0 to 100"):
        player.volume = volume
    assert player.volume == 100


def test_what_was_closed_plays_nothing_more_and_leaves_no_file(hall: Hall) -> None:
    hall.has("aplay")
    player = Player()
    player.play(Sound.PASS)
    player.idle(LONG)
    file = Path(hall.log.read_text(encoding="ascii").split()[-1])
    assert file.exists()
    player.close()
    player.play(Sound.FAIL)
    assert hall.asked == ["aplay pass-100"]
    assert not file.parent.exists()
    player.close()
