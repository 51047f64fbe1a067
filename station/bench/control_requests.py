"""What a unit's Device OS answers to control requests, with and without a session.

Source: Device OS 6.2, system/src/system_control_internal.cpp and system/src/control; transcripts in tests/vectors.
Not modelled, and answered NOT_SUPPORTED: features, logging, claim codes, keys, server addresses, stored Wi-Fi networks
and access points, environment. Times are assumed.
"""

from collections.abc import Callable, Mapping
from enum import IntEnum
from types import MappingProxyType

from station.bench.around import RAINBOW, SYSTEM
from station.bench.board import Board, Mode
from station.bench.boot import Kind
from station.bench.connection import CLOUD_STATUSES, Ended
from station.bench.factory_firmware import answer
from station.bench.module_info import module_info, needed
from station.bench.protection import PASSES
from station.codec import control_proto as proto
from station.codec import factory_test, listening
from station.codec.protobuf import decode, encode
from station.codec.wire import NotUnderstood
from station.domain.on_unit import Protection
from station.domain.platform import Radio

# Device OS, services/inc/system_error.h
OK, NOT_SUPPORTED, TIMEOUT, BAD_DATA, AT_NOT_OK, PROTECTED = 0, -120, -160, -280, -1200, -1801
NO_INTERFACE = -1  # hal/network/lwip/ifapi.cpp

MODEM_SECONDS = 4.0  # from no power to a modem that tells its number; assumed
CRYPTO_SECONDS = 0.02  # of a signature on an nRF52840; assumed
FLASH_SECONDS = 0.02  # of a piece of an update; assumed
WHOLE_ID = 24


class Ask(IntEnum):
    """Control requests (Device OS, system/inc/system_control.h)."""

    ECHO = 1
    APP_CUSTOM = 10
    DEVICE_ID = 20
    SERIAL_NUMBER = 21
    SYSTEM_VERSION = 30
    NCP_VERSION = 31
    CAPABILITIES = 32
    RESET = 40
    FACTORY_RESET = 41
    DFU_MODE = 50
    SAFE_MODE = 60
    START_LISTENING = 70
    STOP_LISTENING = 71
    DEVICE_MODE = 72
    SET_SETUP_DONE = 73
    SETUP_DONE = 74
    STARTUP_MODE = 75
    PROTECTED_STATE = 76
    SET_PROTECTED_STATE = 77
    MODULE_INFO = 90
    ASSET_INFO = 91
    DIAGNOSTICS = 100
    IS_CLAIMED = 201
    START_RAINBOW = 230
    STOP_RAINBOW = 231
    START_UPDATE = 250
    FINISH_UPDATE = 251
    CANCEL_UPDATE = 252
    UPDATE_DATA = 253
    CONNECTION_STATUS = 300
    CONNECT = 301
    DISCONNECT = 302
    INTERFACES = 400
    INTERFACE = 401
    ICCID = 554


_SINCE: Mapping[int, int] = MappingProxyType(
    {Ask.PROTECTED_STATE: 6000, Ask.SET_PROTECTED_STATE: 6101, Ask.ASSET_INFO: 5600}
)
"""Number of the first system part that knows a request (history of system_control_internal.cpp); all know the rest."""

Answered = tuple[int, bytes]


class ControlRequests:
    """Implements control_channel.Firmware for one board."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def begins(self, number: int) -> None:
        """What is about to reset or listen ends a connection in the interrupt, long before its handler runs."""
        if self._board.lock.state is Protection.PROTECTED:
            return
        match number:
            case Ask.RESET | Ask.FACTORY_RESET | Ask.DFU_MODE | Ask.SAFE_MODE:
                self._board.disconnect()
            case Ask.START_LISTENING:
                self._board.disconnect(Ended.LISTENING)

    def seconds(self, number: int, payload: bytes) -> float:
        """How long the handler takes."""
        if number in self._board.ailments.slow:
            return self._board.ailments.slow[number]
        match number:
            case Ask.ICCID if not self._board.online.modem_on:
                return MODEM_SECONDS
            case Ask.SET_PROTECTED_STATE if payload:
                return CRYPTO_SECONDS
            case Ask.UPDATE_DATA:
                return FLASH_SECONDS
            case _:
                return 0.0

    def handle(self, number: int, payload: bytes) -> Answered:
        """Result code and reply."""
        if self._board.lock.state is Protection.PROTECTED and number not in PASSES:
            return PROTECTED, b""
        handler = _HANDLERS.get(number)
        if handler is None or self._board.system_version < _SINCE.get(number, 0):
            return NOT_SUPPORTED, b""
        return handler(self._board, payload)


def raw_request(board: Board, index: int, length: int, is_out: bool) -> bytes | None:
    """A vendor request without a session (bRequest 0x50), answered in the USB interrupt; None stalls."""
    match index, is_out:
        case Ask.DEVICE_ID, False:
            return board.device_id.upper().encode() if length >= WHOLE_ID else None
        case Ask.SYSTEM_VERSION, False:
            version = board.release.encode()
            return version if length >= len(version) else None
        case Ask.RESET, True:
            board.reset_now()
            return b""
        case Ask.DISCONNECT, True:
            board.disconnect(network=False)
            return b""
        case _:
            return None


# Handlers, in the order of their numbers


def _custom(board: Board, payload: bytes) -> Answered:
    """The application's own. The test firmware takes a question, Tinker a ping."""
    match board.running.kind if board.running else Kind.DEAD:
        case Kind.TINKER:
            return _tinker(payload)
        case Kind.FACTORY_TEST:
            try:
                question = factory_test.decode_question(payload)
            except NotUnderstood:
                return BAD_DATA, b""
            return OK, factory_test.encode_answer(answer(board, question))
        case _:
            return NOT_SUPPORTED, b""


