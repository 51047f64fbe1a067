"""A visitor at the bench: does by hand what the virtual operator does, with the same units from the same tray."""

from collections.abc import Mapping

from station.bench import mishaps
from station.bench.client import Bench, BenchError
from station.bench.operator import Operator
from station.bench.tray import Tray
from station.ui.bench_model import BenchNest, BenchPage, BenchUnit, Deed

AILMENTS = tuple(one.name for one in mishaps.CATALOGUE if one.where == "unit" and one.recipe is None)
"""What can be wrong with a new unit, on any recipe."""


class Visitor:
    """The bench's `window.bench_side.Hands`."""

    def __init__(self, bench: Bench, tray: Tray, operator: Operator, badges: Mapping[str, str] | None = None) -> None:
        """`badges` are the texts of badges, by whose they are."""
        self._bench, self._tray, self._operator = bench, tray, operator
        self._badges = dict(badges or {})
        self._chosen: int | None = None
        self._list = False
        self._ails: dict[int, str] = {}

    def do(self, deed: Deed, number: int, name: str) -> None:
        """What makes no sense any more, because the operator was quicker, is not done."""
        try:
            self._do(deed, number, name)
        except BenchError:
            return

    def _do(self, deed: Deed, number: int, name: str) -> None:
        match deed:
            case Deed.PAUSE if self._operator.works:
                # What was in the operator's hand is what the screen may be waiting for.
                self._chosen = self._operator.rest() or self._chosen
            case Deed.PAUSE:
                self._operator.go_on()
            case Deed.LID:
                closed = next(one.closed for one in self._bench.seats() if one.nest == number)
                self._bench.lid(number, not closed)
            case Deed.SEAT if self._chosen is not None and self._lies(self._chosen):
                self._bench.place(number, self._chosen)
                self._tray.take(self._chosen)
                self._chosen = None
            case Deed.TAKE:
                unit = self._bench.remove(number)
                self._tray.put(unit, self._tray.label(unit))
                self._chosen = unit
            case Deed.PRESS:
                self._bench.press(number)
            case Deed.CHOOSE:
                self._chosen = None if self._chosen == number else number
            case Deed.SCAN:
                self._bench.scan(self._tray.label(number))
                self._chosen = number
            case Deed.BADGE:
                self._bench.scan(self._badges[name])
            case Deed.NEW:
                self._new(name)
            case Deed.LIST:
                self._list = not self._list
            case _:
                return

    def _new(self, ailment: str) -> None:
        unit = self._bench.new_unit()
        if ailment:
            self._bench.mishap(ailment, unit=unit)
            self._ails[unit] = ailment
        self._tray.put(unit, self._bench.unit(unit).label)
        self._list, self._chosen = False, unit
        self._operator.look_in_tray()

    def _lies(self, unit: int) -> bool:
        return any(one == unit for one, _ in self._tray.units())

    def page(self) -> BenchPage:
        """How the bench stands."""
        nests = []
        for seat in self._bench.seats():
            facts = None if seat.unit is None else self._bench.unit(seat.unit)
            nests.append(
                BenchNest(seat.nest, seat.closed)
                if facts is None
                else BenchNest(
                    seat.nest, seat.closed, facts.unit, facts.serial, facts.led, self._ails.get(facts.unit, "")
                )
            )
        tray = sorted(
            (BenchUnit(unit, _serial(label), self._ails.get(unit, "")) for unit, label in self._tray.units()),
            key=lambda one: one.unit,
            reverse=True,
        )
        return BenchPage(
            working=self._operator.works,
            nests=tuple(nests),
            tray=tuple(tray),
            chosen=next((one.unit for one in tray if one.unit == self._chosen), None),
            ailments=AILMENTS if self._list else (),
            badges=tuple(self._badges),
        )


def _serial(label: str) -> str:
    return label.split(maxsplit=1)[0] if label.split() else ""
