"""Firmware modules in a folder, read, hashed and checked right before they are flashed."""

import hashlib
from pathlib import Path

from station.codec import intel_hex, module
from station.domain.bare import Bare, asset_problems, bare_problems
from station.domain.faults import FileChanged, ReleaseRefused
from station.domain.layout import misplaced
from station.domain.release import AssetPart, BarePart, Loaded, Part, Release, problems

MAX_FILE = 16 << 20
"""Bytes; the largest flash of a platform has 8 MiB."""


class FirmwareFiles:
    """Implements ports.Firmware over one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, release: Release) -> list[Loaded]:
        parts = self.read(release)
        wrong = problems(release, parts) + misplaced(parts)
        wrong += bare_problems(release, parts, self.unjudged(release))
        wrong += asset_problems([one.module for one in parts], release.assets)
        if wrong:
            raise ReleaseRefused(f"{release.title}: " + "; ".join(wrong))
        return parts

    def bare(self, release: Release) -> list[Bare]:
        """What the release brings without a module header, checked like its modules and with them.

        Raises FileChanged, ReleaseRefused.
        """
        self.load(release)
        return self.unjudged(release)

    def read(self, release: Release) -> list[Loaded]:
        """The modules of a release, each with the hash it was sealed with; the set is not judged.

        Raises FileChanged, ReleaseRefused.
        """
        return [self._load(release, part) for part in release.parts]

    def unjudged(self, release: Release) -> list[Bare]:
        """What `bare` returns, each with the hash it was sealed with; the set is not judged.

        Raises FileChanged, ReleaseRefused.
        """
        return [self._one_bare(release, part) for part in release.bare]

    def assets(self, release: Release) -> dict[str, bytes]:
        """The assets of a release, by name. Raises FileChanged, ReleaseRefused."""
        return {one.name: self._sealed(release, one) for one in release.assets}

    def _load(self, release: Release, part: Part) -> Loaded:
        data = self._sealed(release, part)
        try:
            return Loaded(part, module.read(data), data)
        except module.NotAModule as error:
            raise ReleaseRefused(f"{release.title}: {self._folder / part.file}: {error}") from error

    def _one_bare(self, release: Release, part: BarePart) -> Bare:
        data = self._sealed(release, part)
        match part.kind:
            case "mbr":
                return Bare(part, data)
            case "uicr":
                try:
                    return Bare(part, data, intel_hex.words(data))
                except intel_hex.NotHex as error:
                    raise ReleaseRefused(f"{release.title}: {self._folder / part.file}: {error}") from error

    def _sealed(self, release: Release, part: Part | BarePart | AssetPart) -> bytes:
        """The file's bytes, which are the ones that were sealed."""
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
        return data
