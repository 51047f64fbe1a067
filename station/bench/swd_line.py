"""SWDIO and SWCLK of a virtual chip, clock by clock: what an adapter needs that knows nothing of transfers.

Ref: ADIv5.2 §B4 (SWD protocol version 1, as DPIDR says). Turnaround is always one clock: TURNROUND is not modelled.
"""

from collections.abc import Callable
from enum import Enum, auto

from station.bench.dap import LINE_RESET_CLOCKS, STICKYORUN, WDATAERR, Ack, Dap

REQUEST_BITS, ACK_BITS, DATA_BITS = 8, 3, 33  # §B4.1: data is 32 bits and parity
# Between two drivers: the clock that turns the line round, and the one at whose end the new driver's bit is sampled.
TURN_CLOCKS = 2
# A request, first bit lowest: start, APnDP, RnW, A2, A3, parity of these four, stop, park: §B4.1.1
START, AP, READ, REGISTER, CHECKED, PARITY, STOP, PARK = 0x01, 0x02, 0x04, 0x18, 0x1E, 0x20, 0x40, 0x80
PIECE = 8  # clocks looked at together; less than a line reset


class Phase(Enum):
    """What the target does with the line."""

    LOST = auto()  # after power-on and after a protocol error: waits for a line reset, §B4.2.5
    RESET = auto()  # waits for the end of a line reset
    IDLE = auto()
    REQUEST = auto()
    DRIVES = auto()  # acknowledge bits, and the data of a read
    TURNS = auto()
    TAKES = auto()  # the data of a write


