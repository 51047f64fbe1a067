"""A virtual nRF52840: its memories, flash controller, ids, readback protection, supply and reset line."""

from collections.abc import Callable
from dataclasses import dataclass

from station.bench.clock import VirtualClock
from station.bench.cortex import CPUID, IDENTITY, RAM_BASE, RAM_SIZE, SYSTEM_REGISTERS, Core
from station.bench.nvmc import (
    BLOCK,
    CONFIG,
    FLASH_SIZE,
    NVMC,
    PAGE_SIZE,
    READ_ONLY,
    READY,
    READY_NEXT,
    UICR,
    Nvmc,
    Timing,
)
from station.bench.soc import BusError, Memory

# nRF52840 PS v1.11 §Memory map
FICR, WATCHDOG = 0x1000_0000, 0x4001_0000
PERIPHERALS = (range(0x4000_0000, 0x4008_0000), range(0x5000_0000, 0x5000_1000))
PRIVATE_BUS, SYSTEM_SPACE, PRIVATE_BUS_END = 0xE000_0000, range(0xE000_E000, 0xE000_F000), 0xE010_0000

# nRF52840 PS v1.11 §FICR and §UICR
DEVICE_ID, PART, VARIANT, PACKAGE, RAM_KIB, FLASH_KIB = 0x60, 0x100, 0x104, 0x108, 0x10C, 0x110
CODE_PAGE_SIZE, CODE_SIZE, PACKAGE_QI = 0x10, 0x14, 0x2004
APPROTECT, HARDWARE_DISABLED, ENABLED = 0x208, 0x5A, 0x00
PSELRESET, RESET_PIN, PIN_AND_CONNECT = (0x200, 0x204), 18, 0x8000_003F  # P0.18 is where the board has its reset pad

# pyOCD 0.46 target/family/target_nRF52.py, HARDENED_APPROTECT_REVISIONS: from this build on UICR must say "open"
FIRST_HARDENED_BUILD = "F0"

AIRCR, AIRCR_KEY, AIRCR_RESETS = 0xE000_ED0C, 0x05FA, 0b101  # SYSRESETREQ and VECTRESET, ARMv7-M ARM §B3.2.6


@dataclass(frozen=True)
class ResetPin:
    """How the debug side takes a low nRESET; the defaults are what `connect_mode=under-reset` hopes for.

    Not verified on hardware, and there is public evidence against it: users report that an nRF52840 does not answer
    on SWD while nRESET is low (https://github.com/probe-rs/probe-rs/issues/490).
    """

    answers: bool = True
    clears_debug: bool = False


