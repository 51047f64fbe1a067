"""What goes wrong between probe and chip, at a chosen moment or by a seed: for `Dap.inject` and `Firmware.on_packet`.

Moments count from when the fault is put in place, the first transfer or packet being number 1. Whoever puts one in
place holds the board's lock. Writes of ABORT are never disturbed.
"""

import random
from collections.abc import Callable, Sequence

from station.bench.chip import Nrf52840
from station.bench.cmsis_dap import Firmware, Unplugged
from station.bench.dap import Ack, Dap, Inject

NOISE = (Ack.NONE, Ack.PARITY, Ack.FAULT, Ack.WAIT)


class Noise:
    """Each transfer is hit with probability `rate`, by one of `kinds`; the seed decides which and when."""

    def __init__(self, seed: int, rate: float, kinds: Sequence[Ack] = NOISE) -> None:
        self.hits = 0
        self._dice, self._rate, self._kinds = random.Random(seed), rate, tuple(kinds)

    def __call__(self, _ap: bool, _read: bool, _register: int, _data: int) -> Ack | None:
        if self._dice.random() >= self._rate:
            return None
        self.hits += 1
        return self._dice.choice(self._kinds)


class WaitStorm:
    """The target says WAIT to `length` transfers, beginning with number `first`."""

    def __init__(self, first: int, length: int) -> None:
        self._until_first, self._left = first, length

    def __call__(self, _ap: bool, _read: bool, _register: int, _data: int) -> Ack | None:
        self._until_first -= 1
        if self._until_first > 0 or not self._left:
            return None
        self._left -= 1
        return Ack.WAIT


class AtTransfer:
    """Something happens to the unit just before transfer number `at`, once; the transfer then meets what is left."""

    def __init__(self, at: int, befall: Callable[[], None]) -> None:
        self._left, self._befall = at, befall

    def __call__(self, _ap: bool, _read: bool, _register: int, _data: int) -> Ack | None:
        self._left -= 1
        if self._left == 0:
            self._befall()
        return None


class AtPacket:
    """Something happens just before packet number `at` is looked at, once."""

    def __init__(self, at: int, befall: Callable[[], None]) -> None:
        self._left, self._befall = at, befall

    def __call__(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._befall()


def supply_cut(chip: Nrf52840, at: int) -> Inject:
    """The supply fails before transfer `at`, and stays off until it is switched on again."""
    return AtTransfer(at, chip.supply_failed)


def locked_behind(chip: Nrf52840, at: int) -> Inject:
    """APPROTECT is latched before transfer `at`: the memory behind the debug port is gone until a recovery."""
    return AtTransfer(at, chip.lock)


def together(*faults: Inject) -> Inject:
    """Several at once: all are asked, and the first answer counts."""

    def inject(ap: bool, read: bool, register: int, data: int) -> Ack | None:
        answers = [fault(ap, read, register, data) for fault in faults]
        return next((ack for ack in answers if ack is not None), None)

    return inject


def plug_pulled(at: int) -> AtPacket:
    """The probe's plug is pulled at packet `at`, which is not answered any more."""

    def pull() -> None:
        raise Unplugged

    return AtPacket(at, pull)


def other_chip(firmware: Firmware, chip: Nrf52840, at: int) -> AtPacket:
    """From packet `at` on another chip is in the seat, as it is: its debug port is silent until a line reset."""

    def swap() -> None:
        hz = firmware.dap.hz
        firmware.dap = Dap(chip)
        firmware.dap.set_clock(hz)

    return AtPacket(at, swap)
