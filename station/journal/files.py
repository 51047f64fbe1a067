"""Files that are handed to people: whole under their name or not there, and never in place of another."""

import errno
import os
import secrets
from pathlib import Path

_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
"""What file systems without hard links answer (FAT on a USB stick, some network shares)."""


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def prepare(target: Path, data: bytes) -> Path:
    """Write a hidden file beside `target`, on disk when this returns; gone again after an error. Raises OSError."""
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with draft.open("xb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return draft


def publish(draft: Path, target: Path) -> None:
    """Give a prepared file its name. Raises FileExistsError when the name is taken, OSError."""
    try:
        os.link(draft, target)
        draft.unlink()
    except OSError as why:
        if why.errno not in _NO_LINKS:
            raise
        # Without links the look and the rename are two steps; only a program of the same moment could come between.
        if target.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
        draft.rename(target)
    sync_folder(target.parent)
