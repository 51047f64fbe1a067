"""The flash of an nRF52840 and the controller that erases and programs it: NOR cells, wear, and the time it takes."""

import random
from dataclasses import dataclass

from station.bench.clock import VirtualClock
from station.bench.soc import Memory

FLASH_SIZE, PAGE_SIZE = 0x10_0000, 0x1000  # nRF52840 PS v1.11 §Memory map
UICR, NVMC, BLOCK = 0x1000_1000, 0x4001_E000, 0x1000

# nRF52840 PS v1.11 §NVMC, registers
READY, READY_NEXT, CONFIG = 0x400, 0x408, 0x504
ERASE_PAGE, ERASE_ALL, ERASE_PAGE_ALIAS, ERASE_UICR = 0x508, 0x50C, 0x510, 0x514
READ_ONLY, WRITE_ENABLED, ERASE_ENABLED = 0, 1, 2


@dataclass(frozen=True)
class Timing:
    """How long the flash controller is busy, in microseconds, and how fast code in RAM runs."""

    word_us: float = 41.0  # tWRITE, nRF52840 PS v1.11 §NVMC, read second-hand
    page_us: float = 85_000.0  # tERASEPAGE, as above
    all_us: float = 169_000.0  # tERASEALL, second-hand, not verified on silicon
    core_hz: float = 64e6  # nRF52840 PS v1.11 §CPU
    cycles_per_instruction: float = 1.3  # assumed: loads and taken branches cost more than one, the rest one


@dataclass
class Wear:
    """What the flash has been through since the chip was made."""

    words: int = 0
    pages: int = 0
    erase_all: int = 0
    uicr: int = 0
    clashes: int = 0  # a word written that asked a programmed 0 to become 1
    refused: int = 0  # a word written without write-enable
    resets: int = 0


