"""A unit's way to network and cloud: attempts, the connection, and what Device OS remembers of either.

Source: Device OS 6.2, system/src/system_task.cpp (connecting, cloud_disconnect), system_network_manager.cpp,
system_sleep.cpp and system_cloud_internal.h. Attempts are counted from zero again once a connection has ended, and only
unexpected ends are counted at all; what stays of a connection that ended in good order is its reason, and that messages
were sent.
"""

from collections.abc import Callable
from enum import IntEnum

from station.domain.events import CloudStatus

HANDSHAKE_SECONDS = 0.5  # from the attempt to the connection; assumed

CLOUD_STATUSES: tuple[CloudStatus, ...] = ("disconnected", "connecting", "connected", "disconnecting")
"""By their numbers (device-os-protobuf, control/cloud.proto)."""

Later = Callable[[float, Callable[[], None]], Callable[[], None]]
"""Has something happen in so many seconds; what it returns forgets it."""


class Ended(IntEnum):
    """Why a connection with the cloud ended (Device OS, services/inc/system_defs.h, cloud_disconnect_reason)."""

    NEVER = 0
    ERROR = 1
    USER = 2
    NETWORK = 3
    LISTENING = 4
    SLEEP = 6


class Left(IntEnum):
    """Why a network was left (the same file, network_disconnect_reason).

    UNKNOWN is there from the start on, and again when the modem goes off (system/src/system_network_manager_api.cpp,
    network_setup and network_off): it says nothing.
    """

    ERROR = 1
    USER = 2
    LISTENING = 4
    SLEEP = 5
    UNKNOWN = 7


_LEFT = {
    Ended.ERROR: Left.ERROR,
    Ended.USER: Left.USER,
    Ended.LISTENING: Left.LISTENING,
    Ended.SLEEP: Left.SLEEP,
}


class Connection:
    """One unit's; `reached` is told each time the cloud is."""

    def __init__(self, later: Later, seconds: Callable[[], float], reached: Callable[[], None]) -> None:
        self._later, self._seconds, self._reached = later, seconds, reached
        self._pending: Callable[[], None] | None = None
        self.modem_on = False
        self.modem_starts: list[float] = []
        """When the modem got power, for ever."""
        self.cloud: CloudStatus = "disconnected"
        self.network_up = False
        self.started()

    def started(self) -> None:
        """The firmware begins: so do its counters."""
        self.ended, self.left_network = Ended.NEVER, Left.UNKNOWN
        self.cloud_attempts = self.network_attempts = self.losses = self.messages = 0

    def stopped(self) -> None:
        """The core stands: nothing goes on, and nothing that was to come comes."""
        self._forget()
        self.cloud, self.network_up, self.modem_on = "disconnected", False, False

    def attempt_in(self, seconds: float) -> None:
        """Try to connect in a while, unless that is to happen already."""
        if self._pending is None:
            self._pending = self._later(seconds, self.attempt)

    def attempt(self) -> None:
        """Begin to connect, which is counted before anything is sent; the cloud is reached a handshake later."""
        if self.cloud != "disconnected":
            return
        self._forget()
        if not self.network_up:
            self.network_attempts += 1
            self.start_modem()
        self.network_up = True
        self.cloud_attempts += 1
        self.cloud = "connecting"
        self._pending = self._later(HANDSHAKE_SECONDS, self._reach)

    def connect(self) -> None:
        """Reach the cloud at once."""
        self.attempt()
        if self.cloud == "connecting":
            self._forget()
            self._reach()

    def _reach(self) -> None:
        self._pending = None
        self.cloud = "connected"
        self.messages += 1
        self._reached()

    def end(self, why: Ended, network: bool) -> None:
        """Leave the cloud, and the network where that is asked for, and do not come back by itself."""
        self._forget()
        if self.cloud == "connected":
            self.cloud_attempts = 0
            self.ended = why
            self.losses += why is Ended.ERROR
        self.cloud = "disconnected"
        if network and self.network_up:
            self.network_up = False
            self.network_attempts = 0
            self.left_network = _LEFT.get(why, Left.UNKNOWN)

    def sleep(self) -> bool:
        """Leave everything and switch the modem off; whether that ended what is begun again afterwards."""
        wanted = self.cloud != "disconnected" or self._pending is not None
        self.end(Ended.SLEEP, network=True)
        self.stop_modem()
        return wanted

    def start_modem(self) -> None:
        """Give the modem power, which is remembered for ever."""
        if not self.modem_on:
            self.modem_on = True
            self.modem_starts.append(self._seconds())

    def stop_modem(self) -> None:
        """Take its power."""
        self.modem_on, self.left_network = False, Left.UNKNOWN

    def _forget(self) -> None:
        if self._pending is not None:
            self._pending()
            self._pending = None
