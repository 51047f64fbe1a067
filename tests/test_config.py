"""Files of intent and iron, and how wrong ones are refused."""

import hashlib
import os
import re
import shutil
import sys
from pathlib import Path
from types import FrameType
from typing import Protocol

import pytest
from pydantic import BaseModel

from station.codec.toml_lines import line_of
from station.config import FixtureConfig, Root, StationConfig, default_root
from station.domain.faults import ConfigRefused
from station.domain.recipe import Recipe
from station.domain.release import Release
from station.domain.scan import Symbology
from station.toml_file import MAX_FILE, MAX_TOLD, load

CHECKOUT = Path(__file__).resolve().parents[1]
STATION = 'name = "line-1"\nfixture = "sim-4up"\nrecipe = "gateway"\n'
FIXTURE = """\
name       = "two"
controller = "/dev/ttyUSB0"

nests = [
  { nest = 1, usb = "1-1.1", probe = "A1" },
  { nest = 2, usb = "1-1.2", probe = "A2" },
]
"""
GATEWAY = (CHECKOUT / "configs" / "recipes" / "gateway.toml").read_text(encoding="utf-8")
RELEASE = (CHECKOUT / "firmware" / "releases" / "gateway-1.4.0.toml").read_text(encoding="utf-8")


class TraceFunction(Protocol):
    """What sys.settrace takes."""

    def __call__(self, frame: FrameType, event: str, arg: object, /) -> "TraceFunction": ...


def refusal(folder: Path, text: str, model: type[BaseModel]) -> list[str]:
    """What is said of a file with this content, line by line, without the file's name."""
    path = folder / "it.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigRefused) as refused:
        load(path, model)
    said = str(refused.value).splitlines()
    assert all(one.startswith(str(path)) for one in said)
    return [one.removeprefix(str(path)) for one in said]


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


# What is good


def test_the_example_s_own_files_load_and_belong_together() -> None:
    root = Root(CHECKOUT)
    station = root.station()
    recipe = root.recipe(station.value.recipe)
    fixture = root.fixture(station.value.fixture)
    assert recipe.value.name == station.value.recipe
    assert fixture.value.name == station.value.fixture
    for name in (recipe.value.release, recipe.value.factory_test):
        release = root.release(name)
        assert f"{release.value.name}-{release.value.version}" == name
        assert release.value.platform == recipe.value.platform


@pytest.mark.parametrize(
    ("folder", "model"),
    [("configs/recipes", Recipe), ("fixtures", FixtureConfig), ("firmware/releases", Release)],
)
def test_every_file_of_the_checkout_loads(folder: str, model: type[BaseModel]) -> None:
    files = sorted((CHECKOUT / folder).glob("*.toml"))
    assert files
    for path in files:
        assert load(path, model).value


def test_the_checkout_is_the_root_that_nobody_has_to_name() -> None:
    assert default_root() == CHECKOUT
    assert Root(CHECKOUT).parts == CHECKOUT / "firmware" / "parts"


def test_what_was_read_is_sealed_with_the_hash_of_its_very_bytes(tmp_path: Path) -> None:
    path = tmp_path / "station.toml"
    path.write_bytes(STATION.encode() + b"# a comment counts, too\r\n")
    sealed = load(path, StationConfig)
    assert sealed.path == path
    assert sealed.value == StationConfig(name="line-1", fixture="sim-4up", recipe="gateway", min_free_mb=500)
    assert sealed.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


# What is not there, or no text, or no TOML


def test_a_file_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    shutil.copytree(CHECKOUT / "fixtures", tmp_path / "fixtures")
    shutil.copy(CHECKOUT / "fixtures" / "sim-4up.toml", tmp_path / "fixtures" / "another.toml")
    with pytest.raises(ConfigRefused) as refused:
        Root(tmp_path).fixture("sim-9up")
    said = str(refused.value)
    assert said.startswith(
        str(tmp_path / "fixtures" / "sim-9up.toml") + ": No such file or directory; there are: another,"
    )
    assert "sim-4up" in said


