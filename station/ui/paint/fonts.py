"""The bundled letters, and what of the world's scripts the system has to bring."""

from functools import cache
from importlib import resources

from PySide6.QtGui import QFont, QFontDatabase, QRawFont

from station.ui.tokens import Face

SYSTEM = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "WenQuanYi Micro Hei", "Microsoft YaHei")
"""Families tried for what the bundled files lack, in this order; Debian's fonts-noto-cjk is the first."""

CJK_SAMPLE = "扫描工位产品的标签合格测试中"
"""Characters that every font for simplified Chinese has (GB 2312)."""


class FontsMissing(Exception):
    """A file of the package cannot be read as a font: the installation is damaged."""


@cache
def load_fonts() -> None:
    """Make the bundled letters known to Qt, once. Needs a QGuiApplication. Raises FontsMissing."""
    found = set()
    for file in sorted((resources.files("station.ui") / "fonts").iterdir(), key=lambda one: one.name):
        if file.name.endswith(".ttf"):
            loaded = QFontDatabase.addApplicationFontFromData(file.read_bytes())
            found.update(QFontDatabase.applicationFontFamilies(loaded))
    if lacking := {family for face in Face for family in (face.family, face.chinese)} - found:
        raise FontsMissing(f"the installation is damaged: no font {', '.join(sorted(lacking))}")


def families(face: Face) -> list[str]:
    """Where its letters are looked for, in this order: the bundled ones first, so that a page is the same on any PC.

    Western signs such as – and … are those of the Latin letters, in every language.
    """
    return [face.family, face.chinese, *SYSTEM]


def has_letters(face: Face, text: str) -> bool:
    """True where the bundled files have every character in this cut."""
    load_fonts()
    cuts = [_raw(family, face.weight) for family in (face.family, face.chinese)]
    return all(any(raw.supportsCharacter(ord(one)) for raw in cuts) for one in text)


def missing_letters(text: str) -> str:
    """The characters that no font of this PC has, each once; they are drawn as boxes."""
    return "".join(one for one in dict.fromkeys(text) if one.isprintable() and not _shown(one))


def missing_cjk() -> bool:
    """True where Chinese cannot be shown here; with a sound installation it always can."""
    return missing_letters(CJK_SAMPLE) != ""


@cache
def _shown(one: str) -> bool:
    return has_letters(Face.TEXT, one) or any(
        _raw(family).supportsCharacter(ord(one)) for family in QFontDatabase.families()
    )


@cache
def _raw(family: str, weight: int = 400) -> QRawFont:
    font = QFont(family)
    font.setWeight(QFont.Weight(weight))
    return QRawFont.fromFont(font)
