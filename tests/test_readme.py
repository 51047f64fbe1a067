"""Every row of the README's "What to try" is a command of this program, and the quick ones do what they say."""

import re
import shlex
from pathlib import Path

import click
import pytest

from station.cli import cli
from tests.line.floor import Done, command

CHECKOUT = Path(__file__).resolve().parents[1]
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
TABLE = README[README.index("## What to try") : README.index("## The life of a unit")]
ROWS = re.findall(r"^\| `\./run (.+?)` \|", TABLE, re.MULTILINE)


def test_the_table_has_rows() -> None:
    assert len(ROWS) > 30
    assert len(ROWS) == len(re.findall(r"^\| `", TABLE, re.MULTILINE))


def _fits(row: str) -> None:
    """Take the words as the command line does. Raises UsageError for what it does not have."""
    words, verb = shlex.split(row), click.Context(cli, info_name="station", **cli.context_settings)
    at: click.Command = cli
    while isinstance(at, click.Group):
        name, found, words = at.resolve_command(verb, words)
        assert name is not None
        assert found is not None
        at, verb = found, click.Context(found, parent=verb, info_name=name)
        if isinstance(at, click.Group) and not words:
            return
        if isinstance(at, click.Group) and words[0] not in at.list_commands(verb):
            words = ["serve", *words]
    options, _, _ = at.make_parser(verb).parse_args(args=list(words))
    for one in at.params:
        given = options.get(one.name or "")
        if isinstance(one, click.Option) and isinstance(one.type, click.Choice) and isinstance(given, str):
            one.type.convert(given, one, verb)


@pytest.mark.parametrize("row", ROWS)
def test_a_row_is_a_command_with_options_that_there_are(row: str) -> None:
    _fits(row)


QUICK = {
    "sim --state state/try": 0,
    "outbox export --state state/try": 0,
    "identity show e00fce680e0ea446e095dbf5 --state state/try": 0,
    "orders import state/try/devices.txt --state state/try": 0,
    "orders reconcile devices --state state/try": 0,
    'identity release e00fce680e0ea446e095dbf5 --why "new label" --state state/try': 0,
    "shift --state state/try": 0,
    "report --state state/try": 0,
    "journal verify --state state/try": 0,
    "firmware inspect state/try/parts/*": 0,
    "firmware seal state/try/parts --dry-run": 78,
    "firmware diff gateway-1.4.0 factory-test-1.0.0": 1,
    "people add ANNA --role engineer --state state/people": 0,
    "sim --mishaps": 0,
    "check": 0,
    "check --ready": 0,
    "identify": 0,
    "flash --plan-only": 0,
}
"""Rows in the order of the table, each with its exit code."""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Done]:
    """All of them as a newcomer types them, one after the other, in a folder where nothing was done before."""
    fresh = tmp_path_factory.mktemp("fresh")
    told = {}
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(fresh)
        patched.setenv("XDG_CACHE_HOME", str(fresh / "cache"))
        patched.setenv("XDG_STATE_HOME", str(fresh / "home"))
        for row in QUICK:
            words = [
                one
                for word in shlex.split(row)
                for one in (sorted(map(str, Path().glob(word))) if "*" in word else [word])
            ]
            told[row] = command(*words, *(["--headless"] if words[0] == "sim" and len(words) > 2 else []))
    return told


def test_the_rows_that_are_run_stand_in_the_table() -> None:
    assert set(QUICK) <= set(ROWS)


@pytest.mark.parametrize("row", QUICK)
def test_a_row_runs_as_it_stands(row: str, done: dict[str, Done]) -> None:
    assert done[row].code == QUICK[row], done[row].err
    assert "Traceback" not in done[row].err


def test_a_virtual_unit_is_called_one(done: dict[str, Done]) -> None:
    assert "virtual unit on the bench" in done["identify"].err
