"""Shared by the steps that stop a running unit: hold, attach, and make sure it is still the same chip."""

from station.domain.chip import NRF52840_PART, ChipIdentity
from station.domain.faults import WrongChip, WrongUnit
from station.engine.op import Op
from station.ports import Programmer


def stop_core(op: Op, programmer: Programmer) -> ChipIdentity:
    """Connect under reset and say which chip that is. Raises the programmer's faults, WrongChip, WrongUnit."""
    programmer.hold()
    programmer.attach()
    chip = programmer.identify()
    if chip.part != NRF52840_PART:
        raise WrongChip(f"the chip says it is part {chip.part:#x}; {op.recipe.platform} has an nRF52840 (0x52840)")
    before = [one.device_id for one in op.record.identified if one.by == "swd"]
    if before and before[-1] != chip.device_id:
        raise WrongUnit(f"the chip in the nest was {before[-1]} and is now {chip.device_id}")
    return chip
