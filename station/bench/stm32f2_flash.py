"""The flash of an STM32F205 and the interface that erases and programs it: NOR cells, keys, protection, wear and time.

Registers, flags and sequences: PM0059 (STM32F20x flash programming manual) §2 and §3; times: DS6329, flash memory
characteristics. What is marked assumed is in neither, and nothing here was verified on silicon.
"""

import random
from dataclasses import dataclass

from station.bench.clock import VirtualClock
from station.bench.soc import BusError, Memory

FLASH_BASE, FLASH_SIZE = 0x0800_0000, 0x10_0000
SECTOR_SIZES = (*[0x4000] * 4, 0x1_0000, *[0x2_0000] * 7)  # PM0059, table 2
SECTOR_STARTS = tuple(FLASH_BASE + sum(SECTOR_SIZES[:n]) for n in range(len(SECTOR_SIZES)))

# Blocks of 4 KiB: OTP, its locks and the signature are in the first, RCC is below the flash registers in the other.
SYSTEM, REGISTERS, BLOCK = 0x1FFF_7000, 0x4002_3000, 0x1000
OTP, OTP_BLOCK, OTP_LOCKS, OTP_END = 0x1FFF_7800, 32, 0x1FFF_7A00, 0x1FFF_7A10  # PM0059, OTP

# PM0059 §3: registers, as offsets in REGISTERS
KEYR, OPTKEYR, SR, CR, OPTCR = 0xC04, 0xC08, 0xC0C, 0xC10, 0xC14
KEYS, OPTION_KEYS = (0x4567_0123, 0xCDEF_89AB), (0x0819_2A3B, 0x4C5D_6E7F)
WRPERR, PGAERR, PGPERR, PGSERR, BSY = 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 16
CLEARABLE = 0xF3
PG, SER, MER, SNB, PSIZE, STRT, LOCK = 1 << 0, 1 << 1, 1 << 2, 3, 8, 1 << 16, 1 << 31
CR_WRITABLE, PSIZE_MASK, WORDS = 0x0100_03FF, 3 << 8, 2 << 8
OPTLOCK, OPTSTRT, OPTIONS = 1 << 0, 1 << 1, 0x0FFF_FFEC
FACTORY_OPTIONS = 0x0FFF_AAEC  # PM0059, FLASH_OPTCR: readout open, no sector protected
RDP, NWRP, RDP_OPEN, RDP_FOREVER = 8, 16, 0xAA, 0xCC
ROW = 16  # bytes that one write may not reach across: PM0059, PGAERR


@dataclass(frozen=True)
class Timing:
    """How long the flash is busy, in microseconds: maxima at x32 parallelism; and how fast code in RAM runs.

    DS6329, flash memory programming; read second-hand, from the equal table of the STM32F405 (DS8626, table 40).
    """

    word_us: float = 100.0  # tprog, of a byte, half-word or word alike
    sectors_us: tuple[tuple[int, float], ...] = ((0x4000, 500_000.0), (0x1_0000, 1_100_000.0), (0x2_0000, 2_000_000.0))
    all_us: float = 16_000_000.0  # tME
    options_us: float = 500_000.0  # assumed: as a sector of 16 KiB
    core_hz: float = 16e6  # HSI, which runs after reset: RM0033 §5.2
    cycles_per_instruction: float = 1.3  # assumed: loads and taken branches cost more than one, the rest one

    def sector_us(self, size: int) -> float:
        """How long the erase of a sector of `size` bytes takes."""
        return dict(self.sectors_us)[size]


@dataclass
class Wear:
    """What the flash has been through since the chip was made."""

    words: int = 0  # or bytes, or half-words: what one write programs
    pages: int = 0  # sectors
    erase_all: int = 0
    options: int = 0
    clashes: int = 0  # a write that asked a programmed 0 to become 1
    refused: int = 0  # a write or an erase that only raised a flag
    resets: int = 0


@dataclass
class Door:
    """A register with a lock bit, and how far its keys have come."""

    at: int
    lock: int
    keys: tuple[int, int]
    given: int = 0
    sealed: bool = False


