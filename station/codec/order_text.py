"""The text of a supplier's list, in whatever encoding it was sent; what is no text is refused by its name.

Signatures: PKWARE APPNOTE 4.3.7 (ZIP, and with it xlsx, docx and ods), ISO 32000-1 7.5.2 (PDF), MS-CFB 2.2 (xls, doc),
RFC 1952 (gzip), ISO/IEC 15948 (PNG), ISO/IEC 10918-1 (JPEG). Byte order marks: Unicode 15, 23.8.
"""

import codecs
import re

from station.domain.faults import OrderRefused

MAX_SIZE = 16 << 20
"""Bytes: 190 000 rows of all four identifiers. A design margin, not measured on a supplier's list."""

_AS_CSV = "open it, and save the sheet with the ids as CSV"
_SIGNATURES = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", f"a workbook or document of an old Office: {_AS_CSV}"),
    (b"\x1f\x8b", "a gzip archive: unpack it"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive: unpack it"),
    (b"Rar!", "a RAR archive: unpack it"),
    (b"\x89PNG", "a picture: ids are not read from pictures"),
    (b"\xff\xd8\xff", "a picture: ids are not read from pictures"),
    (b"{\\rtf", "a rich-text document: save it as plain text"),
    (b"SQLite format 3\0", "a database: export its table as CSV"),
)
_IN_ZIP = (
    (b"xl/", f"an Excel workbook: {_AS_CSV}"),
    (b"opendocument.spreadsheet", f"an OpenDocument sheet: {_AS_CSV}"),
    (b"word/", "a Word document: save it as plain text"),
    (b"opendocument.text", "an OpenDocument text: save it as plain text"),
)
_MARKUP = re.compile(r"\s*<(?:!doctype\s+html|html|head|body|table|meta)\b", re.IGNORECASE)
_MAIL = re.compile(r"(?:Received|Return-Path|Delivered-To|MIME-Version|From|Message-ID): ", re.IGNORECASE)
_JSON = re.compile(r'\s*(?:\{\s*"|\[\s*\{)')

UTF16_NULS = 0.3
"""Share of zero bytes on one side of all pairs that makes a file UTF-16: ASCII has all of them. A design margin."""


def text_of(data: bytes) -> tuple[str, str]:
    """The text, and the name of its encoding. Raises OrderRefused, which names what the file is instead."""
    if len(data) > MAX_SIZE:
        raise OrderRefused(f"the file has more than {MAX_SIZE >> 20} MiB: that is no list of units")
    if what := _no_text(data):
        raise OrderRefused(f"this is {what}")
    text, encoding = _decoded(data)
    if what := _other_text(text):
        raise OrderRefused(f"this is {what}")
    return text, encoding


def _no_text(data: bytes) -> str | None:
    if data.startswith(b"PK\x03\x04"):
        names = data[:65536] + data[-65536:]
        return next((what for mark, what in _IN_ZIP if mark in names), "a ZIP archive: unpack it")
    if b"%PDF-" in data[:1024]:
        return "a PDF: ids are not read from it; ask the supplier for a text file or CSV"
    return next((what for mark, what in _SIGNATURES if data.startswith(mark)), None)


def _decoded(data: bytes) -> tuple[str, str]:
    for mark, name in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if data.startswith(mark):
            return _utf16(data[2:], name), "utf-16"
    data = data.removeprefix(codecs.BOM_UTF8)
    pairs = len(data) // 2
    if pairs and data[1::2].count(0) > UTF16_NULS * pairs:
        return _utf16(data, "utf-16-le"), "utf-16"
    if pairs and data[::2].count(0) > UTF16_NULS * pairs:
        return _utf16(data, "utf-16-be"), "utf-16"
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


def _utf16(data: bytes, name: str) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        raise OrderRefused("this is UTF-16 text that was cut off or damaged: copy the file again") from None


def _other_text(text: str) -> str | None:
    if "\0" in text:
        return "no text: it has zero bytes in it"
    if _MARKUP.match(text):
        return "a web page, whatever its name says: download the list itself"
    if text.lstrip()[:5].lower() == "<?xml":
        return f"an XML document: {_AS_CSV}"
    if _MAIL.match(text):
        return "an e-mail: save the list that is attached to it"
    if _JSON.match(text):
        return "a JSON document: ask the supplier for a text file or CSV"
    return None
