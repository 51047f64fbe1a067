"""The list of device ids that a product's "Add many devices" page takes: one id per line, LF, UTF-8, no BOM.

Source: docs.particle.io, Console, "Adding devices"; particle-cli tolerates CRLF and blank lines, so `parse` does.
"""

from collections.abc import Sequence

from station.domain.ids import DeviceId, NotAnId, device_id


def render(ids: Sequence[DeviceId]) -> bytes:
    """The file's bytes, in the given order. Raises ValueError for an id that occurs twice or is not canonical.

    >>> render([device_id("e00fce68aabbccddeeff0011")])
    b'e00fce68aabbccddeeff0011\\n'
    """
    seen: set[DeviceId] = set()
    for one in ids:
        if device_id(one) != one:
            raise ValueError("a device id is written in lower case, without blanks")
        if one in seen:
            raise ValueError(f"device id {one} occurs twice")
        seen.add(one)
    return "".join(f"{one}\n" for one in ids).encode("ascii")


def parse(data: bytes) -> list[DeviceId]:
    """The ids of such a file, in order. Raises ValueError that names the line which is no id or repeats one."""
    lines: dict[DeviceId, int] = {}
    for number, raw in enumerate(data.split(b"\n"), start=1):
        try:
            text = raw.decode("ascii").strip(" \t\r")
            if not text:
                continue
            one = device_id(text)
        except UnicodeDecodeError:
            raise ValueError(f"line {number}: a byte that no device id has") from None
        except NotAnId as why:
            raise ValueError(f"line {number}: {why}") from None
        if one in lines:
            raise ValueError(f"line {number}: device id {one} stands in line {lines[one]} already")
        lines[one] = number
    return list(lines)
