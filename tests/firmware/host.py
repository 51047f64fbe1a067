"""The factory-test firmware as a program of this machine, built and driven as firmware/factory-test/host says."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Self

SOURCE = Path(__file__).parents[2] / "firmware" / "factory-test"

TOOLS = ("g++", "make")


def missing_tools() -> list[str]:
    """What this machine lacks to build it."""
    return [one for one in TOOLS if shutil.which(one) is None]


def build(folder: Path) -> Path:
    """The program, built into this folder with all warnings as errors and the sanitizers on."""
    command = ["make", "--silent", "-C", str(SOURCE / "host"), f"OUT={folder}", "-j2"]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    return folder / "factory-test-host"


def questions(program: Path) -> list[dict[str, object]]:
    """The firmware's own table: each question's name, and its arguments as kind and whether they are needed."""
    printed = subprocess.run([program, "--questions"], capture_output=True, text=True, check=True).stdout
    return [json.loads(one) for one in printed.splitlines()]


class Host:
    """One unit: its firmware runs, its serial port is at `tty`. Leaving the block ends it; it must not complain."""

    def __init__(self, program: Path, folder: Path, *commands: str) -> None:
        self.tty = folder / "tty"
        self._process = subprocess.Popen(
            [program, self.tty, *commands],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._hear() == "ready"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        said, complained = self._process.communicate()
        assert (self._process.returncode, said, complained) == (0, "", "")

    def tell(self, command: str) -> None:
        """Something happens to the unit. Raises ValueError for what cannot be."""
        self._say(command)
        answer = self._hear()
        if answer != "ok":
            raise ValueError(answer)

    def look(self) -> dict[str, object]:
        """What is to be seen from outside."""
        self._say("look")
        seen: dict[str, object] = json.loads(self._hear())
        return seen

    def request(self, *payloads: bytes) -> list[tuple[int, bytes]]:
        """Control requests 10, all at once: result code and reply of each."""
        self._say(" ".join(["request", *(one.hex() or "-" for one in payloads)]))
        answers = [self._hear().split(" ") for _ in payloads]
        return [(int(result), bytes.fromhex(reply)) for _, result, reply in answers]

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def _hear(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError(f"the firmware ended: {self._process.communicate()[1]}")
        return line.removesuffix("\n")
