"""A unit's story as lines that a person reads."""

import re
from collections.abc import Iterator

from station.cli.unit_story import Binding, Import, RunStory, UnitStory
from station.domain.limits import quantity
from station.domain.outcome import Outcome
from station.ui.visible import visible


def lines_of(story: UnitStory) -> Iterator[str]:
    """Names first, then what happened in its order, then what is still to come; nothing steers a terminal."""
    yield from map(_shown, _names(story))
    for one in story.runs:
        yield ""
        yield from map(_shown, _run(one))
    yield ""
    yield from map(_shown, _rest(story))


def _shown(line: str) -> str:
    """As `visible` has it, with the blanks between columns."""
    return "".join(one if one.isspace() else visible(one) for one in re.split("( {2,})", line))


def _names(story: UnitStory) -> Iterator[str]:
    if not story.bound:
        told = _words(story.device_id, story.serial, story.iccid, story.imei)
        yield f"unit      {told or 'nothing but its runs is known'}"
    for one in story.bound:
        yield f"bound     {_words(one.device_id, one.serial or '-', one.iccid, one.imei)}{_since(one)}"
    for text in story.released:
        yield f"released  {text}"
    for order in story.orders:
        closed = "" if order.closed is None else f", closed: {order.closed}"
        yield f"ordered   {order.order}{closed}"
    if story.in_product:
        yield f"product   {story.in_product}"


def _words(device: str | None, serial: str | None, iccid: str | None, imei: str | None) -> str:
    told = (("device id", device), ("serial number", serial), ("ICCID", iccid), ("IMEI", imei))
    return "  ".join(f"{what} {value}" for what, value in told if value)


def _since(one: Binding) -> str:
    return f"  since {_time(one.at)}"


def _run(one: RunStory) -> Iterator[str]:
    outcome = "OPEN" if one.outcome is None else one.outcome.value.upper()
    what = f", a reference unit that must {one.reference}" if one.reference else ""
    who = f", by {one.operator}" if one.operator else ""
    where = f"{one.station or 'station unknown'} nest {one.nest}"
    yield f"{outcome:<9} {_time(one.started_at)}  run {one.run}, {where}{who}{what}"
    if one.other is not None:
        yield f"  its label was on another unit: the chip was {one.other}"
    if one.code and all(op.code != one.code for op in one.ops):
        yield f"  {one.code} {one.detail}"
    yield f"  made as {one.recipe}, {one.platform}; release {one.release}, {one.factory_test}"
    if one.order:
        yield f"  order {one.order}"
    for approval in one.approvals:
        yield f"  approved by {approval.by}, {approval.role.value}: {approval.action.value}"
    for op in one.ops:
        if op.outcome is not Outcome.PASS or op.attempt > 1:
            again = f", attempt {op.attempt}" if op.attempt > 1 else ""
            yield f"  op {op.op} {op.do.replace('_', ' ')}: {op.outcome.value}{again} {op.code} {op.detail}".rstrip()
    good = sum(op.outcome is Outcome.PASS for op in one.ops)
    yield f"  {good} of {len(one.ops)} operations passed in {sum(op.seconds for op in one.ops):.1f} s"
    for value in one.out_of_limits:
        told = quantity(value.value, value.limit.unit)
        yield f"  op {value.op}: {value.name} {told}, limit {value.limit} ({value.source or 'source unknown'})"
    for checked in one.not_as_expected:
        yield f"  op {checked.op}: {checked.name} {checked.value!r}, expected {checked.expected!r}"
    for part in dict.fromkeys(f"{part.part} {part.sha256[:16]}…" for part in one.programmed):
        yield f"  flashed {part}"
    boots = "" if one.boots is None else f"; firmware was let run {one.boots} time{'' if one.boots == 1 else 's'}"
    yield f"  billing guard: {one.guard_says}{boots}"
    for reason in one.guard_reasons:
        yield f"    because {reason}"


def _rest(story: UnitStory) -> Iterator[str]:
    yield f"import    {_import(story.outbox)}"
    for one in story.unwind:
        if one.done is None:
            yield f"unwind    {one.verdict}, run {one.run}: to be seen to; `station unwind list` says how"
        else:
            yield f"unwind    {one.verdict}, run {one.run}: done by {one.done.by}: {one.done.note}"
    if not story.unwind:
        yield "unwind    nothing: no run says that it may have connected"


def _import(one: Import) -> str:
    if one.file is not None:
        return f"on the list {one.file} since {_time(one.exported_at or '')}"
    if one.held_back is not None:
        return f"held back: {one.held_back}"
    if one.waiting_since is not None:
        return f"waits for a list since {_time(one.waiting_since)}"
    return "on no list, and does not wait for one"


def _time(at: str) -> str:
    """RFC 3339 to the second, as people read it."""
    return f"{at[:19].replace('T', ' ')} UTC"