def _tinker(payload: bytes) -> Answered:
    """An empty payload is its ping, other JSON it does not know (Device OS, user/applications/tinker)."""
    if not payload:
        return OK, b""
    return (NOT_SUPPORTED if payload.startswith(b"{") else BAD_DATA), b""


def _serial_number(board: Board, _: bytes) -> Answered:
    if board.ailments.no_serial:
        return NOT_SUPPORTED, b""
    return OK, encode(proto.GetSerialNumberReply(board.serial))


def _ncp_version(board: Board, _: bytes) -> Answered:
    """Of units whose Wi-Fi is a module of its own; it powers it."""
    if board.platform.radio is not Radio.WIFI:
        return NOT_SUPPORTED, b""
    return OK, encode(proto.GetNcpFirmwareVersionReply("0.0.7", 7))


def _reset(board: Board, _: bytes) -> Answered:
    board.reset_soon()
    return OK, b""


def _dfu_mode(board: Board, _: bytes) -> Answered:
    board.dfu_soon()
    return OK, b""


def _safe_mode(board: Board, _: bytes) -> Answered:
    board.reset_soon(safe_mode=True)
    return OK, b""


def _listening(on: bool) -> "Handler":
    def handler(board: Board, _: bytes) -> Answered:
        board.listen(on=on)
        return OK, b""

    return handler


def _rainbow(on: bool) -> "Handler":
    """The LED signals the unit to whoever looks for it; it answers nothing."""

    def handler(board: Board, _: bytes) -> Answered:
        board.around.led = RAINBOW if on else SYSTEM
        return OK, b""

    return handler


def _set_setup_done(_: Board, payload: bytes) -> Answered:
    """From Device OS 4.0 on the flag is always set."""
    try:
        done = decode(proto.SetDeviceSetupDoneRequest, payload).done
    except NotUnderstood:
        return BAD_DATA, b""
    return (OK if done else NOT_SUPPORTED), b""


def _startup_mode(board: Board, payload: bytes) -> Answered:
    try:
        board.listen_at_start(decode(proto.SetStartupModeRequest, payload).mode == 1)
    except NotUnderstood:
        return BAD_DATA, b""
    return OK, b""


def _protected_state(board: Board, _: bytes) -> Answered:
    state = board.lock.state
    told = proto.GetProtectedStateReply(state is Protection.PROTECTED, state is Protection.SERVICE)
    return OK, encode(told)


def _asset_info(board: Board, _: bytes) -> Answered:
    """What is stored, and what the user part that runs asks for."""
    user = board.running.user if board.running else None
    stored = tuple(
        proto.FirmwareModuleAsset(bytes.fromhex(one.sha256), one.name, one.size) for one in board.assets.values()
    )
    return OK, encode(proto.GetAssetInfoReply(stored, needed(user.assets if user is not None else ())))


def _diagnostics(board: Board, payload: bytes) -> Answered:
    if payload:
        return NOT_SUPPORTED, b""
    return OK, listening.write_diagnostics(board.diagnostics()).rstrip("\r\n").encode()


def _connect(board: Board, _: bytes) -> Answered:
    board.connect_soon()
    return OK, b""


def _disconnect(board: Board, _: bytes) -> Answered:
    board.disconnect(network=False)
    return OK, b""


def _connection_status(board: Board, _: bytes) -> Answered:
    return OK, encode(proto.GetConnectionStatusReply(CLOUD_STATUSES.index(board.online.cloud)))


