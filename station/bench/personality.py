"""What a unit's firmware says on USB serial: on the listening-mode console, and to the station's questions.

Sources: Device OS, system/src/system_setup.cpp; codecs of station/codec. Not modelled: "w" of Wi-Fi platforms, "L",
"f".
"""

from station.bench.board import Board, Mode
from station.bench.boot import Kind, os_version
from station.bench.factory_firmware import answer
from station.codec import factory_test, listening
from station.domain.on_unit import Protection


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
