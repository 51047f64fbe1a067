"""The billing guard: what the evidence of one run says of the unit's contact with the cloud.

A unit's billing starts with its first connection. A station without a network can show that a unit tried to connect,
or that nothing speaks for it; it can never show that none happened, and says so in just these words.
Sources: Device OS 6.2.0, system/src/system_task.cpp and system_network_manager.cpp: cloud:connatt is counted before the
socket opens and is zero again once a connection has ended; cloud:dconn counts unexpected ends only; of one that ended
in good order its reason stays, and that messages were sent. All of them begin anew at each boot. What must be undone:
docs.particle.io, "Adding product devices".
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from station.domain.events import Booted, MeterVerdict, Rebooted, Silent
from station.domain.faults import RanUnwatched
from station.domain.safety_facts import Unwatched

CONCLUSIONS: dict[MeterVerdict, str] = {
    "no_evidence": "no evidence of a connection",
    "risk": "may have connected",
    "incident": "spoke to the cloud: its billing has probably begun",
}
"""What a report says, word for word."""

LEFT_CLOUD = (
    "never", "an error", "its firmware wished it", "its network went down", "listening mode",
    "a reset", "sleep", "for no stated reason", "another server",
)  # fmt: skip
"""Why a connection with the cloud ended (Device OS, services/inc/system_defs.h, cloud_disconnect_reason)."""

LEFT_NETWORK = frozenset({1, 2, 4, 5, 6})
"""Reasons for leaving a network that are noted only where there was one. 7 is there from each start on, and 3 or 7 once
the modem was switched off (Device OS 6.2.0, system/src/system_network_manager_api.cpp: network_setup, network_off)."""

WATCHDOG = 2.0
"""Seconds without a word from the station after which the fixture's controller takes reset and power: what was let run
is not connected by then. From reset to the cloud the bench, which assumes the worst, takes 2.9 s (bench/board.py); a
radio that has to find its network takes longer. The station speaks twenty times a second, and on a busy PC a thread is
late by a third of a second (engine/worker.py, NICE). Not measured on hardware."""

BOOT_MARGIN = 3.0
"""Seconds by which a unit's uptime may lag behind the station's clock: from letting go of reset to the first tick, and
one for whole seconds. A design margin, not measured on hardware."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a run noted of boots and contacts; `faults` are the codes its operations ended with."""

    boots: Sequence[Booted] = ()
    readings: Sequence[Silent] = ()
    rebooted: Sequence[Rebooted] = ()
    unwatched: Sequence[Unwatched] = ()
    faults: Sequence[str] = ()
    sealed_attempts: int = 0


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict, the sentences it rests on, and the boots (from 1) whose counters nobody read before their end."""

    verdict: MeterVerdict
    reasons: tuple[str, ...] = ()
    unread: tuple[int, ...] = field(default=())

    @property
    def conclusion(self) -> str:
        """The sentence of a report."""
        told = CONCLUSIONS[self.verdict]
        if self.verdict == "no_evidence" and self.unread:
            return f"{told}; the unit could not be asked at the end of boot {', '.join(map(str, self.unread))}"
        return told


def judge(evidence: Evidence) -> Judgement:
    """The worst that the evidence supports, with every reason.

    >>> judge(Evidence()).conclusion
    'no evidence of a connection'
    """
    incidents = [why for one in evidence.readings if (why := _connected(one))]
    risks = [why for one in evidence.readings if (why := _tried(one))]
    if evidence.sealed_attempts and not risks:
        risks.append(f"the unit tried to reach the cloud {_times(evidence.sealed_attempts)}")
    risks += [f"the unit started over unbidden: {one.detail}" for one in evidence.rebooted]
    risks += [one.detail for one in evidence.unwatched]
    if RanUnwatched.code in evidence.faults:
        risks.append("firmware ran that the station did not start")
    risks += [
        f"{one.firmware} was let run, and it connects by itself" for one in evidence.boots if one.mode == "automatic"
    ]
    read = {one.boot for one in evidence.readings if one.when != "early"}
    unread = tuple(boot for boot in range(1, len(evidence.boots) + 1) if boot not in read)
    if incidents:
        return Judgement("incident", tuple(dict.fromkeys(incidents + risks)), unread)
    return Judgement("risk" if risks else "no_evidence", tuple(dict.fromkeys(risks)), unread)


def contact(one: Silent) -> str | None:
    """What a reading says of a contact, or None when it says nothing of any."""
    return _connected(one) or _tried(one)


def _connected(one: Silent) -> str | None:
    if one.status in ("connected", "disconnecting"):
        return f"the unit was {one.status} {'with' if one.status == 'connected' else 'from'} the cloud"
    if one.disconnections:
        return f"a connection with the cloud ended {_times(one.disconnections)} since boot {one.boot}"
    if one.left_cloud:
        return f"the unit was connected with the cloud since boot {one.boot}, and left it ({_reason(one.left_cloud)})"
    if one.messages:
        return f"the unit sent the cloud {one.messages} message{'s'[: one.messages != 1]} since boot {one.boot}"
    return None


def _tried(one: Silent) -> str | None:
    if one.status == "connecting":
        return "the unit was connecting to the cloud"
    if one.cloud_attempts:
        return f"the unit tried to reach the cloud {_times(one.cloud_attempts)} since it booted"
    if one.network_attempts:
        return f"the unit asked its radio for a network {_times(one.network_attempts)} since it booted"
    if one.left_network in LEFT_NETWORK:
        return f"the unit was in a network since boot {one.boot}, and left it"
    return None


def _reason(number: int) -> str:
    return LEFT_CLOUD[number] if number < len(LEFT_CLOUD) else f"reason {number}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def seems_rebooted(uptime: float, seconds: float) -> bool:
    """True where a unit that was let run `seconds` ago has counted too few of them."""
    return uptime + BOOT_MARGIN < seconds


def unwinding(verdict: MeterVerdict, cellular: bool) -> tuple[str, ...]:
    """What a person must do about such a unit, step by step; nothing where there is no evidence."""
    if verdict == "no_evidence":
        return ()
    look = "Console, the product's Devices: look the device id up. Was it ever heard, or is there a last handshake?"
    remove = "If so: remove the device from the product."
    release = "Console, the product's SIM cards: look the ICCID up and release ownership of the SIM."
    return (
        "Keep the unit apart, without power.",
        look,
        remove,
        *((release,) if cellular else ()),
        "Have the product's owner compare the metered devices before and after the shift.",
        "Then strike it off: station unwind done UNIT --by NAME --note WHAT.",
    )
