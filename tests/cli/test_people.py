"""Who works here: what the file says and what the journal recorded agree, or rights stay shut."""

import io
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from station.bench.client import Bench
from station.codec import badge as badge_code
from station.config import Root
from station.domain.events import StationRefused
from station.domain.people import Badge, Person, Role
from station.domain.shift_facts import ActionRefused, Approved, PeopleSealed, PersonSet, PinLocked, PinSet
from station.domain.standing import Standing
from station.drivers.people_file import FILE, agreed, read_people, text_of
from station.drivers.pin_hash import pin_hash
from station.journal.store import Reader
from station.readiness import people_items
from tests.cli.test_ending import LEAVES
from tests.line.floor import STATION, Done, environment, parts_in, root_with_nests, verb

PIN = "2468"
NO_BADGE = r"\bBDG-"


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits between two PINs."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> "Desk":
    """Where both became known once: each badge and PIN costs a hash that is meant to be slow."""
    with pytest.MonkeyPatch.context() as patch:
        desk = Desk(tmp_path_factory.mktemp("office") / "state", patch)
        desk.take_on()
    return desk


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, office: "Desk") -> "Desk":
    return Desk(tmp_path / "state", monkeypatch, office)


class Desk:
    """A desk at which an engineer and an operator become known; `do` scans and types what is given behind the words."""

    def __init__(self, state: Path, monkeypatch: pytest.MonkeyPatch, office: "Desk | None" = None) -> None:
        self.state, self._monkeypatch, self._office = state, monkeypatch, office
        self.badges: dict[str, str] = {}

    def do(self, *words: str, typed: tuple[str, ...] = ()) -> Done:
        self._monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in typed)))
        return verb(*words, "--state", self.state)

    def staff(self, pin: str = PIN) -> None:
        """Edda the engineer, with a PIN, and Olga the operator; a folder is the same wherever it is copied to."""
        if self._office is None or pin != PIN or self.state.exists():
            self.take_on(pin)
            return
        shutil.copytree(self._office.state, self.state)
        self.badges = dict(self._office.badges)

    def take_on(self, pin: str = PIN) -> None:
        """By the verbs."""
        told = self.do("people", "add", "Edda", "--role", "engineer")
        assert told.code == 0, told.err
        self.badges["Edda"] = told.out.strip()
        if pin:
            assert self.do("people", "pin", "Edda", typed=(self.badges["Edda"], pin)).code == 0
        told = self.do("people", "add", "Olga", "--role", "operator", typed=(self.badges["Edda"], pin))
        assert told.code == 0, told.err
        self.badges["Olga"] = told.out.strip()

    @property
    def engineer(self) -> tuple[str, str]:
        return self.badges["Edda"], PIN

    @property
    def file(self) -> Path:
        return self.state / FILE

    def edit(self, old: str, new: str) -> None:
        """As somebody with an editor does it."""
        text = self.file.read_text(encoding="utf-8")
        assert re.search(old, text), text
        self.file.write_text(re.sub(old, new, text), encoding="utf-8")

    def facts(self) -> list[object]:
        with Reader.open(self.state) as journal:
            return [event.body for event in journal.events()]

    def differ(self) -> list[str]:
        with Reader.open(self.state) as journal:
            return agreed(self.state, journal.standing())[1]


def another_engineer() -> str:
    """An entry that somebody writes who wants to be one; the badge is BDG-TH1EF-…"""
    thief = Person(name="Theo", badge="TH1EF", role=Role.ENGINEER)
    return text_of(read_people(Path("nowhere")).model_copy(update={"people": (thief,)})).partition("[[people]]")[2]


def add_theo(desk: Desk) -> None:
    with desk.file.open("a", encoding="utf-8") as out:
        out.write(f"\n[[people]]{another_engineer()}")


def restore_older(desk: Desk) -> None:
    shutil.copy2(desk.state / "kept.toml", desk.file)


THIEF = badge_code.render(Badge("TH1EF"))

