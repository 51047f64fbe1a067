"""A firmware file of any form: a module, an Intel hex file, a bundle, or the raw page of a boot record."""

import codecs
from collections.abc import Sequence

from station.codec import bundle, module, softdevice, whole_chip
from station.domain.bare import why_no_boot_record
from station.domain.chip import MBR_SIZE
from station.domain.contents import Contents


def read(data: bytes, known: Sequence[softdevice.Known] = softdevice.KNOWN) -> Contents:
    """What the file brings, told by its content and not by its name. Raises NotAModule."""
    if data.startswith(b"PK\3\4") or data.startswith(b"PK\5\6"):
        return bundle.read(data)
    if _is_hex(text := data.removeprefix(codecs.BOM_UTF8)):
        return whole_chip.read(text, known)
    try:
        return Contents(modules=((module.read(data), data),))
    except module.NotAModule:
        if len(data) <= MBR_SIZE and why_no_boot_record(data.rstrip(b"\xff")) is None:
            return Contents(boot_record=data.rstrip(b"\xff"))
        raise


def _is_hex(data: bytes) -> bool:
    """The first line is a record: a colon and hexadecimal digits."""
    lines = data[:1024].lstrip().splitlines()
    first = lines[0].strip() if lines else b""
    return first.startswith(b":") and len(first) >= 11 and all(one in b"0123456789abcdefABCDEF" for one in first[1:])
