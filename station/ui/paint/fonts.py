"""The bundled letters, and what of the world's scripts the system has to bring."""

from functools import cache
from importlib import resources

from PySide6.QtGui import QFont, QFontDatabase, QRawFont

from station.ui.tokens import Face

CJK = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "WenQuanYi Micro Hei", "Microsoft YaHei")
"""Families tried for Chinese, in this order; Debian's fonts-noto-cjk is the first."""

CJK_SAMPLE = "请扫描工位产品的标签合格测试中"
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
    if lacking := {face.family for face in Face} - found:
        raise FontsMissing(f"the installation is damaged: no font {', '.join(sorted(lacking))}")


def has_letters(face: Face, text: str) -> bool:
    """True where the bundled cut itself has every character."""
    load_fonts()
    font = QFont(face.family)
    font.setWeight(QFont.Weight(face.weight))
    raw = QRawFont.fromFont(font)
    return raw.familyName().startswith(face.family) and all(raw.supportsCharacter(ord(one)) for one in text)


def missing_cjk() -> bool:
    """True where no font of the system can show Chinese; the station check says so."""
    families = set(QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese))
    return not any(_shows(family, CJK_SAMPLE) for family in [*CJK, *sorted(families)] if family in families)


def _shows(family: str, text: str) -> bool:
    raw = QRawFont.fromFont(QFont(family))
    return all(raw.supportsCharacter(ord(one)) for one in text)
