"""What the replies to control requests mean, against what device-os-protobuf and Device OS itself wrote."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.codec import control_messages as messages
from station.codec import control_proto as proto
from station.codec import protobuf
from station.codec.wire import NotUnderstood
from station.domain.firmware import Dependency, Function
from station.domain.ids import Iccid, Imei
from station.domain.on_unit import Check, DeviceMode, Interface, InterfaceType, Modem, Protection, Store

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/control_requests.json").read_text())
TRANSCRIPTS = {one["name"]: one for one in VECTORS["transcripts"]}


# What no part of the station asks for, and the vectors hold all the same


@dataclass(frozen=True)
class SetClaimCodeRequest:
    code: str = protobuf.text(1)


@dataclass(frozen=True)
class SetFeatureRequest:
    feature: int = protobuf.int32(1)
    enabled: bool = protobuf.flag(2)


@dataclass(frozen=True)
class GetFeatureRequest:
    feature: int = protobuf.int32(1)


@dataclass(frozen=True)
class GetFeatureReply:
    enabled: bool = protobuf.flag(1)


MESSAGES: dict[str, type] = {
    one.__name__: one for one in vars(proto).values() if isinstance(one, type) and hasattr(one, "__dataclass_fields__")
} | {one.__name__: one for one in (SetClaimCodeRequest, SetFeatureRequest, GetFeatureRequest, GetFeatureReply)}


def reply_of(name: str) -> bytes:
    """The data that Device OS 6.2.0 sent back in a transcript."""
    transfers = TRANSCRIPTS[name]["transfers"]
    return bytes.fromhex(transfers[-1]["in"]) if transfers[-1]["setup"].startswith("c004") else b""


def _plain(value: Any) -> Any:
    """A message as protobufjs names and writes things, fields that hold their default left out."""
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, int | str):
        return value
    camel = {one.name: re.sub("_(.)", lambda found: found[1].upper(), one.name) for one in fields(value)}
    return {camel[name]: _plain(one) for name, one in vars(value).items() if one}


@pytest.mark.parametrize("vector", VECTORS["messages"], ids=lambda one: f"{one['name']} {one['hex'][:16]}")
def test_every_message_reads_as_device_os_protobuf_wrote_it(vector: dict[str, Any]) -> None:
    encoded = bytes.fromhex(vector["hex"])
    read: Any = protobuf.decode(MESSAGES[vector["name"].rpartition(".")[2]], encoded)
    told = {name: value for name, value in vector["json"].items() if value}
    assert _plain(read) == told
    # Written by us, what holds its default is left out; the meaning stays.
    assert protobuf.decode(type(read), protobuf.encode(read)) == read
    if told == vector["json"]:
        assert protobuf.encode(read) == encoded


@pytest.mark.parametrize("case", VECTORS["module_info"], ids=lambda one: str(one["name"]))
def test_module_information_reads_as_device_os_protobuf_read_it(case: dict[str, Any]) -> None:
    read = messages.modules(bytes.fromhex(case["reply"]))
    kinds = {
        "BOOTLOADER_MODULE": Function.BOOTLOADER,
        "RADIO_STACK_MODULE": Function.RADIO,
        "SYSTEM_PART_MODULE": Function.SYSTEM,
        "USER_PART_MODULE": Function.USER,
        "NCP_FIRMWARE_MODULE": Function.NCP,
    }
    assert len(read) == len(case["modules"])
    for ours, theirs in zip(read, case["modules"], strict=True):
        assert ours.function is kinds[theirs["type"]]
        assert (ours.index, ours.version, ours.size) == (theirs["index"], theirs["version"], theirs["size"])
        assert (ours.max_size, ours.sha256) == (theirs["maxSize"], theirs["hash"])
        assert (ours.checked, ours.passed) == (theirs["checkedFlags"], theirs["passedFlags"])
        assert ours.store is Store.MAIN
        assert ours.dependencies == tuple(
            Dependency(kinds[one["type"]], one["index"], one["version"]) for one in theirs["dependencies"]
        )
        assert (ours.assets, ours.protected) == ((), False)


def test_a_module_is_in_order_when_every_check_that_was_made_passed() -> None:
    cases = {one["name"]: messages.modules(bytes.fromhex(one["reply"])) for one in VECTORS["module_info"]}
    assert all(one.ok for one in (*cases["boron_ok"], *cases["boron_no_user"], *cases["boron_with_ncp"]))
    bad = [one for one in cases["boron_user_crc_bad"] if not one.ok]
    assert [one.function for one in bad] == [Function.USER]
    assert str(bad[0]) == "user part 2, version 3: bad integrity"
    assert str(cases["boron_ok"][2]) == "system part 1, version 6200"


def test_modules_of_device_os_up_to_5_5_are_read_in_their_own_form() -> None:
    # Written by @particle/device-os-protobuf 2.9.0: GetModuleInfoReply.modulesDeprecated
    read = messages.modules(
        bytes.fromhex(
            "0a0b0801100018b00920b6f5020a1d080210011884202086d31c32070806100018ca0132070801100018b0090a14080310011806"
            "20c83e280232070802100118e8200a060805100018070a070806100018ca01"
        )
    )
    assert [(one.function, one.index, one.version, one.size) for one in read] == [
        (Function.BOOTLOADER, 0, 1200, 47802),
        (Function.SYSTEM, 1, 4100, 469386),
        (Function.USER, 1, 6, 8012),
        (Function.NCP, 0, 7, 0),
        (Function.RADIO, 0, 202, 0),
    ]
    assert [one.checked & ~one.passed for one in read] == [0, 0, Check.DEPENDENCIES, 0, 0]
    assert read[1].dependencies == (Dependency(Function.RADIO, 0, 202), Dependency(Function.BOOTLOADER, 0, 1200))
    assert {(one.sha256, one.max_size, one.protected) for one in read} == {("", 0, False)}


def test_a_module_whose_dependency_is_missing_and_one_in_the_factory_store() -> None:
    every = Check(30)
    needy = proto.FirmwareModule(type=5, index=2, version=3, checked_flags=30, passed_flags=26)
    stored = proto.FirmwareModule(type=5, index=2, version=1, store=1, checked_flags=30, passed_flags=30)
    kept = proto.FirmwareModule(
        type=2, checked_flags=30, passed_flags=30, security=proto.FirmwareModuleSecurity(mode=1)
    )
    read = messages.modules(protobuf.encode(proto.GetModuleInfoReply((needy, stored, kept))))
    assert [(one.checked, one.ok) for one in read] == [(every, False), (every, True), (every, True)]
    assert str(read[0]).endswith(": bad dependencies")
    assert (read[1].store, str(read[1])) == (Store.FACTORY, "user part 2, version 1 (factory)")
    assert [one.protected for one in read] == [False, False, True]


def test_the_answers_of_device_os_620_mean_what_it_was() -> None:
    assert messages.device_id(reply_of("DEVICE_ID")) == "e00fce68aabbccddeeff0011"
    assert messages.system_version(reply_of("SYSTEM_VERSION")) == "6.2.0"
    assert messages.device_mode(reply_of("GET_DEVICE_MODE (normal)")) is DeviceMode.NORMAL
    assert messages.device_mode(reply_of("GET_DEVICE_MODE (listening)")) is DeviceMode.LISTENING
    assert messages.setup_done(reply_of("IS_DEVICE_SETUP_DONE")) is True
    assert messages.protection(reply_of("GET_PROTECTED_STATE")) is Protection.OPEN
    assert messages.protection(reply_of("protected(udp): GET_PROTECTED_STATE")) is Protection.PROTECTED
    assert messages.claimed(reply_of("IS_CLAIMED")) is False
    assert messages.connection_status(reply_of("CLOUD_GET_CONNECTION_STATUS")) == "disconnected"
    told = messages.diagnostics(reply_of("DIAGNOSTIC_INFO"))
    assert (told["cloud:connatt"], told["net:connatt"], told["sys:uptime"]) == (0, 0, 2)
    assert "net:sigstr" not in told  # it said {"err": -100}
    loader, whole = messages.modules(reply_of("GET_MODULE_INFO"))
    assert (loader.function, whole.function) == (Function.BOOTLOADER, Function.MONO)
    assert whole.dependencies == (Dependency(Function.BOOTLOADER, 0, 1000),)


def test_service_mode_all_connection_statuses_and_a_claimed_unit() -> None:
    assert messages.protection(bytes.fromhex("1001")) is Protection.SERVICE
    told = [messages.connection_status(bytes((8, number))) for number in range(4)]
    assert told == ["disconnected", "connecting", "connected", "disconnecting"]
    assert messages.claimed(b"\x08\x01") is True
    assert messages.serial_number(bytes.fromhex("0a0f423430324142313233343536373839")) == "B402AB123456789"
    assert messages.ncp_version(bytes.fromhex("0a05302e302e371007")) == ("0.0.7", 7)


def test_interfaces_and_their_hardware_addresses() -> None:
    listed = messages.interfaces(bytes.fromhex("0a09080112036c6f3018010a0908031203656e3218040a09080412037070331810"))
    assert [(one.name, one.type) for one in listed] == [
        ("lo0", InterfaceType.LOOPBACK),
        ("en2", InterfaceType.ETHERNET),
        ("pp3", InterfaceType.PPP),
    ]
    assert messages.ask_interface(4) == b"\x08\x04"
    one = messages.interface(bytes.fromhex("0a1108041203776c33180842060a10aced2021"))
    assert one == Interface(4, "wl3", InterfaceType.WIFI, "0a:10:ac:ed:20:21")


def test_assets_that_are_missing_are_found_by_content() -> None:
    one, other = (proto.FirmwareModuleAsset(bytes([n]) * 32, f"asset{n}.bin", 1000 + n, 500) for n in (1, 2))
    told = messages.assets(protobuf.encode(proto.GetAssetInfoReply(available=(one,), required=(one, other))))
    assert [missing.name for missing in told.missing] == ["asset2.bin"]
    assert messages.assets(b"").missing == ()


def test_the_numbers_of_sim_and_modem_are_checked_digit_by_digit() -> None:
    whole = protobuf.encode(proto.GetIccidReply("8934076500002589174", "352753090000009"))
    assert messages.modem(whole) == Modem(Iccid("8934076500002589174"), Imei("352753090000009"))
    assert messages.modem(b"") == Modem(None, None)
    with pytest.raises(NotUnderstood, match="IMEI's check digit"):
        messages.modem(protobuf.encode(proto.GetIccidReply("8934076500002589174", "352753090000000")))
    with pytest.raises(NotUnderstood, match="ICCID"):
        messages.modem(protobuf.encode(proto.GetIccidReply("8934076500002589175", "")))


def _one(message: object) -> bytes:
    return protobuf.encode(message)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("read", "reply", "why"),
    [
        (messages.device_id, b"", "24 hexadecimal digits"),
        (messages.device_id, _one(proto.GetDeviceIdReply("e00fce68aabbccddeeff001")), "got 23"),
        (messages.device_id, _one(proto.GetDeviceIdReply("e00fce68aabbccddeeff001g")), "24 hexadecimal digits"),
        (messages.serial_number, b"", "15 upper-case"),
        (messages.serial_number, _one(proto.GetSerialNumberReply("b402ab123456789")), "15 upper-case"),
        (messages.system_version, b"", "version of 0 characters"),
        (messages.system_version, _one(proto.GetSystemVersionReply("6.2.0\n")), "version"),
        (messages.system_version, _one(proto.GetSystemVersionReply("6" * 33)), "version"),
        (messages.device_mode, b"\x08\x02", "mode 2"),
        (messages.protection, b"\x08\x01\x10\x01", "at once"),
        (messages.connection_status, b"\x08\x04", "connection status 4"),
        (messages.connection_status, b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "connection status -1"),
        (messages.interface, b"", "names none"),
        (messages.interface, b"\x0a\x00", "interface's name"),
        (messages.interfaces, b"\x0a\x00" * 65, "65 interfaces"),
        (messages.modules, b"\x12\x00" * 65, "65 modules"),
        (messages.modules, _one(proto.GetModuleInfoReply((proto.FirmwareModule(type=10),))), "module type 10"),
        (messages.modules, _one(proto.GetModuleInfoReply((proto.FirmwareModule(store=4),))), "module store 4"),
        (messages.modules, _one(proto.GetModuleInfoReply((proto.FirmwareModule(hash=b"ab"),))), "SHA-256 of 2 bytes"),
        (messages.assets, _one(proto.GetAssetInfoReply((proto.FirmwareModuleAsset(name=""),))), "asset's name"),
        (messages.assets, _one(proto.GetAssetInfoReply((proto.FirmwareModuleAsset(name="a\nb"),))), "asset's name"),
        (messages.diagnostics, b"", "no diagnostics"),
        (messages.diagnostics, b'{"a":1.5}', "neither a whole number"),
        (messages.diagnostics, b"\xff{}", "no text"),
        (messages.diagnostics, b'{"a":1}' + b" " * 9000, "9007 characters"),
    ],
)
def test_what_a_unit_cannot_mean_is_refused(read: Callable[[bytes], object], reply: bytes, why: str) -> None:
    with pytest.raises(NotUnderstood, match=why):
        read(reply)


READERS: tuple[Callable[[bytes], object], ...] = (
    messages.device_id,
    messages.serial_number,
    messages.system_version,
    messages.ncp_version,
    messages.device_mode,
    messages.setup_done,
    messages.protection,
    messages.modules,
    messages.assets,
    messages.diagnostics,
    messages.claimed,
    messages.connection_status,
    messages.interfaces,
    messages.interface,
    messages.modem,
)


@given(st.sampled_from(READERS), st.binary(max_size=60))
def test_no_reader_knows_another_way_out_than_a_value_or_a_refusal(
    read: Callable[[bytes], object], reply: bytes
) -> None:
    with suppress(NotUnderstood):
        read(reply)


@given(st.binary(min_size=20, max_size=30))
def test_no_garbled_reply_becomes_an_id(body: bytes) -> None:
    try:
        told = messages.device_id(b"\x0a" + bytes((len(body),)) + body)
    except NotUnderstood:
        return
    assert re.fullmatch("[0-9a-f]{24}", told)
    assert told == body.decode("ascii").strip(" \t\r\n\0").lower()