class Nrf52840(Nvmc):
    """One chip, powered off when made; its memories come blank.

    `on_run` is called when the core begins to run from flash, `on_stop` when it ceases to. Firmware is not executed;
    code in RAM is.

    nRESET works only where UICR said so at the last reset or power-up: both PSELRESET name P0.18, with CONNECT = 0
    (nRF52840 PS v1.11 §UICR; modelled from it, not verified on hardware). A blank UICR has no reset pin.

    Not thread-safe: whoever touches a chip holds its board's lock.
    """

    def __init__(
        self,
        clock: VirtualClock,
        device_id: tuple[int, int] = (0x1122_3344, 0x5566_7788),
        build: str = "AAD0",
        timing: Timing | None = None,
        part: int = 0x52840,
        reset_pin: ResetPin | None = None,
    ) -> None:
        super().__init__(clock, timing)
        self.reset_pin = reset_pin or ResetPin()
        self.hardened = build[2:] >= FIRST_HARDENED_BUILD
        self.ficr, self.ram = Memory(FICR, BLOCK, 0xFF), Memory(RAM_BASE, RAM_SIZE, 0)
        self.watchdog = Memory(WATCHDOG, BLOCK, 0)
        self._burn_ficr(device_id, build, part)
        self.on_run: Callable[[], None] | None = None
        self.on_stop: Callable[[], None] | None = None

        self.powered, self.power_ups, self.locked, self._shut = False, 0, True, False
        self._open_until_pin_reset, self._soft_held = False, False
        self._pullers: set[str] = set()
        self._has_reset_pin = False
        self._system = dict(SYSTEM_REGISTERS)
        self.core = Core(self)

    def _burn_ficr(self, device_id: tuple[int, int], build: str, part: int) -> None:
        words = {CODE_PAGE_SIZE: PAGE_SIZE, CODE_SIZE: FLASH_SIZE // PAGE_SIZE, PART: part, PACKAGE: PACKAGE_QI}
        words |= {DEVICE_ID: device_id[0], DEVICE_ID + 4: device_id[1]}
        words |= {VARIANT: int.from_bytes(build.encode("ascii"), "big")}
        words |= {RAM_KIB: RAM_SIZE // 1024, FLASH_KIB: FLASH_SIZE // 1024}
        for offset, value in words.items():
            self.ficr.set_word(FICR + offset, value)

    def peek(self, address: int, length: int) -> bytes:
        """What the cells hold, whoever may read them."""
        memory = self.region(address)
        if memory is None:
            raise BusError(f"{address:#010x}")
        return bytes(memory.view[address - memory.base : address - memory.base + length])

    def poke(self, address: int, data: bytes) -> None:
        """Put bytes into the cells without wear or time, as a chip that comes programmed."""
        memory = self.region(address)
        if memory is None:
            raise BusError(f"{address:#010x}")
        memory.view[address - memory.base : address - memory.base + len(data)] = data

    # Supply and reset

    @property
    def reset_held(self) -> bool:
        """Whether anything keeps the core in reset."""
        return self._pin_holds or self._soft_held

    @property
    def reset_low(self) -> bool:
        """The level of nRESET: it is low while anybody pulls it."""
        return bool(self._pullers)

    @property
    def _pin_holds(self) -> bool:
        return self.reset_low and self._has_reset_pin

    @property
    def answers(self) -> bool:
        """Whether the debug port drives its wire at all."""
        return self.powered and (self.reset_pin.answers or not self._pin_holds)

    def power(self, on: bool) -> None:
        """Switch the supply; without it RAM and everything that a debugger armed is lost."""
        if on == self.powered:
            return
        if on:
            self.powered = True
            self.power_ups += 1
            self._open_until_pin_reset = False
            self.locked = self._protected()
            self._leave_reset()
        else:
            self.core.hold()
            self.core.power_off()
            self.powered, self._soft_held = False, False
            self._system = dict(SYSTEM_REGISTERS)
            self._access, self._work_us, self.flash_free_at = READ_ONLY, 0.0, 0
            self.ram.fill(RAM_BASE, RAM_SIZE, 0)

    def pull_reset(self, by: str, low: bool) -> None:
        """Pull nRESET low, or let go of it; the core leaves reset when nobody pulls."""
        held = self._pin_holds
        if low:
            self._pullers.add(by)
        else:
            self._pullers.discard(by)
        if not self.powered or held == self._pin_holds:
            return
        if self._pin_holds:
            self._enter_reset()
            if self.reset_pin.clears_debug:
                self.core.clear_debug()
        else:
            if self.hardened:
                self._open_until_pin_reset = False
            self._leave_reset()

    def hold_soft_reset(self, held: bool) -> None:
        """What the RESET register of the CTRL-AP does: nRF52840 PS v1.11 §CTRL-AP."""
        if held and not self.reset_held:
            self._enter_reset()
        was_held, self._soft_held = self._soft_held, held
        if was_held and not held:
            self._leave_reset()

    def soft_reset(self) -> None:
        """What AIRCR.SYSRESETREQ does."""
        self._enter_reset()
        self._leave_reset()

    def supply_failed(self) -> None:
        """Fall over in the middle of a page; the supply stays off until it is switched on again."""
        self.power(on=False)

    def lock(self) -> None:
        """Have UICR.APPROTECT set, and taken effect, behind everybody's back: only a recovery opens the port again."""
        self.poke(UICR + APPROTECT, ENABLED.to_bytes(4, "little"))
        self.locked, self._open_until_pin_reset = True, False

    def shut_by_firmware(self) -> None:
        """What a bootloader that protects its unit does at each start.

        A blank APPROTECT is set; on a hardened chip one that was set so already is not opened, as another firmware
        would. Only a recovery, or the owner's key, opens the port again. Source: Device OS 6.2,
        platform/MCU/nRF52840/src/hw_config.c; not verified on hardware.
        """
        if self.uicr.word(UICR + APPROTECT) & 0xFF == 0xFF:
            self.poke(UICR + APPROTECT, HARDWARE_DISABLED.to_bytes(4, "little"))
        self.locked, self._shut, self._open_until_pin_reset = True, True, False

    def opened_by_firmware(self) -> None:
        """What the same bootloader does in service mode; chips before the hardened ones stay shut."""
        if self.hardened:
            self.locked, self._shut = False, False

    def firmware_runs(self, runs: bool) -> None:
        """Tell the board what the core does now."""
        hook = self.on_run if runs else self.on_stop
        if hook is not None:
            hook()

    def _enter_reset(self) -> None:
        self._access = READ_ONLY
        self.core.hold()

    def _leave_reset(self) -> None:
        # A mapping counts only if both registers hold the same.
        self._has_reset_pin = all(self.uicr.word(UICR + at) & PIN_AND_CONNECT == RESET_PIN for at in PSELRESET)
        if self.reset_held:
            return
        self.wear.resets += 1
        self.locked = self._protected()
        self.core.start()

    def _protected(self) -> bool:
        """What UICR.APPROTECT means at a reset.

        From build F0 on firmware takes part in opening the port (nRF52840 PS v1.11 §Access port protection); here a
        UICR that allows it is taken as opened. Modelled from pyOCD and Device OS sources, not verified on silicon.
        """
        if self._open_until_pin_reset or self._shut:
            return self._shut
        setting = self.uicr.word(UICR + APPROTECT) & 0xFF
        return setting != HARDWARE_DISABLED if self.hardened else setting == ENABLED

    def recover(self) -> None:
        """What ERASEALL of the CTRL-AP does: blank everything; the port opens at the reset after it."""
        if not self.erase_all():
            self.supply_failed()
            return
        self.ram.fill(RAM_BASE, RAM_SIZE, 0)
        self._open_until_pin_reset, self._shut = True, False
        self.settle()

    @property
    def plain(self) -> tuple[Memory, ...]:
        """Memories that code in RAM reaches besides the cells."""
        return self.ficr, self.ram, self.watchdog

    # The debugger's bus

    def region(self, address: int) -> Memory | None:
        """The memory at an address, or None where registers or nothing are."""
        for memory in (self.ram, self.flash, self.ficr, self.uicr):
            if memory.base <= address < memory.base + memory.size:
                return memory
        return None

    def read(self, address: int, size: int = 4) -> int:
        """A read of 1, 2 or 4 bytes through the AHB-AP; raises BusError."""
        memory = self.region(address)
        if memory is not None:
            offset = address - memory.base
            return int.from_bytes(memory.view[offset : offset + size], "little")
        word = self._read_register(address & ~3)
        return (word >> (8 * (address & 3))) & ((1 << (8 * size)) - 1)

    def write(self, address: int, value: int, size: int = 4) -> None:
        """A write of 1, 2 or 4 bytes through the AHB-AP; raises BusError."""
        memory = self.region(address)
        if memory is None:
            self._write_register(address & ~3, value)
        elif memory is self.ram:
            offset = address - RAM_BASE
            memory.view[offset : offset + size] = value.to_bytes(size, "little")
        elif memory is not self.ficr:
            if size != 4:
                raise BusError(f"flash is written in words, not {size} at {address:#010x}")
            held = self.programmed(memory, address, value)
            if held is None:
                self.supply_failed()
            else:
                memory.set_word(address, held)
                self.settle()

    def _read_register(self, address: int) -> int:
        if NVMC <= address < NVMC + BLOCK:
            if address - NVMC in (READY, READY_NEXT):
                return int(not self.flash_busy())
            return self._access if address - NVMC == CONFIG else 0
        if any(address in block for block in PERIPHERALS):
            return 0
        if not PRIVATE_BUS <= address < PRIVATE_BUS_END:
            raise BusError(f"{address:#010x}")
        if address in IDENTITY:
            return IDENTITY[address]
        debug = self.core.read(address) if address in SYSTEM_SPACE else None
        return self._system.get(address, 0) if debug is None else debug

    def _write_register(self, address: int, value: int) -> None:
        if NVMC <= address < NVMC + BLOCK:
            if self.nvmc_write(address - NVMC, value):
                self.settle()
            else:
                self.supply_failed()
        elif any(address in block for block in PERIPHERALS):
            return
        elif not PRIVATE_BUS <= address < PRIVATE_BUS_END:
            raise BusError(f"{address:#010x}")
        elif self.core.write(address, value):
            return
        elif address == AIRCR:
            if value >> 16 == AIRCR_KEY and value & AIRCR_RESETS:
                self.soft_reset()
        elif address != CPUID:
            self._system[address] = value
