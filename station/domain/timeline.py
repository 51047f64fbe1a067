"""When things happened, by a clock that may have stood wrong: order is the journal's sequence, and never the clock.

A clock is wrong after its battery died, before the network put it right, or because somebody set it. Whatever it said,
an entry is no older than the one before it and none is newer than now.
"""

from collections.abc import Sequence
from typing import NamedTuple

MINUTE = 60_000_000
"""µs. A clock that is kept right by the network steps back by less than that."""

JUMP = 5.0
"""Seconds by which the clock on the wall may part from the monotonic one; a design margin."""

OLDEST = 1_735_689_600_000_000
"""2025-01-01 UTC in µs: no entry is older than the program, and a clock without a battery begins at 1970 or 2000."""


class Moment(NamedTuple):
    """One entry: what the clock said, µs since 1970 UTC, and by how much it was set just before, µs."""

    seq: int
    at: int
    step: int = 0


def by_todays_clock(moments: Sequence[Moment], now: int) -> list[int]:
    """When each of these happened by the clock as it stands now, µs; `moments` are in their order.

    A step that was recorded is taken back exactly. Of one that was not, only the order is known: what would lie in the
    future happened just before what came next, as does what is older than can be.

    >>> hour, today = 3_600_000_000, OLDEST
    >>> told = by_todays_clock([Moment(1, today), Moment(2, 5 * hour), Moment(3, today + 2 * hour)], today + 2 * hour)
    >>> [(one - today) // hour for one in told]
    [0, 2, 2]
    """
    found: list[int] = []
    shift, ahead, later = 0, 0, now
    for one in reversed(moments):
        at = one.at + shift
        if at > now + MINUTE:
            # The clock was ahead; what came before it in the same hours keeps its distance.
            ahead = ahead or later - at
            at += ahead
        elif at < OLDEST <= now:
            at = later
        found.append(at)
        shift, later = shift + one.step, at
    found.reverse()
    for place in range(1, len(found)):
        found[place] = max(found[place], found[place - 1])
    return found


def first_since(moments: Sequence[Moment], now: int, length: int) -> int:
    """The number of the first entry of the last `length` µs; the one after the last where there is none."""
    times = by_todays_clock(moments, now)
    last = moments[-1].seq if moments else 0
    return next((one.seq for one, at in zip(moments, times, strict=True) if at >= now - length), last + 1)
