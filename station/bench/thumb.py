"""Thumb code that really runs, on unicorn, out of a chip's own memories."""

from enum import Enum, auto

import unicorn
import unicorn.arm_const

from station.bench.bulk import Bulk
from station.bench.soc import BusError, Memory, Soc

PC = 15
EXCP_BKPT = 7  # QEMU target/arm/cpu.h, the number unicorn's interrupt hook is given
WORD = 0xFFFF_FFFF

# Run in slices, as unicorn tells how far it came only by a slice that is over: each a quarter longer than the one
# before it, so that the last, counted half, is a tenth of a short run and 2048 instructions (42 us) of a long one.
FIRST_SLICE, LAST_SLICE, GROWTH = 32, 4096, 1.25  # measured: a slice costs 4 us


class Stop(Enum):
    """Why the emulation returned."""

    BREAKPOINT = auto()
    FAULT = auto()
    SLICE_OVER = auto()
    POWER = auto()


class Thumb:
    """Runs Thumb code out of the chip's own memories, with its flash writes under NOR rules.

    A write to flash is looked at one by one, which costs Python per word; `bulk` runs spare that while the chip is
    write-enabled and sound. Code that reads flash in between gets what the cells hold, and is from then on looked at.
    """

    def __init__(self, soc: Soc) -> None:
        self._soc = soc
        self._torn: tuple[Memory, int, bytes] | None = None
        self._stop = Stop.SLICE_OVER
        self._may_bulk, self._bulk = False, Bulk(soc)
        arm = unicorn.arm_const
        self._uc = uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        self._ids = [arm.UC_ARM_REG_R0 + n for n in range(13)]
        self._ids += [arm.UC_ARM_REG_SP, arm.UC_ARM_REG_LR, arm.UC_ARM_REG_PC, arm.UC_ARM_REG_XPSR]
        for memory in (*soc.cells, *soc.plain, soc.registers):
            uc.mem_map_ptr(memory.base, memory.size, unicorn.UC_PROT_ALL, memory.pointer)
        self._flash_span = min(m.base for m in soc.cells), max(m.base + m.size for m in soc.cells) - 1
        self._write_hook: int | None = None
        self._read_hook: int | None = None
        self._register_hook: int | None = None
        self._watch_writes()
        self._register_span = begin, end = soc.registers.base, soc.registers.base + soc.registers.size - 1
        uc.hook_add(unicorn.UC_HOOK_MEM_WRITE, self._on_register_write, None, begin, end)
        uc.hook_add(unicorn.UC_HOOK_INTR, self._on_interrupt)

    def run(self, registers: list[int], instructions: int, *, bulk: bool) -> tuple[Stop, int]:
        """Run from PC for at most `instructions`; `registers` (R0 to R12, SP, LR, PC, xPSR) are updated in place.

        Answers why it ended, and at which moment of the chip's clock, in microseconds.
        """
        uc, ids = self._uc, self._ids
        for register, value in zip(ids, registers, strict=True):
            uc.reg_write(register, value)
        self._stop = Stop.SLICE_OVER
        # The debugger rewrites code through the shared bytes, which unicorn does not see: drop what it translated.
        uc.ctl_flush_tb()
        self._may_bulk = bulk
        self._open_bulk()
        done_us = self._run_slices(registers[PC], instructions)
        registers[:] = [uc.reg_read(register) for register in ids]
        registers[PC] &= ~1
        return self._stop, done_us

    def _run_slices(self, pc: int, instructions: int) -> int:
        """What code does while flash is write-enabled is taken to run beside the flash work, all else before or after.

        A loop that programs waits for each word much longer than its own instructions take.
        """
        soc, length = self._soc, float(FIRST_SLICE)
        at, beside = float(soc.clock.now), 0.0
        while instructions > 0 and self._stop is Stop.SLICE_OVER:
            piece = min(int(length), instructions)
            self._go(pc, piece)
            pc = self._uc.reg_read(self._ids[PC])
            instructions, length = instructions - piece, min(length * GROWTH, LAST_SLICE)
            beside += soc.instruction_us * (piece if self._stop is Stop.SLICE_OVER else piece / 2)
            if not soc.write_enabled:
                at, beside = max(at + beside, soc.settle(at)), 0.0
        self._mend()
        self._close_bulk()
        return round(max(at + beside, soc.settle(at)))

    def _go(self, pc: int, instructions: int) -> None:
        try:
            self._uc.emu_start(pc | 1, WORD - 1, 0, instructions)
        except unicorn.UcError:
            self._stop = Stop.FAULT

    def _mend(self) -> None:
        """Correct what unicorn stored as written where something else is held."""
        if self._torn is not None:
            memory, address, held = self._torn
            memory.view[address - memory.base :][: len(held)] = held
            self._torn = None

    def _keep(self, memory: Memory, address: int, held: int, size: int) -> None:
        """unicorn stores what is written after its hook has returned: what is held instead comes back by `_mend`."""
        self._torn = memory, address, held.to_bytes(size, "little")

    # Unicorn takes hooks off while code runs, but not one that is just being called.

    def _watch_writes(self) -> None:
        if self._write_hook is None:
            begin, end = self._flash_span
            self._write_hook = self._uc.hook_add(unicorn.UC_HOOK_MEM_WRITE, self._on_flash_write, None, begin, end)

    def _watch_reads(self) -> None:
        if self._read_hook is None:
            begin, end = self._flash_span
            self._read_hook = self._uc.hook_add(unicorn.UC_HOOK_MEM_READ, self._on_flash_read, None, begin, end)

    def _watch_registers(self, watch: bool) -> None:
        """A register that holds something else than was written is put right before it is read."""
        if self._register_hook is not None:
            self._uc.hook_del(self._register_hook)
            self._register_hook = None
        if watch:
            begin, end = self._register_span
            self._register_hook = self._uc.hook_add(unicorn.UC_HOOK_MEM_READ, self._on_register_read, None, begin, end)

    def _open_bulk(self) -> None:
        if not (self._may_bulk and self._bulk.open()):
            return
        if self._write_hook is not None:
            self._uc.hook_del(self._write_hook)
            self._write_hook = None
        self._watch_reads()

    def _close_bulk(self) -> None:
        self._program_bulk()
        if self._read_hook is not None:
            self._uc.hook_del(self._read_hook)
            self._read_hook = None

    def _program_bulk(self) -> None:
        self._bulk.close()
        self._watch_writes()

    def _memory(self, address: int) -> Memory | None:
        return next((m for m in self._soc.cells if m.base <= address < m.base + m.size), None)

    def _on_flash_read(self, _uc: unicorn.Uc, _access: int, _address: int, _size: int, _value: int, _: None) -> None:
        self._mend()
        self._program_bulk()

    def _on_register_read(self, _uc: unicorn.Uc, _access: int, _address: int, _size: int, _value: int, _: None) -> None:
        self._mend()

    def _on_flash_write(self, uc: unicorn.Uc, _access: int, address: int, size: int, value: int, _: None) -> None:
        self._mend()
        memory = self._memory(address)
        if memory is None:
            return
        value &= (1 << (8 * size)) - 1
        held = self._soc.programmed(memory, address, value, size)
        if held is None:
            held = int.from_bytes(memory.view[address - memory.base :][:size], "little")
            self._halt(uc, Stop.POWER)
        if held != value:
            self._keep(memory, address, held, size)
            self._watch_reads()

    def _on_register_write(self, uc: unicorn.Uc, _access: int, address: int, _size: int, value: int, _: None) -> None:
        self._mend()
        self._close_bulk()
        registers = self._soc.registers
        try:
            if not self._soc.register_write(address - registers.base, value & WORD):
                self._halt(uc, Stop.POWER)
        except BusError:
            self._halt(uc, Stop.FAULT)
        held = registers.word(address & ~3)
        if held != value & WORD:
            self._keep(registers, address & ~3, held, 4)
        self._watch_registers(held != value & WORD)
        self._open_bulk()

    def _halt(self, uc: unicorn.Uc, why: Stop) -> None:
        self._stop = why
        uc.emu_stop()

    def _on_interrupt(self, uc: unicorn.Uc, number: int, _: None) -> None:
        self._halt(uc, Stop.BREAKPOINT if number == EXCP_BKPT else Stop.FAULT)
