"""What the hex file of a whole chip holds: modules by their headers, SoftDevice, boot record, UICR.

Checked against the layout of particle-iot/docs, src/assets/files/device-restore/6.2.0/boron.hex, and against modules of
Device OS laid out in the same way.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from station.codec import intel_hex, module, softdevice
from station.codec.intel_hex import Stretch
from station.domain.bare import APPROTECT, BLANK, UICR_END, UICR_START, why_no_boot_record
from station.domain.chip import MBR_SIZE
from station.domain.contents import Contents
from station.domain.firmware import Image, Module

_BLANK = b"\xff"
_BORDERS = (MBR_SIZE, UICR_START, UICR_END)


def read(text: bytes, known: Sequence[softdevice.Known] = softdevice.KNOWN) -> Contents:
    """Everything a hex file holds. Raises NotAModule with the line that is wrong."""
    try:
        return find(intel_hex.read(text), known)
    except intel_hex.NotHex as error:
        raise module.DamagedModule(f"an Intel hex file that cannot be used: {error}") from None


def find(memory: Sequence[Stretch], known: Sequence[softdevice.Known] = softdevice.KNOWN) -> Contents:
    """The same of bytes by address, ascending and without overlap."""
    modules = list(_modules(memory))
    rest = list(_without(memory, [(one.start, one.start + one.size) for one, _ in modules]))
    boot_record, rest = _boot_record(rest)
    words, rest = _uicr(rest)
    restored, rest = _softdevice(rest, {one.platform for one, _ in modules}, known)
    notes = []
    if restored:
        modules.insert(0, restored)
        notes.append(f"{restored[0]} has no header on a chip; its module was put together from its content")
    if words.pop(APPROTECT, BLANK) != BLANK:
        notes.append(f"APPROTECT, {APPROTECT:#x}, is not taken over: the station decides when a chip is locked")
    return Contents(
        modules=tuple(modules),
        boot_record=boot_record,
        uicr=words,
        unclaimed=tuple(Image("unknown", one.start, one.data) for one in rest if one.data.strip(_BLANK)),
        notes=tuple(notes),
    )


def _modules(memory: Sequence[Stretch]) -> Iterator[tuple[Module, bytes]]:
    """Each module with its bytes; what the file leaves out is blank, and the module's CRC judges that."""
    found = sorted({place for one in memory for place in module.lying_in(one.data, one.start)})
    free = 0
    for start, end in found:
        if start >= free and end - start <= module.MAX_SIZE:
            data = _between(memory, start, end)
            try:
                yield module.read(data), data
            except module.NotAModule:
                continue
            free = end


def _between(memory: Sequence[Stretch], start: int, end: int) -> bytes:
    """The bytes from `start` up to `end`, blank where nothing is said."""
    data = bytearray(_BLANK * (end - start))
    for one in memory:
        low, high = max(start, one.start), min(end, one.end)
        if low < high:
            data[low - start : high - start] = one.data[low - one.start : high - one.start]
    return bytes(data)


def _without(memory: Sequence[Stretch], claimed: Sequence[tuple[int, int]]) -> Iterator[Stretch]:
    """What is left beside the claimed addresses, cut where one region of the chip ends."""
    cuts = sorted({border for place in claimed for border in place} | set(_BORDERS))
    for one in memory:
        edges = [one.start, *(cut for cut in cuts if one.start < cut < one.end), one.end]
        for low, high in pairwise(edges):
            if not any(start <= low < end for start, end in claimed):
                yield Stretch(low, one.data[low - one.start : high - one.start])


def _boot_record(rest: list[Stretch]) -> tuple[bytes | None, list[Stretch]]:
    page = [one for one in rest if one.start < MBR_SIZE]
    data = _between(page, 0, MBR_SIZE).rstrip(_BLANK)
    if why_no_boot_record(data):
        return None, rest
    return data, [one for one in rest if one not in page]


def _uicr(rest: list[Stretch]) -> tuple[dict[int, int], list[Stretch]]:
    inside = [one for one in rest if UICR_START <= one.start < UICR_END]
    data = _between(inside, UICR_START, UICR_END)
    words = {UICR_START + at: int.from_bytes(data[at : at + 4], "little") for at in range(0, len(data), 4)}
    written = {address: word for address, word in words.items() if word != BLANK}
    return written, [one for one in rest if one not in inside]


def _softdevice(
    rest: list[Stretch], platforms: set[int], known: Sequence[softdevice.Known]
) -> tuple[tuple[Module, bytes] | None, list[Stretch]]:
    there = next((one for one in rest if one.start == MBR_SIZE), None)
    if there is None or len(platforms) != 1:
        return None, rest
    data = softdevice.module_of(there.data, next(iter(platforms)), known)
    if data is None:
        return None, rest
    return (module.read(data), data), [one for one in rest if one is not there]
