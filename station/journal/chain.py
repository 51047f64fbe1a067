"""How one entry of the journal follows from the one before it: canonical bytes and SHA-256. Pure.

The chain shows that entries were changed, dropped, swapped or put in between. It does not show that the newest
entries are missing, nor that somebody who may write the file wrote the whole of it anew: against both, the last
hash has to be noted outside the station and given to `verify`.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pydantic import BaseModel, ValidationError

from station.domain.events import Event
from station.domain.faults import JournalDamaged

GENESIS = b"station journal 1\n"
"""Stands before the first entry, so that a hash of this chain is a hash of nothing else."""


class Entry(NamedTuple):
    """One row of the journal; `body` is the fact as canonical JSON, `hash` the 32 bytes that close the entry."""

    seq: int
    run: str | None
    at: int
    body: bytes
    hash: bytes


def genesis(journal: str, created: int) -> bytes:
    """What the first entry follows: 32 bytes that belong to one journal, by its id and the time it was made, in µs."""
    return hashlib.sha256(GENESIS + f"{journal} {created}".encode("ascii")).digest()


def body_bytes(fact: BaseModel) -> bytes:
    """A fact as canonical JSON: keys sorted, no blanks, ASCII; NaN and infinities as strings, which read back as such.

    >>> from station.domain.events import Rebooted
    >>> body_bytes(Rebooted(op=20, detail="µ"))
    b'{"detail":"\\\\u00b5","kind":"rebooted","op":20}'
    """
    plain = _plain(fact.model_dump(mode="json"))
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def canonical(seq: int, run: str | None, at: int, body: bytes) -> bytes:
    """The bytes that are hashed: the event as canonical JSON, with its body as it is stored."""
    return b'{"at":%d,"body":%b,"run":%b,"seq":%d}' % (at, body, json.dumps(run).encode("ascii"), seq)


def link(previous: bytes, seq: int, run: str | None, at: int, body: bytes) -> bytes:
    """The hash of an entry: SHA-256 over the hash before it and its own canonical bytes."""
    return hashlib.sha256(previous + canonical(seq, run, at, body)).digest()


def as_event(entry: Entry) -> Event:
    """The event that an entry holds. Raises ValidationError when it holds none."""
    return Event.model_validate_json(canonical(entry.seq, entry.run, entry.at, entry.body))


def read_event(entry: Entry) -> Event:
    """The event of an entry as it was found on disk. Raises JournalDamaged when it holds none."""
    try:
        return as_event(entry)
    except ValidationError as why:
        told = why.errors(include_url=False, include_input=False)[0]["msg"]
        raise damaged(entry.seq, entry.run, f"the body is unreadable: {told}") from None


def follow(entries: Iterable[Entry], previous: bytes, after: int) -> Iterator[Entry]:
    """The same entries, each checked before it is passed on: no gap in `seq`, the hash follows, the body is a fact.

    `previous` is the hash of entry `after`. Raises JournalDamaged at the first entry that does not hold.
    """
    for entry in entries:
        after += 1
        if entry.seq != after:
            raise damaged(after, entry.run, f"the entry is missing, the next one is {entry.seq}")
        previous = link(previous, entry.seq, entry.run, entry.at, entry.body)
        if previous != entry.hash:
            raise damaged(entry.seq, entry.run, "the hash does not follow from the entry before and this content")
        read_event(entry)
        yield entry


def damaged(seq: int, run: str | None, what: str) -> JournalDamaged:
    """The fault for one entry."""
    return JournalDamaged(f"entry {seq} ({'the station' if run is None else f'run {run}'}): {what}")


def _plain(value: object) -> object:
    """The same JSON value without what JSON cannot carry: non-finite numbers and lone surrogates become text."""
    match value:
        case float() if not math.isfinite(value):
            return str(value)
        case str():
            return value.encode("utf-8", "backslashreplace").decode("utf-8")
        case list():
            return [_plain(one) for one in value]
        case dict():
            return {key: _plain(one) for key, one in value.items()}
        case _:
            return value
