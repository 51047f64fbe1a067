"""Shared by the steps that stop a running unit: hold, attach, and make sure it is still the same chip."""

from station.domain.chip import NRF52840_PART, ChipIdentity
from station.domain.events import Identified, Recovered, Recovering
from station.domain.faults import ChipLocked, RanUnwatched, WrongChip, WrongUnit
from station.engine.op import Op
from station.ports import Programmer


def stop_core(op: Op, programmer: Programmer) -> ChipIdentity:
    """Connect under reset and say which chip that is. Raises the programmer's faults, WrongChip, WrongUnit.

    A locked chip stays locked, but for one whose erase this station began and could not end.
    """
    programmer.hold()
    try:
        programmer.attach()
    except ChipLocked:
        chip = _finish_erase(op, programmer)
    except RanUnwatched:
        chip = _cannot_have_run(op, programmer)
    else:
        chip = programmer.identify()
    if chip.part != NRF52840_PART:
        raise WrongChip(f"the chip says it is part {chip.part:#x}; {op.recipe.platform} has an nRF52840 (0x52840)")
    before = [one.device_id for one in op.record.identified if one.by == "swd"]
    if before and before[-1] != chip.device_id:
        raise WrongUnit(f"the chip in the nest was {before[-1]} and is now {chip.device_id}")
    return chip


def _cannot_have_run(op: Op, programmer: Programmer) -> ChipIdentity:
    """The chip whose core reset did not hold, when its boot record was not there to start from.

    An erase that was cut short takes away the word of UICR that makes the pin a reset pin. Raises RanUnwatched unless
    the journal says that erasing this chip was begun, and the page at 0 is not the one that was kept.
    """
    chip = programmer.identify()
    kept = op.unrestored(chip.device_id, None)
    for one in kept.memory if kept else ():
        data = bytes.fromhex(one.data)
        if one.start == 0 and programmer.read(0, len(data)) != data:
            return chip
    if not any(one.by == "swd" for one in op.record.identified):
        # Whoever has to see to this unit in the console needs its id.
        op.note(Identified(op=op.line.op, by="swd", device_id=chip.device_id, detail=f"nRF52840 {chip.variant}"))
    raise RanUnwatched("the core was not caught at its reset vector: the reset line of this nest does not hold it")


def _finish_erase(op: Op, programmer: Programmer) -> ChipIdentity:
    """Erase a locked chip of which the journal says that erasing it was begun: there is nothing left to lose.

    From build F0 on, a chip that loses power between its erase and the first word after it locks itself. Raises
    ChipLocked when the journal says nothing of the kind of the unit with this label.
    """
    kept = op.unrestored(op.label.device_id, op.label.serial)
    if kept is None:
        raise ChipLocked("the chip's debug port is locked (APPROTECT)")
    op.note(
        Recovering(op=op.line.op, device_id=kept.device_id, why="erasing it was begun before and cut short: ended now")
    )
    programmer.recover()
    chip = programmer.identify()
    op.note(Recovered(op=op.line.op, device_id=chip.device_id))
    if chip.device_id != kept.device_id:
        raise WrongUnit(f"the label belongs to {kept.device_id}, the locked chip in the nest was {chip.device_id}")
    return chip
