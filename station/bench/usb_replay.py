"""A recorded conversation played back: as the device that was recorded, or as the host that spoke."""

from collections.abc import Iterable, Sequence

from station.bench.usb_wire import Device
from station.codec.control import Setup
from station.codec.usb_recording import Transfer, Unanswered


class Replay:
    """The device of a recording. It answers what the recording has next, and nothing else."""

    def __init__(self, recording: Sequence[Transfer]) -> None:
        self._left = list(recording)
        self.unexpected: list[str] = []
        """What was asked and is not what the recording has next; each was stalled."""

    @property
    def left(self) -> int:
        """Transfers that were not asked for yet."""
        return len(self._left)

    def transfer(self, setup: Setup, data: bytes) -> bytes | None:
        """Implements usb_wire.Device; what was lost in the recording is stalled."""
        asked = f"{setup.encode().hex()} {data.hex()}".rstrip()
        if not self._left:
            self.unexpected.append(f"{asked}, and the recording is over")
            return None
        following = self._left[0]
        if (following.setup, following.out) != (setup, data):
            self.unexpected.append(f"{asked}, not {following.setup.encode().hex()} {following.out.hex()}".rstrip())
            return None
        del self._left[0]
        return None if isinstance(following.came, Unanswered) else following.came


def ask_again(device: Device, recording: Iterable[Transfer]) -> list[tuple[Transfer, bytes | None]]:
    """Have a device asked what the recorded host asked; returns where it answers otherwise, and how.

    A recording does not tell how long the host waited: a unit that took its time then must be as quick now. Transfers
    that nothing came of in the recording are left out.
    """
    differing = []
    for one in recording:
        if one.came is Unanswered.LOST:
            continue
        came = device.transfer(one.setup, one.out)
        if came is not None and not one.setup.request_type & 0x80:
            came = b""
        if came != (None if one.came is Unanswered.STALL else one.came):
            differing.append((one, came))
    return differing
