"""A Cortex-M4, or -M3, as its debugger sees it; what it runs from RAM really runs."""

from station.bench.soc import Soc
from station.bench.thumb import Stop, Thumb

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

RAN = 0x100  # bytes; where a core stands that ran from flash, as far from its first instruction
# A flash algorithm ends in a breakpoint; what has not met one after this many instructions waits for its debugger.
SLICE = 24_000_000  # twice pyOCD's CRC over 1 MiB, measured at 10.5 million
POLL_SLICE = 50_000  # instructions granted each time the debugger then looks at memory or at DHCSR
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


class Core:
    """Run control and debug registers.

    Code in RAM runs the moment the debugger resumes it, and its halt shows when the instructions it took and the flash
    work it did are over on the board's clock. Code that waits for its debugger takes no time while it waits.
    Firmware in flash is not executed: the chip is told that it runs, and that it no longer does.
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
        # A loader that waits for its debugger is looked at often, and writes little each time.
        stop, done_us = self._thumb.run(self.registers, instructions, bulk=instructions == SLICE)
        self._retired = True
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
