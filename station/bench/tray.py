"""The tray beside the virtual fixture: units that are still to be made, for whoever takes the next one."""

import threading
from collections.abc import Iterable


class Tray:
    """Units with the text of their labels, in order; callable from any thread."""

    def __init__(self, units: Iterable[tuple[int, str]]) -> None:
        self._units = list(units)
        self._labels = dict(self._units)
        self._lock = threading.Lock()

    def units(self) -> list[tuple[int, str]]:
        """What lies in it."""
        with self._lock:
            return list(self._units)

    def next(self) -> tuple[int, str] | None:
        """Take the next one; None where it is empty."""
        with self._lock:
            return self._units.pop(0) if self._units else None

    def take(self, unit: int) -> None:
        """Take this one, if it is there."""
        with self._lock:
            self._units = [one for one in self._units if one[0] != unit]

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
