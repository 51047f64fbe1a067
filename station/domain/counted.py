"""Counts and sizes, as a person reads them in English: one unit, two units; MB below ten GB."""

GIGABYTE = 10**9
MEGABYTE = 10**6
COARSE = 10 * GIGABYTE
"""Bytes from which a disk's room is told in GB: below it whole GB would say too little."""


def counted(count: int, one: str, many: str = "") -> str:
    """So many of something; `many` where that is not `one` with an s.

    >>> counted(1, "unit"), counted(2, "unit"), counted(0, "entry", "entries")
    ('1 unit', '2 units', '0 entries')
    """
    return f"{count} {one if count == 1 else many or one + 's'}"


def room(size: int) -> str:
    r"""Bytes on a disk, in the units that people buy disks by (SI, powers of ten); rounded down, to promise nothing.

    >>> room(77_529_612_288), room(536_870_912)
    ('77\xa0GB', '536\xa0MB')
    """
    unit, name = (GIGABYTE, "GB") if size >= COARSE else (MEGABYTE, "MB")
    return f"{size // unit}\u00a0{name}"
