"""What a unit's firmware says: to control requests, on the listening-mode console, to the station's questions.

Sources: Device OS, system/src/control and system/src/system_setup.cpp; codecs of station/codec. Not modelled: "w" of
Wi-Fi platforms, "L", "f", protection, updates over USB; such requests are answered NOT_SUPPORTED.
"""

from enum import IntEnum

from station.bench.board import Board, Mode
from station.bench.boot import Kind, os_version
from station.bench.factory_firmware import answer
from station.codec import factory_test, listening
from station.codec.wire import NotUnderstood
from station.domain.firmware import Module

OK, NOT_SUPPORTED, BAD_DATA = 0, -120, -280  # Device OS, services/inc/system_error.h


class Ask(IntEnum):
    """Control requests (Device OS, system/inc/system_control.h)."""

    APP_CUSTOM = 10
    DEVICE_ID = 20
    SERIAL_NUMBER = 21
    SYSTEM_VERSION = 30
    RESET = 40
    DFU_MODE = 50
    SAFE_MODE = 60
    START_LISTENING = 70
    STOP_LISTENING = 71
    DEVICE_MODE = 72
    PROTECTED_STATE = 76
    MODULE_INFO = 90
    DIAGNOSTICS = 100
    CONNECTION_STATUS = 300
    CONNECT = 301
    DISCONNECT = 302


# Module checks that exist and passed: integrity, dependencies, range, platform (Device OS, dynalib/inc/module_info.h)
_ALL_CHECKS = 0b11110


def _varint(number: int) -> bytes:
    """Protocol Buffers, "Base 128 Varints"."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*out, number))


def _text(field: int, text: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(text)) + text


def _number(field: int, number: int) -> bytes:
    """A field that holds its default is not sent (proto3)."""
    return _varint(field << 3) + _varint(number) if number else b""


def control_request(board: Board, number: int, payload: bytes) -> tuple[int, bytes]:
    """Result code and reply of one control request."""
    match number:
        case Ask.APP_CUSTOM:
            return _custom(board, payload)
        case Ask.DEVICE_ID:
            return OK, _text(1, board.device_id.encode())
        case Ask.SERIAL_NUMBER:
            return OK, _text(1, board.serial.encode())
        case Ask.SYSTEM_VERSION:
            return OK, _text(1, os_version(board.system_version).encode())
        case Ask.RESET:
            board.reset_soon()
        case Ask.DFU_MODE:
            board.dfu_soon()
        case Ask.SAFE_MODE:
            board.reset_soon(safe_mode=True)
        case Ask.START_LISTENING:
            board.listen(on=True)
        case Ask.STOP_LISTENING:
            board.listen(on=False)
        case Ask.DEVICE_MODE:
            return OK, _number(1, int(board.mode is Mode.LISTENING))
        case Ask.PROTECTED_STATE:
            return OK, b""  # an open unit's reply holds defaults only
        case Ask.MODULE_INFO:
            running = board.running.modules if board.running else ()
            return OK, b"".join(_text(2, _module_info(one)) for one in running)
        case Ask.DIAGNOSTICS:
            text = listening.write_diagnostics(board.diagnostics()).rstrip("\r\n")
            return (NOT_SUPPORTED, b"") if payload else (OK, text.encode())
        case Ask.CONNECTION_STATUS:
            return OK, _number(1, 2 if board.connected else 0)
        case Ask.CONNECT:
            board.connect_soon()
        case Ask.DISCONNECT:
            board.disconnect()
        case _:
            return NOT_SUPPORTED, b""
    return OK, b""


def _module_info(module: Module) -> bytes:
    """cloud.FirmwareModule (device-os-protobuf): type, index, version, checks made and passed, hash, size."""
    flags = _ALL_CHECKS.to_bytes(4, "little")
    return b"".join(
        (
            _number(1, module.function),
            _number(2, module.index),
            _number(3, module.version),
            _varint(6 << 3 | 5) + flags,
            _varint(7 << 3 | 5) + flags,
            _text(8, bytes.fromhex(module.sha256)),
            _number(11, module.size),
        )
    )


def _custom(board: Board, payload: bytes) -> tuple[int, bytes]:
    """Control request 10: the application's own. The test firmware takes a question, Tinker a ping."""
    kind = board.running.kind if board.running else Kind.DEAD
    if kind is Kind.TINKER:
        return (OK, b"") if not payload else (NOT_SUPPORTED, b"")
    if kind is not Kind.FACTORY_TEST:
        return NOT_SUPPORTED, b""
    try:
        return OK, factory_test.encode_answer(answer(board, factory_test.decode_question(payload)))
    except NotUnderstood:
        return BAD_DATA, b""


def raw_request(board: Board, index: int) -> bytes | None:
    """The reply to a raw vendor request in the USB interrupt (bRequest 0x50); None stalls."""
    match index:
        case Ask.DEVICE_ID:
            return board.device_id.upper().encode()
        case Ask.SYSTEM_VERSION:
            return os_version(board.system_version).encode()
        case Ask.RESET:
            board.reset_soon()
            return b""
        case Ask.DISCONNECT:
            board.disconnect()
            return b""
        case _:
            return None


class SerialTalk:
    """The firmware's end of one attachment of USB serial."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._questions = factory_test.QuestionDecoder()

    def received(self, data: bytes) -> bytes:
        """What the unit sends back to these bytes."""
        board = self._board
        if board.ailments.silent or board.ailments.babbling:
            return b""
        if board.mode is Mode.LISTENING:
            return "".join(self._console(chr(byte)) for byte in data).encode("ascii")
        if board.running is None or board.running.kind is not Kind.FACTORY_TEST:
            return b""
        asked = self._questions.feed(data)
        return b"".join(factory_test.line(factory_test.encode_answer(answer(board, one))) for one in asked)

    def _console(self, character: str) -> str:
        board = self._board
        if board.mode is not Mode.LISTENING:
            return ""
        match character:
            case "i":
                return listening.write_identity(board.device_id, board.born.secret, board.serial)
            case "v":
                return listening.write_version(os_version(board.system_version))
            case "d":
                return listening.write_diagnostics(board.diagnostics(), ("net:sigstr", "net:sigqual"))
            case "c":
                return "Device claimed: no\r\n"
            case "m":
                return "Your device MAC address is\r\n00:00:00:00:00:00\r\n"
            case "s":
                return _module_list(board)
            case "x":
                board.listen(on=False)
                return ""
            case _:
                return ""


_LETTERS = {"bootloader": "b", "SoftDevice": "a", "system part": "s", "user part": "u"}


def _module_list(board: Board) -> str:
    """The reply to "s": sizes, checks and dependencies of what is in flash, as JSON text."""
    entries = []
    for one in board.running.modules if board.running else ():
        needs = ",".join(
            f'{{"f":"{_LETTERS.get(need.function.noun, "n")}","n":"{need.index}","v":{need.version}}}'
            for need in one.dependencies
        )
        digest = f'"u":"{one.sha256.upper()}",' if one.function.noun == "user part" else ""
        entries.append(
            f'{{"s":{one.size},"l":"m","vc":30,"vv":30,{digest}"f":"{_LETTERS.get(one.function.noun, "n")}",'
            f'"n":"{one.index}","v":{one.version},"d":[{needs}]}}'
        )
    return f'{{"p":{board.platform.id},"m":[{",".join(entries)}]}}\r\n'
