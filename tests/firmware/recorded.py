"""Conversations that were recorded once, and are held since then: `python -m tests.firmware.recorded` records anew.

Each line of tests/vectors/conversation_<side>.jsonl has a message that was put to a unit and the reply it gave, null
where it passed the message over.
"""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.firmware.conftest import new_nest
from tests.firmware.far import Far, OverSerial
from tests.firmware.host import Host, build

VECTORS = Path(__file__).parents[1] / "vectors"
SIDES = ("firmware", "bench")

MESSAGES = (
    '{"id":1,"ask":"who"}',
    '{"id":2,"ask":"radio"}',
    '{"id":3,"ask":"rails"}',
    '{"id":4,"ask":"gauge"}',
    '{"id":5,"ask":"loopback"}',
    '{"id":6,"ask":"i2c"}',
    '{"id":7,"ask":"i2c","bus":0,"expect":"48"}',
    '{"id":8,"ask":"flash_id"}',
    '{"id":9,"ask":"flash_check"}',
    '{"id":10,"ask":"rtc"}',
    '{"id":11,"ask":"button"}',
    '{"id":12,"ask":"led","colour":"red"}',
    '{"id":13,"ask":"led","colour":7}',
    '{"id":14,"ask":"load","on":true}',
    '{"id":15,"ask":"load","on":false}',
    '{"id":16,"ask":"modem","allow":false}',
    '{"id":17,"ask":"modem","allow":true}',
    '{"id":18,"ask":"sleep","seconds":90}',
    '{"id":19,"ask":"selftest"}',
    '{"id":20,"ask":"who","why":"\\"because\\""}',
    '{"id":0,"ask":"who"}',
    '{"id":65535,"ask":"button"}',
)


@dataclass(frozen=True, slots=True)
class Said:
    """One message, and what a unit replied to it."""

    message: bytes
    reply: bytes | None


def recorded(side: str) -> Iterator[Said]:
    """What was recorded of this side."""
    for text in (VECTORS / f"conversation_{side}.jsonl").read_text(encoding="ascii").splitlines():
        one = json.loads(text)
        yield Said(one["message"].encode(), None if one["reply"] is None else one["reply"].encode())


def record(far: Far, messages: Sequence[str]) -> str:
    """The lines of a conversation with this unit."""
    lines = []
    for message in messages:
        reply = far.reply(message.encode())
        lines.append(json.dumps({"message": message, "reply": None if reply is None else reply.decode()}))
    return "".join(f"{one}\n" for one in lines)


def main() -> None:
    """Record both sides."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        host = stack.enter_context(Host(build(folder), folder))
        _, nest = new_nest(stack)
        for side, path in (("firmware", host.tty), ("bench", nest.tty_path)):
            text = record(OverSerial(path), MESSAGES)
            (VECTORS / f"conversation_{side}.jsonl").write_text(text, encoding="ascii")


if __name__ == "__main__":
    main()
