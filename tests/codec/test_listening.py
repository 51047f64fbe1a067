"""The listening-mode console, against what Device OS prints."""

import json
import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.codec import listening
from station.codec.wire import NotUnderstood
from station.domain.firmware import Dependency, Function
from station.domain.ids import DeviceId, SerialNumber
from station.domain.offline import ALLOWED_CONSOLE

VENDOR = Path(os.environ.get("STATION_VENDOR_VECTORS") or Path(__file__).parents[2] / ".." / "shared" / "vectors")
REPLIES: dict[str, str] = json.loads((Path(__file__).parents[1] / "vectors/listening.json").read_text())
DEVICE = DeviceId("e00fce68aabbccddeeff0011")
SERIAL = SerialNumber("B40HAB123456789")
SECRET = "WBPYG6CPLRCFK4S"
MODEM = ("352753090000000", "8934076500002589174", "L0.0.00.00.05.06")
CELLULAR = f"""Device ID: {DEVICE}\r
Device Secret: {SECRET}\r
Serial Number: {SERIAL}\r
IMEI: 352753090000000\r
ICCID: 8934076500002589174\r
Cell Radio Version: L0.0.00.00.05.06\r
"""


def test_a_unit_with_key_values_tells_its_serial_number() -> None:
    assert listening.identity(CELLULAR) == (DEVICE, SERIAL)


def test_a_unit_without_key_values_tells_its_device_id_alone() -> None:
    assert listening.identity(REPLIES["i"]) == (DEVICE, None)


def test_a_serial_number_that_was_never_burnt_is_none() -> None:
    assert listening.identity(f"Device ID: {DEVICE}\r\nSerial Number: \r\n") == (DEVICE, None)


def test_upper_case_and_the_tail_of_another_reply_do_not_matter() -> None:
    assert listening.identity(REPLIES["v"] + f"Device ID: {DEVICE.upper()}\r\n") == (DEVICE, None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"Device Secret: {SECRET}\r\nSerial Number: {SERIAL}\r\n",
        f"Device ID: {DEVICE}\r\nDevice Secret: {SECRET}\r\nSerial Number: {SECRET[:-1]}\r\n",
        f"Device ID: {DEVICE}\r\nDevice Secret: {SECRET}\r\nSerial Number: {SERIAL}\r\nSerial Number: {SECRET}\r\n",
        f"Device ID: {DEVICE}\r\nDevice ID: {DEVICE[:-1]}2\r\n",
        f"Device ID: {DEVICE}0\r\nDevice Secret: {SECRET}\r\n",
        f"x Device ID: {DEVICE}\r\nDevice Secret: {SECRET}\r\n",
        CELLULAR + " " * listening.MAX_REPLY,
    ],
)
def test_an_identity_that_is_not_clear_is_refused_without_its_secret(text: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        listening.identity(text)
    assert SECRET[:-1] not in str(refused.value)
    assert refused.value.__cause__ is None


def test_diagnostics_without_a_value_are_left_out() -> None:
    values = listening.diagnostics(REPLIES["d"])
    assert values["cloud:connatt"] == 0
    assert values["sys:uptime"] == 12
    assert set(json.loads(REPLIES["d"])) - set(values) == {
        "sys:tram",
        "sys:uram",
        "net:sigstr",
        "net:sigqual",
        "net:sigqualv",
        "net:sigstrv",
    }


def test_diagnostics_are_the_last_object_when_an_earlier_reply_is_still_there() -> None:
    assert listening.diagnostics('{"sys:uptime":1}\r\n' + REPLIES["d"])["sys:uptime"] == 12


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}x\r\n",
        '{"a":true}\r\n',
        '{"a":1.5}\r\n',
        '{"a":null}\r\n',
        '{"a":"1"}\r\n',
        '{"a":{"err":true}}\r\n',
        '{"a":{"err":1,"b":2}}\r\n',
        '{"a":1,"a":1}\r\n',
        '{"a":NaN}\r\n',
        '{"a":1\r\n}\r\n',
        "{" * 100 + "}\r\n",
    ],
)
def test_diagnostics_of_another_shape_are_refused(text: str) -> None:
    with pytest.raises(NotUnderstood):
        listening.diagnostics(text)


def test_the_version_is_read_through_its_odd_line_end() -> None:
    assert listening.version(REPLIES["v"]) == "6.2.0"
    with pytest.raises(NotUnderstood):
        listening.version(REPLIES["c"])


@pytest.mark.parametrize("character", sorted(ALLOWED_CONSOLE))
def test_a_reply_is_complete_with_its_last_byte_and_not_before(character: str) -> None:
    reply = REPLIES[character]
    assert not any(listening.complete(reply[:end], character) for end in range(len(reply)))
    assert listening.complete(reply, character)


