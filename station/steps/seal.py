"""Op 70: reset held, power off, and the evidence of what the unit did meanwhile."""

from station.domain.events import Sealed
from station.domain.faults import EvidenceMissing, RanUnwatched
from station.engine.op import Op
from station.ports import Power, Programmer, Usb


def seal(op: Op, power: Power, programmer: Programmer, usb: Usb) -> None:
    """Make sure that what was written last never ran, then take reset and power away from the unit."""
    if usb.present() or not programmer.untouched():
        raise RanUnwatched("the core was reset or ran after the last image was written: the product firmware connects")
    power.set_reset(True)
    power.set_power(False)
    programmer.detach()
    record = op.record
    judged = record.meter
    if judged.unread:
        raise EvidenceMissing(
            f"firmware was let run {len(record.booted)} times; its contact counters were not read at the end of"
            f" boot {', '.join(map(str, judged.unread))}"
        )
    op.note(
        Sealed(
            op=op.line.op,
            boots=len(record.booted),
            cloud_attempts=sum(one.cloud_attempts for one in record.silent if one.when != "early"),
            seconds_powered=round(power.seconds_powered(), 3),
            seconds_running=round(programmer.seconds_running(), 3),
            conclusion=judged.conclusion,
        )
    )
