"""A Cortex-M4, or -M3, as its debugger sees it; what it runs from RAM really runs, on unicorn."""

import ctypes
import struct
from enum import Enum, auto
from typing import Protocol

import unicorn
import unicorn.arm_const

from station.bench.clock import VirtualClock

RAM_BASE, RAM_SIZE = 0x2000_0000, 0x4_0000  # nRF52840 PS v1.11 §Memory map

# Debug registers and their bits: ARMv7-M ARM (DDI 0403E) §C1.6
DFSR, DHCSR, DCRSR, DCRDR, DEMCR = 0xE000ED30, 0xE000EDF0, 0xE000EDF4, 0xE000EDF8, 0xE000EDFC
DBGKEY = 0xA05F
C_DEBUGEN, C_HALT, C_STEP = 1 << 0, 1 << 1, 1 << 2
C_WRITABLE = 0x2F  # C_DEBUGEN, C_HALT, C_STEP, C_MASKINTS, C_SNAPSTALL
S_REGRDY, S_HALT, S_LOCKUP, S_RETIRE_ST, S_RESET_ST = 1 << 16, 1 << 17, 1 << 19, 1 << 24, 1 << 25
REGWNR = 1 << 16
VC_CORERESET = 1 << 0
DFSR_HALTED, DFSR_BKPT, DFSR_VCATCH = 1 << 0, 1 << 1, 1 << 3

# Register selectors of DCRSR: ARMv7-M ARM §C1.6.3
SP, LR, PC, XPSR, MSP = 13, 14, 15, 16, 17
XPSR_T = 1 << 24

# A flash algorithm ends in a breakpoint; what has not met one after this many instructions waits for its debugger.
RAN = 0x100  # bytes; where a core stands that ran from flash, as far from its first instruction
SLICE = 24_000_000  # twice pyOCD's CRC over 1 MiB, measured at 10.5 million
POLL_SLICE = 50_000  # instructions granted each time the debugger then looks at memory or at DHCSR
EXCP_BKPT = 7  # QEMU target/arm/cpu.h, the number unicorn's interrupt hook is given
WORD = 0xFFFF_FFFF

# What a Cortex-M4 r0p1 with FPU and MPU answers: Cortex-M4 TRM (DDI 0439) §4 and §11, ARMv7-M ARM §C1.8 and §C1.11
SYSTEM_REGISTERS = {
    **{0xE000_E004: 1, 0xE000_ED00: 0x410F_C241, 0xE000_ED0C: 0xFA05_0000, 0xE000_ED6C: 0x0111_1131},
    **{0xE000_ED90: 0x800, 0xE000_EF40: 0x1011_0021, 0xE000_EF44: 0x1100_0011},
    **{0xE000_1000: 0x4000_0000, 0xE000_2000: 0x260},  # DWT with four comparators; FPB with six and two
}
CPUID = 0xE000_ED00

# The ROM table points at SCS, DWT, FPB, ITM, TPIU and ETM, relative to itself: Cortex-M4 TRM §4.1, table 4-1
ROM_TABLE = 0xE00F_F000
ROM_ENTRIES = (0xFFF0_F003, 0xFFF0_2003, 0xFFF0_3003, 0xFFF0_1003, 0xFFF4_1003, 0xFFF4_2002, 0)
ROM_TABLE_CLASS, GENERIC_IP, CORESIGHT = 0x1, 0xE, 0x9  # component classes, ADIv5.2 §D1.2
COMPONENTS = (  # address, peripheral id, class: Cortex-M4 TRM §4.1; the ROM table's own is Nordic's
    (ROM_TABLE, 0x4_000B_B4C4, ROM_TABLE_CLASS),
    (0xE000_E000, 0x4_000B_B00C, GENERIC_IP),
    (0xE000_1000, 0x4_003B_B002, GENERIC_IP),
    (0xE000_2000, 0x4_002B_B003, GENERIC_IP),
    (0xE000_0000, 0x4_003B_B001, GENERIC_IP),
    (0xE004_0000, 0x4_000B_B9A1, CORESIGHT),
)
MEMORY_TYPE = {0xE00F_FFCC: 1, 0xE004_0FC8: 0xCA1, 0xE004_0FCC: 0x11}  # MEMTYPE, DEVID, DEVTYPE


