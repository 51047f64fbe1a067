"""The verbs as a person at a terminal, or a script, meets them."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from station.bench import modules
from station.cli import cli
from station.domain.nest import TABLE, On
from station.report.document import schema
from tests.line.floor import command, verb

HERE = Path(__file__).parents[2]

VERBS = {
    "sim": "virtual fixture",
    "run": "Ctrl-C stops open",
    "check": "Exits 78",
    "bench": "without a verb, `serve`",
    "bench serve": "until Ctrl-C",
    "bench flash": "against stock pyOCD, and in many nests at once",
    "bench serial": "against readline",
    "bench faults": "right in every cell",
    "bench swaps": "only ever be bound to its own unit",
    "identify": "Ask every witness",
    "flash": "it is not booted",
    "recover": "Nothing else in this program does that",
    "orders": "refused before anything of it is erased",
    "orders import": "nothing of it is imported",
    "orders list": "Works while a line runs",
    "orders show": "as its file lists them",
    "orders reconcile": "made and in no order",
    "orders close": "no longer made here",
    "identity": "belong together for ever",
    "identity show": "Works while a line runs",
    "identity release": "no longer count",
    "people": "Once somebody is known",
    "people add": "The first one is an engineer",
    "people set": "Change what is known",
    "people pin": "Wrong tries are forgotten",
    "people remove": "stays in the journal",
    "people list": "without badges and PINs",
    "people accept": "after it was edited by hand",
    "people badge": "it needs the badge of an engineer",
    "outbox": "List and export",
    "outbox list": "held back",
    "outbox export": "once, for ever",
    "unwind": "may have connected",
    "unwind list": "the steps to take",
    "unwind export": "works them off",
    "unwind done": "the evidence stays",
    "report": "the same bytes",
    "shift": "approved, refused and locked",
    "journal": "Verify and show",
    "journal verify": "Exits 3",
    "journal show": "one JSON object a line",
    "firmware": "Look into firmware",
    "firmware inspect": "Exits 78",
    "firmware diff": "Exits 0 when they are the same",
    "firmware seal": "writes the manifest last",
    "sheet": "writes the same bytes",
    "sound": "Exits 69 where nothing can be played",
    "doctor": "Exits 69",
}
EXIT_CODES = "0 pass, 1 a unit failed, 2 usage, 3 the station could not tell"


def test_the_list_of_verbs_is_whole() -> None:
    assert set(cli.commands) == {words.split()[0] for words in VERBS}


@pytest.mark.parametrize("words", VERBS)
def test_every_verb_says_what_it_does(words: str) -> None:
    for flag in ("--help", "-h"):
        told = verb(*words.split(), flag)
        assert (told.code, told.err) == (0, "")
        assert VERBS[words] in " ".join(told.out.split())
        assert told.out.startswith("Usage: ")


def test_the_program_names_its_exit_codes_and_its_version() -> None:
    told = " ".join(verb("--help").out.split())
    assert EXIT_CODES in told
    for code in (4, 69, 78):
        assert f"{code} " in told
    assert verb("--version").out.startswith("station, version ")


@pytest.mark.parametrize(
    "words",
    [
        ("weld",),
        ("sim", "--units", "0"),
        ("sim", "--units", "many"),
        ("sim", "--mishap", "earthquake"),
        ("sim", "--nests", "99"),
        ("run", "--nests", "2"),
        ("journal", "verify", "--expect-last", "xyz"),
        ("journal", "show", "--run", "../../etc/passwd"),
        ("firmware", "inspect"),
        ("firmware", "inspect", "no-such-file.bin"),
        ("identify", "--nest", "0"),
        ("bench", "serve", "--pyocd-remote", "65536"),
        ("check", "--root", "no-such-folder"),
        ("orders", "import", "no-such-file.csv"),
        ("orders", "close", "SO-1"),
        ("identity", "show", "what?"),
        ("identity", "release", "B40HAB123456789"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant_is_refused_as_usage(words: tuple[str, ...], tmp_path: Path) -> None:
    told = verb(*words, *(("--state", tmp_path) if words[0] == "journal" else ()))
    assert (told.code, told.out) == (2, "")
    assert told.err
    assert "Traceback" not in told.err


@pytest.mark.parametrize(
    "words",
    [
        ("outbox", "list"),
        ("outbox", "export"),
        ("journal", "verify"),
        ("journal", "show"),
        ("report",),
        ("orders", "list"),
        ("orders", "show", "SO-1"),
        ("orders", "reconcile", "SO-1"),
        ("orders", "close", "SO-1", "--why", "done"),
        ("identity", "show", "B40HAB123456789"),
        ("identity", "release", "B40HAB123456789", "--why", "relabelled"),
    ],
)
def test_a_folder_without_a_journal_is_named_and_left_as_it_is(words: tuple[str, ...], tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        told = verb(*words, "--state", folder)
        assert (told.code, told.out) == (3, "")
        assert "S505" in told.err
        assert "nothing was created" in told.err
        assert str(folder) in told.err
    assert list(tmp_path.iterdir()) == []


def test_the_module_and_the_exit_code_of_a_refusal_are_the_same_from_a_shell(tmp_path: Path) -> None:
    told = command("journal", "verify", "--state", tmp_path)
    assert told.code == 3
    assert "S505" in told.err
    assert "Traceback" not in told.err


# station check


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of what a person writes."""
    for name in ("configs", "fixtures", "firmware/releases"):
        shutil.copytree(HERE / name, tmp_path / "root" / name)
    return tmp_path / "root"


