"""What a unit draws at the fixture's supply, and what its rails carry; the truth behind every instrument.

amps()       now: nothing without supply, then by what the unit does, plus load and modem
volts(rail)  now, at the unit's pads: less under load, nothing without supply
peak()       the most it drew since its supply was last switched on, the inrush included
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from station.bench.board import Board

SUPPLY_LIMIT = 1.5
"""Amperes at which the fixture's supply limits a shorted unit; assumed."""

OHMS = {"v3v3": 0.12, "vbat": 0.2, "vbus": 0.15}
"""From where a rail is regulated to where it is measured, cable and pins included; assumed."""


class Supply:
    """One unit's. Like the board, not thread-safe: whoever calls holds the lock of the nest it sits in."""

    def __init__(self, board: "Board") -> None:
        self._board = board
        self._peak, self._power_ups = 0.0, 0

    def amps(self) -> float:
        """The current into the unit, in amperes."""
        amps = self._amps()
        self._peak = max(self.peak(), amps)
        return amps

    def _amps(self) -> float:
        board = self._board
        draw, asleep = board.born.draw, board.ailments.sleep_amps
        if not board.chip.supplied:
            return 0.0
        if board.chip.shorted_rail:
            return SUPPLY_LIMIT
        if board.asleep:
            return draw.sleep if asleep is None else asleep
        if board.chip.reset_held:
            return draw.reset
        return draw.running + board.around.load_on * draw.load + board.online.modem_on * draw.modem

    def volts(self, rail: str) -> float:
        """The voltage of a rail, by the names of the unit's traits. Raises ValueError for another."""
        board = self._board
        rails = {**board.born.rails, **board.ailments.rails}
        if rail not in rails:
            raise ValueError(f"a unit has no rail {rail!r}; it has {', '.join(rails)}")
        if not board.chip.supplied or board.chip.shorted_rail == rail:
            return 0.0
        ohms = {**OHMS, **board.ailments.ohms}.get(rail, 0.0)
        return max(0.0, rails[rail] - ohms * board.around.load_on * board.born.draw.load)

    def peak(self) -> float:
        """In amperes, since the supply was last switched on; kept when it is switched off."""
        board = self._board
        if board.chip.supply_ups != self._power_ups:
            self._power_ups, self._peak = board.chip.supply_ups, board.born.draw.inrush
        return max(self._peak, self._amps())