@pytest.mark.parametrize(
    ("folder", "name"),
    [("configs/recipes", "gateway"), ("fixtures", "bench-top-1up"), ("firmware/releases", "gateway-1.4.0")],
)
def test_a_file_that_says_it_is_another_is_refused(tmp_path: Path, folder: str, name: str) -> None:
    (tmp_path / folder).mkdir(parents=True)
    other = tmp_path / folder / "other.toml"
    shutil.copy(CHECKOUT / folder / f"{name}.toml", other)
    root = Root(tmp_path)
    read = {"fixtures": root.fixture, "configs/recipes": root.recipe, "firmware/releases": root.release}[folder]
    with pytest.raises(ConfigRefused) as refused:
        read("other")
    said, line = str(refused.value), where(other.read_text(encoding="utf-8"), "\nname ") + 1
    assert said == f"{other}, line {line}: name: the file is other.toml, and says that it is {name!r}"


def test_without_a_neighbour_or_a_folder_only_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigRefused, match=r"station\.toml: No such file or directory\Z"):
        Root(tmp_path).station()
    with pytest.raises(ConfigRefused, match="Is a directory"):
        load(tmp_path, StationConfig)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"#\nname = \xff\n", "line 2: the file is not UTF-8"),
        (b"name =\n", "line 1"),
        (b'name = "a"\nname = "b"\n', "line 2"),
        (b'name = "a"\n[limits\n', "line 2"),
        (b"\x00", "line 1"),
        (b"#" * (MAX_FILE + 1), f"more than {MAX_FILE} bytes is no configuration file"),
    ],
)
def test_what_is_no_toml_is_refused_with_the_place(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "it.toml"
    path.write_bytes(data)
    with pytest.raises(ConfigRefused, match=says) as refused:
        load(path, StationConfig)
    assert str(path) in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("n = " + "9" * 5000, id="5000 digits"),
        pytest.param("n = " + "[" * 5000, id="5000 brackets"),
    ],
)
def test_what_the_parser_itself_trips_over_is_refused(tmp_path: Path, text: str) -> None:
    assert refusal(tmp_path, text, StationConfig)


def test_a_byte_order_mark_of_a_windows_editor_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "it.toml"
    path.write_bytes(b"\xef\xbb\xbf" + STATION.encode())
    assert load(path, StationConfig).value.name == "line-1"


def test_a_pipe_or_a_device_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    for path in (tmp_path / "pipe.toml", Path("/dev/zero"), Path("/dev/null")):
        with pytest.raises(ConfigRefused, match="this is no file"):
            load(path, StationConfig)


