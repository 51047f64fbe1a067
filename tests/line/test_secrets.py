"""Every unit's mobile secret is a canary: it is read twice, by a scanner and on a console, and told to nobody."""

import base64
from dataclasses import dataclass
from pathlib import Path

import pytest

from station.bench.client import Bench, Facts
from station.domain.events import Identified, Metered, RunFinished, ScanRefused
from station.domain.outcome import Outcome
from station.engine.bus import Stored
from station.journal.store import Reader
from station.ui.around import Around
from station.ui.run_page import run_page
from station.ui.samples import MAKING, TEXTS
from station.ui.screen import Screen
from tests.line.floor import Done, Line, command, parts_in, produced, root_with_nests, secret, verb

MISHAPS = ("phones_home", "babbling_unit", "other_serial")
"""Units that connect, babble and lie: what is told of them quotes what was heard."""


@dataclass
class Left:
    """Everything that a shift and the verbs behind it left: files, and what they said."""

    folder: Path
    units: list[Facts]
    events: list[object]
    said: dict[str, str]


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    folder = tmp_path_factory.mktemp("canary")
    root, parts = root_with_nests(folder / "root", 2), parts_in(folder / "parts")
    state = folder / "state"
    said: dict[str, str] = {}
    with Bench.start(nests=2) as bench:
        units = [bench.unit(bench.new_unit()) for _ in range(len(MISHAPS) + 4)]
        good, other, killed, last, *bad = units
        with Line(bench, root, parts, state) as line:
            line.started()
            for text, manner in _refused(good):
                bench.scan(text, manner=manner)
                line.until(lambda event: isinstance(event.body, ScanRefused))
            line.seat(1, good.unit)
            assert line.until_finished().outcome is Outcome.PASS
            line.clear(1)
            line.seat(1, other.unit, label=last.label)
            assert line.until_finished().outcome is Outcome.FAIL
            line.clear(1)
            line.release(1)
            for name, unit in zip(MISHAPS, bad, strict=True):
                bench.mishap(name, unit=unit.unit)
                line.seat(1, unit.unit, typed=True)
                assert line.until_finished().outcome is not Outcome.PASS
                line.clear(1)
                line.release(1)
            line.seat(1, killed.unit)
            line.until(lambda event: isinstance(event.body, Identified))
            line.kill()
            events: list[object] = [one.body for one in line.seen]
        bench.lid(1, False)
        said["line"] = line.said.read_text(encoding="utf-8") + "".join(one.model_dump_json() for one in line.seen)
        with Line(bench, root, parts, state) as line:
            line.started()
            line.stop()
        said["again"] = line.said.read_text(encoding="utf-8") + "".join(one.model_dump_json() for one in line.seen)
        bench.remove(1)
        bench.place(1, last.unit)
        bench.lid(1, True)
        here = ("--bench", bench.folder, "--root", root, "--parts", parts, "--label", last.label, "--state", state)
        said["identify --json"] = _all(command("identify", *here, "--boot", "--json"))
    said |= _verbs(folder, state, units)
    said["screens"] = _screens(state)
    return Left(folder, units, events, said)


def _refused(unit: Facts) -> list[tuple[str, str]]:
    """What a scanner makes of this label, when it makes nothing of it."""
    return [
        (unit.label, "cut"),
        (unit.label, "together"),
        (f"{unit.label} {secret(unit)}", "well"),
        (f"{secret(unit)} {unit.serial}", "well"),
        (f"http://example.org/{secret(unit)}", "well"),
        (secret(unit), "well"),
    ]


def _verbs(folder: Path, state: Path, units: list[Facts]) -> dict[str, str]:
    """Every verb that tells of units, and the files it writes."""
    order = folder / "orders" / "PO-1.csv"
    order.parent.mkdir()
    order.write_text("".join(f"{one.device_id},{one.label.replace(' ', ',')}\n" for one in units), encoding="ascii")
    spoilt = order.with_name("PO-2.csv")
    spoilt.write_text(f"{units[0].device_id} {secret(units[0])} {secret(units[1])}\n", encoding="ascii")
    told = {
        " ".join(words): _all(verb(*words, "--state", state))
        for words in (
            ("orders", "import", str(order)),
            ("orders", "import", str(spoilt)),
            ("orders", "list"),
            ("orders", "show", "PO-1"),
            ("orders", "reconcile", "PO-1", "--to", str(folder / "reconciled.csv")),
            ("identity", "show", units[0].device_id),
            ("identity", "show", secret(units[0])),
            ("outbox", "list"),
            ("outbox", "export"),
            ("unwind", "list"),
            ("unwind", "export"),
            ("journal", "show"),
            ("journal", "verify"),
            ("report",),
        )
    }
    order.unlink()
    spoilt.unlink()
    words = ("--units", "3", "--nests", "2", "--seed", "1", "--state", folder / "sim")
    told["sim"] = _all(command("sim", *words, "--record", folder / "sim.svg", "--mishap", "other_serial"))
    return told


def _screens(state: Path) -> str:
    """Every page that the shift went through, as the window has it and as the terminal."""
    screen, pages = Screen(), []
    with Reader.open(state) as journal:
        for event in journal.events():
            screen.hear(Stored(1, event), event.at)
            pages.append(repr(run_page(screen, MAKING, Around(event.at), TEXTS)))
    return "\n".join([*pages, repr(screen)])


def _all(done: Done) -> str:
    return done.out + done.err


def test_the_canaries_flew(left: Left) -> None:
    """Scanned, refused, read on consoles, suspected: else what follows would prove nothing."""
    heard = [one for one in left.events if isinstance(one, Identified)]
    assert {"label", "listening"} <= {one.by for one in heard}
    assert sum(isinstance(one, ScanRefused) for one in left.events) == len(_refused(left.units[0]))
    assert any(isinstance(one, Metered) and one.verdict != "no_evidence" for one in left.events)
    finished = {one.code for one in left.events if isinstance(one, RunFinished)}
    assert len(finished) > len(MISHAPS)
    assert "listening" in left.said["identify --json"]
    for words in ("orders show PO-1", "unwind list", "journal show", "screens", "sim"):
        assert left.units[0].serial in left.said[words] or left.units[4].serial in left.said[words], words
    assert (left.folder / "sim.svg").exists()


def test_no_secret_is_in_anything_that_was_written_or_said(left: Left) -> None:
    canaries = [secret(one) for one in left.units] + [secret(one) for one in produced(3)]
    assert all(len(one) == 15 for one in canaries)
    forms = [form for canary in canaries for form in _forms(canary)]
    for words, text in left.said.items():
        assert [form for form in forms if form in text.lower()] == [], words
    files = [one for one in left.folder.rglob("*") if one.is_file() and not one.is_relative_to(left.folder / "parts")]
    assert {".csv", ".json", ".sqlite", ".svg"} <= {one.suffix for one in files}
    for file in files:
        text = file.read_bytes().decode("latin-1").lower()
        assert [form for form in forms if form in text] == [], file


def _forms(canary: str) -> list[str]:
    """As text, as hexadecimal and as base64, wherever it begins in it; all in lower case."""
    coded = [base64.b64encode(b"?" * at + canary.encode()).decode()[4 * (at > 0) :][:18] for at in range(3)]
    return [one.lower() for one in (canary, canary.encode().hex(), canary.encode("utf-16-le").hex(), *coded)]
