"""What the system says when a file or folder cannot be used, as a fault with a remedy of its own. Pure.

Errors are those of open(2), write(2), fsync(2), mkdir(2) and link(2) as Linux tells them.
"""

import errno
import os
import stat
from pathlib import Path

from station.domain.faults import DiskFails, DiskReadOnly, Fault, JournalFull, NotPermitted, PlaceRefused

_FAULTS: dict[int, type[Fault]] = {
    errno.ENOSPC: JournalFull,
    errno.EDQUOT: JournalFull,
    errno.EFBIG: JournalFull,
    errno.EROFS: DiskReadOnly,
    errno.EACCES: NotPermitted,
    errno.EPERM: NotPermitted,
    errno.EIO: DiskFails,
    errno.ENXIO: DiskFails,
    errno.ENODEV: DiskFails,
    errno.ESTALE: DiskFails,
    errno.EUCLEAN: DiskFails,
    errno.ENAMETOOLONG: PlaceRefused,
    errno.ENOTDIR: PlaceRefused,
    errno.EISDIR: PlaceRefused,
    errno.EEXIST: PlaceRefused,
    errno.ENOENT: PlaceRefused,
    errno.ELOOP: PlaceRefused,
    errno.EINVAL: PlaceRefused,
    errno.EILSEQ: PlaceRefused,
}


def fault_of(path: Path, why: OSError) -> Fault:
    """The fault for what happened at `path`; one that no row foresees is told as a disk that fails.

    >>> fault_of(Path("/mnt/state"), OSError(errno.EROFS, "Read-only file system")).code
    'S506'
    """
    return fault_for(path, why.errno or 0, why.strerror or str(why))


def fault_for(path: Path, number: int, says: str = "") -> Fault:
    """The same by the error's number, as SQLite keeps it.

    >>> str(fault_for(Path("/mnt/state"), errno.ENOSPC))
    '/mnt/state: No space left on device'
    """
    kind = _FAULTS.get(number, DiskFails)
    return kind(f"{readable(path)}: {says or os.strerror(number)}")


def readable(path: Path) -> str:
    """A path as it can be printed and stored, whatever bytes are in its name.

    >>> readable(Path("lin\\udce9"))
    'lin\\\\xe9'
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def refuse_unreadable(path: Path) -> None:
    """Raises PlaceRefused for a name that is not UTF-8: neither SQLite nor a report can hold it."""
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        raise PlaceRefused(f"{readable(path)}: the name is not UTF-8") from None


def refuse_special(*files: Path) -> None:
    """Raises PlaceRefused where a folder, a pipe or a device has a file's name: opening some of them never ends."""
    for one in files:
        try:
            mode = one.stat().st_mode
        except FileNotFoundError:
            continue
        except OSError as why:
            raise fault_of(one, why) from why
        if not stat.S_ISREG(mode):
            raise PlaceRefused(f"{readable(one)}: this is no file, but a folder, a pipe or a device")