class Nvmc:
    """Flash, UICR and their controller.

    Faults are plain attributes: `stuck_bits` are cells that cannot be programmed to 0, `dead_bits` cells that
    cannot be erased to 1 (word address → mask). `power_cut_after_words` lets the supply fail at that many programmed
    words from now, `power_cut_at_erase` in the middle of an erase, that many erases from now; each does so once. An
    erase cut short leaves a mix of old bits and ones, drawn from `half_erased_seed`: assumed, silicon may do worse.
    """

    def __init__(self, clock: VirtualClock, timing: Timing | None = None) -> None:
        self.clock, self.timing = clock, timing or Timing()
        self.flash, self.uicr = Memory(0, FLASH_SIZE, 0xFF), Memory(UICR, BLOCK, 0xFF)
        # Code that runs from RAM reads it without a detour; READY is always up, as work shows on the clock.
        self.nvmc = Memory(NVMC, BLOCK, 0)
        self.nvmc.set_word(NVMC + READY, 1)
        self.stuck_bits: dict[int, int] = {}
        self.dead_bits: dict[int, int] = {}
        self.power_cut_after_words: int | None = None
        self.power_cut_at_erase: int | None = None
        self.half_erased_seed = 0
        self.wear, self.page_wear = Wear(), [0] * (FLASH_SIZE // PAGE_SIZE)
        self.flash_free_at = 0
        self._access, self._work_us = READ_ONLY, 0.0

    @property
    def instruction_us(self) -> float:
        """How long one instruction takes on average."""
        return self.timing.cycles_per_instruction * 1e6 / self.timing.core_hz

    @property
    def write_enabled(self) -> bool:
        """Whether a word written to flash is programmed."""
        return self._access == WRITE_ENABLED

    @property
    def sound(self) -> bool:
        """Whether nothing is armed that could hit a word while it is programmed."""
        return not self.stuck_bits and self.power_cut_after_words is None

    def erase_all(self) -> bool:
        """Blank flash and UICR; False when the supply fails at it, as with the other erases."""
        self.wear.erase_all += 1
        self.page_wear = [erased + 1 for erased in self.page_wear]
        return self._erase(self.timing.all_us, (self.flash, 0, FLASH_SIZE), (self.uicr, UICR, BLOCK))

    def nvmc_write(self, offset: int, value: int) -> bool:
        """A write to a register of the flash controller; False when the supply fails at it."""
        if offset == CONFIG:
            self._access = value & 0b11
        elif self._access != ERASE_ENABLED:
            return True
        elif offset in (ERASE_PAGE, ERASE_PAGE_ALIAS) and value < FLASH_SIZE:
            self.wear.pages += 1
            self.page_wear[value // PAGE_SIZE] += 1
            return self._erase(self.timing.page_us, (self.flash, value & ~(PAGE_SIZE - 1), PAGE_SIZE))
        elif offset == ERASE_ALL and value & 1:
            return self.erase_all()
        elif offset == ERASE_UICR and value & 1:
            self.wear.uicr += 1
            return self._erase(self.timing.page_us, (self.uicr, UICR, BLOCK))
        return True

    def _erase(self, us: float, *stretches: tuple[Memory, int, int]) -> bool:
        fails = self.power_cut_at_erase == 0
        if self.power_cut_at_erase is not None:
            self.power_cut_at_erase = None if fails else self.power_cut_at_erase - 1
        dice = random.Random(self.half_erased_seed)
        for memory, address, length in stretches:
            cells = memory.view[address - memory.base :][:length]
            ones = dice.getrandbits(8 * length) if fails else (1 << (8 * length)) - 1
            cells[:] = (int.from_bytes(cells, "little") | ones).to_bytes(length, "little")
            for cell, mask in self.dead_bits.items():
                if address <= cell < address + length:
                    memory.set_word(cell, memory.word(cell) & ~mask)
        self._work_us += us
        return not fails

    @property
    def cells(self) -> tuple[Memory, ...]:
        """Memories under NOR rules."""
        return self.flash, self.uicr

    @property
    def registers(self) -> Memory:
        """Those of the controller."""
        return self.nvmc

    def register_write(self, offset: int, value: int) -> bool:
        """As `nvmc_write`, by code in RAM, which sees READY up and the rest as it was written."""
        if offset not in (READY, READY_NEXT):
            self.nvmc.set_word(NVMC + offset, value)
        return self.nvmc_write(offset, value)

    def programmed(self, memory: Memory, address: int, value: int, _size: int = 4) -> int | None:
        """The word that the cells hold after a write of `value`: NOR cells only ever go from 1 to 0."""
        held = memory.word(address)
        if not self.write_enabled:
            self.wear.refused += 1
            return held
        if self.power_cut_after_words is not None:
            if self.power_cut_after_words == 0:
                self.power_cut_after_words = None
                return None
            self.power_cut_after_words -= 1
        self.wear.words += 1
        self._work_us += self.timing.word_us
        if value & ~held:
            self.wear.clashes += 1
        return held & (value | self.stuck_bits.get(address, 0))

    def program(self, memory: Memory, address: int, data: bytes) -> None:
        """As `programmed`, for whole words in a row, with nothing armed."""
        cells = memory.view[address - memory.base :][: len(data)]
        held, value = int.from_bytes(cells, "little"), int.from_bytes(data, "little")
        if clash := value & ~held:
            words = memoryview(clash.to_bytes(len(data), "little")).cast("I")
            self.wear.clashes += sum(word != 0 for word in words)
        self.wear.words += len(data) // 4
        self._work_us += len(data) // 4 * self.timing.word_us
        cells[:] = (held & value).to_bytes(len(data), "little")

    def settle(self, since_us: float | None = None) -> int:
        """The moment at which the flash work asked for since the last call is done, which began at `since_us` or now.

        `since_us` or now itself, if there was none.
        """
        began = self.clock.now if since_us is None else since_us
        if not self._work_us:
            return round(began)
        self.flash_free_at = round(max(self.flash_free_at, began) + self._work_us)
        self._work_us = 0.0
        return self.flash_free_at

    def flash_busy(self) -> bool:
        """Whether the flash controller still works; who asks waits for it, so an unpaced clock is already there."""
        self.clock.skip_to(self.flash_free_at)
        return self.clock.now < self.flash_free_at