class SwdLine:
    """The target's end of the two wires. `hz` is SWCLK's frequency; its time passes on the clock of the chip's board.

    `dap` is asked for at each request, as the unit behind the wires changes. A host samples after the rising edge of
    SWCLK. Where nobody drives SWDIO its pull-up does (nRF52840 PS v1.11 §Debug and trace).
    """

    def __init__(self, dap: Callable[[], Dap], hz: float) -> None:
        self._dap = dap
        self.hz = hz
        self.clocks = 0
        self._unpaid = 0  # clocks whose time has not passed yet
        self._ones = 0  # that the line was high in a row
        self._phase, self._left = Phase.LOST, 0
        self._bits, self._count = 0, 0  # what was taken so far and how much; of what is driven, the rest
        self._next: list[tuple[Phase, int]] = []  # phases of this transfer that are still to come
        self._fresh = False  # nothing was asked since the line reset
        self._request, self._garbled = 0, False  # garbled: a bit of the data turns over on its way

    def write(self, bits: int, count: int) -> None:
        """Clock `count` bits out, low bit first."""
        while count:
            length = min(count, PIECE)
            self._clock(bits & ((1 << length) - 1), length, host_drives=True)
            bits, count = bits >> length, count - length

    def read(self, count: int) -> int:
        """Let go of SWDIO for `count` clocks; returns what is on it after each rising edge, first bit lowest."""
        seen = 0
        for start in range(0, count, PIECE):
            length = min(count - start, PIECE)
            seen |= self._clock((1 << length) - 1, length, host_drives=False) << start
        return seen

    def settle(self) -> None:
        """Let the time pass of the clocks so far."""
        unpaid, self._unpaid = self._unpaid, 0
        self._dap().clock.advance(unpaid * 1e6 / self.hz)

    def _clock(self, bits: int, count: int, *, host_drives: bool) -> int:
        """Up to eight clocks; `bits` is the line where the target does not drive it. Returns the line."""
        self.clocks += count
        self._unpaid += count
        seen, done = 0, 0
        while done < count:
            length, level = self._step(bits >> done, min(count - done, LINE_RESET_CLOCKS - self._ones))
            if host_drives:
                level = (bits >> done) & ((1 << length) - 1)
            seen |= level << done
            done += length
            self._watch_for_reset(level, length)
        return seen

    def _watch_for_reset(self, level: int, length: int) -> None:
        """Fifty clocks of a high line are a reset, whatever the target was doing: §B4.3.3."""
        lows = ~level & ((1 << length) - 1)
        self._ones = length - lows.bit_length() if lows else self._ones + length
        if self._ones == LINE_RESET_CLOCKS:
            self._ones, self._phase = 0, Phase.RESET
            self._dap().line_reset()

    def _step(self, bits: int, most: int) -> tuple[int, int]:
        """Go on by at most `most` clocks, at least one, of the same phase; returns how many, and the line in them."""
        match self._phase:
            case Phase.LOST:
                return self._pass(bits, most)
            case Phase.RESET | Phase.IDLE:
                return self._await_edge(bits, most)
            case Phase.DRIVES:
                length = min(most, self._left)
                level, self._bits = self._bits & ((1 << length) - 1), self._bits >> length
            case Phase.TURNS:
                length, level = self._pass(bits, min(most, self._left))
            case Phase.REQUEST | Phase.TAKES:
                length, level = self._pass(bits, min(most, self._left))
                self._bits |= level << self._count
                self._count += length
        self._left -= length
        if not self._left:
            self._end_phase()
        return length, level

    @staticmethod
    def _pass(bits: int, length: int) -> tuple[int, int]:
        return length, bits & ((1 << length) - 1)

    def _await_edge(self, bits: int, most: int) -> tuple[int, int]:
        """Wait for the first zero after a line reset, or for the one that starts a request."""
        _, level = self._pass(bits, most)
        sought = level if self._phase is Phase.IDLE else ~level & ((1 << most) - 1)
        if not sought:
            return most, level
        length = (sought & -sought).bit_length()
        if self._phase is Phase.RESET:
            self._fresh, self._phase = True, Phase.IDLE
        else:
            self._begin(Phase.REQUEST, REQUEST_BITS - 1, START, 1)
        return self._pass(bits, length)

    def _begin(self, phase: Phase, clocks: int, bits: int = 0, count: int = 0) -> None:
        self._phase, self._left, self._bits, self._count = phase, clocks, bits, count

    def _end_phase(self) -> None:
        ended, taken = self._phase, self._bits
        if ended is Phase.REQUEST:
            self._answer(taken)
        elif self._next:
            self._begin(*self._next.pop(0))
        else:
            self._phase = Phase.IDLE
        if ended is Phase.TAKES:
            self._store(taken & 0xFFFF_FFFF, taken >> 32)

    def _answer(self, request: int) -> None:
        """Acknowledge a request; one that is malformed, or not the first after a line reset, is not: §B4.2.5."""
        dap = self._dap()
        ap, read, register = bool(request & AP), bool(request & READ), (request & REGISTER) >> 1
        well_formed = request & (STOP | PARK) == PARK and not (request & (CHECKED | PARITY)).bit_count() & 1
        fresh, self._fresh = self._fresh, False
        if not well_formed or (fresh and (ap or not read or register)):
            self._phase = Phase.LOST
            return
        self.settle()
        dap.transfers += 1
        self._request = request
        refusal = dap.refusal(ap, read, register)
        self._garbled = refusal is Ack.PARITY
        if refusal is Ack.NONE:
            self._phase = Phase.LOST
        elif refusal is not None and not self._garbled:
            skipped = DATA_BITS if dap.detects_overrun else 0
            if skipped:
                dap.note_wire_error(STICKYORUN)
            self._drive(refusal, ACK_BITS, (Phase.TURNS, TURN_CLOCKS + skipped))
        elif read:
            value = dap.carry_out(ap, read, register)
            data = value | ((value.bit_count() + self._garbled) & 1) << 32
            self._drive(Ack.OK | data << ACK_BITS, ACK_BITS + DATA_BITS, (Phase.TURNS, TURN_CLOCKS))
        else:
            self._drive(Ack.OK, ACK_BITS, (Phase.TURNS, TURN_CLOCKS), (Phase.TAKES, DATA_BITS))

    def _drive(self, bits: int, clocks: int, *then: tuple[Phase, int]) -> None:
        self._begin(Phase.DRIVES, clocks, bits)
        self._next = list(then)

    def _store(self, data: int, parity: int) -> None:
        """Carry out a write that was acknowledged, if its data arrived whole: §B4.2.1."""
        dap, request = self._dap(), self._request
        self.settle()
        if data.bit_count() & 1 == parity and not self._garbled:
            dap.carry_out(bool(request & AP), False, (request & REGISTER) >> 1, data)
        else:
            dap.note_wire_error(WDATAERR)
