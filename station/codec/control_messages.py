"""What the replies to control requests mean: one reader a question.

An empty reply is the default message: normal mode, open, disconnected, not claimed. What a unit says is not trusted:
every reader raises NotUnderstood for what it cannot mean, in words that hold nothing of the reply.
Source: station/codec/control_proto.py; examples of all of them are in tests/vectors.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

from station.codec import control_proto as proto
from station.codec import listening
from station.codec.module import CRC_SIZE
from station.codec.protobuf import decode, encode
from station.codec.wire import NotUnderstood
from station.domain.events import CloudStatus
from station.domain.firmware import Dependency, Function
from station.domain.ids import DeviceId, NotAnId, SerialNumber
from station.domain.ids import device_id as read_device_id
from station.domain.ids import iccid as read_iccid
from station.domain.ids import imei as read_imei
from station.domain.ids import serial_number as read_serial_number
from station.domain.on_unit import (
    AssetOnUnit,
    Assets,
    Check,
    DeviceMode,
    Interface,
    InterfaceType,
    Modem,
    ModuleOnUnit,
    Protection,
    Store,
)

MAX_MODULES = 64
"""Modules, assets, interfaces or dependencies of one reply; a design margin, not measured: a unit has some ten."""

_SHA256_SIZE = 32
_MAX_HW_ADDRESS = 8  # bytes; Interface.hw_address (device-os-protobuf, control/network.proto)
_VERSION = re.compile(r"[0-9A-Za-z.+-]{1,32}\Z", re.ASCII)
_NAME = re.compile(r"[a-z]{2}[0-9]{1,3}\Z", re.ASCII)  # lo0, en2, pp3, wl3
_ASSET_NAME_SIZE = 64  # characters; Device OS has no longer names of files, a design margin

T = TypeVar("T")

# Enumerations of device-os-protobuf 2.9.0 by their numbers
_MODES: Mapping[int, DeviceMode] = MappingProxyType({0: DeviceMode.NORMAL, 1: DeviceMode.LISTENING})
_STATUSES: Mapping[int, CloudStatus] = MappingProxyType(
    {0: "disconnected", 1: "connecting", 2: "connected", 3: "disconnecting"}
)
_STORES: Mapping[int, Store] = MappingProxyType(dict(enumerate(Store)))
_FUNCTIONS: Mapping[int, Function] = MappingProxyType({int(one): one for one in Function})
_FORMER_FUNCTIONS: Mapping[int, Function] = MappingProxyType(
    {
        1: Function.BOOTLOADER,
        2: Function.SYSTEM,
        3: Function.USER,
        4: Function.MONO,
        5: Function.NCP,
        6: Function.RADIO,
    }
)
_FORMER_CHECKS: Mapping[int, Check] = MappingProxyType({1: Check.INTEGRITY, 2: Check.DEPENDENCIES})
_INTERFACES: Mapping[int, InterfaceType] = MappingProxyType(
    {
        1: InterfaceType.LOOPBACK,
        2: InterfaceType.THREAD,
        4: InterfaceType.ETHERNET,
        8: InterfaceType.WIFI,
        16: InterfaceType.PPP,
    }
)


def device_id(reply: bytes) -> DeviceId:
    """Request 20."""
    try:
        return read_device_id(decode(proto.GetDeviceIdReply, reply).id)
    except NotAnId as why:
        raise NotUnderstood(str(why)) from None


def serial_number(reply: bytes) -> SerialNumber:
    """Request 21."""
    try:
        return read_serial_number(decode(proto.GetSerialNumberReply, reply).serial)
    except NotAnId as why:
        raise NotUnderstood(str(why)) from None


def system_version(reply: bytes) -> str:
    """Request 30: Device OS, such as "6.2.0"."""
    return _version(decode(proto.GetSystemVersionReply, reply).version)


def ncp_version(reply: bytes) -> tuple[str, int]:
    """Request 31: the network co-processor's firmware, and its module version."""
    told = decode(proto.GetNcpFirmwareVersionReply, reply)
    return _version(told.version), told.module_version


def device_mode(reply: bytes) -> DeviceMode:
    """Request 72."""
    return _named(_MODES, decode(proto.GetDeviceModeReply, reply).mode, "mode")


def setup_done(reply: bytes) -> bool:
    """Request 74; always true from Device OS 4.0 on."""
    return decode(proto.IsDeviceSetupDoneReply, reply).done


def protection(reply: bytes) -> Protection:
    """Request 76."""
    told = decode(proto.GetProtectedStateReply, reply)
    match told.state, told.overridden:
        case True, False:
            return Protection.PROTECTED
        case False, True:
            return Protection.SERVICE
        case False, False:
            return Protection.OPEN
        case _:
            raise NotUnderstood("a unit that is protected and in service mode at once")


def modules(reply: bytes) -> tuple[ModuleOnUnit, ...]:
    """Request 90; up to Device OS 5.5 a module tells no hash, no room and no more than two checks."""
    told = decode(proto.GetModuleInfoReply, reply)
    former = tuple(_former_module(one) for one in _few(told.modules_deprecated, "modules"))
    return former + tuple(_module(one) for one in _few(told.modules, "modules"))


