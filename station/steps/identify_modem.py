"""SIM and modem name themselves, where the recipe lets the modem be powered for it."""

from station.codec import control_messages
from station.codec.wire import NotUnderstood
from station.domain.events import Identified
from station.domain.faults import NoAnswer, NoSim, RequestRefused
from station.engine.op import Op
from station.ports import Usb
from station.steps.agree import agree

GET_ICCID = 554
"""Control request; powers the modem, without network or cloud (Device OS, system/src/control/cellular.cpp)."""

WITHIN = 60.0
"""Seconds: a modem takes some to start (particle-usb 4.2 waits as long)."""

NO_PROFILE = frozenset({"89000123456789012341", "89000123456789012358"})
"""Numbers of SIMs without a real profile (particle-cli, src/cmd)."""


def identify_modem(op: Op, usb: Usb) -> None:
    """Read the numbers of SIM and modem, and bind them to the unit, for all history."""
    op.progress(0.1, "the modem starts")
    try:
        told = control_messages.modem(usb.request(GET_ICCID, within=WITHIN, modem=op.recipe.modem == "identify"))
    except RequestRefused as why:
        # Without a SIM the modem's own command fails (Device OS, hal/network/ncp/cellular).
        raise NoSim(f"the modem does not name a SIM: {why}") from why
    except NotUnderstood as why:
        raise NoAnswer(f"the modem: {why}") from None
    if told.iccid is None or told.iccid in NO_PROFILE:
        raise NoSim("the modem names no SIM" if told.iccid is None else f"SIM {told.iccid} has no profile")
    op.note(Identified(op=op.line.op, by="modem", iccid=told.iccid, imei=told.imei))
    agree(op, last=True)
