"""Op 45: what the running firmware says of its contacts, before it is stopped for good."""

from station.domain.events import Silent
from station.domain.faults import CloudContact, NoAnswer
from station.engine.op import Op
from station.ports import Link, Usb
from station.steps.listening import listening

CLOUD_STATUS = 300
"""Control request: an empty reply is the default message, DISCONNECTED (Device OS, proto cloud.GetConnectionStatus)."""

ANSWER = 5.0
"""Seconds for the diagnostics. A design margin, not measured."""


def read_silence(op: Op, usb: Usb, link: Link) -> None:
    """Read the counters of cloud and network attempts since boot; one attempt is one too many.

    `cloud:connatt` is counted before the socket opens (Device OS, system/src/system_task.cpp), so zero over
    the whole uptime shows that no handshake began since that boot.
    """
    status = usb.request(CLOUD_STATUS)
    with listening(usb):
        told = link.diagnostics(ANSWER)
    for name in ("cloud:connatt", "net:connatt", "sys:uptime"):
        if name not in told:
            raise NoAnswer(f"the unit's diagnostics have no {name}")
    silent = Silent(
        op=op.line.op,
        cloud_attempts=told["cloud:connatt"],
        network_attempts=told["net:connatt"],
        uptime=float(told["sys:uptime"]),
    )
    op.note(silent)
    if status or silent.cloud_attempts:
        raise CloudContact(f"the unit tried to reach the cloud {silent.cloud_attempts} times since it booted")
    if silent.network_attempts:
        raise CloudContact(f"the unit asked its radio for a network {silent.network_attempts} times since it booted")
