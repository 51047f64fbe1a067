"""Which firmware files of a folder make a release: one of each kind, all for one platform."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from station.domain.chip import MBR_SIZE
from station.domain.contents import Contents
from station.domain.faults import ReleaseRefused
from station.domain.firmware import Function, Image, Module, image_of
from station.domain.platform import Platform, platform_with_id
from station.domain.release import KINDS, NOT_BY_SWD


class NotSealed(ReleaseRefused):
    """A folder does not make a release; `reasons` are sentences."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("no release was sealed:\n" + "\n".join(f"      - {one}" for one in reasons))
        self.reasons = tuple(reasons)


@dataclass(frozen=True, slots=True)
class Found:
    """A firmware file of the folder and what it brings."""

    file: str
    contents: Contents


@dataclass(frozen=True, slots=True)
class Piece:
    """The bytes of one file of a release, and the file of the folder they came in."""

    data: bytes
    origin: str

    @property
    def sha256(self) -> str:
        """Of the bytes."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Choice:
    """What goes into a release: modules in the manifest's order, and what has no header."""

    platform: Platform
    modules: tuple[tuple[Module, Piece], ...]
    boot_record: Piece | None
    uicr: Mapping[int, int]
    assets: Mapping[str, Piece]
    notes: tuple[str, ...]

    @property
    def user(self) -> Module | None:
        """The user part."""
        return next((one for one, _ in self.modules if one.function is Function.USER), None)


_ORDER = tuple(KINDS.values())


def choose(found: Sequence[Found]) -> Choice:
    """One of each (function, index), one user part, all for one platform. Raises NotSealed."""
    wrong: list[str] = []
    offered = [(one, Piece(data, each.file)) for each in found for one, data in each.contents.modules]
    modules = _modules(offered, wrong)
    boot_record = _boot_record(found, wrong)
    uicr = _uicr(found, wrong)
    assets = _assets(found, wrong)
    _unexplained(found, [image_of("", one, piece.data) for one, piece in modules], wrong)
    platform = _platform(modules, wrong)
    if wrong or platform is None:
        raise NotSealed(wrong)
    notes = [f"{one.file}: {note}" for one in found for note in one.contents.notes]
    notes += [
        f"{piece.origin}: left out, {one.function.noun} cannot be written over the debug port"
        for one, piece in offered
        if one.function in NOT_BY_SWD
    ]
    return Choice(platform, modules, boot_record, uicr, assets, tuple(notes))


def _modules(offered: Sequence[tuple[Module, Piece]], wrong: list[str]) -> tuple[tuple[Module, Piece], ...]:
    """One of each, in the manifest's order; the same bytes may be there twice."""
    chosen: dict[tuple[Function, int], tuple[Module, Piece]] = {}
    for one, piece in offered:
        if one.function in NOT_BY_SWD:
            continue
        if one.function not in _ORDER:
            wrong.append(f"{piece.origin}: {one} has no place in a release")
            continue
        key = (one.function, 0 if one.function is Function.USER else one.index)
        other, there = chosen.setdefault(key, (one, piece))
        if there.data != piece.data:
            wrong.append(
                f"{there.origin} ({other}) and {piece.origin} ({one}) are both a {one.function.noun}, and differ;"
                " leave one of them"
            )
    return tuple(sorted(chosen.values(), key=lambda each: (_ORDER.index(each[0].function), each[0].index)))


def _platform(modules: Sequence[tuple[Module, Piece]], wrong: list[str]) -> Platform | None:
    by_number: dict[int, list[str]] = {}
    for one, piece in modules:
        by_number.setdefault(one.platform, []).append(piece.origin)
    if not by_number:
        wrong.append("there is no firmware module in the folder")
        return None
    if len(by_number) > 1:
        told = "; ".join(f"{_name(number)}: {', '.join(files)}" for number, files in sorted(by_number.items()))
        wrong.append(f"the modules are for different platforms: {told}")
        return None
    number = next(iter(by_number))
    platform = platform_with_id(number)
    if platform is None:
        wrong.append(f"there is no platform {number}")
    return platform


def _name(number: int) -> str:
    platform = platform_with_id(number)
    return platform.name if platform else f"platform {number}"


def _boot_record(found: Sequence[Found], wrong: list[str]) -> Piece | None:
    there = [Piece(one.contents.boot_record, one.file) for one in found if one.contents.boot_record is not None]
    if len({one.data for one in there}) > 1:
        wrong.append(f"{' and '.join(one.origin for one in there)} bring different boot records; leave one of them")
    return there[0] if there else None


def _uicr(found: Sequence[Found], wrong: list[str]) -> Mapping[int, int]:
    there = [one for one in found if one.contents.uicr]
    if any(one.contents.uicr != there[0].contents.uicr for one in there):
        wrong.append(f"{' and '.join(one.file for one in there)} bring different words of UICR; leave one of them")
    return there[0].contents.uicr if there else {}


def _assets(found: Sequence[Found], wrong: list[str]) -> Mapping[str, Piece]:
    chosen: dict[str, Piece] = {}
    for one in found:
        for name, data in one.contents.assets.items():
            there = chosen.setdefault(name, Piece(data, one.file))
            if there.data != data:
                wrong.append(f"{there.origin} and {one.file} bring different assets {name!r}")
    return dict(sorted(chosen.items()))


def _unexplained(found: Sequence[Found], images: Sequence[Image], wrong: list[str]) -> None:
    """Content of a hex file that no header explains; what a module of the folder puts there just so is explained."""
    for one in found:
        for rest in one.contents.unclaimed:
            if any(_puts(image, rest) for image in images):
                continue
            hint = ": a SoftDevice that is not known here? Add its .bin" if rest.start == MBR_SIZE else ""
            wrong.append(f"{one.file}: {len(rest.data)} bytes at {rest.start:#x} belong to nothing that is known{hint}")


def _puts(image: Image, rest: Image) -> bool:
    at = rest.start - image.start
    data = rest.data.rstrip(b"\xff")
    return at >= 0 and image.data[at : at + len(data)] == data
