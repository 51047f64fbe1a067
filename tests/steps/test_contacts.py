"""The billing guard's questions, put by the real drivers to a unit of the bench."""

import random

import pytest

from station.bench.connection import Ended, Left
from station.bench.factory_firmware import SLEEPS_AFTER
from station.domain.faults import CloudContact, RanUnwatched
from station.steps.contacts import last_words, read_contacts
from tests.steps.desk import Desk, desk


def ask(at: Desk) -> None:
    read_contacts(at.op, at.usb, at.link, at.clock)


def test_a_quiet_unit_is_noted_with_every_transport_that_told() -> None:
    with desk() as at:
        at.nest.advance(4.0)
        ask(at)
        [silent] = at.pen.record.silent
        assert (silent.status, silent.cloud_attempts, silent.network_attempts) == ("disconnected", 0, 0)
        assert silent.source == "request 100, factory-test"
        assert silent.seconds is not None
        assert silent.uptime <= silent.seconds <= silent.uptime + 3
        assert silent.start is not None
        assert silent.left_network == Left.UNKNOWN, "as Device OS has it from the start on"
        assert at.pen.record.meter.verdict == "no_evidence"


def test_a_unit_that_is_connected_stops_the_run_and_is_told_to_leave_at_once() -> None:
    with desk() as at:
        at.board.connect()
        with pytest.raises(CloudContact, match="connected with the cloud"):
            ask(at)
        assert not at.board.connected
        assert at.pen.record.meter.verdict == "incident"


@pytest.mark.parametrize("why", [Ended.USER, Ended.LISTENING])
def test_a_unit_that_connected_and_left_in_good_order_is_found_out(why: Ended) -> None:
    with desk() as at:
        at.board.connect()
        at.board.disconnect(why)
        with pytest.raises(CloudContact, match="left it"):
            ask(at)
        [silent] = at.pen.record.silent
        assert (silent.status, silent.cloud_attempts, silent.network_attempts) == ("disconnected", 0, 0)
        assert (silent.left_cloud, silent.left_network, silent.messages) == (why, Left[why.name], 1)
        assert at.pen.record.meter.verdict == "incident"


def test_a_unit_that_started_over_by_itself_cannot_show_what_it_did_before() -> None:
    with desk() as at:
        at.nest.advance(8.0)
        at.board.reset_soon()
        at.nest.advance(3.0)
        with pytest.raises(RanUnwatched, match="counts 2 s"):
            ask(at)
        assert len(at.pen.record.rebooted) == 1
        assert at.pen.record.meter.verdict == "risk"


def test_a_start_too_quick_for_the_clock_is_noticed_by_the_firmware_s_own_number() -> None:
    with desk() as at:
        read_contacts(at.op, at.usb, at.link, at.clock, "early")
        at.board.chip.soft_reset()
        at.nest.advance(1.2)
        with pytest.raises(RanUnwatched, match="another one than before"):
            ask(at)


def sleep(at: Desk, seconds: float) -> None:
    """The unit is sent to sleep and waited for, as `instrument` does it."""
    at.link.ask("sleep", 3.0, {"seconds": seconds})
    at.nest.advance(SLEEPS_AFTER)
    assert at.board.asleep
    at.usb.await_unit(seconds + 15.0)


def test_a_unit_that_slept_is_not_taken_for_one_that_started_over() -> None:
    with desk() as at:
        read_contacts(at.op, at.usb, at.link, at.clock, "early")
        sleep(at, 60.0)
        ask(at)
        assert at.link.ask("radio", 3.0)["boot"] == at.pen.record.silent[0].start, "on its new serial port, too"
        before, after = at.pen.record.silent
        assert after.start == before.start
        assert (after.uptime > 60, after.status, at.pen.record.rebooted) == (True, "disconnected", ())
        assert at.pen.record.meter.verdict == "no_evidence"


def test_a_unit_that_started_over_in_its_sleep_is_noticed() -> None:
    with desk() as at:
        read_contacts(at.op, at.usb, at.link, at.clock, "early")
        at.link.ask("sleep", 3.0, {"seconds": 5.0})
        at.nest.advance(2.0)
        at.board.chip.soft_reset()
        at.nest.advance(5.0)
        with pytest.raises(RanUnwatched):
            ask(at)


def test_a_unit_that_cannot_be_asked_because_it_sleeps_is_unread_and_no_evidence_of_anything() -> None:
    with desk() as at:
        at.link.ask("sleep", 3.0, {"seconds": 60.0})
        at.nest.advance(SLEEPS_AFTER)
        last_words(at.pen, at.usb, at.link, at.clock)
        assert at.pen.record.silent == ()
        assert at.pen.record.meter.unread == (1,)


def test_a_unit_whose_connection_sleep_ended_is_found_out() -> None:
    with desk() as at:
        at.board.connect()
        sleep(at, 5.0)
        with pytest.raises(CloudContact):
            ask(at)
        [silent] = at.pen.record.silent
        assert (silent.left_cloud, silent.left_network) == (Ended.SLEEP, Left.UNKNOWN)
        assert at.pen.record.meter.verdict == "incident"


def test_a_modem_that_was_asked_for_its_names_is_no_contact() -> None:
    with desk() as at:
        at.link.ask("modem", 3.0, {"allow": True})
        ask(at)
        assert len(at.board.online.modem_starts) == 1
        assert at.pen.record.meter.verdict == "no_evidence"


def test_last_words_are_noted_and_never_raise() -> None:
    with desk() as at:
        at.board.connect()
        last_words(at.pen, at.usb, at.link, at.clock)
        assert [one.when for one in at.pen.record.silent] == ["last_words"]
        assert at.pen.record.meter.verdict == "incident"
    with desk(2) as at:
        at.nest.set_power(on=False)
        last_words(at.pen, at.usb, at.link, at.clock)
        assert at.pen.record.silent == ()
        assert at.pen.record.meter.unread == (1,)


SEEDS, PARTS = 200, 8


@pytest.mark.parametrize("part", range(PARTS))
def test_a_unit_that_connects_at_any_moment_is_never_without_evidence_once_it_could_be_asked(part: int) -> None:
    """Seeded moments of connecting, of leaving again (two in three), and of asking; three times, as long as it runs."""
    for seed in range(part, SEEDS, PARTS):
        dice = random.Random(f"moment {seed}")
        connects, asks = dice.uniform(1.0, 12.0), sorted(dice.uniform(1.0, 14.0) for _ in range(3))
        with desk(seed + 1) as at:
            began = at.clock.now()
            leaves = dice.choice([(), (connects + dice.uniform(0.0, 1.0),), (connects + dice.uniform(0.0, 5.0),)])
            network, why = dice.random() < 0.5, dice.choice([Ended.ERROR, Ended.USER, Ended.LISTENING])
            moments = [(connects, "connects"), *((one, "asked") for one in asks), *((one, "leaves") for one in leaves)]
            for moment, what in sorted(moments):
                at.nest.advance(max(0.0, moment - (at.clock.now() - began)))
                if what == "connects":
                    at.board.connect()
                elif what == "leaves":
                    at.board.disconnect(why, network)
                else:
                    last_words(at.pen, at.usb, at.link, at.clock)
            asked_since = asks[-1] > connects
            assert len(at.pen.record.silent) == 3
            assert len(at.board.contacts) == 1
            verdict = at.pen.record.meter.verdict
            assert (verdict != "no_evidence") is asked_since, f"seed {seed}: connects {connects:.2f}, asked {asks}"