def assets(reply: bytes) -> Assets:
    """Request 91."""
    told = decode(proto.GetAssetInfoReply, reply)
    return Assets(_assets(told.available), _assets(told.required))


def diagnostics(reply: bytes) -> dict[str, int]:
    """Request 100, whose reply is JSON text: whole numbers by name, those without a value left out."""
    try:
        return listening.diagnostics(reply.decode("ascii"))
    except UnicodeDecodeError:
        raise NotUnderstood("diagnostics that are no text") from None


def claimed(reply: bytes) -> bool:
    """Request 201."""
    return decode(proto.IsClaimedReply, reply).claimed


def connection_status(reply: bytes) -> CloudStatus:
    """Request 300."""
    return _named(_STATUSES, decode(proto.GetConnectionStatusReply, reply).status, "connection status")


def interfaces(reply: bytes) -> tuple[Interface, ...]:
    """Request 400; their hardware addresses are asked for one by one."""
    told = _few(decode(proto.GetInterfaceListReply, reply).interfaces, "interfaces")
    return tuple(_interface(one.index, one.name, one.type, b"") for one in told)


def ask_interface(index: int) -> bytes:
    """The payload of request 401."""
    return encode(proto.GetInterfaceRequest(index))


def interface(reply: bytes) -> Interface:
    """Request 401."""
    told = decode(proto.GetInterfaceReply, reply).interface
    if told is None:
        raise NotUnderstood("a reply about one interface that names none")
    return _interface(told.index, told.name, told.type, told.hw_address)


def modem(reply: bytes) -> Modem:
    """Request 554, which powers the modem; IMEI from Device OS 5.8 and 6.1 on."""
    told = decode(proto.GetIccidReply, reply)
    try:
        return Modem(read_iccid(told.iccid) if told.iccid else None, read_imei(told.imei) if told.imei else None)
    except NotAnId as why:
        raise NotUnderstood(str(why)) from None


def _version(text: str) -> str:
    if not _VERSION.match(text):
        raise NotUnderstood(f"a version of {len(text)} characters that looks like none")
    return text


def _named(names: Mapping[int, T], number: int, noun: str) -> T:
    if number not in names:
        raise NotUnderstood(f"{noun} {number}, which nobody defined")
    return names[number]


def _few(elements: tuple[T, ...], noun: str) -> tuple[T, ...]:
    if len(elements) > MAX_MODULES:
        raise NotUnderstood(f"{len(elements)} {noun}; no unit has more than {MAX_MODULES}")
    return elements


def _module(told: proto.FirmwareModule) -> ModuleOnUnit:
    return ModuleOnUnit(
        function=_named(_FUNCTIONS, told.type, "module type"),
        index=told.index,
        version=told.version,
        store=_named(_STORES, told.store, "module store"),
        size=told.size,
        max_size=told.max_size,
        checked=Check(told.checked_flags),
        passed=Check(told.passed_flags),
        sha256=_sha256(told.hash),
        dependencies=tuple(
            Dependency(_named(_FUNCTIONS, one.type, "module type"), one.index, one.version)
            for one in _few(told.dependencies, "dependencies")
        ),
        assets=_assets(told.asset_dependencies),
        protected=told.security is not None and told.security.mode == 1,
    )


def _former_module(told: proto.FormerModule) -> ModuleOnUnit:
    return ModuleOnUnit(
        function=_named(_FORMER_FUNCTIONS, told.type, "module type"),
        index=told.index,
        version=told.version,
        store=Store.MAIN,
        size=told.size + CRC_SIZE if told.size else 0,
        max_size=0,
        checked=Check.INTEGRITY | Check.DEPENDENCIES,
        passed=Check(sum(check for failed, check in _FORMER_CHECKS.items() if not told.validity & failed)),
        sha256="",
        dependencies=tuple(
            Dependency(_named(_FORMER_FUNCTIONS, one.type, "module type"), one.index, one.version)
            for one in _few(told.dependencies, "dependencies")
        ),
        assets=(),
        protected=False,
    )


def _assets(told: tuple[proto.FirmwareModuleAsset, ...]) -> tuple[AssetOnUnit, ...]:
    return tuple(AssetOnUnit(_asset_name(one.name), _sha256(one.hash), one.size) for one in _few(told, "assets"))


def _asset_name(name: str) -> str:
    if not 0 < len(name) <= _ASSET_NAME_SIZE or not name.isprintable():
        raise NotUnderstood(f"an asset's name of {len(name)} characters that looks like none")
    return name


def _sha256(digest: bytes) -> str:
    """In hexadecimal; empty where the unit told none."""
    if len(digest) not in (0, _SHA256_SIZE):
        raise NotUnderstood(f"a SHA-256 of {len(digest)} bytes")
    return digest.hex()


def _interface(index: int, name: str, kind: int, address: bytes) -> Interface:
    if not _NAME.match(name):
        raise NotUnderstood(f"an interface's name of {len(name)} characters that looks like none")
    if len(address) > _MAX_HW_ADDRESS:
        raise NotUnderstood(f"a hardware address of {len(address)} bytes")
    return Interface(index, name, _named(_INTERFACES, kind, "interface type"), address.hex(":") or None)
