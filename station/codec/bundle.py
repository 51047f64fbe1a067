"""Bundles: zip files of a user part and the assets it needs.

    <any>.bin        the user part, one of it
    assets/<name>    each asset; its SHA-256 stands in the user part
    env.json         the environment it was made for; of no use here

Ref: particle-iot/binary-version-reader, lib/moduleEncoding.js, unpackApplicationAndAssetBundle. Nothing is unpacked
before the archive's own table of contents is known to be harmless.
"""

import hashlib
import io
import lzma
import stat
import struct
import zipfile
import zlib

from station.codec import module
from station.codec.file_kind import APPLE, ZIP, what_is
from station.domain.bare import missing_assets
from station.domain.contents import Contents
from station.domain.firmware import Function

MAX_ENTRY = 16 << 20
"""Bytes unpacked of one entry; the largest external flash of a Particle device has 8 MiB."""

MAX_TOTAL = 32 << 20
"""Bytes unpacked of all entries."""

MAX_CONTENTS = 64 << 10
"""Bytes of the archive's table of contents: several hundred entries."""

ASSETS = "assets/"
_END = struct.Struct("<4s4H2IH")  # end of central directory (PKWARE APPNOTE 6.3.10, 4.3.16)
_ENCRYPTED = 1
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, struct.error)
_UNSUPPORTED = (NotImplementedError, RuntimeError)


def read(data: bytes) -> Contents:
    """The user part of a bundle and its assets. Raises NotAModule with why it cannot be used."""
    _refuse_large_contents(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            why = _why_not(entries)
            if why is not None:
                raise module.NotAModule(f"a zip archive that cannot be used: {why}")
            files = {one.filename: _unpack(archive, one) for one in entries if _wanted(one)}
    except module.NotAModule:
        raise
    except (*_BROKEN, *_UNSUPPORTED) as error:
        raise module.NotAModule(f"a damaged zip archive: {error or type(error).__name__}") from None
    kind = what_is(data)
    if kind is not None and kind is not ZIP and not any(_is_module(name) for name in files):
        raise module.NotAModule(kind.as_firmware)
    twins = [name for name, data in files.items() if _is_twin(name, data)]
    notes = [f"{one.filename}: left out" for one in entries if not one.is_dir() and not _wanted(one)]
    notes += [f"{name}: left out, {APPLE.noun}" for name in twins]
    return _bundle({name: data for name, data in files.items() if name not in twins}, entries, notes)


def _is_twin(name: str, data: bytes) -> bool:
    """What a Mac zips beside each file; by its name alone it may be an asset."""
    return name.rpartition("/")[2].startswith("._") and what_is(data) is APPLE


def _refuse_large_contents(data: bytes) -> None:
    """A table of contents may be as large as the file; it is measured before it is read."""
    at = data.rfind(b"PK\5\6")
    if at < 0 or len(data) - at < _END.size:
        raise module.NotAModule("a zip archive that is cut short: it has no end")
    size = _END.unpack_from(data, at)[5]
    if size > MAX_CONTENTS:
        raise module.NotAModule(f"a zip archive that cannot be used: its table of contents has {size} bytes")


def _why_not(entries: list[zipfile.ZipInfo]) -> str | None:
    """Why this archive is not unpacked, or None."""
    seen: set[str] = set()
    for one in entries:
        name = one.filename
        if name in seen:
            return f"{name!r} is in it twice"
        seen.add(name)
        if _is_trick(one):
            return f"{name!r} is no plain path inside the archive"
        if stat.S_ISLNK(one.external_attr >> 16):
            return f"{name!r} is a symbolic link"
        if one.flag_bits & _ENCRYPTED:
            return f"{name!r} is encrypted"
        if one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            return f"{name!r} is compressed in a way that bundles do not use"
        if one.file_size > MAX_ENTRY:
            return f"{name!r} would unpack to {one.file_size} bytes"
    total = sum(one.file_size for one in entries)
    return f"it would unpack to {total} bytes" if total > MAX_TOTAL else None


def _is_trick(one: zipfile.ZipInfo) -> bool:
    name = one.filename
    parts = name.removesuffix("/").split("/")
    strange = any(character < " " or character in "\\:\x7f" for character in one.orig_filename)
    return strange or one.orig_filename != name or any(part in ("", ".", "..") for part in parts)


def _wanted(one: zipfile.ZipInfo) -> bool:
    """The modules at the top, and what lies right under assets/."""
    name = one.filename
    return not one.is_dir() and (_is_module(name) or (name.startswith(ASSETS) and name.count("/") == 1))


def _lies_below(name: str) -> bool:
    return name.lower().endswith(".bin") and not name.startswith((ASSETS, "__MACOSX/")) and "/" in name


def _is_module(name: str) -> bool:
    return "/" not in name and name.lower().endswith(".bin")


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """One entry, and not a byte more than it promised."""
    with archive.open(entry) as file:
        data = file.read(entry.file_size + 1)
    if len(data) != entry.file_size:
        raise zipfile.BadZipFile(f"{entry.filename!r} is not as long as it says")
    return data


def _bundle(files: dict[str, bytes], entries: list[zipfile.ZipInfo], notes: list[str]) -> Contents:
    modules = [name for name in files if _is_module(name)]
    if len(modules) != 1:
        below = any(_lies_below(one.filename) for one in entries)
        there = ", ".join(modules) or ("it lies in a folder; zip what is in that" if below else "none")
        raise module.NotAModule(f"a zip archive with {len(modules)} .bin files at its top, not one: {there}")
    try:
        user = module.read(files[modules[0]])
    except module.NotAModule as error:
        raise module.NotAModule(f"a zip archive; {modules[0]} in it: {error}") from None
    if user.function is not Function.USER:
        raise module.NotAModule(f"a zip archive; {modules[0]} in it is {user}, not a user part")
    assets = {name.removeprefix(ASSETS): data for name, data in files.items() if name.startswith(ASSETS)}
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in assets.items()}
    wrong = missing_assets(user.assets, hashes)
    if wrong:
        raise module.NotAModule(f"a bundle that does not hold together: {'; '.join(wrong)}")
    asked = {need.name for need in user.assets}
    left = tuple(f"{ASSETS}{name}: left out, the user part does not ask for it" for name in assets if name not in asked)
    return Contents(
        modules=((user, files[modules[0]]),),
        assets={name: data for name, data in assets.items() if name in asked},
        notes=(*notes, *left),
    )
