"""What a unit's firmware says on USB serial: on the listening-mode console, and to the station's questions.

Sources: Device OS, system/src/system_setup.cpp; codecs of station/codec. Not modelled: "w" of Wi-Fi platforms, "L",
"f".
"""

from collections.abc import Mapping

from station.bench.board import Board, Mode
from station.bench.boot import Kind
from station.codec import factory_test, listening
from station.domain.on_unit import Protection
from station.domain.questions import FIRMWARE

TEST_FIRMWARE_VERSION = "1.0.0"


def os_version(number: int) -> str:
    """How a person writes a system part's version number.

    >>> os_version(6200)
    '6.2.0'
    """
    return f"{number // 1000}.{number // 100 % 10}.{number % 100}"


def answer(board: Board, question: factory_test.Question) -> factory_test.Answer:
    """What the factory-test firmware finds."""
    values: Mapping[str, factory_test.Value]
    match question.ask:
        case "who":
            values = {
                "firmware": FIRMWARE,
                "version": TEST_FIRMWARE_VERSION,
                "mode": "MANUAL",
                "os": os_version(board.system_version),
                "device_id": board.device_id,
                "serial": board.serial,
                "platform": float(board.platform.id),
                "boot": float(board.starts),
                "uptime": round(board.uptime, 3),
            }
        case "rails":
            values = {**board.born.rails, **board.ailments.rails}
        case "loopback":
            if board.ailments.loopback_open:
                return factory_test.Answer(question.id, ok=False, error="sent 32 bytes, none came back")
            values = {"bytes": 32.0}
        case "radio":
            values = {
                "boot": float(board.starts),
                "uptime": round(board.uptime, 3),
                "network": board.network_attempts > 0,
                "cloud": board.cloud_attempts > 0,
            }
        case _:
            return factory_test.Answer(question.id, ok=False, error="unknown question")
    return factory_test.Answer(question.id, ok=True, values=values)


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
                return listening.write_identity(board.device_id, board.born.secret, board.serial)
            case "v":
                return listening.write_version(os_version(board.system_version))
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