def identity(address: int, peripheral: int, component_class: int) -> dict[int, int]:
    """The CoreSight identification registers PIDR4-7, PIDR0-3 and CIDR0-3 of a component: ADIv5.2 §D1.2."""
    bytes_of = [(peripheral >> (8 * n)) & 0xFF for n in range(8)]
    words = (*bytes_of[4:], *bytes_of[:4], 0x0D, component_class << 4, 0x05, 0xB1)
    return {address + 0xFD0 + 4 * n: word for n, word in enumerate(words)}


IDENTITY = {ROM_TABLE + 4 * n: entry for n, entry in enumerate(ROM_ENTRIES)} | MEMORY_TYPE
for _address, _peripheral, _class in COMPONENTS:
    IDENTITY |= identity(_address, _peripheral, _class)


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


class SupplyFailed(Exception):
    """The supply fell over in the middle of flash work."""


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

    def programmed(self, memory: Memory, address: int, value: int, size: int) -> int | None:
        """What `size` bytes of cells hold after a write of `value`; None when the supply fails at it."""

    def register_write(self, offset: int, value: int) -> None:
        """A write to a register of the flash controller; `registers` then holds what it left. Raises BusError."""

    def settle(self) -> int:
        """The moment, in microseconds, at which the flash work begun since the last call is done."""

    def supply_failed(self) -> None:
        """The core stopped because `programmed` said None."""

    def firmware_runs(self, runs: bool) -> None:
        """The core began or ceased to run from flash."""


class Stop(Enum):
    """Why the emulation returned."""

    BREAKPOINT = auto()
    FAULT = auto()
    SLICE_OVER = auto()
    POWER = auto()


