"""The debug port of a virtual chip at register level: SW-DP and AHB-AP, and an nRF52840's CTRL-AP."""

import struct
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Protocol

from station.bench.chip import Nrf52840
from station.bench.clock import VirtualClock
from station.bench.cortex import Core
from station.bench.soc import BusError, Memory

WORD = 0xFFFF_FFFF


class Ack(IntEnum):
    """The three acknowledge bits of a transfer: ADIv5.2 §B4.2; NONE is a line that nobody drives.

    PARITY is no acknowledge: data that came with a wrong parity bit, as a probe reports it (Arm, CMSIS-DAP firmware,
    SW_DP.c: DAP_TRANSFER_ERROR). The transfer of a read has been done then; a write has not.
    """

    OK = 1
    WAIT = 2
    FAULT = 4
    NONE = 7
    PARITY = 8


# Asked before each transfer but a write of ABORT: (is_ap, is_read, register, data) → an answer, or None to go on.
Inject = Callable[[bool, bool, int, int], Ack | None]

TRANSFER_CLOCKS = 46  # 8 request, 1 turnaround, 3 acknowledge, 1 turnaround, 33 data: ADIv5.2 §B4.1
DEFAULT_HZ = 1_000_000
LINE_RESET_CLOCKS = 50  # ADIv5.2 §B4.3.3

# Identification: nRF52840 PS v1.11 §Debug and trace; the values are those that OpenOCD and pyOCD look for
DPIDR, AHB_AP_IDR, ROM_TABLE_POINTER, CTRL_AP_IDR = 0x2BA0_1477, 0x2477_0011, 0xE00F_F003, 0x0288_0000

# DP registers and bits: ADIv5.2 §B2.2
DP_ABORT, DP_CTRL_STAT, DP_SELECT, DP_RDBUFF = 0x0, 0x4, 0x8, 0xC
STKERRCLR, STICKYERR, READOK = 1 << 2, 1 << 5, 1 << 6
WDERRCLR, WDATAERR, ORUNERRCLR, STICKYORUN = 1 << 3, 1 << 7, 1 << 4, 1 << 1
ORUNDETECT, DEBUG_UP, SYSTEM_UP, REQUESTS = 1 << 0, 1 << 28, 1 << 30, 0x5000_0F01

# MEM-AP registers and bits: ADIv5.2 §C2.6
CSW, TAR, DRW, BANKED, BASE, IDR = 0x00, 0x04, 0x0C, range(0x10, 0x20, 4), 0xF8, 0xFC
CSW_RESET, DEVICE_EN, SIZE_AND_STATE = 0x2300_0040, 1 << 6, 0xC7
WORDS_INCREMENTING, SIZE_AND_INCREMENT, PACKED = 0x12, 0x37, 2
INCREMENT_SPAN = 0x1000  # the AHB-AP increments the low 12 bits only: Cortex-M4 TRM §11.2.1

# CTRL-AP registers: nRF52840 PS v1.11 §CTRL-AP
RESET, ERASE_ALL, ERASE_ALL_STATUS, PROTECT_STATUS = 0x00, 0x04, 0x08, 0x0C
AHB_AP, CTRL_AP = 0, 1


class Chip(Protocol):
    """What a debug port needs of the chip behind it."""

    clock: VirtualClock
    core: Core
    ram: Memory
    powered: bool
    power_ups: int

    @property
    def answers(self) -> bool:
        """Whether the port drives its wire at all."""

    @property
    def locked(self) -> bool:
        """Whether the AHB-AP refuses everything."""

    @property
    def reset_low(self) -> bool:
        """The level of nRESET."""

    def pull_reset(self, by: str, low: bool) -> None:
        """Pull nRESET low, or let go of it."""

    def region(self, address: int) -> Memory | None:
        """The memory at an address that is read without a detour, or None."""

    def read(self, address: int, size: int) -> int:
        """A read on the bus; raises BusError."""

    def write(self, address: int, value: int, size: int) -> None:
        """A write on the bus; raises BusError."""


