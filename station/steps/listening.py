"""Listening mode for as long as it is needed."""

from collections.abc import Iterator
from contextlib import contextmanager

from station.ports import Usb

START_LISTENING = 70
"""Control request (Device OS, system/inc/system_control.h)."""

STOP_LISTENING = 71
"""Control request; safe here because the factory-test firmware is MANUAL and stays offline."""


@contextmanager
def listening(usb: Usb) -> Iterator[None]:
    """Have the unit listen inside the block, and hand its serial port back to the factory-test firmware after it."""
    usb.request(START_LISTENING)
    yield
    usb.request(STOP_LISTENING)
