"""The hardware around a unit's chip, as far as firmware and operators see it; its modem is bench/connection.py's."""

from dataclasses import dataclass

SYSTEM = "system"
"""The status LED shows what Device OS makes of it."""

RAINBOW = "rainbow"
"""It runs through all colours, for whoever looks for the unit."""


@dataclass
class Around:
    """What firmware and hands have done to it since the firmware's start."""

    led: str = SYSTEM
    load_on: bool = False
    presses: int = 0
    """Of the MODE button."""
    pressed: bool = False

    def restart(self) -> None:
        """The chip was reset, or has no supply any more."""
        self.led, self.load_on, self.presses = SYSTEM, False, 0


PAIRS = (("D2", "D3"), ("D4", "D5"), ("D6", "D8"), ("D9", "D10"))
"""Pins that the fixture joins: those of firmware/factory-test/src/board.h."""


def wiring_faults(cut: set[tuple[str, str]], touching: set[tuple[str, str]], stuck: dict[str, bool]) -> list[str]:
    """What is found when the pairs are driven one pin at a time: stuck pins, open pairs, pairs that touch.

    >>> wiring_faults({("D2", "D3")}, {("D4", "D8")}, {})
    ['open D2-D3', 'short D4-D6']
    """
    joined = [pair for pair in PAIRS if pair not in cut] + list(touching)
    nets = {pin: _net(pin, joined) for pair in PAIRS for pin in pair}
    held = {pin: stuck[one] for pin, net in nets.items() for one in sorted(net) if one in stuck}
    found = [f"stuck {'high' if held[pin] else 'low'} {pin}" for pin in nets if pin in held]
    free = [(at, pin) for at, pair in enumerate(PAIRS) for pin in pair if pin not in held]
    found += [f"open {a}-{b}" for a, b in PAIRS if a not in held and b not in held and b not in nets[a]]
    told: dict[tuple[int, int], str] = {}
    for at, a in free:
        for other, b in free:
            if at < other and b in nets[a]:
                told.setdefault((at, other), f"short {a}-{b}")
    return found + list(told.values())


def _net(pin: str, joined: list[tuple[str, str]]) -> set[str]:
    """All pins that are one with this one."""
    net = {pin}
    while more := {end for pair in joined for end in pair if net & set(pair)} - net:
        net |= more
    return net
