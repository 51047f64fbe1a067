"""The probe of a nest: CMSIS-DAP firmware whose plug can be pulled in mid-flash."""

from collections.abc import Callable

from station.bench.cmsis_dap import NRESET, PULLER, Command, Firmware, Unplugged, Usb
from station.bench.dap import Dap

FIXTURE, PROBE = "fixture", PULLER


class Probe(Firmware):
    """The probe of a nest; the unit behind it changes."""

    dap: Dap

    def __init__(self, dap: Dap, serial: str, pulled: Callable[[], None], usb: Usb | None = None) -> None:
        super().__init__(dap, serial, usb)
        self.pulls_reset = False
        self._pulled = pulled
        self._pull_after: int | None = None
        self._words = 0

    def release_pins(self) -> None:
        """As the firmware does."""
        super().release_pins()
        self.pulls_reset = False

    def pull_plug_after(self, packets: int) -> None:
        """Have the plug pulled that many packets after the next word is programmed."""
        self._pull_after, self._words = packets, self.dap.chip.wear.words

    def handle(self, packet: bytes) -> bytes:
        """As the firmware does, unless the plug is pulled now."""
        try:
            response = super().handle(packet)
        except Unplugged:
            self._pulled()
            raise
        if packet[:1] == bytes((Command.SWJ_PINS,)) and len(packet) > 2 and packet[2] & NRESET:
            self.pulls_reset = not packet[1] & NRESET
        if self._pull_after is not None and self.dap.chip.wear.words > self._words:
            self._pull_after -= 1
            if self._pull_after < 0:
                self._pull_after = None
                self._pulled()
                raise Unplugged
        return response
