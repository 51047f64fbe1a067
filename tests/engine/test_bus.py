"""Who is told what."""

import logging

import pytest

from station.engine.bus import Bus, Heard, Trouble

TROUBLE = Trouble("S101", "no answer", "Check the cable.")


def test_every_listener_is_told_everything_from_then_on_in_order() -> None:
    bus = Bus()
    early: list[Heard] = []
    late: list[Heard] = []
    bus.subscribe(early.append)
    bus.publish(TROUBLE)
    bus.subscribe(late.append)
    other = Trouble("S102", "", "")
    bus.publish(other)
    assert (early, late) == ([TROUBLE, other], [other])


def test_a_listener_that_fails_hurts_nobody_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def broken(heard: Heard) -> None:
        raise ValueError("no such widget")

    bus = Bus()
    heard: list[Heard] = []
    bus.subscribe(broken)
    bus.subscribe(heard.append)
    with caplog.at_level(logging.ERROR):
        bus.publish(TROUBLE)
    assert heard == [TROUBLE]
    (logged,) = caplog.records
    assert logged.exc_info is not None
    assert "no such widget" in str(logged.exc_info[1])


def test_without_listeners_nothing_happens() -> None:
    Bus().publish(TROUBLE)
