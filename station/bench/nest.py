"""One seat of the virtual fixture: its probe, its USB place, its relays, its lid, and whatever unit sits in it."""

import threading
import time
from pathlib import Path

from station.bench.board import Board, Mode
from station.bench.bus_pirate import PULLER as BUS_PIRATE
from station.bench.bus_pirate import bus_pirate_port
from station.bench.chip import Nrf52840
from station.bench.clock import VirtualClock
from station.bench.cmsis_dap import ProbePlug
from station.bench.dap import Dap
from station.bench.personality import SerialTalk
from station.bench.probe import FIXTURE, PROBE, Probe
from station.bench.serial_pty import Pty
from station.bench.usb_device import UsbDevice, baud_set
from station.bench.usb_wire import Attachment

NOISE = bytes(range(0x21, 0x7F)) * 10
REPLUG_SECONDS = 0.5  # real; how long somebody stands there with the plug in the hand
HANG_UP_SECONDS = 0.1  # real; a port whose own thread waits for this nest's lock cannot hang up sooner


class Nest:
    """Whoever touches the unit in it, its clock or the nest's wires holds `lock`; the methods here do so themselves."""

    def __init__(self, number: int, folder: Path, pace: float | None) -> None:
        self.number = number
        self.lock = threading.RLock()
        self.unit: Board | None = None
        self.lid_closed = False
        self.power_on, self.reset_held = False, True
        self._empty = Nrf52840(VirtualClock(pace))
        self._passed_us = 0  # what earlier units' clocks count for this nest's time
        self.place = f"1-1.{number}"
        self.usb_path, self.tty_path = folder / "usb" / f"{self.place}.sock", folder / "usb" / f"{self.place}.tty"
        self._usb: Attachment | None = None
        self._tty: Pty | None = None
        self._former_tty: Pty | None = None
        self._bus_pirate: Pty | None = None
        self.probe_serial = f"BENCH{number:04d}"
        self.probe = Probe(Dap(self._empty), self.probe_serial, self._probe_pulled)
        self.plug = ProbePlug(folder / "probe" / f"{self.probe_serial}.sock", self.probe, self.lock)
        self._drive(self._empty)
        self.plug.plug()

    # Time

    @property
    def _clock(self) -> VirtualClock:
        return self.probe.dap.clock

    def now(self) -> float:
        """Virtual seconds of this nest, whatever unit sits in it; never goes back."""
        with self.lock:
            return (self._passed_us + self._clock.now) / 1e6

    def advance(self, seconds: float) -> float:
        """Let time pass, in real time where time is paced; returns `now`."""
        pace = self._clock.pace
        if pace is not None:
            time.sleep(seconds / pace)
        with self.lock:
            self._clock.advance(0 if pace is not None else seconds * 1e6)
            return self.now()

    def tick(self, real_seconds: float) -> None:
        """Firmware that runs goes on at least as fast as the wall clock, also when nobody advances its time."""
        with self.lock:
            if self._clock.pace is not None:
                self._clock.advance(0)
            elif self.unit is not None and self.unit.chip.core.running:
                self._clock.advance(real_seconds * 1e6)

    # The unit

    def place_unit(self, board: Board) -> None:
        """Seat a unit. Raises ValueError when one is there."""
        with self.lock:
            if self.unit is not None:
                raise ValueError(f"nest {self.number} is taken by unit {self.unit.number}")
            self.unit = board
            if not board.ailments.no_contact:
                board.wires = self
                self._connect(board.chip)
                self.arm()

    def arm(self) -> None:
        """Have the mishaps that the unit brings along happen in this nest."""
        if self.unit is not None and self.unit.ailments.plug_pulled_after is not None:
            self.probe.pull_plug_after(self.unit.ailments.plug_pulled_after)
            self.unit.ailments.plug_pulled_after = None

    def remove_unit(self) -> Board:
        """Take the unit out, under power or not. Raises ValueError when there is none."""
        with self.lock:
            if self.unit is None:
                raise ValueError(f"nest {self.number} is empty")
            board, self.unit = self.unit, None
            if board.wires is self:
                self._connect(self._empty)
                board.chip.power(on=False)
                for puller in (FIXTURE, PROBE, BUS_PIRATE):
                    board.chip.pull_reset(puller, low=False)
                board.wires = None
            return board

    def _connect(self, chip: Nrf52840) -> None:
        """Bring the pins of the nest to another chip, as they are driven now."""
        before = self.probe.dap
        self._passed_us += before.clock.now - chip.clock.now
        probe_pulls = self.probe.pulls_reset
        self.probe.dap = Dap(chip)
        self.probe.dap.set_clock(before.hz)
        chip.pull_reset(PROBE, low=probe_pulls)
        self._drive(chip)

    def _drive(self, chip: Nrf52840) -> None:
        """Put the relays' positions on the pins; an empty seat has no chip to feed."""
        chip.pull_reset(FIXTURE, low=self.reset_held)
        chip.power(on=self.power_on and chip is not self._empty)

    # What the fixture's controller and the operator do

    @property
    def seated(self) -> bool:
        """Whether a unit sits in it, as the switch under it feels."""
        return self.unit is not None

    def set_power(self, on: bool) -> None:
        """Switch the supply."""
        with self.lock:
            self.power_on = on
            self._drive(self.probe.dap.chip)

    def set_reset(self, held: bool) -> None:
        """Switch the reset relay."""
        with self.lock:
            self.reset_held = held
            self._drive(self.probe.dap.chip)

    def make_safe(self) -> None:
        """Reset held, power off."""
        self.set_reset(held=True)
        self.set_power(on=False)

    # The unit's USB

    def show_usb(self, mode: Mode | None) -> None:
        """The unit attached, came back in another mode, or went away."""
        if self._usb is not None:
            self._usb.detach()
            self._usb = None
        if self._tty is not None:
            self._tty.close()
            self._former_tty, self._tty = self._tty, None
        if mode is None or self.unit is None:
            return
        board = self.unit
        self._usb = Attachment(self.usb_path, UsbDevice(board, mode), self.lock)
        if mode is not Mode.DFU:
            if self._former_tty is not None:
                # Time may have been skipped: whoever had the port open notices its end before there is another one.
                self._former_tty.wait_hung_up(HANG_UP_SECONDS)
            self._tty = self._serial_port(board)

    def _serial_port(self, board: Board) -> Pty:
        talk = SerialTalk(board)

        def heard(port: Pty, data: bytes) -> None:
            with self.lock:
                reply, late = talk.received(data), board.ailments.late
            if not (late and port.wait_closed(late)):
                port.write(reply)

        def set_baud(baud: int) -> None:
            with self.lock:
                baud_set(board, baud)

        def idle(port: Pty) -> None:
            if board.ailments.babbling:
                port.write(NOISE)

        return Pty(self.tty_path, heard, set_baud, idle)

    def bus_pirate(self) -> Path:
        """The serial port of a Bus Pirate that shares the probe's wires; it is there from the first call on."""
        port = self.plug.path.with_suffix(".tty")
        with self.lock:
            if self._bus_pirate is None:
                self._bus_pirate = bus_pirate_port(port, lambda: self.probe.dap, self.lock)
        return port

    def _probe_pulled(self) -> None:
        """Somebody pulled the probe's plug, and puts it back in a moment."""
        timer = threading.Timer(REPLUG_SECONDS, self.plug.plug)
        timer.daemon = True
        timer.start()

    def close(self) -> None:
        """Leave nothing behind in the folder."""
        self.plug.unplug()
        if self._bus_pirate is not None:
            self._bus_pirate.close()
        with self.lock:
            self.power_on = False
            self._drive(self.probe.dap.chip)
            self.show_usb(None)
