"""Replies to control requests."""

from station.codec.wire import NotUnderstood
from station.domain.events import CloudStatus

_STATUS: tuple[CloudStatus, ...] = ("disconnected", "connecting", "connected", "disconnecting")


def connection_status(reply: bytes) -> CloudStatus:
    """Raises NotUnderstood."""
    number = 0 if not reply else reply[-1]
    if len(reply) not in (0, 2) or number >= len(_STATUS):
        raise NotUnderstood("no connection status")
    return _STATUS[number]