class Thumb:
    """Runs Thumb code out of the chip's own memories, with its flash writes under NOR rules."""

    def __init__(self, soc: Soc) -> None:
        self._soc = soc
        self._torn: tuple[Memory, int, bytes] | None = None
        self._stop = Stop.SLICE_OVER
        arm = unicorn.arm_const
        self._uc = uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        self._ids = [arm.UC_ARM_REG_R0 + n for n in range(13)]
        self._ids += [arm.UC_ARM_REG_SP, arm.UC_ARM_REG_LR, arm.UC_ARM_REG_PC, arm.UC_ARM_REG_XPSR]
        for memory in (*soc.cells, *soc.plain, soc.registers):
            uc.mem_map_ptr(memory.base, memory.size, unicorn.UC_PROT_ALL, memory.pointer)
        for memory in soc.cells:
            uc.hook_add(
                unicorn.UC_HOOK_MEM_WRITE, self._on_flash_write, memory, memory.base, memory.base + memory.size - 1
            )
        begin, end = soc.registers.base, soc.registers.base + soc.registers.size - 1
        uc.hook_add(unicorn.UC_HOOK_MEM_WRITE, self._on_register_write, None, begin, end)
        uc.hook_add(unicorn.UC_HOOK_INTR, self._on_interrupt)

    def run(self, registers: list[int], instructions: int) -> Stop:
        """Run from PC for at most `instructions`; `registers` (R0 to R12, SP, LR, PC, xPSR) are updated in place."""
        uc, ids = self._uc, self._ids
        for register, value in zip(ids, registers, strict=True):
            uc.reg_write(register, value)
        self._stop = Stop.SLICE_OVER
        # The debugger rewrites code through the shared bytes, which unicorn does not see: drop what it translated.
        uc.ctl_flush_tb()
        try:
            uc.emu_start(registers[PC] | 1, WORD - 1, 0, instructions)
        except unicorn.UcError:
            self._stop = Stop.FAULT
        self._mend()
        registers[:] = [uc.reg_read(register) for register in ids]
        registers[PC] &= ~1
        return self._stop

    def _mend(self) -> None:
        """Correct what unicorn stored as written where something else is held."""
        if self._torn is not None:
            memory, address, held = self._torn
            memory.view[address - memory.base :][: len(held)] = held
            self._torn = None

    def _keep(self, memory: Memory, address: int, held: int, size: int) -> None:
        """unicorn stores what is written after its hook has returned: what is held instead comes back by `_mend`."""
        self._torn = memory, address, held.to_bytes(size, "little")

    def _on_flash_write(self, uc: unicorn.Uc, _access: int, address: int, size: int, value: int, to: Memory) -> None:
        self._mend()
        value &= (1 << (8 * size)) - 1
        held = self._soc.programmed(to, address, value, size)
        if held is None:
            held = int.from_bytes(to.view[address - to.base :][:size], "little")
            self._halt(uc, Stop.POWER)
        if held != value:
            self._keep(to, address, held, size)

    def _on_register_write(self, uc: unicorn.Uc, _access: int, address: int, size: int, value: int, _: None) -> None:
        self._mend()
        registers = self._soc.registers
        try:
            self._soc.register_write(address - registers.base, value & WORD)
        except BusError:
            self._halt(uc, Stop.FAULT)
        except SupplyFailed:
            self._halt(uc, Stop.POWER)
        self._keep(registers, address & ~3, registers.word(address & ~3), 4)

    def _halt(self, uc: unicorn.Uc, why: Stop) -> None:
        self._stop = why
        uc.emu_stop()

    def _on_interrupt(self, uc: unicorn.Uc, number: int, _: None) -> None:
        self._halt(uc, Stop.BREAKPOINT if number == EXCP_BKPT else Stop.FAULT)


