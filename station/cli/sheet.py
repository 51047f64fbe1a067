"""`station sheet`: the commands an operator scans, or the badges of those who work here, to print."""

from pathlib import Path

import click

from station.cli.by_badge import allow
from station.cli.common import json_option, root_of, root_option, say_json, shown, state_of, state_option
from station.cli.standing import standing_journal
from station.codec import badge
from station.domain import people as domain
from station.domain.counted import counted
from station.domain.faults import ConfigRefused, PartMissing
from station.domain.people import Action
from station.drivers.people_file import FILE, read_people
from station.report.files import atomic_write
from station.texts import COMPLETE, Texts, languages, texts_in
from station.ui.sheet import Badge, Paper, Sheet, badge_sheet, command_sheet


@click.command()
@click.option("--nests", type=click.IntRange(1, 99), help="Nests 1 to this.  [default: the fixture's, in its order]")
@click.option("--fixture", help="A file under fixtures/, without .toml.  [default: station.toml's]")
@click.option(
    "--paper",
    type=click.Choice([one.name.lower() for one in Paper]),
    default=Paper.A4.name.lower(),
    show_default=True,
    help="What is in the printer.",
)
@click.option("--language", metavar="CODE", default=COMPLETE, show_default=True, help="Of the words.")
@click.option("--badges", is_flag=True, help="The badges of everybody who works here instead, on cards to cut out.")
@click.option(
    "--to",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file; one of that name is replaced.  [default: commands.pdf or badges.pdf]",
)
@state_option
@root_option
@json_option
def sheet(
    nests: int | None, fixture: str | None, paper: str, language: str, badges: bool, target: Path | None,
    state: Path | None, root: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Write a PDF with every command as a code to scan: YES, NO, DONE, STOP, the nests, and the rest.

    Print it at 100 %: a line on each page shows whether it was. The last page has the code of the scanner check.
    The same command writes the same bytes. A badge is as large as a bank card; `station people` says who has one.
    """
    if nests is not None and fixture is not None:
        raise click.UsageError("--nests and --fixture both say which nests there are: keep one of them")
    if badges and (nests is not None or fixture is not None):
        raise click.UsageError("badges are people's: --nests and --fixture say nothing about them")
    if language not in languages():
        raise click.UsageError(f"there are no texts in {language!r}, but in {', '.join(languages())}")
    texts = texts_in(language)
    if badges:
        drawn = badge_sheet(_badges(state_of(state), texts), texts)
    else:
        seats = range(1, nests + 1) if nests is not None else _nests_of(fixture, root)
        drawn = command_sheet(tuple(seats), texts)
    path = (target or Path("badges.pdf" if badges else "commands.pdf")).resolve()
    atomic_write(path, _pdf(drawn, Paper[paper.upper()]))
    codes = [card.code for page in drawn.pages for card in page.cards]
    if as_json:
        say_json({"file": str(path), "pages": len(drawn.pages)} | ({} if badges else {"codes": codes}))
    else:
        click.echo(f"{shown(path)}: {counted(len(codes), 'code')} on {counted(len(drawn.pages), 'page')}", err=True)


def _badges(state: Path, texts: Texts) -> list[Badge]:
    """Of everybody whose badge counts; it needs the badge of an engineer.

    Raises ConfigRefused where there is nobody, and for a damaged file; NotAllowed, PeopleChanged.
    """
    people = [one for one in read_people(state).people if one.active]
    if people:
        with standing_journal(state) as journal:
            allow(journal, Action.PEOPLE)
    else:
        raise ConfigRefused(f"{shown(state / FILE)} names nobody who works here; `station people add` does it")
    return [Badge(one.name, texts.say(f"role.{one.role}"), badge.render(domain.Badge(one.badge))) for one in people]


def _nests_of(fixture: str | None, root: Path | None) -> list[int]:
    """A fixture's nests in the order of its file, which is how they stand. Raises ConfigRefused."""
    where = root_of(root)
    return [seat.nest for seat in where.fixture(fixture or where.station().value.fixture).value.nests]


def _pdf(drawn: Sheet, paper: Paper) -> bytes:
    """Raises PartMissing where Qt cannot be loaded or its letters are not there."""
    try:
        from station.ui.paint.fonts import FontsMissing
        from station.ui.paint.sheet import pdf
    except ImportError as error:
        raise PartMissing(f"pages are drawn by Qt, which cannot be loaded: {error}") from None
    try:
        return pdf(drawn, paper)
    except FontsMissing as error:
        raise PartMissing(str(error)) from None
