"""What a unit's firmware says on USB serial: on the listening-mode console, and to the station's questions.

Sources: Device OS, system/src/system_setup.cpp; codecs of station/codec. Not modelled: "w" of Wi-Fi platforms, "L",
"f".
"""

from station.bench.board import Board, Mode
from station.bench.boot import Kind
from station.bench.factory_firmware import answer
from station.bench.inventory import ALL_CHECKS
from station.codec import factory_test, listening
from station.domain.on_unit import Protection
from station.domain.platform import Radio

MODEM_FIRMWARE = "L0.0.00.00.05.12"  # the form of a SARA-R410's answer to ATI9; assumed


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
        if board.mode is not Mode.LISTENING or board.lock.state is Protection.PROTECTED:
            return ""
        match character:
            case "i":
                return listening.write_identity(board.device_id, board.born.secret, board.serial, _modem(board))
            case "v":
                return listening.write_version(board.release)
            case "d":
                return listening.write_diagnostics(board.diagnostics())
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


def _modem(board: Board) -> listening.Modem | None:
    """What Device OS keeps of its modem from an earlier day; None of other units.

    All of it is empty where there was never a SIM: a modem without power is not asked (Device OS,
    hal/network/ncp/cellular/cellular_hal.cpp, cellular_device_info).
    """
    if board.platform.radio is not Radio.CELLULAR:
        return None
    born = board.born
    return ("", "", "") if board.ailments.no_sim else (born.imei or "", born.iccid or "", MODEM_FIRMWARE)


def _module_list(board: Board) -> str:
    entries = [
        listening.module_entry(
            one.function, one.index, one.version, one.room, (ALL_CHECKS, one.passed), one.digest, one.dependencies
        )
        for one in board.inventory
    ]
    return listening.write_modules(board.platform.id, _modem(board), entries)
