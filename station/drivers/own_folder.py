"""A folder that is nobody else's: made anew, empty, and for this user only."""

import os
import shutil
import stat
from pathlib import Path

from station.domain.faults import NotPermitted
from station.domain.places import fault_of

MODE = 0o700


def make_anew(folder: Path) -> None:
    """An empty folder in the place of whatever has the name; what it is a link to stays as it is.

    Raises the faults of domain.places, NotPermitted where somebody else's folder came in between.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder)
        else:
            folder.unlink(missing_ok=True)
        folder.mkdir(MODE)
        made = folder.lstat()
    except OSError as why:
        raise fault_of(folder, why) from why
    if made.st_uid != os.geteuid() or not stat.S_ISDIR(made.st_mode) or made.st_mode & 0o077:
        raise NotPermitted(f"{folder}: it is not this user's own folder")
