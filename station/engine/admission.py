"""Which nest takes a scan, and why a scan is refused."""

from collections.abc import Iterable
from dataclasses import dataclass

from station.domain.events import Declaration
from station.domain.faults import Fault, LabelOfOtherPlatform
from station.domain.identity import Orders, in_product_already, not_in_order, who_is
from station.domain.known import Known
from station.domain.label import Label
from station.domain.nest import On, State, step
from station.domain.platform import label_contradicts, platform_named, platform_of_serial
from station.domain.refusals import Code, Refusal, refuse
from station.domain.scan import Scan

DOUBLE_READ = 1.5
"""Seconds in which a second read of the same code is the same scan: scanners repeat at once when their trigger is
held (Honeywell's good-read delay is 0 ms out of the box)."""

BEING_MADE = (State.LABELLED, State.RUNNING, State.ASKING, State.STOPPING)


@dataclass(frozen=True, slots=True)
class Seated:
    """A nest as admission sees it; `seen` is what the unit is called that is known to sit there.

    `takes` is what another unit's label would be to it, None where it takes none.
    """

    nest: int
    state: State
    label: Label | None
    seen: frozenset[str] = frozenset()
    takes: On | None = None


class DoubleReads:
    """Remembers the last scan and what became of it, to tell a scanner's second read of it from a second scan."""

    def __init__(self) -> None:
        self._last: Scan | None = None
        self._at = 0.0
        self._taken = False

    def just_now(self, scan: Scan, now: float) -> bool | None:
        """Whether the same scan was taken a moment ago; None when it is another, or a moment has passed.

        As long as a scanner repeats a code it stays one scan.
        """
        again = scan == self._last and now - self._at < DOUBLE_READ
        self._last, self._at = scan, now
        return self._taken if again else None

    def became(self, taken: bool) -> None:
        """What became of the scan that was told last."""
        self._taken = taken


def admit(
    label: Label,
    platform: str,
    nests: Iterable[Seated],
    known: Known | None = None,
    orders: Orders = "if_imported",
    declares: Iterable[Declaration] = (),
    aimed: int | None = None,
) -> int | Refusal:
    """The nest that takes a scan, or why none does; what a label alone can tell of its unit is told here.

    It is the nest in which this very unit is known to sit without a verdict, else the one that was `aimed` at, else
    the open one that this label was in last, else the lowest that is free: one with a verdict on it comes last.
    """
    wrong = _other_platform(label, platform) or _not_to_be_made(label, platform, known or Known(), orders, declares)
    if wrong is not None:
        return Refusal.of(wrong)
    seated = sorted(nests, key=lambda one: one.nest)
    for one in seated:
        if one.label == label and one.state in BEING_MADE:
            # Whoever scans a label again has the unit in his hand: it is seated in another nest, or not yet.
            waits = one.state is State.LABELLED
            return refuse(Code.SCAN_AWAITED if waits else Code.SCAN_DUPLICATE, nest=one.nest)
    for one in seated:
        if one.seen & {label.serial, label.device_id}:
            again = step(one.state, On.RETRY) is not None and aimed in (None, one.nest)
            return one.nest if again else refuse(Code.LABEL_FOUND_OTHER_NEST, nest=one.nest)
    free = {one.nest: one for one in seated if one.takes is not None}
    if aimed is not None:
        return aimed if aimed in free else _taken(aimed, seated)
    if not free:
        alone = next((one.nest for one in seated if one.state is State.UNLABELLED), None)
        return refuse(Code.SCAN_NO_NEST) if alone is None else refuse(Code.SEATED_UNLABELLED, nest=alone)
    return min(free.values(), key=lambda one: (one.label != label, one.takes is not On.SCAN, one.nest)).nest


def _taken(nest: int, nests: Iterable[Seated]) -> Refusal:
    """Why the nest that was aimed at takes no label."""
    unlabelled = any(one.nest == nest and one.state is State.UNLABELLED for one in nests)
    return refuse(Code.SEATED_UNLABELLED if unlabelled else Code.SCAN_NEST_TAKEN, nest=nest)


def _other_platform(label: Label, platform: str) -> Fault | None:
    wanted = platform_named(platform)
    if wanted is None:
        return None
    if label.serial is not None:
        found = platform_of_serial(label.serial)
        if found is not None and found.id != wanted.id:
            return LabelOfOtherPlatform(f"the label is of a {found.name}, the recipe makes a {wanted.name}")
    if label.device_id is not None and not label.device_id.startswith(wanted.device_id_prefix):
        return LabelOfOtherPlatform(
            f"device ids of a {wanted.name} begin with {wanted.device_id_prefix}, this one with {label.device_id[:8]}"
        )
    if label.serial and label.device_id and label_contradicts(label.serial, label.device_id, wanted):
        return LabelOfOtherPlatform("the label's serial number and device id do not belong together")
    return None


def _not_to_be_made(
    label: Label, platform: str, known: Known, orders: Orders, declares: Iterable[Declaration]
) -> Fault | None:
    refused = next(not_in_order(who_is(label, []), known, orders), None)
    return refused or in_product_already(platform_named(platform), known, declares)