def test_an_identity_is_complete_once_the_serial_number_is_there() -> None:
    wanted = CELLULAR.index("IMEI")
    assert not listening.complete(CELLULAR[: wanted - 1], "i")
    assert listening.complete(CELLULAR[:wanted], "i")


def test_the_module_list_of_a_boron_is_one_complete_reply() -> None:
    assert listening.complete(REPLIES["s of a Boron"], "s")


@pytest.mark.parametrize("character", ["x", "L", "C", "w", "f", "", "ii", "I"])
def test_a_character_that_could_bring_the_unit_online_has_no_reply(character: str) -> None:
    with pytest.raises(ValueError, match="not on the list"):
        listening.complete("", character)


devices = st.binary(min_size=12, max_size=12).map(lambda raw: DeviceId(raw.hex()))
fifteen = st.from_regex(r"\A[A-Z0-9]{15}\Z")


@given(devices, st.none() | fifteen, st.none() | fifteen.map(SerialNumber))
def test_what_the_bench_prints_reads_back_without_the_secret(
    device: DeviceId, secret: str | None, serial: SerialNumber | None
) -> None:
    text = listening.write_identity(device, secret, serial)
    assert listening.identity(text) == (device, serial)
    assert listening.complete(text, "i") == (serial is not None or secret is None)


names = st.from_regex(r"\A[a-z]{1,6}:[a-z]{1,12}\Z")


@given(st.dictionaries(names, st.integers(-(2**31), 2**32)), st.lists(names, unique=True))
def test_diagnostics_read_as_the_bench_prints_them(values: dict[str, int], without: list[str]) -> None:
    text = listening.write_diagnostics(values, [name for name in without if name not in values])
    assert listening.complete(text, "d")
    assert listening.diagnostics(text) == values


def test_the_bench_prints_what_device_os_prints() -> None:
    members = json.loads(REPLIES["d"])
    values = {name: value for name, value in members.items() if isinstance(value, int)}
    printed = json.loads(listening.write_diagnostics(values, [name for name in members if name not in values]))
    assert printed == members
    assert listening.write_identity(DEVICE, None, None) == REPLIES["i"]
    assert listening.write_identity(DEVICE, SECRET, SERIAL) == CELLULAR[: CELLULAR.index("IMEI")]
    assert listening.write_version("6.2.0") == REPLIES["v"]
    assert listening.write_identity(DEVICE, SECRET, SERIAL, MODEM) == CELLULAR


LETTERS = {"b": Function.BOOTLOADER, "a": Function.RADIO, "s": Function.SYSTEM, "u": Function.USER, "m": Function.MONO}
LETTERS["c"] = Function.NCP


def again(text: str) -> str:
    """A reply to "s" taken apart and written by the bench's writer."""
    told = json.loads(text)
    entries = [
        listening.module_entry(
            LETTERS[one["f"]],
            int(one["n"]),
            one["v"],
            one["s"],
            (one["vc"], one["vv"]),
            bytes.fromhex(one.get("u", "")),
            [Dependency(LETTERS[need["f"]], int(need["n"]), need["v"]) for need in one["d"]],
        )
        for one in told["m"]
    ]
    return listening.write_modules(told["p"], None, entries)


@pytest.mark.parametrize("name", ["s", "s of a Boron"])
def test_the_bench_writes_a_module_list_as_device_os_does(name: str) -> None:
    assert again(REPLIES[name]) == REPLIES[name]


@pytest.mark.skipif(
    not (VENDOR / "serial_console.json").is_file(),
    reason="no recordings: STATION_VENDOR_VECTORS names a folder with serial_console.json",
)
def test_the_bench_writes_every_module_list_that_was_recorded() -> None:
    recorded = json.loads((VENDOR / "serial_console.json").read_text(encoding="utf-8"))["s_outputs"]
    assert len(recorded) >= 6
    for name, text in recorded.items():
        # A copy in another store than the main one is not modelled.
        if '"l":"f"' not in text:
            assert again(text) == text, name


def test_a_module_list_of_a_cellular_unit_begins_with_its_modem() -> None:
    # Device OS 6.2, hal/src/boron/ota_flash_hal.cpp and system/src/system_info.cpp, system_info_to_json
    assert listening.write_modules(13, MODEM, []) == (
        '{"p":13,"imei":"352753090000000","iccid":"8934076500002589174","cellfw":"L0.0.00.00.05.06","m":[]}\r\n'
    )


@given(st.text())
def test_arbitrary_text_is_read_or_not_understood(text: str) -> None:
    with suppress(NotUnderstood):
        device, _ = listening.identity(text)
        assert device in text.lower()
    with suppress(NotUnderstood):
        assert listening.version(text) in text
    with suppress(NotUnderstood):
        assert all(name in text or "\\" in text for name in listening.diagnostics(text))
