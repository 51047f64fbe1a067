"""The chip as its board lets it be: fed or not, reset or not, and disturbed."""

from station.bench.boot import Kind, boot
from station.bench.chip import Nrf52840
from station.bench.cortex import DCRSR, DHCSR, S_HALT


class Chip(Nrf52840):
    """The chip on a board: its reset pad may have no contact, a rail of the board may be shorted so that it never
    powers up, and a spike on nRESET may be waiting for its moment."""

    reset_pad_open = False
    shorted_rail = ""
    spike_awaited = False
    supplied, supply_ups = False, 0
    """Whether the fixture feeds the board, and how often it began to."""
    _run_control_pending = False

    def power(self, on: bool) -> None:
        """As the chip, if the board lets it have any."""
        self.supply_ups += on and not self.supplied
        self.supplied = on
        super().power(on and not self.shorted_rail)

    def pull_reset(self, by: str, low: bool) -> None:
        """As the chip, if the pad is touched."""
        if not self.reset_pad_open:
            super().pull_reset(by, low)

    def spike(self) -> None:
        """The core starts over, and the debugger's vector catch is gone."""
        self.core.clear_debug()
        super().pull_reset("spike", low=True)
        super().pull_reset("spike", low=False)

    def write(self, address: int, value: int, size: int = 4) -> None:
        """As the chip."""
        super().write(address, value, size)
        if address in (DHCSR, DCRSR):
            self._run_control_pending = True

    def read(self, address: int, size: int = 4) -> int:
        """As the chip; an awaited spike comes when the debugger asks, out of the blue, whether the core stands."""
        if address != DHCSR:
            return super().read(address, size)
        asks = not self._run_control_pending
        if self.spike_awaited and asks and boot(self.flash.view, self.uicr.view).kind is Kind.PRODUCT:
            self.spike_awaited = False
            self.spike()
        value = super().read(address, size)
        if value & S_HALT:
            self._run_control_pending = False
        return value
