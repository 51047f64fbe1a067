"""What a core and the chip around it know of each other: memories that both see, and a flash controller."""

import ctypes
import struct
from typing import Protocol

from station.bench.clock import VirtualClock


class Memory:
    """A range of addresses whose bytes unicorn and the debugger share; `size` is a multiple of 4 KiB."""

    def __init__(self, base: int, size: int, fill: int) -> None:
        self.base, self.size = base, size
        self._cells = (ctypes.c_ubyte * size)()
        self.pointer = ctypes.addressof(self._cells)
        self.view = memoryview(self._cells).cast("B")
        self.fill(base, size, fill)

    def fill(self, address: int, length: int, value: int) -> None:
        ctypes.memset(self.pointer + address - self.base, value, length)

    def word(self, address: int) -> int:
        value: int = struct.unpack_from("<I", self.view, address - self.base)[0]
        return value

    def set_word(self, address: int, value: int) -> None:
        struct.pack_into("<I", self.view, address - self.base, value)


class BusError(Exception):
    """Nothing answers at this address, or not in this size."""


class Soc(Protocol):
    """What a core needs of the chip around it."""

    clock: VirtualClock
    flash: Memory
    ram: Memory

    @property
    def cells(self) -> tuple[Memory, ...]:
        """Memories under NOR rules that code in RAM reaches."""

    @property
    def plain(self) -> tuple[Memory, ...]:
        """Memories that code in RAM reaches and writes as it likes."""

    @property
    def registers(self) -> Memory:
        """The registers of the flash controller, as code in RAM reads them."""

    @property
    def reset_held(self) -> bool:
        """Whether anything keeps the core in reset."""

    @property
    def instruction_us(self) -> float:
        """How long one instruction takes on average, in microseconds."""

    @property
    def write_enabled(self) -> bool:
        """Whether a word written to flash is programmed."""

    @property
    def sound(self) -> bool:
        """Whether nothing is armed that could hit a word while it is programmed."""

    def programmed(self, memory: Memory, address: int, value: int, size: int) -> int | None:
        """What `size` bytes of cells hold after a write of `value`; None when the supply fails at it."""

    def program(self, memory: Memory, address: int, data: bytes) -> None:
        """Program whole words in a row; asked only while `write_enabled` and `sound`."""

    def register_write(self, offset: int, value: int) -> bool:
        """A write to a register of the flash controller, which shows in `registers` what it left.

        False when the supply fails at it. Raises BusError.
        """

    def settle(self, since_us: float | None = None) -> int:
        """The moment, in microseconds, at which the flash work asked for since the last call is done.

        It began at `since_us` (now, if that is None), which is also the answer when there was none.
        """

    def supply_failed(self) -> None:
        """The core stopped because `programmed` or `register_write` said so."""

    def firmware_runs(self, runs: bool) -> None:
        """The core began or ceased to run from flash."""
