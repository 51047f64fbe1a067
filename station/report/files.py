"""Report files: whole under their name, or as they were before."""

import os
import secrets
from pathlib import Path


def atomic_write(path: Path, data: bytes) -> Path:
    """Write a file so that it is there whole or not at all, also after a power cut; what had the name goes.

    The folder has to exist. Raises OSError, and then leaves no new file behind.
    """
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
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return path