@pytest.fixture
def no_parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The parts of the example product are made in a cache folder of this test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.usefixtures("no_parts")
def test_check_prints_the_sheet_the_limits_and_the_release(root: Path) -> None:
    told = verb("check", "--root", root)
    assert told.code == 0, told.err
    for line in ("identify_on_wire", "flash_product_firmware", "request_preadd", "vbat", "gateway 1.4.0", "nest 4"):
        assert line in told.out
    places = [told.out.index(f"\n{op:>4}  ") for op in (10, 20, 30, 32, 34, 36, 38, 40, 41, 42, 45, 50, 60, 70, 80)]
    assert places == sorted(places)
    assert told.out.rstrip().endswith("Everything fits.")


@pytest.mark.usefixtures("no_parts")
def test_check_tells_a_program_what_it_tells_a_person(root: Path) -> None:
    told = verb("check", "--root", root, "--json")
    assert told.code == 0, told.err
    assert [line["op"] for line in json.loads(json.dumps(told.json["recipe"]))["sheet"]][:3] == [10, 20, 30]
    assert len(str(told.json["release_sha256"])) == 64


BROKEN = {
    "a key nobody knows": ("configs/recipes/gateway.toml", 'revision     = "A"', 'revisoin     = "A"', "revisoin"),
    "a limit upside down": (
        "configs/recipes/gateway.toml",
        "low = 3.60, high = 4.25",
        "low = 4.60, high = 4.25",
        "vbat",
    ),
    "a number that is none": ("configs/recipes/gateway.toml", "within =  20", 'within = "soon"', "within"),
    "two nests on one probe": ("fixtures/sim-4up.toml", "BENCH0002", "BENCH0001", "BENCH0001"),
    "a hash too short": ("firmware/releases/gateway-1.4.0.toml", 'sha256 = "', 'sha256 = "ab', "sha256"),
    "a question nobody knows": ("configs/recipes/gateway.toml", 'ask = "gauge"', 'ask = "guage"', "mean 'gauge'"),
    "a name that is in no answer": ("configs/recipes/gateway.toml", '["vcell", "soc"]', '["vcel", "soc"]', "vcell"),
    "a value that is never answered": ("configs/recipes/gateway.toml", '"c22016"', '"C22016"', "lower-case"),
    "a limit that judges nothing": ("configs/recipes/gateway.toml", "pairs = {", "paris = {", "paris"),
    "a limit in another unit": ("configs/recipes/gateway.toml", 'judge = ["drift"]', 'judge = ["soc"]', "rtc"),
    "the name of another file": ("configs/recipes/gateway.toml", '= "gateway"', '= "getaway"', "gateway.toml"),
    "a platform that is none": ("configs/recipes/gateway.toml", '"boron"', '"borno"', "mean 'boron'"),
    "a platform that the release is not for": ("configs/recipes/gateway.toml", '"boron"', '"bsom"', "for a boron"),
    "a release that is not there": ("configs/recipes/gateway.toml", "gateway-1.4.0", "gateway-1.4.1", "mean 'gateway"),
    "a step that nobody wrote": ("configs/recipes/gateway.toml", '"read_silence"', '"read_silance"', "'read_silence'"),
    "operations in the wrong order": ("configs/recipes/gateway.toml", "op = 45", "op = 41", "rise"),
    "a profile that is not allowed": (
        "configs/recipes/gateway.toml",
        "# One op",
        'profile = "online_e2e"\n# One',
        "profile",
    ),
    "a profile that is none": ("configs/recipes/gateway.toml", "# One op", 'profile = "onlin"\n# One', "profile"),
    "a fixture that is not there": ("configs/station.toml", '"sim-4up"', '"sim-4pu"', "mean 'sim-4up'"),
    "no product": ("firmware/releases/gateway-1.4.0.toml", "[product]\nid = 31337\nversion = 14\n", "", "product = {"),
    "no TOML": ("configs/station.toml", "min_free_mb = 500", "min_free_mb = = 500", "line"),
}