def _network(board: Board) -> tuple[proto.Interface, ...]:
    """Loopback, and the radio: PPP to a modem, or Wi-Fi with the address that an nRF52840's chip gives."""
    radio = proto.Interface(4, "pp3", 16, flags=0x10, mtu=1500)
    if board.platform.radio is Radio.WIFI:
        radio = proto.Interface(4, "wl3", 8, flags=0x02, hw_address=bytes.fromhex(board.chip_id)[-6:], mtu=1500)
    return proto.Interface(1, "lo0", 1, flags=0x49), radio


def _interfaces(board: Board, _: bytes) -> Answered:
    told = tuple(proto.InterfaceEntry(one.index, one.name, one.type) for one in _network(board))
    return OK, encode(proto.GetInterfaceListReply(told))


def _interface(board: Board, payload: bytes) -> Answered:
    try:
        index = decode(proto.GetInterfaceRequest, payload).index
    except NotUnderstood:
        return BAD_DATA, b""
    found = next((one for one in _network(board) if one.index == index), None)
    return (NO_INTERFACE, b"") if found is None else (OK, encode(proto.GetInterfaceReply(found)))


def _iccid(board: Board, _: bytes) -> Answered:
    """Gives the modem power, without network or cloud; no SIM is an AT command that fails.

    What a modem that does not answer makes of it is assumed.
    """
    if board.platform.radio is not Radio.CELLULAR:
        return NOT_SUPPORTED, b""
    board.online.start_modem()
    if board.ailments.modem_dead:
        return TIMEOUT, b""
    if board.ailments.no_sim:
        return AT_NOT_OK, b""
    return OK, encode(proto.GetIccidReply(board.born.iccid or "", board.born.imei or ""))


Handler = Callable[[Board, bytes], Answered]

_HANDLERS: Mapping[int, Handler] = MappingProxyType(
    {
        Ask.ECHO: lambda _, payload: (OK, payload),
        Ask.APP_CUSTOM: _custom,
        Ask.DEVICE_ID: lambda board, _: (OK, encode(proto.GetDeviceIdReply(board.device_id))),
        Ask.SERIAL_NUMBER: _serial_number,
        Ask.SYSTEM_VERSION: lambda board, _: (OK, encode(proto.GetSystemVersionReply(board.release))),
        Ask.NCP_VERSION: _ncp_version,
        Ask.CAPABILITIES: lambda *_: (OK, b""),
        Ask.RESET: _reset,
        # Without a factory image, of which no unit of the bench has one, the bootloader only starts what is there.
        Ask.FACTORY_RESET: _reset,
        Ask.DFU_MODE: _dfu_mode,
        Ask.SAFE_MODE: _safe_mode,
        Ask.START_LISTENING: _listening(on=True),
        Ask.STOP_LISTENING: _listening(on=False),
        Ask.DEVICE_MODE: lambda board, _: (OK, encode(proto.GetDeviceModeReply(int(board.mode is Mode.LISTENING)))),
        Ask.SET_SETUP_DONE: _set_setup_done,
        Ask.SETUP_DONE: lambda *_: (OK, encode(proto.IsDeviceSetupDoneReply(True))),
        Ask.STARTUP_MODE: _startup_mode,
        Ask.PROTECTED_STATE: _protected_state,
        Ask.SET_PROTECTED_STATE: lambda board, payload: board.lock.request(payload),
        Ask.MODULE_INFO: lambda board, _: (OK, module_info(board.inventory, board.system_version)),
        Ask.ASSET_INFO: _asset_info,
        Ask.DIAGNOSTICS: _diagnostics,
        Ask.START_RAINBOW: _rainbow(on=True),
        Ask.STOP_RAINBOW: _rainbow(on=False),
        Ask.IS_CLAIMED: lambda board, _: (OK, encode(proto.IsClaimedReply(board.claimed))),
        Ask.START_UPDATE: lambda board, payload: board.update.start(payload),
        Ask.UPDATE_DATA: lambda board, payload: (board.update.piece(payload), b""),
        Ask.FINISH_UPDATE: lambda board, payload: (board.update.finish(payload), b""),
        Ask.CANCEL_UPDATE: lambda board, _: (board.update.cancel(), b""),
        Ask.CONNECTION_STATUS: _connection_status,
        Ask.CONNECT: _connect,
        Ask.DISCONNECT: _disconnect,
        Ask.INTERFACES: _interfaces,
        Ask.INTERFACE: _interface,
        Ask.ICCID: _iccid,
    }
)
