"""What a file is, by its content and never by its name; for whoever was given it in place of something else.

Signatures: PKWARE APPNOTE 4.3.7 (ZIP, and with it xlsx, docx and ods), ISO 32000-1 7.5.2 (PDF), MS-CFB 2.2 (xls, doc),
RFC 1952 (gzip), the xz and zstd formats' own documents, POSIX ustar, ISO/IEC 15948 (PNG), ISO/IEC 10918-1 (JPEG),
System V ABI (ELF), microsoft/uf2, RFC 1740 A (AppleDouble), Intel's hex format of 1988, git-lfs/docs/spec.md,
USB DFU 1.1 B (suffix). Byte order marks: Unicode 15, 23.8.
"""

import codecs
import re
from dataclasses import dataclass
from typing import Final

LOOKED_AT = 65536
"""Bytes of the beginning, and of the end, in which the signs stand."""

UTF16_NULS = 0.3
"""Share of zero bytes on one side of all pairs that makes a file UTF-16: ASCII has all of them. A design margin."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A noun with its article; what to do where firmware, or a list of units, was wanted, empty where nobody can say.

    `encoding` is that of a text without another sign, empty for everything else.
    """

    noun: str
    firmware: str = ""
    rows: str = ""
    encoding: str = ""

    @property
    def as_firmware(self) -> str:
        """The sentence where firmware was wanted."""
        return f"this is {self.noun}" + (f"; {self.firmware}" if self.firmware else "")

    @property
    def as_rows(self) -> str:
        """The sentence where a list of units was wanted."""
        return f"this is {self.noun}" + (f": {self.rows}" if self.rows else "")


_AS_CSV = "open it, and save the sheet with the ids as CSV"
_UNPACK = "unpack it"
_ASK = "ask the supplier for a text file or CSV"

_POINTS_TO, _STANDS_FOR = "take the file that it points to", "fetch the file it stands for"
_ATTACHED = "save what is attached to it"
_NOT_TWIN = "take the file without ._ before its name"
_MADE_FROM = "take the .bin that it was made from"

APPLE: Final = Kind("what a Mac keeps beside a file (AppleDouble)", _NOT_TWIN, _NOT_TWIN)
_WIDE_HEX = Kind("an Intel hex file in UTF-16", "save it as ASCII")
_HEX = Kind("an Intel hex file", "give it by itself, not in another file")