@pytest.mark.parametrize("what", BROKEN)
@pytest.mark.usefixtures("no_parts")
def test_check_names_the_file_and_the_line_of_what_it_refuses(what: str, root: Path) -> None:
    file, good, bad, named = BROKEN[what]
    path = root / file
    text = path.read_text(encoding="utf-8")
    assert good in text
    path.write_text(text.replace(good, bad, 1), encoding="utf-8")
    told = verb("check", "--root", root)
    assert (told.code, told.out) == (78, "")
    assert str(path) in told.err
    assert named in told.err
    line = 1 + text.count("\n", 0, text.index(good))
    assert f"{path}, line {'1' if what == 'no product' else line}: " in told.err
    assert "Traceback" not in told.err


# Recipes that read instruments

FULL = "gateway-full"
WITHOUT_PYVISA = """
import sys
sys.modules["pyvisa"] = None
from station.cli import main
sys.argv = ["station", *sys.argv[1:]]
main()
"""
"""What Python does where a package is not installed: its import raises ImportError."""


@pytest.mark.usefixtures("no_parts")
def test_check_prints_what_is_asked_of_the_operator_and_read_from_instruments(root: Path) -> None:
    told = verb("check", "--root", root, "--recipe", FULL)
    assert told.code == 0, told.err
    for words in (
        "asks 'led' (colour red), asks the operator 'Does the status LED show red?'",
        "asks the operator 'Press the MODE button once.', until presses is 1",
        "reads READ? of dmm, min of 5, judges v3v3_load",
        "judges sleep_current, 2 tries",
        "nest 4: unit at USB 1-1.4, probe BENCH0004, dmm dmm, supply supply",
    ):
        assert words in told.out


@pytest.mark.usefixtures("no_parts")
def test_check_names_the_nests_that_lack_an_instrument_and_the_operations_that_read_it(root: Path) -> None:
    fixture = root / "fixtures" / "sim-4up.toml"
    lines = fixture.read_text(encoding="utf-8").splitlines()
    for nest, gone in (
        ("nest = 2", 'dmm = "dmm", '),
        ("nest = 4", 'dmm = "dmm", '),
        ("nest = 3", ', supply = "supply"'),
    ):
        lines = [line.replace(gone, "") if nest in line else line for line in lines]
    fixture.write_text("\n".join(lines), encoding="utf-8")
    told = verb("check", "--root", root, "--recipe", FULL)
    assert (told.code, told.out) == (78, "")
    assert "S402" in told.err
    assert "op 46, 47 reads the instrument 'dmm', which nests 2, 4 of sim-4up do not have" in told.err
    assert "op 43 reads the instrument 'supply', which nest 3 of sim-4up does not have" in told.err
    assert verb("check", "--root", root).code == 0, "the other recipe reads none"


