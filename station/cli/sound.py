"""`station sound`: what the station sounds like, to hear it in the hall or to keep it as a file."""

from pathlib import Path

import click

from station.cli.common import shown
from station.domain.faults import PartMissing
from station.report.files import atomic_write
from station.texts import COMPLETE, texts_in
from station.ui.player import Player
from station.ui.sound import NOTES, Sound, seconds, wav

LATE = 10.0
"""Seconds after which a sound is given up; the player itself gives up earlier."""


@click.command()
@click.argument("kind", required=False, type=click.Choice([one.value for one in Sound]))
@click.option("--volume", default=100, show_default=True, type=click.IntRange(1, 100), help="50 is half as loud.")
@click.option(
    "--to", "target", type=click.Path(dir_okay=False, path_type=Path), help="Write a WAV file and play nothing."
)
def sound(kind: str | None, volume: int, target: Path | None) -> None:
    """Play what the station sounds like: one KIND, or all of them, each with what it means.

    Stand where the operator stands and set the volume of the PC. Exits 69 where nothing can be played.
    """
    chosen = list(Sound) if kind is None else [Sound(kind)]
    if target is not None:
        path = target.resolve()
        atomic_write(path, wav(chosen, volume))
        click.echo(f"{', '.join(chosen)}: {shown(path)}", err=True)
        return
    texts = texts_in(COMPLETE)
    player = Player(volume)
    for one in chosen:
        rhythm = " ".join(f"{note.seconds * 1000:.0f}" for note in NOTES[one])
        click.echo(f"{one:<10}{texts.say(f'sound.{one}'):<42} {rhythm} ms")
        player.play(one)
        player.idle(seconds(one) + LATE)
        if player.silent is not None:
            break
    why = player.silent
    player.close()
    if why is not None:
        raise PartMissing(texts.say(f"sound.{why}"))
