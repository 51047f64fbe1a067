"""What comes from a scanner or from a person's keys: a label, a command, a badge, or neither; and how it came."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from station.domain.command import Command
from station.domain.label import Label
from station.domain.people import Badge


@dataclass(frozen=True, slots=True)
class Letters:
    """The code by which a scanner is checked; `wrong` is what is wrong with how it arrived, empty where nothing is."""

    wrong: str = ""


Scan = Label | Command | Badge | Letters | tuple[Literal["refused"], str, str, int]
"""A label, a command, a badge, the scanner's check, or why it is none: code, sentence, length of what was scanned."""


class Symbology(StrEnum):
    """Which kind of code was read, as a fixture's file names it."""

    DATA_MATRIX = "data_matrix"
    GS1_DATA_MATRIX = "gs1_data_matrix"
    QR = "qr"
    PDF417 = "pdf417"
    AZTEC = "aztec"
    CODE_128 = "code_128"
    GS1_128 = "gs1_128"
    CODE_39 = "code_39"
    CODE_93 = "code_93"
    CODABAR = "codabar"
    INTERLEAVED = "interleaved_2_of_5"
    EAN = "ean_upc"
    DATABAR = "databar"
    OTHER = "other"

    @property
    def words(self) -> str:
        """As a person calls it."""
        return _WORDS[self]


_WORDS = {
    Symbology.DATA_MATRIX: "Data Matrix",
    Symbology.GS1_DATA_MATRIX: "GS1 Data Matrix",
    Symbology.QR: "QR code",
    Symbology.PDF417: "PDF417",
    Symbology.AZTEC: "Aztec code",
    Symbology.CODE_128: "Code 128 barcode",
    Symbology.GS1_128: "GS1-128 barcode",
    Symbology.CODE_39: "Code 39 barcode",
    Symbology.CODE_93: "Code 93 barcode",
    Symbology.CODABAR: "Codabar barcode",
    Symbology.INTERLEAVED: "Interleaved 2 of 5 barcode",
    Symbology.EAN: "EAN/UPC barcode",
    Symbology.DATABAR: "GS1 DataBar",
    Symbology.OTHER: "code of another kind",
}


End = Literal["CR", "LF", "TAB", "ETX", "none"]
"""What a scan ended with; `none` when nothing came for a while."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One scan as it came, without its text, which may hold a secret; times are the source's monotonic seconds."""

    source: str
    symbology: Symbology | None
    end: End
    length: int
    started: float
    ended: float
    median_gap_ms: float | None = None
    typed: bool = False

    @property
    def whole(self) -> bool:
        """Whether its end came."""
        return self.end != "none"