@pytest.mark.parametrize("words", [("check",), ("sim", "--headless", "--units", "1")], ids=" ".join)
def test_without_pyvisa_a_recipe_with_instruments_is_refused_with_how_to_install_it(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    place = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONPATH": str(HERE)}
    command = [sys.executable, "-c", WITHOUT_PYVISA, *words, "--recipe", FULL]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, env=place, check=False)
    assert told.returncode == 69
    assert told.stderr.splitlines()[0] == (
        "S403  the recipe reads instruments, and pyvisa is not installed: pip install 'station[visa]'"
    )
    assert "Traceback" not in told.stderr


def test_without_pyvisa_everything_else_is_the_same(tmp_path: Path) -> None:
    place = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONPATH": str(HERE)}
    command = [sys.executable, "-c", WITHOUT_PYVISA]
    for words, codes in ((["check"], {0}), (["doctor", "--json"], {0, 69})):
        told = subprocess.run([*command, *words], capture_output=True, text=True, timeout=60, env=place, check=False)
        assert told.returncode in codes, told.stderr
    assert '"what": "instrument", "state": "warn"' in told.stdout


def test_the_diagram_has_every_row_of_the_table() -> None:
    drawn = verb("check", "--diagram")
    assert (drawn.code, drawn.err) == (0, "")
    assert drawn.out.startswith("stateDiagram-v2\n")
    for row in TABLE:
        assert f"{row.state} --> {row.then}: {row.on}" in drawn.out or row.on is On.UNSAFE
    assert f"any_state --> locked: {On.UNSAFE}" in drawn.out


def test_the_diagram_in_the_documentation_is_the_printed_one() -> None:
    page = (HERE / "station" / "README.md").read_text(encoding="utf-8")
    assert f"```mermaid\n{verb('check', '--diagram').out}```\n" in page


def test_the_schemas_in_the_repository_are_those_of_the_models(tmp_path: Path) -> None:
    written = verb("check", "--schemas", tmp_path)
    assert written.code == 0
    made = {one.name: one.read_text(encoding="utf-8") for one in tmp_path.iterdir()}
    kept = {one.name: one.read_text(encoding="utf-8") for one in (HERE / "configs" / "schemas").glob("*.json")}
    assert made == kept
    assert json.loads(made["run-report.schema.json"]) == schema()


# station firmware inspect


def test_inspection_refuses_what_is_no_module_and_names_it(tmp_path: Path) -> None:
    garbage = tmp_path / "garbage.bin"
    garbage.write_bytes(bytes(range(256)) * 64)
    told = verb("firmware", "inspect", garbage)
    assert (told.code, told.out) == (78, "")
    assert "garbage.bin: " in told.err
    told = verb("firmware", "inspect", "--json", garbage, garbage)
    assert told.code == 78
    assert [json.loads(line)["file"] for line in told.out.splitlines()] == ["garbage.bin"] * 2


def test_inspection_of_a_damaged_module_explains_it_and_says_that_it_is_damaged(tmp_path: Path) -> None:
    data = bytearray(modules.product().data)
    data[1000] ^= 1
    damaged = tmp_path / "damaged.bin"
    damaged.write_bytes(data)
    told = verb("firmware", "inspect", damaged)
    assert told.code == 78
    assert "boron" in told.out
    assert "WRONG" in told.out
    assert verb("firmware", "inspect", "--json", damaged).json["crc_ok"] is False


def test_the_hash_that_inspection_tells_is_the_one_that_seals_a_release(tmp_path: Path) -> None:
    path = tmp_path / "product.bin"
    path.write_bytes(modules.product().data)
    told = verb("firmware", "inspect", "--json", path)
    assert told.code == 0
    assert told.json["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
