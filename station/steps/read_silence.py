"""Op 45: what the running firmware says of its contacts, early enough to stop a run that went wrong."""

from station.engine.op import Op
from station.ports import Clock, Link, Usb
from station.steps.contacts import read_contacts


def read_silence(op: Op, usb: Usb, link: Link, clock: Clock) -> None:
    """Read the counters of cloud and network attempts since boot; one attempt is one too many.

    They are read once more, without being asked for, right before the firmware is stopped.
    """
    read_contacts(op, usb, link, clock, "early")
