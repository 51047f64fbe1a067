"""The billing guard's verdict."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.domain.events import Booted, CloudStatus, Rebooted, Silent
from station.domain.meter import CONCLUSIONS, LEFT_NETWORK, Evidence, judge, seems_rebooted, unwinding

BOOT = Booted(op=20, firmware="factory-test 1.0.0", sha256="a" * 64, mode="manual")
QUIET = Silent(op=50, cloud_attempts=0, network_attempts=0, uptime=9.0, boot=1)

readings = st.builds(
    Silent,
    op=st.just(50),
    cloud_attempts=st.integers(0, 2),
    network_attempts=st.integers(0, 2),
    uptime=st.just(9.0),
    boot=st.integers(1, 3),
    status=st.sampled_from(["disconnected", "connecting", "connected", "disconnecting"]),
    disconnections=st.integers(0, 1),
    left_cloud=st.sampled_from([0, 0, 1, 4, 8, 99]),
    left_network=st.sampled_from([0, 7, 7, 2]),
    messages=st.integers(0, 2),
    when=st.sampled_from(["early", "before_reset", "last_words"]),
)


def silent(**change: object) -> Silent:
    return QUIET.model_copy(update=change)


def test_a_boot_that_was_asked_at_its_end_and_says_nothing_of_contacts_is_no_evidence() -> None:
    judged = judge(Evidence(boots=[BOOT], readings=[QUIET]))
    assert (judged.verdict, judged.reasons, judged.unread) == ("no_evidence", (), ())
    assert judged.conclusion == "no evidence of a connection"


@pytest.mark.parametrize("status", ["connected", "disconnecting"])
def test_a_connection_that_was_seen_is_an_incident(status: CloudStatus) -> None:
    judged = judge(Evidence(boots=[BOOT], readings=[silent(status=status, cloud_attempts=1)]))
    assert judged.verdict == "incident"
    assert status in judged.reasons[0]


def test_a_connection_that_ended_before_anybody_asked_is_an_incident_too() -> None:
    assert judge(Evidence(boots=[BOOT], readings=[silent(disconnections=1)])).verdict == "incident"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"left_cloud": 4}, "connected with the cloud since boot 1, and left it (listening mode)"),
        ({"left_cloud": 99}, "left it (reason 99)"),
        ({"messages": 1}, "sent the cloud 1 message since"),
        ({"messages": 3}, "sent the cloud 3 messages since"),
    ],
)
def test_a_connection_that_ended_in_good_order_leaves_no_attempts_but_is_an_incident(
    change: dict[str, object], says: str
) -> None:
    judged = judge(Evidence(boots=[BOOT], readings=[silent(**change)]))
    assert judged.verdict == "incident"
    assert says in judged.reasons[0]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"status": "connecting"}, "was connecting"),
        ({"cloud_attempts": 1}, "tried to reach the cloud once"),
        ({"network_attempts": 2}, "asked its radio for a network 2 times"),
        ({"left_network": 2}, "was in a network since boot 1, and left it"),
    ],
)
def test_a_unit_that_tried_is_a_risk(change: dict[str, object], says: str) -> None:
    judged = judge(Evidence(boots=[BOOT], readings=[silent(**change)]))
    assert judged.verdict == "risk"
    assert says in judged.reasons[0]


@pytest.mark.parametrize("reason", [3, 7])
def test_a_reason_for_leaving_a_network_that_is_there_without_one_says_nothing(reason: int) -> None:
    assert judge(Evidence(boots=[BOOT], readings=[silent(left_network=reason)])).verdict == "no_evidence"


def test_what_ran_unbidden_is_a_risk() -> None:
    assert judge(Evidence(rebooted=[Rebooted(op=50, detail="it counts too little")])).verdict == "risk"
    assert judge(Evidence(faults=["U402"])).verdict == "risk"
    automatic = BOOT.model_copy(update={"mode": "automatic"})
    assert judge(Evidence(boots=[automatic], readings=[QUIET])).verdict == "risk"


def test_a_reading_in_the_middle_of_a_boot_does_not_cover_its_end() -> None:
    judged = judge(Evidence(boots=[BOOT, BOOT], readings=[silent(when="early"), silent(boot=2)]))
    assert judged.unread == (1,)
    assert judged.conclusion == "no evidence of a connection; the unit could not be asked at the end of boot 1"


@given(st.lists(readings, max_size=4), st.lists(readings, max_size=2))
def test_more_evidence_never_makes_a_verdict_better(before: list[Silent], more: list[Silent]) -> None:
    worse = ("no_evidence", "risk", "incident")
    one, other = judge(Evidence(readings=before)).verdict, judge(Evidence(readings=[*before, *more])).verdict
    assert worse.index(one) <= worse.index(other)


@given(st.lists(readings, max_size=4))
def test_any_contact_at_all_is_told_with_a_reason(found: list[Silent]) -> None:
    judged = judge(Evidence(readings=found))
    contacts = any(
        one.cloud_attempts
        or one.network_attempts
        or one.disconnections
        or one.status != "disconnected"
        or one.left_cloud
        or one.left_network in LEFT_NETWORK
        or one.messages
        for one in found
    )
    assert (judged.verdict != "no_evidence") is contacts is bool(judged.reasons)
    assert len(set(judged.reasons)) == len(judged.reasons)


def test_no_conclusion_claims_what_an_offline_station_cannot_know() -> None:
    for told in CONCLUSIONS.values():
        assert not re.search(r"not billed|never connected|no connection was|did not connect", told)


@pytest.mark.parametrize(
    ("uptime", "seconds", "rebooted"),
    [(9, 9.9, False), (9, 11.9, False), (9, 12.1, True), (0, 2.9, False), (0, 60, True), (61, 60, False)],
)
def test_an_uptime_that_lags_behind_by_more_than_a_boot_takes_is_another_start(
    uptime: float, seconds: float, rebooted: bool
) -> None:
    assert seems_rebooted(uptime, seconds) is rebooted


def test_what_a_person_must_do_names_the_sim_only_where_there_is_one() -> None:
    assert unwinding("no_evidence", cellular=True) == ()
    cellular, wifi = unwinding("risk", cellular=True), unwinding("incident", cellular=False)
    assert any("SIM" in step for step in cellular)
    assert not any("SIM" in step for step in wifi)
    assert "unwind done" in cellular[-1]
    assert "unwind done" in wifi[-1]
