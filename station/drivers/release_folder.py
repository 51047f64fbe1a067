"""Folders of firmware: what lies in one that a release is sealed from, and where a sealed one is kept.

firmware/parts/      files, never replaced by others of the same name
firmware/releases/   manifests, each written last and in one piece
"""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from station.codec import firmware_file, manifest, module
from station.domain.contents import Contents
from station.domain.draft import Draft
from station.domain.faults import ConfigRefused
from station.domain.release import Release
from station.domain.sealing import Found, NotSealed
from station.drivers.firmware_files import MAX_FILE, FirmwareFiles
from station.toml_file import load

FIRMWARE = frozenset({".bin", ".hex", ".ihex", ".zip"})
"""Endings that promise firmware; a file with one that is none is refused, not passed over."""


@dataclass(frozen=True, slots=True)
class Folder:
    """Firmware files of a folder, and by name why others are none."""

    found: tuple[Found, ...]
    ignored: dict[str, str]


def look(folder: Path) -> Folder:
    """Read every file of a folder, told by its content. Raises NotSealed for what is damaged or promises firmware."""
    found, ignored, wrong = [], {}, []
    for path in sorted(folder.iterdir()):
        why, contents = _read(path)
        if contents is not None:
            found.append(Found(path.name, contents))
        elif why is not None and why.ignored:
            ignored[path.name] = why.sentence
        elif why is not None:
            wrong.append(f"{path.name}: {why.sentence}")
    if wrong:
        raise NotSealed(wrong)
    return Folder(tuple(found), ignored)


@dataclass(frozen=True, slots=True)
class _Why:
    sentence: str
    ignored: bool


def _read(path: Path) -> tuple[_Why | None, Contents | None]:
    promises = path.suffix.lower() in FIRMWARE and not path.name.startswith(".")
    if path.is_dir():
        return _Why("a folder", ignored=True), None
    if not path.is_file():
        return _Why("no file that can be read", ignored=not promises), None
    try:
        size = path.stat().st_size
        if size > MAX_FILE:
            return _Why(f"{size} bytes are too large for firmware", ignored=not promises), None
        data = path.read_bytes()
    except OSError as error:
        return _Why(error.strerror or "cannot be read", ignored=False), None
    try:
        return None, firmware_file.read(data)
    except module.DamagedModule as error:
        return _Why(str(error), ignored=False), None
    except module.NotAModule as error:
        return _Why(str(error), ignored=not promises), None


def free_name(parts: Path, name: str, data: bytes) -> str:
    """`name`, or one with the content's hash in it where another file has that name already."""
    there = parts / name
    if not there.exists() or _same(there, data):
        return name
    stem, dot, ending = name.rpartition(".")
    return f"{stem}-{hashlib.sha256(data).hexdigest()[:8]}{dot}{ending}"


def manifest_path(into: Path, release: Release) -> Path:
    """Where a release's manifest is kept."""
    return into / "releases" / f"{release.name}-{release.version}.toml"


def sealed_already(into: Path, release: Release) -> bool:
    """True where this very release is sealed. Raises NotSealed where another one has its name."""
    path = manifest_path(into, release)
    if not path.exists():
        return False
    if _says(path, release):
        return True
    raise NotSealed([f"{path} is another release of this name; take another --version, or replace it with --force"])


def write(draft: Draft, into: Path) -> None:
    """Put the parts into their folder, then the manifest; what is there and right is left alone. Raises NotSealed."""
    parts, path = into / "parts", manifest_path(into, draft.release)
    try:
        parts.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        for name, data in draft.files.items():
            _put(parts / name, data)
        _put_manifest(path, draft.release, parts)
    except OSError as error:
        raise NotSealed([f"{error.filename or into}: {error.strerror}"]) from error


def _put(path: Path, data: bytes) -> None:
    """A new file in one piece; never in the place of another."""
    if path.exists():
        if not _same(path, data):
            raise NotSealed([f"{path} is there with another content, and is not replaced"])
        return
    temporary = _temporary(path.parent, data)
    try:
        os.link(temporary, path)
    except FileExistsError:
        if not _same(path, data):
            raise NotSealed([f"{path} appeared meanwhile with another content, and is not replaced"]) from None
    finally:
        temporary.unlink()


def _put_manifest(path: Path, release: Release, parts: Path) -> None:
    """Written aside, read back as the station reads it, then moved to its name; one that says the same stays."""
    temporary = _temporary(path.parent, manifest.text_of(release).encode())
    try:
        written = load(temporary, Release).value
        if written != release:
            raise NotSealed([f"{path}: its text does not say what was meant"])
        FirmwareFiles(parts).load(written)
        if not _says(path, release):
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _says(path: Path, release: Release) -> bool:
    try:
        return path.exists() and load(path, Release).value == release
    except ConfigRefused:
        return False


def _temporary(folder: Path, data: bytes) -> Path:
    number, name = tempfile.mkstemp(dir=folder, prefix=".sealing.")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _same(path: Path, data: bytes) -> bool:
    return path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data