TAMPERING: dict[str, tuple[Callable[["Desk"], object], str]] = {
    "the file is deleted": (lambda desk: desk.file.unlink(), "gone"),
    "the file is emptied": (lambda desk: desk.file.write_text("", encoding="utf-8"), "gone"),
    "a role is raised": (
        lambda desk: desk.edit(r'(name = "Olga"\nbadge = "\w+"\nrole = )"operator"', r'\1"engineer"'),
        "Olga was operator and is engineer",
    ),
    "a person is added": (add_theo, "Theo was added as engineer"),
    "a person is taken out": (
        lambda desk: desk.edit(r'\n\[\[people\]\]\nname = "Olga"[^\[]*', ""),
        "Olga is missing",
    ),
    "a PIN is replaced": (
        lambda desk: desk.edit(r'pin = "[^"]*"', f'pin = "{pin_hash("1111")}"'),
        "the badge, the PIN or the language of Edda",
    ),
    "a PIN is taken away": (lambda desk: desk.edit(r'pin = "[^"]*"\n', ""), "the PIN or the language of Edda"),
    "a badge is replaced": (
        lambda desk: desk.edit(r'(name = "Edda"\nbadge = )"\w+"', r'\1"TH1EF"'),
        "the badge of Edda is another one",
    ),
    "a badge that ends alike": (
        lambda desk: desk.edit(r'(name = "Edda"\nbadge = )"\w+(\w\w)"', r'\1"QQ\2"'),
        "the badge, the PIN or the language of Edda",
    ),
    "a badge is switched on": (
        lambda desk: desk.edit(r'(name = "Olga"[^\[]*)active = false', r"\1active = true"),
        "the badge of Olga was switched on",
    ),
    "the seal is another": (lambda desk: desk.edit(r'seal = "\w+"', f'seal = "{"0" * 32}"'), "Edda"),
    "an older copy is put back": (restore_older, "Olga is missing"),
}


def tampered(desk: Desk, how: str) -> None:
    desk.staff()
    if how == "a badge is switched on":
        assert desk.do("people", "set", "Olga", "--inactive", typed=desk.engineer).code == 0
    if how == "an older copy is put back":
        shutil.copy2(desk.file, desk.state / "now.toml")
        assert desk.do("people", "remove", "Olga", typed=desk.engineer).code == 0
        shutil.copy2(desk.file, desk.state / "kept.toml")
        told = desk.do("people", "add", "Olga", "--role", "operator", typed=desk.engineer)
        assert told.code == 0
        desk.badges["Olga"] = told.out.strip()
    assert desk.differ() == []
    TAMPERING[how][0](desk)


@pytest.mark.parametrize("how", TAMPERING)
def test_whatever_is_done_to_the_file_by_hand_shuts_every_right(how: str, said: Desk) -> None:
    tampered(said, how)
    assert TAMPERING[how][1] in "; ".join(said.differ())
    assert TAMPERING[how][1] in said.do("people", "list").err
    thief = said.do("people", "add", "Otto", "--role", "lead", typed=(THIEF, "1111"))
    assert (thief.code, thief.out) == (3, "")
    refused = said.do("people", "add", "Otto", "--role", "lead", typed=said.engineer)
    assert (refused.code, refused.out) == (3, "")
    assert "S423" in refused.err
    assert "people accept" in refused.err
    assert [one.code for one in said.facts() if isinstance(one, ActionRefused)][-1] == "PEOPLE_CHANGED"


@pytest.mark.parametrize("how", TAMPERING)
def test_an_engineer_whom_the_journal_knows_makes_it_good_again(how: str, said: Desk) -> None:
    tampered(said, how)
    thief = said.do("people", "accept", typed=(THIEF, "1111"))
    assert thief.code == 3, thief.err
    assert said.differ() != []
    operator = said.do("people", "accept", typed=(said.badges["Olga"],))
    assert operator.code == 3
    wrong = said.do("people", "accept", typed=(said.badges["Edda"], "1111"))
    assert wrong.code == 3, "the PIN that was put in by hand is not the recorded one"
    done = said.do("people", "accept", typed=said.engineer)
    assert done.code == 0, done.err
    assert TAMPERING[how][1] in done.err
    assert said.differ() == []
    again = said.do("people", "add", "Otto", "--role", "lead", typed=said.engineer)
    assert again.code == 0, again.err
    assert [one.by for one in said.facts() if isinstance(one, PeopleSealed)][-2:] == ["Edda", "Edda"]
    assert "as it was recorded" in said.do("people", "accept").err


