"""A conversation recorded between the station's driver and a unit of the bench, played back to either of them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from station.bench.board import Mode
from station.bench.usb_device import UsbDevice
from station.bench.usb_replay import Replay, ask_again
from station.bench.wires.usb import BenchUsb
from station.cli.usb_witness import Examination, examine
from station.codec.control import Service, ServiceReply, Setup, Status
from station.codec.usb_recording import Transfer, Unanswered, read
from station.domain.faults import LinkLost, RequestRefused
from station.drivers.usb_bus import UsbBus
from station.drivers.usb_recording import RecordingUsb
from tests.drivers.usb_desk import Desk, HandClock, Scripted, attached, bus_folder, desk


def recorded(at: Desk, what: Callable[[UsbBus], object]) -> list[Transfer]:
    """What went over the wire while that was done, as it stands in a file."""
    lines: list[str] = []
    backend = RecordingUsb(BenchUsb(at.folder), lambda one: lines.append(one.line()))
    what(UsbBus("1-1.1", at.clock, lambda: backend))
    return read(lines)


def everything(bus: UsbBus) -> Examination:
    return examine(bus, HandClock(), 1e6, modem=True)


def at_once(bus: UsbBus) -> Examination:
    """Everything that a unit answers without taking its time, which a recording does not hold."""
    return examine(bus, HandClock(), 1e6, modem=False)


def test_the_driver_hears_from_the_recording_what_it_heard_from_the_unit() -> None:
    with desk() as at:
        said: list[Examination] = []
        recording = recorded(at, lambda bus: said.append(everything(bus)))
    assert len(recording) > 60
    replay = Replay(recording)
    with bus_folder() as folder, attached(folder, replay, "1-1.1"):
        again = everything(UsbBus("1-1.1", HandClock(), lambda: OnceDescribed(folder)))
    assert (again, replay.unexpected, replay.left) == (said[0], [], 0)
    assert again.ident is not None
    assert again.disagreements == ()


class OnceDescribed(BenchUsb):
    """Asks a device for its descriptor once, as a system does that remembers it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._found = list(super().enumerate_devices())

    def enumerate_devices(self) -> object:  # type: ignore[override]
        return iter(self._found)


def test_a_unit_in_the_same_state_answers_the_recorded_host_byte_for_byte() -> None:
    with desk() as at:
        recording = recorded(at, at_once)
    with desk() as at:
        assert ask_again(UsbDevice(at.board, Mode.NORMAL), recording) == []
    with desk() as at:
        at.board.ailments.no_serial = True
        differing = ask_again(UsbDevice(at.board, Mode.NORMAL), recording)
        assert [one.setup.request for one, _ in differing][:2] == [2, 4]  # CHECK without a size, nothing to RECV


def test_no_secret_of_the_unit_can_be_in_a_recording() -> None:
    with desk() as at:
        at.board.listen(on=True)
        recording = recorded(at, everything)
        secret = at.board.born.secret.encode()
    assert recording
    assert all(secret not in one.out + (one.came if isinstance(one.came, bytes) else b"") for one in recording)


def test_what_the_recording_does_not_have_next_is_refused_and_told() -> None:
    with desk() as at:
        recording = recorded(at, lambda bus: bus.request(20))
    replay = Replay(recording)
    with bus_folder() as folder, attached(folder, replay, "1-1.1"):
        bus = UsbBus("1-1.1", HandClock(), lambda: OnceDescribed(folder))
        with pytest.raises(RequestRefused, match="stalls INIT"):
            bus.request(30)
    assert replay.unexpected == ["c00100001e004000, not c001000014004000"]
    assert replay.left == 3


def test_a_recording_that_is_over_has_no_more_answers() -> None:
    replay = Replay([])
    assert replay.transfer(read(['{"setup": "c050000014004000", "out": "", "stall": true}'])[0].setup, b"") is None
    assert replay.unexpected == ["c050000014004000, and the recording is over"]


def test_stalls_and_lost_units_are_recorded_as_such() -> None:
    def answer(setup: Setup, _: bytes) -> bytes | None:
        if setup.request == Service.CHECK:
            there[0].detach()
        return None if setup.request == 0x50 else ServiceReply(Status.OK, id=1).encode()

    lines: list[str] = []
    with bus_folder() as folder, attached(folder, Scripted(answer)) as attachment:
        there = [attachment]
        backend = RecordingUsb(BenchUsb(folder), lambda one: lines.append(one.line()))
        bus = UsbBus("1-1.9", HandClock(), lambda: backend)
        with pytest.raises(RequestRefused):
            bus.raw(30)
        with pytest.raises(LinkLost):
            bus.request(72)
    came = [(one.setup.request, one.came) for one in read(lines)]
    assert came[1] == (0x50, Unanswered.STALL)
    assert came[-1] == (Service.CHECK, Unanswered.LOST)
