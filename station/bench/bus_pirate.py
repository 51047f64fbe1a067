"""A Bus Pirate on the wires of a nest, as OpenOCD's `buspirate` driver uses it for SWD: raw-wire mode, two wires.

Ref: http://dangerousprototypes.com/docs/Raw-wire_(binary) and …/Bitbang; OpenOCD 0.12 src/jtag/drivers/buspirate.c.
Only what that driver sends is modelled; any other command is answered by 0, "failed".
"""

import threading
from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path

from station.bench.dap import Dap
from station.bench.serial_pty import Pty
from station.bench.swd_line import SwdLine

PULLER = "bus pirate"  # how it is called among those that pull nRESET
DONE, FAILED = b"\x01", b"\x00"
BITBANG, RAW_WIRE = b"BBIO1", b"RAW1"

ENTER_BITBANG = 0x00  # from every mode
ENTER_RAW_WIRE, TO_TERMINAL = 0x05, 0x0F  # from bitbang mode
KNOCKS = 20  # zeros that lead from the terminal to bitbang mode

# Commands of raw-wire mode; where the low half byte counts, 0 is one
VERSION, READ_BYTE, READ_BIT = 0x01, 0x06, 0x07
WRITE_BYTES, TICKS, PINS, SPEED, CONFIGURE = 0x1, 0x2, 0x4, 0x6, 0x8
AUX, THREE_WIRES, LOW_BIT_FIRST = 0x2, 0x4, 0x2
SPEEDS = (5_000, 50_000, 100_000, 400_000)  # Hz
REVERSED = [int(f"{byte:08b}"[::-1], 2) for byte in range(256)]


class Mode(Enum):
    """What the next byte means."""

    TERMINAL = auto()
    BITBANG = auto()
    RAW_WIRE = auto()


class BusPirate:
    """Turns bytes of the host into clocks on the wires; AUX is wired to nRESET.

    OpenOCD 0.12 pulls AUX low for a moment when it connects: it switches the supply before it has said where AUX is.
    """

    def __init__(self, dap: Callable[[], Dap]) -> None:
        self._dap = dap
        self._line = SwdLine(dap, SPEEDS[0])
        self._mode, self._zeros, self._payload, self._low_first = Mode.TERMINAL, 0, 0, False

    def received(self, data: bytes) -> bytes:
        """What comes back for these bytes."""
        answer = b"".join(map(self._take, data))
        self._line.settle()
        return answer

    def _take(self, byte: int) -> bytes:
        if self._payload:
            self._payload -= 1
            self._line.write(byte if self._low_first else REVERSED[byte], 8)
            return DONE
        match self._mode:
            case Mode.RAW_WIRE:
                return self._raw_wire(byte)
            case Mode.BITBANG:
                return self._bitbang(byte)
            case Mode.TERMINAL:
                self._zeros = self._zeros + 1 if byte == ENTER_BITBANG else 0
                return self._bitbang(ENTER_BITBANG) if self._zeros == KNOCKS else b""

    def _bitbang(self, byte: int) -> bytes:
        """Between modes, where the pins float."""
        self._mode, self._zeros = Mode.BITBANG, 0
        self._pull_reset(low=False)
        if byte == ENTER_BITBANG:
            return BITBANG
        if byte == ENTER_RAW_WIRE:
            self._mode, self._low_first = Mode.RAW_WIRE, False
            return RAW_WIRE
        if byte == TO_TERMINAL:
            self._mode = Mode.TERMINAL
            return DONE
        return FAILED

    def _raw_wire(self, byte: int) -> bytes:
        if byte == READ_BYTE:
            seen = self._line.read(8)
            return bytes((seen if self._low_first else REVERSED[seen],))
        if byte == READ_BIT:
            return bytes((self._line.read(1),))
        if byte == ENTER_BITBANG:
            return self._bitbang(byte)
        if byte == VERSION:
            return RAW_WIRE
        return DONE if self._obeys(byte >> 4, byte & 0xF) else FAILED

    def _obeys(self, command: int, argument: int) -> bool:
        """Do one of the commands that end in an argument; whether there is such a one."""
        if command == WRITE_BYTES:
            self._payload = argument + 1
        elif command == TICKS:
            self._line.read(argument + 1)
        elif command == PINS:
            self._pull_reset(low=not argument & AUX)
        elif command == SPEED and argument < len(SPEEDS):
            self._line.settle()
            self._line.hz = SPEEDS[argument]
        elif command == CONFIGURE and not argument & THREE_WIRES:
            self._low_first = bool(argument & LOW_BIT_FIRST)
        else:
            return False
        return True

    def _pull_reset(self, *, low: bool) -> None:
        self._dap().chip.pull_reset(PULLER, low)


def bus_pirate_port(link: Path, dap: Callable[[], Dap], lock: threading.RLock) -> Pty:
    """A Bus Pirate on its serial port; `lock` is that of the nest whose wires it is on."""
    adapter = BusPirate(dap)

    def heard(port: Pty, data: bytes) -> None:
        with lock:
            answer = adapter.received(data)
        port.write(answer)

    return Pty(link, heard)