def test_five_wrong_pins_lock_the_engineer_also_where_the_file_is_gone(
    said: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    said.staff()
    said.file.unlink()
    for _ in range(5):
        assert said.do("people", "accept", typed=(said.badges["Edda"], "0000")).code == 3
    locked = said.do("people", "accept", typed=said.engineer)
    assert locked.code == 3
    assert "locked" in locked.err
    assert [one.name for one in said.facts() if isinstance(one, PinLocked)] == ["Edda"]


def test_a_file_that_nobody_recorded_gives_nobody_a_right(said: Desk) -> None:
    said.state.mkdir()
    said.file.write_text(f'seal = ""\n[[people]]{another_engineer()}', encoding="utf-8")
    said.file.chmod(0o600)
    told = said.do("people", "add", "Otto", "--role", "lead", typed=(THIEF,))
    assert told.code == 3
    assert "Theo was added as engineer" in told.err


def test_a_fresh_folder_is_as_open_as_it_was_configured(said: Desk, tmp_path: Path) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text("e00fce680000000000000001\n", encoding="ascii")
    assert said.do("orders", "import", str(listed)).code == 0
    assert said.do("people", "accept").code == 0
    assert Standing.of([]).people == {}


def test_the_last_person_may_be_taken_out_by_an_engineer_and_then_nobody_is_asked(said: Desk) -> None:
    said.staff()
    assert said.do("people", "remove", "Olga", typed=said.engineer).code == 0
    assert said.do("people", "remove", "Edda", typed=said.engineer).code == 0
    assert said.differ() == []
    said.file.unlink()
    assert said.differ() == []
    assert said.do("people", "add", "Edda", "--role", "engineer").code == 0


@pytest.mark.parametrize(
    "words", [("people", "badge", "Edda"), ("sheet", "--badges", "--to", "badges.pdf")], ids=" ".join
)
def test_nobodys_badge_is_printed_unasked(words: tuple[str, ...], said: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    said.staff()
    monkeypatch.chdir(said.state)
    for typed in ((), (said.badges["Olga"],), (said.badges["Edda"], "1111")):
        told = said.do(*words, typed=typed)
        assert (told.code, told.out) == (3, "")
        assert not re.search(NO_BADGE, told.err)
        assert not (said.state / "badges.pdf").exists()
    assert said.do(*words, typed=said.engineer).code == 0
    listed = said.do("people", "list", "--json")
    assert not re.search(NO_BADGE, listed.out)
    told = said.do("sheet", "--badges", "--json", "--to", "badges.pdf", typed=said.engineer)
    assert told.code == 0
    assert not re.search(NO_BADGE, told.out + told.err)


def test_no_verb_takes_a_badge_or_a_pin_as_a_word(said: Desk) -> None:
    taken = {
        option
        for _, command in LEAVES
        for one in command.params
        for option in one.opts
        if re.search("badge|pin", option) and not (isinstance(one, click.Option) and one.is_flag)
    }
    assert taken == set()
    assert said.do("people", "add", "Edda", "--role", "engineer", "--badge-id", "ABC").code == 2


def test_what_an_engineer_scans_and_types_is_in_no_journal_and_on_no_output(said: Desk) -> None:
    said.staff()
    told = said.do("people", "badge", "Olga", typed=said.engineer)
    assert told.out.strip() == said.badges["Olga"]
    assert said.badges["Edda"] not in told.out + told.err
    for file in said.state.iterdir():
        held = file.read_bytes()
        assert PIN.encode() not in re.sub(rb"[0-9a-f]{16,}|\$argon2id\S+", b"", held)
        for badge in said.badges.values():
            assert badge.encode() not in held
            assert file.name == FILE or badge.split("-")[1].encode() not in held


def test_a_badge_there_is_becomes_known_by_scanning_it(said: Desk) -> None:
    said.staff()
    told = said.do("people", "add", "Otto", "--role", "lead", "--scan-badge", typed=(*said.engineer, "OWN7"))
    assert told.code == 0, told.err
    assert told.out.startswith("BDG-OWN7-")
    assert said.do("people", "set", "Olga", "--scan-badge", typed=(*said.engineer, told.out.strip())).code == 2, "taken"
    assert said.do("people", "set", "Olga", "--scan-badge", typed=(*said.engineer, "OWN8")).code == 0
    another = said.do("people", "set", "Olga", "--new-badge", typed=said.engineer)
    assert another.code == 0
    assert another.out.startswith("BDG-")


def test_an_engineer_with_another_badge_types_another_pin_and_stays_known_to_the_journal(said: Desk) -> None:
    said.staff()
    told = said.do("people", "set", "Edda", "--new-badge", typed=(*said.engineer, "8642"))
    assert told.code == 0, told.err
    said.file.unlink()
    assert said.do("people", "accept", typed=said.engineer).code == 3
    assert said.do("people", "accept", typed=(told.out.strip(), "8642")).code == 0
    assert [one.name for one in read_people(said.state).people] == ["Edda"]


def test_who_did_it_is_whose_badge_it_is(said: Desk) -> None:
    said.staff()
    told = said.do("unwind", "done", "e00fce680000000000000001", "--by", "Somebody Else", "--note", "x")
    assert told.code == 2, "not on the list"
    assert [one.by for one in said.facts() if isinstance(one, Approved)] == ["Edda", "Edda"]
    assert [one.name for one in said.facts() if isinstance(one, PersonSet | PinSet)] == ["Edda", "Edda", "Olga"]


def test_a_file_of_another_user_is_nobodys_list(said: Desk) -> None:
    said.staff()
    if os.geteuid() == 0:
        os.chown(said.file, 12345, -1)
        told = said.do("people", "list")
        assert told.code == 78
        assert "belongs to another user" in told.err
    said.file.chmod(0o644)
    assert said.do("people", "list").code == 78


def test_a_badge_is_asked_for_where_nobody_sees_it(said: Desk) -> None:
    """On a terminal, what is scanned is not echoed."""
    said.staff("")
    place = environment() | {"TERM": "dumb"}
    host, far = os.openpty()
    command = [*STATION, "people", "badge", "Olga", "--state", str(said.state)]
    with subprocess.Popen(
        command, stdin=far, stdout=subprocess.PIPE, stderr=far, env=place, start_new_session=True
    ) as one:
        os.close(far)
        seen = b""
        while b"badge" not in seen:
            seen += os.read(host, 100)
        os.write(host, f"{said.badges['Edda']}\n".encode())
        assert one.stdout is not None
        assert one.stdout.read().decode().strip() == said.badges["Olga"]
        while chunk := _rest(host):
            seen += chunk
    os.close(host)
    assert said.badges["Edda"].encode() not in seen


def _rest(host: int) -> bytes:
    try:
        return os.read(host, 1000)
    except OSError:
        return b""


# At the station


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    """A root whose station asks for badges."""
    root = root_with_nests(tmp_path / "root", 1)
    station = root / "configs" / "station.toml"
    station.write_text(station.read_text(encoding="utf-8") + '\nsign_in = "badge"\n', encoding="utf-8")
    return root


@pytest.mark.parametrize("how", ["a role is raised", "a person is added", "an older copy is put back"])
def test_a_line_does_not_start_for_people_who_wrote_themselves_in(
    how: str, said: Desk, signed: Path, tmp_path: Path
) -> None:
    tampered(said, how)
    parts = parts_in(tmp_path / "parts")
    with Bench.start(nests=1) as bench:
        words = ("run", "--headless", "--bench", str(bench.folder), "--parts", str(parts), "--root", str(signed))
        told = said.do(*words)
    assert told.code == 3, told.err
    assert "S423" in told.err
    assert TAMPERING[how][1] in told.err
    assert [one.code for one in said.facts() if isinstance(one, StationRefused)] == ["S423"]


def test_the_station_check_sees_a_file_that_is_changed_while_the_line_runs(said: Desk, signed: Path) -> None:
    said.staff()
    with Reader.open(said.state) as journal:
        standing = journal.standing()
    rules = Root(signed).station().value.shift_rules(read_people(said.state))
    assert people_items(rules, standing, said.state) == []
    add_theo(said)
    [item] = people_items(rules, standing, said.state)
    assert (item.code, item.state, item.what) == ("PEOPLE", "fail", "changed")
    assert "Theo" in item.says
    told = said.do("check", "--ready", "--root", str(signed))
    assert re.search(r"fail +PEOPLE +.*Theo was added", told.out), told.out
