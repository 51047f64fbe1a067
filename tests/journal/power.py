"""A disk that loses power: what was not synced is lost, torn or kept, sector by sector."""

import random
from pathlib import Path
from types import TracebackType

import apsw

SECTOR = 512
"""Bytes that a disk writes at once."""


class Disk(apsw.VFS):
    """SQLite's files on a disk that fails after `budget` writes, syncs and truncations.

    A `lying` disk reports a sync as done and does nothing. It is SQLite's default as long as it is mounted.
    """

    def __init__(self, dice: random.Random, budget: int, lying: bool = False) -> None:
        self.dice = dice
        self.budget = budget
        self.lying = lying
        self.platters: dict[str, Platter] = {}
        super().__init__("failing-disk", "", makedefault=True)

    def spend(self) -> None:
        """One operation; without power there is none."""
        self.budget -= 1
        if self.budget <= 0:
            raise apsw.IOError("no power")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> "DiskFile":  # noqa: N802
        return DiskFile(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        self.spend()
        super().xDelete(filename, syncdir)
        if self.dice.random() < 0.5:
            self.platters.pop(filename, None)

    def excepthook(self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None) -> bool:
        """The failures are meant; SQLite hands them to its caller as well."""
        return True

    def leave(self, folder: Path) -> None:
        """Write what is found on the disk after the power is back."""
        for name, platter in self.platters.items():
            found = platter.after_the_cut(self.dice)
            if found is not None:
                (folder / Path(name).name).write_bytes(found)


class Platter:
    """One file as it is on the disk for certain, and what was asked for since."""

    def __init__(self, durable: bytes | None) -> None:
        self.durable = durable
        self.now = bytearray(durable or b"")
        self.unsynced: list[tuple[int, bytes] | int] = []

    def write(self, data: bytes, offset: int) -> None:
        """Overlay; beyond the end, zeros come between."""
        _overlay(self.now, data, offset)
        self.unsynced.append((offset, data))

    def truncate(self, size: int) -> None:
        """Cut to a size."""
        del self.now[size:]
        self.unsynced.append(size)

    def sync(self) -> None:
        """All of it is certain now."""
        self.durable = bytes(self.now)
        self.unsynced.clear()

    def after_the_cut(self, dice: random.Random) -> bytes | None:
        """The certain part, and each later sector with even odds, one in twenty torn; None without the file."""
        if self.durable is None and dice.random() < 0.5:
            return None
        image = bytearray(self.durable or b"")
        for change in self.unsynced:
            if isinstance(change, int):
                if dice.random() < 0.5:
                    del image[change:]
                continue
            offset, data = change
            for start in range(0, len(data), SECTOR):
                sector = data[start : start + SECTOR]
                luck = dice.random()
                if luck < 0.05:
                    sector = sector[: dice.randrange(len(sector))]
                if luck < 0.5:
                    _overlay(image, sector, offset + start)
        return bytes(image)


class DiskFile(apsw.VFSFile):
    """One open file on the disk."""

    def __init__(self, disk: Disk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        if path not in disk.platters:
            disk.platters[path] = Platter(Path(path).read_bytes() if Path(path).exists() else None)
        self.disk = disk
        self.platter = disk.platters[path]
        super().__init__("unix", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self.disk.spend()
        super().xWrite(data, offset)
        self.platter.write(bytes(data), offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self.disk.spend()
        super().xTruncate(newsize)
        self.platter.truncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self.disk.spend()
        # The real disk under this one need not sync: what counts is what this one holds for certain.
        if not self.disk.lying:
            self.platter.sync()


def _overlay(image: bytearray, data: bytes, offset: int) -> None:
    image.extend(bytes(max(0, offset - len(image))))
    image[offset : offset + len(data)] = data