class Core:
    """Run control and debug registers.

    Code in RAM runs the moment the debugger resumes it, and its halt shows when the flash work it did is over on the
    board's clock. Firmware in flash is not executed: the chip is told that it runs, and that it no longer does.
    """

    def __init__(self, soc: Soc) -> None:
        self._soc = soc
        self._thumb: Thumb | None = None
        self.power_off()

    def power_off(self) -> None:
        """Lose everything, as a core without supply does (ARMv7-M ARM §C1.6: debug state survives any other reset)."""
        self.registers = [0] * 17
        self._banked: dict[int, int] = {}
        self._dhcsr = self._dcrdr = self._demcr = self._dfsr = 0
        self.halted = self.running = self.spinning = self.locked_up = False
        self._was_reset, self._retired = True, False
        self._halt_visible_us = 0

    def remap(self) -> None:
        """Look again at which memories code in RAM reaches."""
        self._thumb = None

    def clear_debug(self) -> None:
        """Forget what the debugger armed."""
        self._dhcsr = self._demcr = self._dfsr = 0

    def hold(self) -> None:
        """Stand still in reset."""
        self.halted = self.spinning = self.locked_up = False
        self._dhcsr &= ~(C_HALT | C_STEP)
        self._was_reset, self._retired = True, False
        self._set_running(False)

    def start(self) -> None:
        """Leave reset: halt at the reset vector if the debugger armed the vector catch, else run."""
        self.hold()
        flash = self._soc.flash
        self.registers[SP], vector = flash.word(flash.base), flash.word(flash.base + 4)
        self.registers[LR], self.registers[PC], self.registers[XPSR] = WORD, vector & ~1, XPSR_T
        if self._dhcsr & C_DEBUGEN and self._demcr & VC_CORERESET:
            self._halt(DFSR_VCATCH)
            self._halt_visible_us = 0
        else:
            self._resume()

    def poll(self) -> None:
        """Let code that waits for its debugger go on for a little."""
        if self.spinning:
            self._run(POLL_SLICE)

    def read(self, address: int) -> int | None:
        """A debug register, or None where the core has none."""
        if address == DHCSR:
            return self._read_dhcsr()
        return {DCRDR: self._dcrdr, DEMCR: self._demcr, DFSR: self._dfsr}.get(address)

    def write(self, address: int, value: int) -> bool:
        """Whether the core has a debug register there."""
        if address == DHCSR:
            if value >> 16 == DBGKEY:
                self._write_dhcsr(value & C_WRITABLE)
        elif address == DCRSR:
            self._transfer(value & 0x7F, writes=bool(value & REGWNR))
        elif address == DCRDR:
            self._dcrdr = value
        elif address == DEMCR:
            self._demcr = value
        elif address == DFSR:
            self._dfsr &= ~value
        else:
            return False
        return True

    def _read_dhcsr(self) -> int:
        self.poll()
        value = self._dhcsr | S_REGRDY
        if self.halted:
            self._soc.clock.skip_to(self._halt_visible_us)
            if self._soc.clock.now >= self._halt_visible_us:
                value |= S_HALT | C_HALT
        value |= S_LOCKUP if self.locked_up else 0
        value |= S_RETIRE_ST if self.running or self.spinning or self._retired else 0
        value |= S_RESET_ST if self._was_reset else 0
        # Both sticky bits clear when they are read; S_RESET_ST stays up while reset lasts (ARMv7-M ARM §C1.6.2).
        self._was_reset, self._retired = self._soc.reset_held, False
        return value

    def _write_dhcsr(self, value: int) -> None:
        if self._soc.reset_held:
            self._dhcsr = value & ~(C_HALT | C_STEP)
            return
        self._dhcsr = value & ~C_HALT
        if not value & C_DEBUGEN:
            if self.halted:
                self._resume()
        elif value & C_HALT:
            if not self.halted:
                self._halt(DFSR_HALTED)
            self._halt_visible_us = 0
        elif value & C_STEP:
            self._run(1)
            self._halt(DFSR_HALTED)
        elif self.halted:
            self._resume()

    def _transfer(self, register: int, *, writes: bool) -> None:
        if not self.halted:
            return
        index = SP if register == MSP else register
        if index < len(self.registers):
            if writes:
                self.registers[index] = self._dcrdr & ~1 if index == PC else self._dcrdr
            self._dcrdr = self.registers[index]
        elif writes:
            self._banked[index] = self._dcrdr
        else:
            self._dcrdr = self._banked.get(index, 0)

    def _set_running(self, runs: bool) -> None:
        if runs != self.running:
            self.running = runs
            self._soc.firmware_runs(runs)

    def _halt(self, cause: int) -> None:
        if self.running:
            # Code in flash is not executed; a core that ran there is shown somewhere behind its first instruction.
            self.registers[PC] += RAN
        self.halted, self.spinning = True, False
        self._dfsr |= cause
        self._set_running(False)

    def _resume(self) -> None:
        self.halted = False
        ram = self._soc.ram
        if not ram.base <= self.registers[PC] < ram.base + ram.size:
            self._set_running(True)
        elif self._dhcsr & C_DEBUGEN:
            self._run(SLICE)

    def _run(self, instructions: int) -> None:
        if self._thumb is None:
            self._thumb = Thumb(self._soc)
        stop = self._thumb.run(self.registers, instructions)
        self._retired = True
        done_us = self._soc.settle()
        match stop:
            case Stop.SLICE_OVER:
                self.spinning = True
                return
            case Stop.POWER:
                self._soc.supply_failed()
                return
            case Stop.BREAKPOINT:
                self._halt(DFSR_BKPT)
            case Stop.FAULT:
                self.locked_up = True
                self._halt(DFSR_VCATCH)
        self._halt_visible_us = done_us
