"""The reply to control request 90: what a unit says of its modules, in the form of its Device OS.

Source: Device OS 6.2, system/src/system_info_encoding.cpp; 5.5, system/src/control/storage.cpp.
"""

from collections.abc import Sequence

from station.bench.inventory import ALL_CHECKS, Listed
from station.codec import control_proto as proto
from station.codec.module import CRC_SIZE
from station.codec.protobuf import encode
from station.domain.firmware import AssetNeed, Function
from station.domain.on_unit import Check

NEW_FORM_SINCE = 5600  # number of the first system part that lists modules in today's form


def module_info(inventory: Sequence[Listed], system_version: int) -> bytes:
    """The reply of Device OS of that version number."""
    if system_version < NEW_FORM_SINCE:
        return encode(proto.GetModuleInfoReply(modules_deprecated=tuple(_former(one) for one in inventory)))
    return encode(proto.GetModuleInfoReply(tuple(_module(one) for one in inventory)))


def _module(one: Listed) -> proto.FirmwareModule:
    return proto.FirmwareModule(
        type=one.function,
        index=one.index,
        version=one.version,
        max_size=one.room,
        checked_flags=ALL_CHECKS,
        passed_flags=one.passed,
        hash=one.digest,
        dependencies=tuple(
            proto.FirmwareModuleDependency(need.function, need.index, need.version) for need in one.dependencies
        ),
        asset_dependencies=needed(one.assets),
        size=one.size,
        security=proto.FirmwareModuleSecurity(mode=1) if one.protects else None,
    )


def _former(one: Listed) -> proto.FormerModule:
    """As told up to Device OS 5.5 (its system/src/control/storage.cpp)."""
    bad = [number for number, check in ((1, Check.INTEGRITY), (2, Check.DEPENDENCIES)) if check not in one.passed]
    needs = tuple(
        proto.FirmwareModuleDependency(_FORMER_TYPES[need.function], need.index, need.version)
        for need in one.dependencies
        if need.function in _FORMER_TYPES
    )
    size = one.size - CRC_SIZE if one.size else 0
    return proto.FormerModule(_FORMER_TYPES[one.function], one.index, one.version, size, sum(bad), needs)


_FORMER_TYPES = {
    Function.BOOTLOADER: 1,
    Function.SYSTEM: 2,
    Function.USER: 3,
    Function.MONO: 4,
    Function.NCP: 5,
    Function.RADIO: 6,
}


def needed(assets: tuple[AssetNeed, ...]) -> tuple[proto.FirmwareModuleAsset, ...]:
    """Only name and hash of what a user part asks for are known: sizes are those of what is stored."""
    return tuple(proto.FirmwareModuleAsset(bytes.fromhex(one.sha256 or ""), one.name) for one in assets)
