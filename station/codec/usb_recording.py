"""A conversation on endpoint 0 as text: one JSON object a line, in the order in which the host spoke.

    {"setup": "c050000014004000", "out": "", "in": "453030…"}      data to the host; empty for a transfer to the unit
    {"setup": "c0500000e7034000", "out": "", "stall": true}
    {"setup": "c002000001004000", "out": "", "lost": true}         no answer came: unplugged, silent, or nonsense

Setup packets are the eight bytes of USB 2.0 §9.3, all bytes are in hexadecimal. Only control transfers are here: what a
unit prints on its serial port, and with it the secret that listening mode prints, never is.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from station.codec.control import Setup
from station.codec.strict_json import read_object
from station.codec.wire import NotUnderstood

MAX_LINE = 300_000
"""Characters; two data stages of 65535 bytes in hexadecimal and what stands around them."""


class Unanswered(Enum):
    """What came instead of data."""

    STALL = "stall"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Transfer:
    """One transfer: what the host sent, and what came of it."""

    setup: Setup
    out: bytes
    came: bytes | Unanswered

    def line(self) -> str:
        """As text, without the end of the line."""
        members: dict[str, object] = {"setup": self.setup.encode().hex(), "out": self.out.hex()}
        if isinstance(self.came, Unanswered):
            members[self.came.value] = True
        else:
            members["in"] = self.came.hex()
        return json.dumps(members)


def read(lines: Iterable[str]) -> list[Transfer]:
    """A recording, its empty lines left out. Raises NotUnderstood, which names the line."""
    found = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                found.append(_transfer(line))
            except NotUnderstood as why:
                raise NotUnderstood(f"line {number}: {why}") from None
    return found


def _transfer(line: str) -> Transfer:
    if len(line) > MAX_LINE:
        raise NotUnderstood(f"{len(line)} characters; a transfer has at most {MAX_LINE}")
    match read_object(line.strip()):
        case {"setup": str(head), "out": str(out), "in": str(data), **rest} if not rest:
            came: bytes | Unanswered = _bytes(data)
        case {"setup": str(head), "out": str(out), "stall": True, **rest} if not rest:
            came = Unanswered.STALL
        case {"setup": str(head), "out": str(out), "lost": True, **rest} if not rest:
            came = Unanswered.LOST
        case _:
            raise NotUnderstood("a transfer has setup, out, and one of in, stall, lost")
    setup, sent = Setup.decode(_bytes(head)), _bytes(out)
    to_host = bool(setup.request_type & 0x80)
    if len(sent) != (0 if to_host else setup.length):
        raise NotUnderstood(f"{len(sent)} bytes to the unit where the setup packet says {setup.length}")
    if isinstance(came, bytes) and len(came) > (setup.length if to_host else 0):
        raise NotUnderstood(f"{len(came)} bytes to the host where the setup packet allows fewer")
    return Transfer(setup, sent, came)


def _bytes(digits: str) -> bytes:
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise NotUnderstood("bytes that are no hexadecimal digits") from None
