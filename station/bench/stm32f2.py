"""A virtual STM32F205: its memories, ids, readout protection, supply and reset line."""

from collections.abc import Callable

from station.bench.chip import AIRCR, AIRCR_KEY, AIRCR_RESETS, PRIVATE_BUS, PRIVATE_BUS_END, SYSTEM_SPACE
from station.bench.clock import VirtualClock
from station.bench.cortex import (
    COMPONENTS,
    CPUID,
    MEMORY_TYPE,
    ROM_ENTRIES,
    ROM_TABLE,
    SYSTEM_REGISTERS,
    Core,
    identity,
)
from station.bench.soc import BusError, Memory
from station.bench.stm32f2_flash import (
    BLOCK,
    FLASH_BASE,
    FLASH_SIZE,
    REGISTERS,
    SYSTEM,
    FlashInterface,
    Timing,
)

RAM_BASE, RAM_SIZE = 0x2000_0000, 0x2_0000  # SRAM1 and SRAM2: DS6329, memory map
PERIPHERALS = (range(0x4000_0000, 0x4008_0000), range(0x5000_0000, 0x5006_1000))  # APB and AHB: DS6329, memory map
ALIAS = range(FLASH_SIZE)  # what BOOT0 low puts at address 0: RM0033 §2.4

# Electronic signature and DBGMCU: RM0033
UNIQUE_ID, FLASH_KIB = 0x1FFF_7A10, 0x1FFF_7A22
IDCODE, PART, REVISION_X = 0xE004_2000, 0x411, 0x2003

# A Cortex-M3 r2p0 with MPU and without FPU: Cortex-M3 TRM (DDI 0337) §4 and §11
REGISTERS_OF_M3 = SYSTEM_REGISTERS | {CPUID: 0x412F_C230, 0xE000_EF40: 0, 0xE000_EF44: 0}

# As on a Cortex-M4, with other part numbers; the ROM table's own is ST's (JEP106 0x20) and the chip's.
PERIPHERAL_IDS = {
    ROM_TABLE: 0x0_000A_0411,
    0xE000_E000: 0x4_000B_B000,
    0xE000_1000: 0x4_003B_B002,
    0xE000_2000: 0x4_002B_B003,
    0xE000_0000: 0x4_003B_B001,
    0xE004_0000: 0x4_003B_B923,
}
IDENTITY_OF_M3 = {ROM_TABLE + 4 * n: entry for n, entry in enumerate(ROM_ENTRIES)} | MEMORY_TYPE
for _address, _, _class in COMPONENTS:
    IDENTITY_OF_M3 |= identity(_address, PERIPHERAL_IDS[_address], _class)


