"""The messages that control requests carry, field by field: what a station asks, and what a unit answers.

Source: particle-iot/device-os-protobuf 2.9.0, control/*.proto and cloud/describe.proto; enumerations are whole numbers
here, station/codec/control_messages.py gives them meaning. Only what a station or the bench reads or writes is here.
"""

from dataclasses import dataclass

from station.codec.protobuf import data, fixed32, flag, int32, message, messages, text, uint32

# config.proto


@dataclass(frozen=True)
class GetDeviceIdReply:
    id: str = text(1)


@dataclass(frozen=True)
class GetSerialNumberReply:
    serial: str = text(1)


@dataclass(frozen=True)
class GetSystemVersionReply:
    version: str = text(1)


@dataclass(frozen=True)
class GetNcpFirmwareVersionReply:
    version: str = text(1)
    module_version: int = uint32(2)


@dataclass(frozen=True)
class GetDeviceModeReply:
    mode: int = int32(1)


@dataclass(frozen=True)
class SetDeviceSetupDoneRequest:
    done: bool = flag(1)


@dataclass(frozen=True)
class IsDeviceSetupDoneReply:
    done: bool = flag(1)


@dataclass(frozen=True)
class SetStartupModeRequest:
    mode: int = int32(1)


@dataclass(frozen=True)
class IsClaimedReply:
    claimed: bool = flag(1)


@dataclass(frozen=True)
class GetProtectedStateReply:
    state: bool = flag(1)
    overridden: bool = flag(2)


@dataclass(frozen=True)
class PrepareProtectedState:
    """SetProtectedStateRequest.Prepare."""

    server_nonce: bytes = data(1)


@dataclass(frozen=True)
class ConfirmProtectedState:
    """SetProtectedStateRequest.Confirm."""

    server_signature: bytes = data(1)
    server_public_key_fingerprint: bytes = data(2)


@dataclass(frozen=True)
class SetProtectedStateRequest:
    action: int = int32(1)
    prepare: PrepareProtectedState | None = message(2, PrepareProtectedState)
    confirm: ConfirmProtectedState | None = message(3, ConfirmProtectedState)


@dataclass(frozen=True)
class PreparedProtectedState:
    """SetProtectedStateReply.Prepare."""

    device_nonce: bytes = data(1)
    device_signature: bytes = data(2)
    device_public_key_fingerprint: bytes = data(3)


@dataclass(frozen=True)
class SetProtectedStateReply:
    prepare: PreparedProtectedState | None = message(1, PreparedProtectedState)


# cloud.proto, cellular.proto


@dataclass(frozen=True)
class GetConnectionStatusReply:
    status: int = int32(1)


@dataclass(frozen=True)
class GetIccidReply:
    iccid: str = text(1)
    imei: str = text(2)


# network.proto


@dataclass(frozen=True)
class InterfaceEntry:
    index: int = uint32(1)
    name: str = text(2)
    type: int = int32(3)


@dataclass(frozen=True)
class GetInterfaceListReply:
    interfaces: tuple[InterfaceEntry, ...] = messages(1, InterfaceEntry)


@dataclass(frozen=True)
class GetInterfaceRequest:
    index: int = uint32(1)


@dataclass(frozen=True)
class Interface:
    """Without its addresses, of which a unit that is offline has none."""

    index: int = uint32(1)
    name: str = text(2)
    type: int = int32(3)
    flags: int = uint32(4)
    ext_flags: int = uint32(5)
    hw_address: bytes = data(8)
    mtu: int = uint32(9)
    metric: int = uint32(10)


@dataclass(frozen=True)
class GetInterfaceReply:
    interface: Interface | None = message(1, Interface)


# describe.proto and storage.proto


@dataclass(frozen=True)
class FirmwareModuleDependency:
    type: int = int32(1)
    index: int = uint32(2)
    version: int = uint32(3)


@dataclass(frozen=True)
class FirmwareModuleAsset:
    hash: bytes = data(1)
    name: str = text(2)
    size: int = uint32(3)
    storage_size: int = uint32(4)


@dataclass(frozen=True)
class FirmwareModuleSecurity:
    mode: int = int32(1)
    certificate_fingerprint: bytes = data(2)


@dataclass(frozen=True)
class FirmwareModule:
    type: int = int32(1)
    index: int = uint32(2)
    version: int = uint32(3)
    store: int = int32(4)
    max_size: int = uint32(5)
    checked_flags: int = fixed32(6)
    passed_flags: int = fixed32(7)
    hash: bytes = data(8)
    dependencies: tuple[FirmwareModuleDependency, ...] = messages(9, FirmwareModuleDependency)
    asset_dependencies: tuple[FirmwareModuleAsset, ...] = messages(10, FirmwareModuleAsset)
    size: int = uint32(11)
    security: FirmwareModuleSecurity | None = message(12, FirmwareModuleSecurity)


@dataclass(frozen=True)
class FormerModule:
    """Up to Device OS 5.5; `size` is without CRC-32, `validity` tells which checks failed."""

    type: int = int32(1)
    index: int = uint32(2)
    version: int = uint32(3)
    size: int = uint32(4)
    validity: int = uint32(5)
    dependencies: tuple[FirmwareModuleDependency, ...] = messages(6, FirmwareModuleDependency)


@dataclass(frozen=True)
class GetModuleInfoReply:
    """One field or the other: the second from Device OS 5.6.0 on."""

    modules: tuple[FirmwareModule, ...] = messages(2, FirmwareModule)
    modules_deprecated: tuple[FormerModule, ...] = messages(1, FormerModule)


@dataclass(frozen=True)
class GetAssetInfoReply:
    available: tuple[FirmwareModuleAsset, ...] = messages(1, FirmwareModuleAsset)
    required: tuple[FirmwareModuleAsset, ...] = messages(2, FirmwareModuleAsset)


@dataclass(frozen=True)
class StartFirmwareUpdateRequest:
    size: int = uint32(1)
    format: int = int32(2)


@dataclass(frozen=True)
class StartFirmwareUpdateReply:
    chunk_size: int = uint32(1)


@dataclass(frozen=True)
class FirmwareUpdateDataRequest:
    data: bytes = data(1)


@dataclass(frozen=True)
class FinishFirmwareUpdateRequest:
    validate_only: bool = flag(1)
