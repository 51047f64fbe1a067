"""Report files: whole under their name, or as they were before."""

import os
import secrets
from pathlib import Path

from station.domain.places import fault_of, refuse_unreadable


def make_folder(folder: Path) -> None:
    """Make a folder, and those it lies in. Raises the faults of domain.places."""
    refuse_unreadable(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as why:
        raise fault_of(folder, why) from why


def atomic_write(path: Path, data: bytes) -> Path:
    """Write a file so that it is there whole or not at all, also after a power cut; what had the name goes.

    The folder has to exist. Raises the faults of domain.places, and then leaves no new file behind.
    """
    try:
        _write(path, data)
        _sync(path.parent)
    except OSError as why:
        raise fault_of(path, why) from why
    return path


def _write(path: Path, data: bytes) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with draft.open("xb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _sync(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
