"""Which nest takes a scan, and why a scan is refused."""

from collections.abc import Iterable
from dataclasses import dataclass

from station.domain.faults import Fault, LabelOfOtherPlatform
from station.domain.hints import Hint
from station.domain.label import Label
from station.domain.nest import On, State, step
from station.domain.platform import label_contradicts, platform_named, platform_of_serial

DOUBLE_READ = 1.5
"""Seconds in which a scanner's second read of the same label is no second scan."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why no nest took the scan; `silent` for a scanner's double read, which is nobody's mistake."""

    code: str
    detail: str
    remedy: str
    silent: bool = False
    nest: int | None = None


@dataclass(frozen=True, slots=True)
class Seated:
    """A nest as admission sees it."""

    nest: int
    state: State
    label: Label | None
    scanned_at: float


def admit(label: Label, platform: str, nests: Iterable[Seated], now: float) -> int | Refusal:
    """The lowest nest that takes a scan, or why none does."""
    wrong = _other_platform(label, platform)
    if wrong is not None:
        return Refusal(wrong.code, str(wrong), wrong.remedy)
    seated = sorted(nests, key=lambda one: one.nest)
    for one in seated:
        if one.label == label and one.state in (State.LABELLED, State.RUNNING, State.STOPPING):
            again = now - one.scanned_at < DOUBLE_READ
            told = f"This label is in nest {one.nest} already."
            return Refusal(Hint.SEATED_ALREADY, told, "Scan another unit.", silent=again, nest=one.nest)
    for one in seated:
        if step(one.state, On.SCAN) is not None:
            return one.nest
    return Refusal(Hint.NO_NEST, "Every nest is taken.", "Take a finished unit out first, then scan again.")


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
