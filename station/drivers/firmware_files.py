"""Firmware modules in a folder, read, hashed and checked right before they are flashed."""

import hashlib
from pathlib import Path

from station.codec import module
from station.domain.faults import FileChanged, ReleaseRefused
from station.domain.release import Loaded, Part, Release, problems

MAX_FILE = 16 << 20
"""Bytes; the largest flash of a platform has 8 MiB."""


class FirmwareFiles:
    """Implements ports.Firmware over one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, release: Release) -> list[Loaded]:
        parts = [self._load(release, part) for part in release.parts]
        wrong = problems(release, parts)
        if wrong:
            raise ReleaseRefused(f"{release.title}: " + "; ".join(wrong))
        return parts

    def _load(self, release: Release, part: Part) -> Loaded:
        path = self._folder / part.file
        try:
            if path.stat().st_size > MAX_FILE:
                raise ReleaseRefused(f"{release.title}: {path} is too large for a firmware module")
            data = path.read_bytes()
        except OSError as error:
            raise FileChanged(f"{release.title}: {path}: {error.strerror}") from error
        found = hashlib.sha256(data).hexdigest()
        if found != part.sha256:
            raise FileChanged(f"{release.title}: {path} has SHA-256 {found[:16]}…, sealed was {part.sha256[:16]}…")
        try:
            return Loaded(part, module.read(data), data)
        except module.NotAModule as error:
            raise ReleaseRefused(f"{release.title}: {path}: {error}") from error