class DebugPort:
    """What answers on SWDIO: one call of `transfer` is one transfer on the wire, and takes its time on the clock."""

    def __init__(self, chip: Chip) -> None:
        self.chip, self.clock = chip, chip.clock
        self.transfers = 0
        self.inject: Inject | None = None
        self.set_clock(DEFAULT_HZ)
        self._power_ups = chip.power_ups
        self._forget()

    def set_clock(self, hz: int) -> None:
        """The frequency of SWCLK."""
        self.hz = hz
        self._transfer_us = TRANSFER_CLOCKS * 1e6 / hz

    def _forget(self) -> None:
        """Be as after power-on: silent until a line reset (ADIv5.2 §B4.3.3)."""
        self._in_sync, self._sticky = False, 0
        self._select = self._power = self._rdbuff = 0
        self._csw, self._tar = CSW_RESET, 0

    def _answers(self) -> bool:
        if self._power_ups != self.chip.power_ups or not self.chip.powered:
            self._power_ups = self.chip.power_ups
            self._forget()
        return self._in_sync and self.chip.answers

    def idle(self, clocks: int) -> None:
        """Let SWCLK run without a transfer."""
        if clocks:
            self.clock.advance(clocks * 1e6 / self.hz)

    def sequence(self, clocks: int, bits: int) -> None:
        """Clock `bits` out on SWDIO, low bit first; fifty ones in a row are a line reset."""
        self.idle(clocks)
        if "1" * LINE_RESET_CLOCKS in f"{bits:b}":
            self.line_reset()

    def line_reset(self) -> None:
        """Fifty ones in a row are over."""
        self._answers()
        if self.chip.answers:
            self._in_sync = True
            self._select &= ~0xF

    def transfer(self, ap: bool, read: bool, register: int, data: int = 0) -> tuple[Ack, int]:
        """One transfer; a read of an AP answers with the result of the read before it (ADIv5.2 §B2.2.6)."""
        self.account(1)
        refusal = self.refusal(ap, read, register, data)
        if refusal is Ack.PARITY:
            return self._garbled(ap, read, register)
        return (refusal, 0) if refusal is not None else (Ack.OK, self.carry_out(ap, read, register, data))

    def _garbled(self, ap: bool, read: bool, register: int) -> tuple[Ack, int]:
        """Data with a wrong parity bit."""
        if self._sticky or (ap and not self._power & SYSTEM_UP):
            return Ack.FAULT, 0
        if read:
            # Bad on the way back: the target knows nothing of it.
            self.carry_out(ap, read, register)
            return Ack.PARITY, 0
        # Bad on the way there: acknowledged before its data came, and the next access is refused (ADIv5.2 §B4.2.5).
        self._sticky |= WDATAERR
        return Ack.OK, 0

    def refusal(self, ap: bool, read: bool, register: int, data: int = 0) -> Ack | None:
        """What is acknowledged where a transfer is not carried out; None where it is. Goes before any data."""
        if not self._answers():
            return Ack.NONE
        # A write of ABORT always gets through (ADIv5.2 §B4.2.3).
        if self.inject is not None and (ap or read or register != DP_ABORT):
            ack = self.inject(ap, read, register, data)
            if ack is not None:
                self._sticky |= STICKYERR if ack is Ack.FAULT else 0
                return ack
            # What was injected may have taken the supply, or brought another chip.
            if not self._answers():
                return Ack.NONE
        if ap and not self._power & SYSTEM_UP:
            self._sticky |= STICKYERR
        # DPIDR and CTRL/STAT can be read and ABORT written in spite of any error (ADIv5.2 §B4.2.4).
        diagnoses = not ap and (register == DP_ABORT or (read and register == DP_CTRL_STAT))
        return None if diagnoses or not self._sticky else Ack.FAULT

    def carry_out(self, ap: bool, read: bool, register: int, data: int = 0) -> int:
        """Do what was not refused; returns what a read puts on the wire."""
        if not ap:
            if read:
                return self._read_dp(register)
            self._write_dp(register, data)
            return 0
        apsel, full = self._select >> 24, (self._select & 0xF0) | register
        try:
            if read:
                before, self._rdbuff = self._rdbuff, self._read_ap(apsel, full)
                return before
            self._write_ap(apsel, full, data)
        except BusError:
            # An error on the bus shows in the transfer after this one.
            self._sticky, self._rdbuff = self._sticky | STICKYERR, 0
        return 0

    @property
    def detects_overrun(self) -> bool:
        """Whether a refused transfer has a data phase all the same: ADIv5.2 §B4.2.6."""
        return bool(self._power & ORUNDETECT)

    def note_wire_error(self, flag: int) -> None:
        """Set WDATAERR or STICKYORUN; transfers are refused until ABORT clears it."""
        self._sticky |= flag

    def account(self, transfers: int) -> None:
        """Count transfers, and let the time pass that they take on the wire."""
        self.transfers += transfers
        self.clock.advance(transfers * self._transfer_us)

    def write_words(self, words: Sequence[int]) -> bool:
        """Many writes of DRW at once, if they are plain RAM and nothing watches; False leaves all to `transfer`."""
        memory = self._plain(len(words))
        if memory is None or memory is not self.chip.ram:
            return False
        struct.pack_into(f"<{len(words)}I", memory.view, self._tar - memory.base, *words)
        self._increment(4 * len(words))
        self.account(len(words))
        return True

    def read_words(self, length: int) -> tuple[int, ...] | None:
        """Many reads of DRW at once with the read of RDBUFF that ends them, under the same conditions."""
        memory = self._plain(length)
        if memory is None:
            return None
        words = struct.unpack_from(f"<{length}I", memory.view, self._tar - memory.base)
        self._increment(4 * length)
        self.account(length + 1)
        self._rdbuff = words[-1]
        return words

    def _plain(self, words: int) -> Memory | None:
        if (
            not words
            or self.inject is not None
            or not self._answers()
            or self._sticky
            or not self._power & SYSTEM_UP
            or self._select >> 24 != AHB_AP
            or self._select & 0xF0
            or self._csw & SIZE_AND_INCREMENT != WORDS_INCREMENTING
            or self._tar % INCREMENT_SPAN + 4 * words > INCREMENT_SPAN
            or self._tar & 3
            or self.chip.locked
            or self.chip.core.spinning
        ):
            return None
        return self.chip.region(self._tar)

    def _read_dp(self, register: int) -> int:
        if register == 0:
            return DPIDR
        if register == DP_CTRL_STAT:
            if self._select & 0xF:
                return 0
            # Each acknowledge bit sits above its request (ADIv5.2 §B2.2.2).
            power = self._power & REQUESTS
            granted = (power & (DEBUG_UP | SYSTEM_UP)) << 1
            return power | granted | READOK | self._sticky
        return self._rdbuff

    def _write_dp(self, register: int, data: int) -> None:
        if register == DP_ABORT:
            for clears, flag in ((STKERRCLR, STICKYERR), (WDERRCLR, WDATAERR), (ORUNERRCLR, STICKYORUN)):
                self._sticky &= ~flag if data & clears else ~0
        elif register == DP_SELECT:
            self._select = data
        elif register == DP_CTRL_STAT and not self._select & 0xF:
            self._power = data

    def _read_ap(self, apsel: int, register: int) -> int:
        return self._read_mem_ap(register) if apsel == AHB_AP else 0

    def _write_ap(self, apsel: int, register: int, data: int) -> None:
        if apsel == AHB_AP:
            self._write_mem_ap(register, data)

    def _read_mem_ap(self, register: int) -> int:
        if register == DRW:
            return self._read_drw()
        if register in BANKED:
            return self._read_bus((self._tar & ~0xF) | (register & 0xC), 4)
        csw = self._csw & ~DEVICE_EN if self.chip.locked else self._csw
        return {CSW: csw, TAR: self._tar, BASE: ROM_TABLE_POINTER, IDR: AHB_AP_IDR}.get(register, 0)

    def _write_mem_ap(self, register: int, data: int) -> None:
        if register == CSW:
            self._csw = (data & ~SIZE_AND_STATE) | min(data & 7, 2) | DEVICE_EN
        elif register == TAR:
            self._tar = data
        elif register == DRW:
            self._write_drw(data)
        elif register in BANKED:
            self._write_bus((self._tar & ~0xF) | (register & 0xC), data, 4)

    def _beats(self) -> tuple[int, int]:
        """(beats, bytes per beat) of one access to DRW: packed transfers make several (ADIv5.2 §C2.2.6)."""
        size = 1 << (self._csw & 3)
        packed = (self._csw >> 4) & 3 == PACKED
        return (4 // size if packed else 1), size

    def _read_drw(self) -> int:
        beats, size = self._beats()
        value = 0
        for _ in range(beats):
            value |= self._read_bus(self._tar, size) << (8 * (self._tar & 3))
            self._increment(size)
        return value & WORD

    def _write_drw(self, data: int) -> None:
        beats, size = self._beats()
        for _ in range(beats):
            self._write_bus(self._tar, (data >> (8 * (self._tar & 3))) & ((1 << (8 * size)) - 1), size)
            self._increment(size)

    def _increment(self, step: int) -> None:
        if (self._csw >> 4) & 3:
            self._tar = (self._tar & ~(INCREMENT_SPAN - 1)) | ((self._tar + step) % INCREMENT_SPAN)

    def _read_bus(self, address: int, size: int) -> int:
        if self.chip.locked:
            raise BusError(f"{address:#010x} is locked")
        self.chip.core.poll()
        return self.chip.read(address, size)

    def _write_bus(self, address: int, data: int, size: int) -> None:
        if self.chip.locked:
            raise BusError(f"{address:#010x} is locked")
        self.chip.write(address, data, size)


class Dap(DebugPort):
    """The debug port of an nRF52840, which has Nordic's CTRL-AP behind it as well."""

    chip: Nrf52840

    def __init__(self, chip: Nrf52840) -> None:
        super().__init__(chip)

    def _forget(self) -> None:
        super()._forget()
        self._ctrl_ap: dict[int, int] = {}

    def _read_ap(self, apsel: int, register: int) -> int:
        if apsel != CTRL_AP:
            return super()._read_ap(apsel, register)
        if register == ERASE_ALL_STATUS:
            return int(self.chip.flash_busy())
        if register == PROTECT_STATUS:
            return int(not self.chip.locked)
        return CTRL_AP_IDR if register == IDR else self._ctrl_ap.get(register, 0)

    def _write_ap(self, apsel: int, register: int, data: int) -> None:
        if apsel != CTRL_AP:
            super()._write_ap(apsel, register, data)
            return
        self._ctrl_ap[register] = data
        if register == ERASE_ALL and data & 1:
            self.chip.recover()
        elif register == RESET:
            self.chip.hold_soft_reset(bool(data & 1))