class Stm32f205(FlashInterface):
    """One chip, powered off when made; its memories come blank.

    `on_run` is called when the core begins to run from flash, `on_stop` when it ceases to. Firmware is not executed;
    code in RAM is. While reset is held only the private bus answers (assumed; pyOCD's STM32 targets keep clear of the
    rest then).

    Not thread-safe: whoever touches a chip holds its board's lock.
    """

    def __init__(
        self,
        clock: VirtualClock,
        unique_id: bytes = bytes.fromhex("2f0038000247343138333038"),
        revision: int = REVISION_X,
        timing: Timing | None = None,
        part: int = PART,
    ) -> None:
        super().__init__(clock, timing)
        self.ram = Memory(RAM_BASE, RAM_SIZE, 0)
        self.idcode = revision << 16 | part
        self.system.view[UNIQUE_ID - SYSTEM :][:12] = unique_id
        self.system.view[FLASH_KIB - SYSTEM :][:2] = (FLASH_SIZE // 1024).to_bytes(2, "little")
        self.on_run: Callable[[], None] | None = None
        self.on_stop: Callable[[], None] | None = None
        self.powered, self.power_ups = False, 0
        self._silent = False
        self._pullers: set[str] = set()
        self._debug_registers = dict(REGISTERS_OF_M3)
        self.core = Core(self)

    def peek(self, address: int, length: int) -> bytes:
        """What the cells hold, whoever may read them."""
        memory = self._memory(address)
        return bytes(memory.view[address - memory.base :][:length])

    def poke(self, address: int, data: bytes) -> None:
        """Put bytes into the cells without wear or time, as a chip that comes programmed."""
        memory = self._memory(address)
        memory.view[address - memory.base :][: len(data)] = data

    # Supply and reset

    @property
    def reset_held(self) -> bool:
        """Whether anything keeps the core in reset."""
        return bool(self._pullers)

    @property
    def reset_low(self) -> bool:
        """The level of nRESET: it is low while anybody pulls it."""
        return bool(self._pullers)

    @property
    def answers(self) -> bool:
        """Whether the debug port drives its wire at all; at readout level 2 it never does again."""
        return self.powered and not self._silent

    @property
    def locked(self) -> bool:
        """Whether the access port refuses everything: this chip closes its flash alone."""
        return False

    def power(self, on: bool) -> None:
        """Switch the supply; without it RAM and everything that a debugger armed is lost."""
        if on == self.powered:
            return
        if on:
            self.powered = True
            self.power_ups += 1
            # Protection comes into force at a power-up, and ends at one (PM0059, RDP; the latter assumed).
            self._silent, self.flash_closed = self.readout_level == 2, self.readout_level > 0
            self.reset_flash()
            self.core.remap()
            self._leave_reset()
        else:
            self.core.hold()
            self.core.power_off()
            self.powered = False
            self._debug_registers = dict(REGISTERS_OF_M3)
            self.reset_flash()
            self._work_us, self.flash_free_at = 0.0, 0
            self.ram.fill(RAM_BASE, RAM_SIZE, 0)

    def pull_reset(self, by: str, low: bool) -> None:
        """Pull nRESET low, or let go of it; the core leaves reset when nobody pulls."""
        was_low = self.reset_low
        if low:
            self._pullers.add(by)
        else:
            self._pullers.discard(by)
        if not self.powered or was_low == self.reset_low:
            return
        if self.reset_low:
            self._enter_reset()
        else:
            self._leave_reset()

    def soft_reset(self) -> None:
        """What AIRCR.SYSRESETREQ does."""
        self._enter_reset()
        self._leave_reset()

    def supply_failed(self) -> None:
        """Fall over in the middle of flash work; the supply stays off until it is switched on again."""
        self.power(on=False)

    def firmware_runs(self, runs: bool) -> None:
        """Tell the board what the core does now."""
        hook = self.on_run if runs else self.on_stop
        if hook is not None:
            hook()

    def _enter_reset(self) -> None:
        self.reset_flash()
        self.core.hold()

    def _leave_reset(self) -> None:
        if self.reset_held:
            return
        self.wear.resets += 1
        self.core.start()

    # The buses

    @property
    def cells(self) -> tuple[Memory, ...]:
        """Memories under NOR rules that code in RAM reaches."""
        return (self.system,) if self.flash_closed else (self.flash, self.system)

    @property
    def plain(self) -> tuple[Memory, ...]:
        """What code in RAM reaches besides."""
        return (self.ram,)

    def region(self, address: int) -> Memory | None:
        """The memory at an address that the debugger may read at once, or None."""
        if self.reset_held:
            return None
        for memory in (self.ram, *self.cells):
            if memory.base <= address < memory.base + memory.size:
                return memory
        return None

    def _memory(self, address: int) -> Memory:
        for memory in (self.flash, self.system, self.ram):
            if memory.base <= address < memory.base + memory.size:
                return memory
        raise BusError(f"{address:#010x}")

    def read(self, address: int, size: int = 4) -> int:
        """A read of 1, 2 or 4 bytes through the AHB-AP; raises BusError."""
        memory = self.region(FLASH_BASE + address if address in ALIAS else address)
        if memory is not None:
            offset = (FLASH_BASE + address if address in ALIAS else address) - memory.base
            return int.from_bytes(memory.view[offset : offset + size], "little")
        word = self._read_register(address & ~3)
        return (word >> (8 * (address & 3))) & ((1 << (8 * size)) - 1)

    def write(self, address: int, value: int, size: int = 4) -> None:
        """A write of 1, 2 or 4 bytes through the AHB-AP; raises BusError."""
        memory = self.region(address)
        if memory is None:
            if size != 4:
                raise BusError(f"registers are written in words, not {size} at {address:#010x}")
            self._write_register(address & ~3, value)
        elif memory is self.ram:
            offset = address - RAM_BASE
            memory.view[offset : offset + size] = value.to_bytes(size, "little")
        else:
            held = self.programmed(memory, address, value, size)
            if held is None:
                self.supply_failed()
            else:
                memory.view[address - memory.base :][:size] = held.to_bytes(size, "little")
                self.settle()

    def _read_register(self, address: int) -> int:
        if PRIVATE_BUS <= address < PRIVATE_BUS_END:
            return self._read_private(address)
        if self.reset_held:
            raise BusError(f"{address:#010x} while reset is held")
        if REGISTERS <= address < REGISTERS + BLOCK:
            return self.register_read(address - REGISTERS)
        if any(address in block for block in PERIPHERALS):
            return 0
        raise BusError(f"{address:#010x}")

    def _read_private(self, address: int) -> int:
        if address in IDENTITY_OF_M3:
            return IDENTITY_OF_M3[address]
        if address == IDCODE:
            return self.idcode
        debug = self.core.read(address) if address in SYSTEM_SPACE else None
        return self._debug_registers.get(address, 0) if debug is None else debug

    def _write_register(self, address: int, value: int) -> None:
        if PRIVATE_BUS <= address < PRIVATE_BUS_END:
            self._write_private(address, value)
        elif self.reset_held:
            raise BusError(f"{address:#010x} while reset is held")
        elif REGISTERS <= address < REGISTERS + BLOCK:
            if self.register_write(address - REGISTERS, value):
                self.settle()
            else:
                self.supply_failed()
        elif not any(address in block for block in PERIPHERALS):
            raise BusError(f"{address:#010x}")

    def _write_private(self, address: int, value: int) -> None:
        if self.core.write(address, value):
            return
        if address == AIRCR:
            if value >> 16 == AIRCR_KEY and value & AIRCR_RESETS:
                self.soft_reset()
        elif address not in (CPUID, IDCODE):
            self._debug_registers[address] = value