_BYTES: tuple[tuple[re.Pattern[bytes], Kind], ...] = (
    (re.compile(rb"UF2\n\x57\x51\x5d\x9e"), Kind("a UF2 container", _MADE_FROM)),
    (re.compile(rb"\0\x05\x16[\x00\x07]"), APPLE),
    (re.compile(rb"\x7fELF"), Kind("an ELF file from the compiler", "take the .bin beside it")),
    (re.compile(rb"!<arch>\n"), Kind("a library of the compiler", "take the .bin that was linked with it")),
    (re.compile(rb"MZ.\0|\xfe\xed\xfa[\xce\xcf]|[\xce\xcf]\xfa\xed\xfe", re.DOTALL), Kind("a program of a PC")),
    (re.compile(rb"DfuSe"), Kind("a DfuSe file", _MADE_FROM)),
    (re.compile(rb"\x1f\x8b"), Kind("a gzip archive", _UNPACK, _UNPACK)),
    (re.compile(rb"\xfd7zXZ\0"), Kind("an xz archive", _UNPACK, _UNPACK)),
    (re.compile(rb"BZh[1-9]1AY&SY"), Kind("a bzip2 archive", _UNPACK, _UNPACK)),
    (re.compile(rb"\x28\xb5\x2f\xfd"), Kind("a Zstandard archive", _UNPACK, _UNPACK)),
    (re.compile(rb"7z\xbc\xaf\x27\x1c"), Kind("a 7-Zip archive", _UNPACK, _UNPACK)),
    (re.compile(rb"Rar!"), Kind("a RAR archive", _UNPACK, _UNPACK)),
    (re.compile(rb".{257}ustar", re.DOTALL), Kind("a tar archive", _UNPACK, _UNPACK)),
    (re.compile(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), Kind("a workbook or document of an old Office", rows=_AS_CSV)),
    (
        re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|BM.{4}\0\0\0\0", re.DOTALL),
        Kind("a picture", rows="ids are not read from pictures"),
    ),
    (re.compile(rb"SQLite format 3\0"), Kind("a database", rows="export its table as CSV")),
    (re.compile(rb"L\0\0\0\x01\x14\x02\0"), Kind("a shortcut of Windows", _POINTS_TO, _POINTS_TO)),
    (re.compile(rb"\0\0\0\x01Bud1"), Kind("what a Mac notes about a folder (.DS_Store)")),
    (re.compile(rb"version https://git-lfs"), Kind("a Git LFS pointer", _STANDS_FOR, _STANDS_FOR)),
)
_IN_ZIP = (
    (b"xl/", Kind("an Excel workbook", rows=_AS_CSV)),
    (b"opendocument.spreadsheet", Kind("an OpenDocument sheet", rows=_AS_CSV)),
    (b"word/", Kind("a Word document", rows="save it as plain text")),
    (b"opendocument.text", Kind("an OpenDocument text", rows="save it as plain text")),
)
ZIP: Final = Kind("a zip archive", "a bundle stands by itself, not in another file", _UNPACK)
_PDF = Kind("a PDF", rows=f"ids are not read from it; {_ASK}")
_DFU = Kind("a file for DFU, with its suffix", _MADE_FROM)
_TEXTS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r":[0-9A-Fa-f]{10,}\r?\n:"), _HEX),
    (re.compile(r"S0[0-9A-Fa-f]{6,}\r?\nS[0-9]"), Kind("a Motorola S-record file", "take the .bin or the .hex")),
    (
        re.compile(r"\s*<(?:!doctype\s+html|html|head|body|table|meta)\b", re.IGNORECASE),
        Kind("a web page", "download the file itself", "download the list itself"),
    ),
    (re.compile(r"\s*<\?xml", re.IGNORECASE), Kind("an XML document", rows=_AS_CSV)),
    (re.compile(r"\{\\rtf"), Kind("a rich-text document", rows="save it as plain text")),
    (
        re.compile(r"(?:Received|Return-Path|Delivered-To|MIME-Version|From|Message-ID): ", re.IGNORECASE),
        Kind("an e-mail", _ATTACHED, _ATTACHED),
    ),
    (re.compile(r'\s*(?:\{\s*["}]|\[\s*\{)'), Kind("a JSON document", rows=_ASK)),
    (re.compile(r"-----BEGIN "), Kind("a key or a certificate")),
)
_NOT_IN_TEXT = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f\x7f]")


def what_is(data: bytes) -> Kind | None:
    """What a file is; None for bytes that nothing is known of, and for none at all."""
    head = data[:LOOKED_AT]
    for sign, kind in _BYTES:
        if sign.match(head):
            return kind
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        names = head + data[-LOOKED_AT:]
        return next((kind for mark, kind in _IN_ZIP if mark in names), ZIP)
    if b"%PDF-" in head[:1024]:
        return _PDF
    if data[-8:-5] == b"UFD" and data[-5:-4] == b"\x10":
        return _DFU
    return _text(head, whole=len(data) <= LOOKED_AT) if head else None


def _text(head: bytes, *, whole: bool) -> Kind | None:
    encoding = encoding_of(head, whole=whole)
    text = head.decode(encoding, "replace").removeprefix("\ufeff")
    for sign, kind in _TEXTS:
        if sign.match(text):
            return _WIDE_HEX if kind is _HEX and encoding.startswith("utf-16") else kind
    if _NOT_IN_TEXT.search(text) or (encoding == "latin-1" and sum(one < 0x80 for one in head) * 2 < len(head)):
        return None
    return Kind("text" if encoding == "utf-8" else f"text in {_NAMES[encoding]}", encoding=encoding)


_NAMES = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "latin-1": "an encoding of one byte a letter"}


def encoding_of(data: bytes, *, whole: bool = True) -> str:
    """utf-8, utf-16-le, utf-16-be, or latin-1, which every byte is; by the mark before the text, else by its bytes.

    Not `whole`: the end may be in the middle of a character.
    """
    for mark, name in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if data.startswith(mark):
            return name
    pairs = len(data) // 2
    if pairs and data[1::2].count(0) > UTF16_NULS * pairs:
        return "utf-16-le"
    if pairs and data[::2].count(0) > UTF16_NULS * pairs:
        return "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data, final=whole)
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"