class FlashInterface:
    """Main flash, one-time programmable bytes, option bytes, and their registers.

    `flash_closed` is readout protection in force: nothing is read, programmed or erased but by option bytes.

    Faults are plain attributes: `stuck_bits` are cells that cannot be programmed to 0, `dead_bits` cells that cannot be
    erased to 1 (word address → mask). `power_cut_after_words` lets the supply fail at that many writes from now,
    `power_cut_at_erase` in the middle of an erase, that many erases from now; each does so once. An erase cut short
    leaves a mix of old bits and ones, drawn from `half_erased_seed`: assumed, silicon may do worse.
    """

    def __init__(self, clock: VirtualClock, timing: Timing | None = None) -> None:
        self.clock, self.timing = clock, timing or Timing()
        self.flash, self.system = Memory(FLASH_BASE, FLASH_SIZE, 0xFF), Memory(SYSTEM, BLOCK, 0xFF)
        # Code in RAM reads the registers without a detour; BSY is always low there, as work shows on the clock.
        self.registers = Memory(REGISTERS, BLOCK, 0)
        self.options = FACTORY_OPTIONS
        self.stuck_bits: dict[int, int] = {}
        self.dead_bits: dict[int, int] = {}
        self.power_cut_after_words: int | None = None
        self.power_cut_at_erase: int | None = None
        self.half_erased_seed = 0
        self.wear, self.page_wear = Wear(), [0] * len(SECTOR_SIZES)
        self.flash_free_at, self._work_us = 0, 0.0
        self.flash_closed = False
        self.reset_flash()

    def reset_flash(self) -> None:
        """Be as after a reset: both locks closed, flags gone."""
        self._control_door, self._options_door = Door(CR, LOCK, KEYS), Door(OPTCR, OPTLOCK, OPTION_KEYS)
        self.registers.fill(REGISTERS, BLOCK, 0)
        self._set(CR, LOCK)
        self._set(OPTCR, self.options | OPTLOCK)

    @property
    def write_protected(self) -> frozenset[int]:
        """The sectors whose nWRP bit is 0."""
        return frozenset(n for n in range(len(SECTOR_SIZES)) if not self.options >> (NWRP + n) & 1)

    @property
    def readout_level(self) -> int:
        """0, 1 or 2: what the option bytes say, whether it is in force or not yet."""
        return {RDP_OPEN: 0, RDP_FOREVER: 2}.get(self.options >> RDP & 0xFF, 1)

    def flash_busy(self) -> bool:
        """Whether the flash still works; who asks waits for it, so an unpaced clock is already there."""
        self.clock.skip_to(self.flash_free_at)
        return self.clock.now < self.flash_free_at

    def register_read(self, offset: int) -> int:
        """What the debugger reads: code in RAM reads `registers` itself."""
        value = self.registers.word(REGISTERS + offset)
        return value | BSY if offset == SR and self.flash_busy() else value

    @property
    def instruction_us(self) -> float:
        """How long one instruction takes on average."""
        return self.timing.cycles_per_instruction * 1e6 / self.timing.core_hz

    @property
    def write_enabled(self) -> bool:
        """Whether a word written to flash is programmed, if nothing else forbids it."""
        return self._get(CR) & (PG | PSIZE_MASK) == PG | WORDS

    @property
    def sound(self) -> bool:
        """Whether every word that is written is programmed as it comes."""
        return not (self.stuck_bits or self.write_protected) and self.power_cut_after_words is None

    def register_write(self, offset: int, value: int) -> bool:
        """A write of a whole word, which shows in `registers` what it left.

        False when the supply fails at it. Raises BusError.
        """
        if offset == KEYR:
            self._unlock(self._control_door, value)
        elif offset == OPTKEYR:
            self._unlock(self._options_door, value)
        elif offset == SR:
            self._set(SR, self._get(SR) & ~(value & CLEARABLE))
        elif offset == CR and not self._get(CR) & LOCK:
            return self._control(value)
        elif offset == OPTCR and not self._get(OPTCR) & OPTLOCK:
            self._set(OPTCR, value & (OPTIONS | OPTLOCK))
            if value & OPTSTRT:
                return self._load_options(value & OPTIONS)
        return True

    def _unlock(self, door: Door, value: int) -> None:
        """One key. Raises BusError for a wrong one, after which the register stays locked until the next reset."""
        # A key that is not asked for is a wrong one: OpenOCD's stm32f2x.c looks at LOCK first, as "writing will fail".
        if door.sealed or not self._get(door.at) & door.lock or value != door.keys[door.given]:
            door.sealed = True
            self._set(door.at, self._get(door.at) | door.lock)
            raise BusError(f"{value:#010x} is not the key that opens {REGISTERS + door.at:#010x}")
        door.given = (door.given + 1) % len(door.keys)
        if not door.given:
            self._set(door.at, self._get(door.at) & ~door.lock)

    def _control(self, value: int) -> bool:
        self._set(CR, value & (CR_WRITABLE | LOCK))
        if not value & STRT or value & LOCK:
            return True
        if value & SER and not value & MER:
            return self._erase_sector(value >> SNB & 0xF)
        if value & MER and not value & SER:
            if not self.flash_closed and not self.write_protected:
                return self.erase_all()
            self._flag(WRPERR)
        return True

    def _erase_sector(self, sector: int) -> bool:
        if sector >= len(SECTOR_SIZES):
            self._flag(PGSERR)  # assumed: PM0059 forbids these numbers without saying what they do
        elif self.flash_closed or sector in self.write_protected:
            self._flag(WRPERR)
        else:
            size = SECTOR_SIZES[sector]
            self.wear.pages += 1
            self.page_wear[sector] += 1
            return self._erase(SECTOR_STARTS[sector], size, self.timing.sector_us(size))
        return True

    def erase_all(self) -> bool:
        """Blank every sector; False when the supply fails at it."""
        self.wear.erase_all += 1
        self.page_wear = [erased + 1 for erased in self.page_wear]
        return self._erase(FLASH_BASE, FLASH_SIZE, self.timing.all_us)

    def _erase(self, address: int, length: int, us: float) -> bool:
        fails = self.power_cut_at_erase == 0
        if self.power_cut_at_erase is not None:
            self.power_cut_at_erase = None if fails else self.power_cut_at_erase - 1
        cells = self.flash.view[address - FLASH_BASE :][:length]
        blanked = random.Random(self.half_erased_seed).getrandbits(8 * length) if fails else (1 << (8 * length)) - 1
        cells[:] = (int.from_bytes(cells, "little") | blanked).to_bytes(length, "little")
        for cell, mask in self.dead_bits.items():
            if address <= cell < address + length:
                self.flash.set_word(cell, self.flash.word(cell) & ~mask)
        self._work_us += us
        return not fails

    def _load_options(self, value: int) -> bool:
        """What OPTSTRT does; opening the readout again costs the whole flash (PM0059, RDP)."""
        opens = value >> RDP & 0xFF == RDP_OPEN
        if self.readout_level == 1 and opens and not self.erase_all():
            return False
        self.wear.options += 1
        self._work_us += self.timing.options_us
        self.options = value
        return True

    def programmed(self, memory: Memory, address: int, value: int, size: int = 4) -> int | None:
        """What `size` bytes of cells hold after a write; NOR cells only ever go from 1 to 0.

        None when the supply fails at it. A write that is not allowed leaves its flag in SR and the cells alone.
        """
        at = address - memory.base
        held = int.from_bytes(memory.view[at : at + size], "little")
        if flag := self._refusal(address, size):
            self._flag(flag)
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
        stuck = self.stuck_bits.get(address & ~3, 0) >> (8 * (address & 3))
        return held & (value | stuck)

    def _refusal(self, address: int, size: int) -> int:
        """The flag that a write of `size` bytes raises, or 0."""
        control = self._get(CR)
        if not control & PG:
            return PGSERR
        if size != 1 << (control >> PSIZE & 3):
            return PGPERR
        if address % ROW + size > ROW:
            return PGAERR
        return WRPERR if self._closed(address) else 0

    def _closed(self, address: int) -> bool:
        if FLASH_BASE <= address < FLASH_BASE + FLASH_SIZE:
            return any(SECTOR_STARTS[n] <= address < SECTOR_STARTS[n] + SECTOR_SIZES[n] for n in self.write_protected)
        if OTP <= address < OTP_LOCKS:
            # A lock byte of 0 closes its block for ever: PM0059, OTP.
            return self.system.view[OTP_LOCKS - SYSTEM + (address - OTP) // OTP_BLOCK] == 0
        return not OTP_LOCKS <= address < OTP_END

    def program(self, memory: Memory, address: int, data: bytes) -> None:
        """As `programmed`, for whole words in a row, with nothing armed."""
        cells = memory.view[address - memory.base :][: len(data)]
        if memory is not self.flash:
            for at in range(0, len(data), 4):
                held = self.programmed(memory, address + at, int.from_bytes(data[at : at + 4], "little"))
                cells[at : at + 4] = (held or 0).to_bytes(4, "little")
            return
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

    def _flag(self, flag: int) -> None:
        self.wear.refused += 1
        self._set(SR, self._get(SR) | flag)

    def _get(self, offset: int) -> int:
        return self.registers.word(REGISTERS + offset)

    def _set(self, offset: int, value: int) -> None:
        self.registers.set_word(REGISTERS + offset, value)