SIZE = 40_000
HOSTILE = {
    "a key of many parts": "a" + ".a" * (SIZE // 2) + " = 1\n",
    "a header of many parts": "[a" + ".a" * (SIZE // 2) + "]\n",
    "unknown keys": "".join(f"k{n} = 1\n" for n in range(SIZE // 10)),
    "unknown tables": "".join(f"[t{n}]\n" for n in range(SIZE // 8)),
    "tables of an array": "[[sheet]]\n" * (SIZE // 10),
    "empty nests": "nests = [" + "{},\n" * (SIZE // 4) + "]",
    "empty operations": "sheet = [" + "{}," * (SIZE // 3) + "]",
    "limits": "[limits]\n" + "".join(f"k{n} = {{}}\n" for n in range(SIZE // 10)),
    "tables of limits": "".join(f"[limits.k{n}]\n" for n in range(SIZE // 16)),
    "the same operation": "sheet = [" + '{ op = 1, do = "x", within = 1 },' * (SIZE // 33) + "]",
    "brackets": "a = " + "[" * (SIZE // 2) + "]" * (SIZE // 2),
    "tables in tables": "a = " + "{a=" * (SIZE // 4) + "1" + "}" * (SIZE // 4),
    "quotes": 'a = """' + '\\"' * (SIZE // 2),
    "quotes without an end": '\\"""z\n' * (SIZE // 6),
    "blanks": " " * SIZE + "x",
    "digits": "n = " + "9" * SIZE,
    "hexadecimal digits": "min_free_mb = 0x" + "f" * SIZE,
    "a number that is given": 'sheet = [{ op = 1, do = "measure", within = 1, ask = "led", give = { colour = 0x'
    + "f" * SIZE
    + " } }]",
}
"""Texts of 40 kB that took minutes."""

STEPS = 10_000_000
"""Lines of Python, a design margin: what took long had twenty times as many. A clock would fail on a busy PC."""


@pytest.mark.parametrize("model", [StationConfig, FixtureConfig, Recipe, Release], ids=lambda one: one.__name__)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_text_of_40_kb_is_refused_in_little_work_and_few_words(
    tmp_path: Path, text: str, model: type[BaseModel]
) -> None:
    steps = 0

    def count(frame: FrameType, event: str, arg: object) -> TraceFunction:
        nonlocal steps
        steps += 1
        return count

    sys.settrace(count)
    try:
        said = refusal(tmp_path, text, model)
    finally:
        sys.settrace(None)
    assert steps < STEPS
    assert len(said) <= MAX_TOLD + 1
    assert sum(map(len, said)) < 100 * SIZE


# What is understood, and wrong


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (STATION + "colour = 1\n", [", line 4: colour: there is no such key"]),
        (
            STATION + "\n# x\n[min_free]\nmb = 1\n",
            [", line 6: min_free: there is no such key; did you mean 'min_free_mb'?"],
        ),
        (changed(STATION, '"sim-4up"', "4"), [", line 2: fixture: Input should be a valid string"]),
        (STATION + "min_free_mb = 0\n", [", line 4: min_free_mb: Input should be greater than or equal to 1"]),
        (STATION + "min_free_mb = 1.5\n", None),
        (STATION + 'language = "de"\n', [", line 4: language: Input should be 'en', 'zh_CN', 'vi' or 'es'"]),
        (STATION + 'language = "zh-CN"\n', None),
        (changed(STATION, "gateway", "../gateway"), None),
        (changed(STATION, "line-1", "Line 1"), None),
        (changed(STATION, 'fixture = "sim-4up"\n', ""), [", line 1: fixture: Field required"]),
        ("", [f", line 1: {key}: Field required" for key in ("name", "fixture", "recipe")]),
    ],
)
def test_a_station_file_is_refused_with_key_and_line(tmp_path: Path, text: str, said: list[str] | None) -> None:
    found = refusal(tmp_path, text, StationConfig)
    assert found == said if said is not None else len(found) == 1 and re.match(r", line \d: ", found[0])


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"1-1.2"', '"1-1.1"', ", line 6: nests.1.usb: USB place 1-1.1 is used by two nests"),
        ('"A2"', '"A1"', ", line 6: nests.1.probe: probe A1 is used by two nests"),
        ("nest = 2", "nest = 1", ", line 6: nests.1.nest: nest 1 is used by two nests"),
        ("nest = 2", "nest = 0", ", line 6: nests.1.nest: Input should be greater than or equal to 1"),
        ("nest = 2", "nest = 100", ", line 6: nests.1.nest: "),
        ('"1-1.2"', '"1-1.2.a"', ", line 6: nests.1.usb: "),
        ('"1-1.2"', '"1-"', ", line 6: nests.1.usb: "),
        ('"1-1.2"', r'"1-1.2\n"', ", line 6: nests.1.usb: "),
        ('"A2"', '""', ", line 6: nests.1.probe: "),
        ('probe = "A2"', 'probe = "A2", relay = 4', ", line 6: nests.1.relay: there is no such key"),
        ('"/dev/ttyUSB0"', '""', ", line 2: controller: "),
        ("controller", "contoller", ", line 2: contoller: there is no such key"),
    ],
)
def test_a_fixture_file_is_refused_with_key_and_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    found = refusal(tmp_path, changed(FIXTURE, old, new), FixtureConfig)
    assert any(one.startswith(says) for one in found), found


SCANNERS = """
[[scanners]]
name = "left"
port = "/dev/ttyACM0"
host_ack = "honeywell"
symbologies = ["data_matrix"]

[[scanners]]
name = "right"
kind = "wedge"
port = "/dev/input/by-id/usb-Imager-event-kbd"
"""


def test_a_fixture_may_have_several_scanners_and_say_what_it_keeps_from_units(tmp_path: Path) -> None:
    path = tmp_path / "it.toml"
    path.write_text('declares = ["reset_held", "shielded"]\n' + FIXTURE + SCANNERS, encoding="utf-8")
    fixture = load(path, FixtureConfig).value
    left, right = fixture.all_scanners
    assert (left.kind, left.rate, left.host_ack, left.symbologies) == (
        "serial",
        115200,
        "honeywell",
        (Symbology.DATA_MATRIX,),
    )
    assert (right.kind, right.host_ack) == ("wedge", "none")
    assert fixture.declares == ("reset_held", "shielded")


def test_a_fixture_with_the_port_of_its_only_scanner_has_one_that_is_called_scanner(tmp_path: Path) -> None:
    path = tmp_path / "it.toml"
    path.write_text('scanner = "/dev/ttyACM0"\n' + FIXTURE, encoding="utf-8")
    (only,) = load(path, FixtureConfig).value.all_scanners
    assert (only.name, only.kind, only.port) == ("scanner", "serial", "/dev/ttyACM0")
    path.write_text(FIXTURE, encoding="utf-8")
    assert load(path, FixtureConfig).value.all_scanners == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('scanner = "/dev/ttyACM9"\n' + FIXTURE + SCANNERS, ": scanner and scanners say the same thing"),
        (FIXTURE + changed(SCANNERS, '"right"', '"left"'), ": scanner name left is used by two scanners"),
        (
            FIXTURE + changed(SCANNERS, "/dev/input/by-id/usb-Imager-event-kbd", "/dev/ttyACM0"),
            ": scanner port /dev/ttyACM0 is used by two scanners",
        ),
        (FIXTURE + SCANNERS + "rate = 9600\n", "scanner 'right' types like a keyboard"),
        (FIXTURE + SCANNERS + 'host_ack = "honeywell"\n', "scanner 'right' types like a keyboard"),
        (FIXTURE + changed(SCANNERS, '"wedge"', '"evdev"'), "scanners.1.kind: "),
        (FIXTURE + changed(SCANNERS, '"data_matrix"', '"datamatrix"'), "scanners.0.symbologies"),
        (FIXTURE + changed(SCANNERS, 'host_ack = "honeywell"', "rate = 14400"), "14400 baud is a command"),
        (FIXTURE + changed(SCANNERS, '"left"', '"l\\u001b[2J"'), "scanners.0.name: "),
        ('declares = ["quiet"]\n' + FIXTURE, "declares.0: "),
    ],
)
def test_a_fixture_s_scanners_are_refused_with_the_reason(tmp_path: Path, text: str, says: str) -> None:
    found = refusal(tmp_path, text, FixtureConfig)
    assert any(says in one for one in found), found


METER = "TCPIP::192.0.2.10::5025::SOCKET"


def with_instruments(first: str, second: str = "", bench: bool = False) -> str:
    text = changed(FIXTURE, 'probe = "A1"', f'probe = "A1", instruments = {{ {first} }}')
    text = changed(text, 'probe = "A2"', f'probe = "A2", instruments = {{ {second} }}')
    return changed(text, 'name       = "two"', f'name       = "two"\nbench = {str(bench).lower()}')


@pytest.mark.parametrize(
    "resource",
    [
        METER,
        "TCPIP0::meter.example::inst0::INSTR",
        "TCPIP::192.0.2.10::hislip0::INSTR",
        "USB0::0x0957::0x0607::MY47000000::INSTR",
        "USB::2391::1543::MY47000000::0::INSTR",
        "GPIB0::22::INSTR",
        "ASRL/dev/ttyUSB0::INSTR",
        "tcpip::192.0.2.10::5025::socket",
    ],
)
def test_an_instrument_is_named_as_visa_names_it(tmp_path: Path, resource: str) -> None:
    path = tmp_path / "it.toml"
    path.write_text(with_instruments(f'dmm = "{resource}"'), encoding="utf-8")
    assert [seat.instruments for seat in load(path, FixtureConfig).value.nests] == [{"dmm": resource}, {}]


@pytest.mark.parametrize(
    "resource", ["dmm", "192.0.2.10:5025", "TCPIP::192.0.2.10", "", "TCPIP::a b::INSTR", "X::1::INSTR"]
)
def test_what_is_no_visa_name_is_refused_with_an_example(tmp_path: Path, resource: str) -> None:
    found = refusal(tmp_path, with_instruments(f'dmm = "{resource}"'), FixtureConfig)
    assert "SOCKET" in found[0] or "instruments.dmm" in found[0]


@pytest.mark.parametrize(
    ("first", "second"), [(f'dmm = "{METER}"', f'dmm = "{METER.lower()}"'), (f'dmm = "{METER}", meter = "{METER}"', "")]
)
def test_an_instrument_serves_one_nest_under_one_name(tmp_path: Path, first: str, second: str) -> None:
    (found,) = refusal(tmp_path, with_instruments(first, second), FixtureConfig)
    assert "is named twice" in found


def test_on_the_bench_every_nest_has_instruments_of_the_same_names(tmp_path: Path) -> None:
    path = tmp_path / "it.toml"
    path.write_text(with_instruments('dmm = "dmm"', 'dmm = "dmm"', bench=True), encoding="utf-8")
    assert load(path, FixtureConfig).value.bench


def test_an_instrument_s_name_is_a_name(tmp_path: Path) -> None:
    assert refusal(tmp_path, with_instruments(f'"the meter" = "{METER}"'), FixtureConfig)


def test_a_fixture_has_at_least_one_nest(tmp_path: Path) -> None:
    text = 'name = "none"\ncontroller = "x"\nnests = []\n'
    assert refusal(tmp_path, text, FixtureConfig)[0].startswith(", line 3: nests: ")


@pytest.mark.parametrize(
    ("platform", "says"),
    [
        ("p2", "RTL872x"),
        ("msom", "cannot be made over the debug port"),
        ("trackerm", "RTL872x"),
        ("electron", "no sheet can make its units yet"),
        ("xenon", "cannot be in a product"),
        ("baron", "is not a Particle platform"),
    ],
)
def test_a_recipe_for_what_cannot_be_made_is_refused_with_the_reason(tmp_path: Path, platform: str, says: str) -> None:
    (found,) = refusal(tmp_path, changed(GATEWAY, '"boron"', f'"{platform}"'), Recipe)
    assert says in found


SHEET_LINE = 1 + GATEWAY[: GATEWAY.index('ask = "rails"')].count("\n")
"""The line on which op 40 stands."""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('ask = "rails"', 'question = "rails"', f", line {SHEET_LINE}: sheet.7.question: there is no such key"),
        ('"rails", judge', '"rails", on_fail = "go on", judge', f", line {SHEET_LINE}: sheet.7.on_fail: "),
        ('ask = "rails"', "ask = 7", f", line {SHEET_LINE}: sheet.7.ask: Input should be a valid string"),
        ('["vbat", "v3v3", "vbus"]', '["vbat", "v5v0"]', ": op 40 judges 'v5v0', which [limits] does not have"),
        ("low = 3.20, high = 3.40", "low = 3.40, high = 3.20", "limits.v3v3: low 3.4 is above high 3.2"),
        ("low = 3.20, high = 3.40", "low = nan", "limits.v3v3.low: Input should be a finite number"),
        ("low = 3.20, high = 3.40", "mid = 3.3", "limits.v3v3.mid: there is no such key"),
        ("low = 3.20, high = 3.40", 'low = "3.2"', "limits.v3v3.low: Input should be a valid number"),
        ('revision     = "A"', 'revision     = ""', ", line 4: revision: "),
    ],
)
def test_a_recipe_is_refused_with_operation_and_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = changed(GATEWAY, old, new)
    found = refusal(tmp_path, text, Recipe)
    assert any(says in one for one in found), found
    if "limits." in says:
        line = 1 + text[: text.index(new)].count("\n")
        assert any(one.startswith(f", line {line}: ") for one in found)


def test_every_mistake_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    text = changed(changed(GATEWAY, "op = 45", 'op = "x"'), "op = 50", "no = 50")
    found = refusal(tmp_path, text, Recipe)
    assert [re.sub(r".*: (sheet\.\d+\.\w+): .*", r"\1", one) for one in found] == [
        "sheet.10.op",
        "sheet.11.op",
        "sheet.11.no",
    ]


@pytest.mark.parametrize(
    ("text", "model"),
    [
        (changed(FIXTURE, 'name       = "two"', 'name = "two"\nbench = "yes"'), FixtureConfig),
        (changed(FIXTURE, "nest = 2", 'nest = "2"'), FixtureConfig),
        (STATION + 'min_free_mb = "500"\n', StationConfig),
        (STATION + "min_free_mb = true\n", StationConfig),
        (changed(GATEWAY, "within =   5", "within = true"), Recipe),
        (changed(GATEWAY, "op = 45", 'op = "45"'), Recipe),
    ],
)
def test_a_value_of_another_type_is_not_read_as_if_it_were_meant(
    tmp_path: Path, text: str, model: type[BaseModel]
) -> None:
    assert refusal(tmp_path, text, model)


# Where it stands


def where(text: str, mark: str) -> int:
    """The line on which this stands, which it does once."""
    assert text.count(mark) == 1, mark
    return 1 + text[: text.index(mark)].count("\n")


@pytest.mark.parametrize(
    ("path", "mark"),
    [
        (["name"], 'name         = "gateway"'),
        (["release"], "release      ="),
        (["sheet"], "sheet = ["),
        (["sheet", 0], "op = 10"),
        (["sheet", 7, "judge"], "op = 40"),
        (["sheet", 9, "ask"], "op = 42"),
        (["sheet", 14, "within"], "op = 80"),
        (["limits"], "[limits]"),
        (["limits", "v3v3", "low"], "v3v3  = {"),
        (["limits", "vbus", "why"], "vbus  = {"),
    ],
)
def test_lines_of_a_recipe_are_found(path: list[str | int], mark: str) -> None:
    assert line_of(GATEWAY, path) == where(GATEWAY, mark)


@pytest.mark.parametrize(
    ("path", "mark"),
    [
        (["product", "id"], "id = 31337"),
        (["parts", 0, "file"], "boron-bootloader@"),
        (["parts", 2, "version"], "version = 6200"),
        (["parts", 3, "sha256"], "badc3749886e"),
        (["version"], 'version = "1.4.0"'),
    ],
)
def test_lines_of_a_release_are_found(path: list[str | int], mark: str) -> None:
    assert line_of(RELEASE, path) == where(RELEASE, mark)


def test_a_key_in_a_comment_is_not_the_key() -> None:
    assert line_of("# name = 1\nname = 2\n", ["name"]) == 2


def test_quoted_and_dotted_keys_are_found() -> None:
    assert line_of('a = 1\n"b" = 2\nc.d = 3\n', ["b"]) == 2
    assert line_of('a = 1\n"b" = 2\nc.d = 3\n', ["c", "d"]) == 3
    assert line_of("x = 1\n[a.b]\nc = 2\n", ["a", "b", "c"]) == 3


def test_what_is_not_in_the_file_has_the_line_of_what_should_hold_it_or_none() -> None:
    assert line_of(GATEWAY, ["no_such_key"]) is None
    assert line_of(GATEWAY, ["limits", "v5v0"]) == where(GATEWAY, "[limits]")
    assert line_of(GATEWAY, ["sheet", 40]) == where(GATEWAY, "sheet = [")
    assert line_of("", ["name"]) is None
    assert line_of("name = 1\n", []) is None


FIRST_PART = 1 + RELEASE[: RELEASE.index("[[parts]]")].count("\n")


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        pytest.param(
            changed(GATEWAY, 'within =  10, ask = "rails"', 'ask = "rails"'),
            ["sheet", 7, "within"],
            SHEET_LINE,
            id="inline",
        ),
        pytest.param(GATEWAY, ["sheet", 7, "judge", 1], SHEET_LINE, id="array on one line"),
        pytest.param(changed(RELEASE, "version = 3100\n", ""), ["parts", 0, "version"], FIRST_PART, id="table"),
        pytest.param("n = [{ a = 1 },\n  { a = 2 },\n]\n", ["n", 0, "a"], 1, id="first on the line of the key"),
        pytest.param('x = "1" # y = 2\ny = 3\n', ["y"], 2, id="comment behind a value"),
    ],
)
def test_a_key_is_not_looked_for_outside_of_its_own_table(text: str, path: list[str | int], line: int) -> None:
    assert line_of(text, path) == line
