"""The tray beside the virtual fixture: units that are still to be made, for whoever takes the next one."""

import threading
from collections.abc import Iterable


class Tray:
    """Units with the text of their labels, in order; callable from any thread."""

    def __init__(self, units: Iterable[tuple[int, str]]) -> None:
        self._units = list(units)
        self._labels = dict(self._units)
        self._aside: set[int] = set()
        self._lock = threading.Lock()

    def units(self) -> list[tuple[int, str]]:
        """What lies in it."""
        with self._lock:
            return list(self._units)

    @property
    def waits(self) -> bool:
        """Whether a unit is still to be tried."""
        return any(unit not in self._aside for unit, _ in self.units())

    def next(self) -> tuple[int, str] | None:
        """Take the next one that was not set aside; None where there is none."""
        with self._lock:
            found = next((one for one in self._units if one[0] not in self._aside), None)
            if found is not None:
                self._units.remove(found)
            return found

    def take(self, unit: int) -> None:
        """Take this one, if it is there."""
        with self._lock:
            self._units = [one for one in self._units if one[0] != unit]
            self._aside.discard(unit)

    def put_back(self, unit: int) -> None:
        """Lay one where it was taken from: it is the next one again."""
        with self._lock:
            self._units.insert(0, (unit, self._labels[unit]))

    def set_aside(self, unit: int) -> None:
        """Lay one back that was tried; only who takes it by its number has it again."""
        with self._lock:
            self._aside.add(unit)
            self._units.insert(0, (unit, self._labels[unit]))

    def put(self, unit: int, label: str) -> None:
        """Lay one in, at the end."""
        with self._lock:
            self._labels[unit] = label
            self._units.append((unit, label))

    def made(self) -> list[int]:
        """Every unit that ever lay here."""
        with self._lock:
            return list(self._labels)

    def label(self, unit: int) -> str:
        """The text of a unit's label; empty where it never lay here."""
        with self._lock:
            return self._labels.get(unit, "")

    def labelled(self, serial: str) -> int | None:
        """The unit that has this serial number on its label, wherever it is now."""
        with self._lock:
            return next((unit for unit, label in self._labels.items() if serial and serial in label), None)
