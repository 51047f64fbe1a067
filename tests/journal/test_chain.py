"""The chain, without a file."""

import hashlib
import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.domain.events import Body, StepFinished
from station.domain.faults import JournalDamaged
from station.domain.ids import RunId
from station.domain.outcome import Outcome
from station.journal.chain import Entry, body_bytes, canonical, follow, genesis, link, read_event
from tests.journal.shift import MIDNIGHT, run, whole_run


def chained(bodies: Sequence[Body], run_id: RunId | None = None) -> list[Entry]:
    entries, previous = [], genesis("j", MIDNIGHT)
    for seq, body in enumerate(bodies, start=1):
        stored = body_bytes(body)
        previous = link(previous, seq, run_id, MIDNIGHT, stored)
        entries.append(Entry(seq, run_id, MIDNIGHT, stored, previous))
    return entries


def test_an_entry_is_the_sha256_of_the_one_before_and_its_own_json() -> None:
    body = b'{"firmware":"x","kind":"booted","op":1}'
    written = b'{"at":7,"body":{"firmware":"x","kind":"booted","op":1},"run":"20261123-000001-n1-0001","seq":3}'
    assert canonical(3, "20261123-000001-n1-0001", 7, body) == written
    assert link(b"\1" * 32, 3, "20261123-000001-n1-0001", 7, body) == hashlib.sha256(b"\1" * 32 + written).digest()


def test_every_fact_reads_back_as_it_was_written() -> None:
    bodies = whole_run(1)
    assert [read_event(entry).body for entry in chained(bodies, run(1))] == bodies


@given(st.text(st.characters(codec=None)), st.floats())
def test_whatever_a_unit_says_reads_back_from_ascii_bytes(text: str, number: float) -> None:
    said = StepFinished(op=1, do="x", outcome=Outcome.FAIL, detail=text, seconds=number)
    body = read_event(chained([said])[0]).body
    assert isinstance(body, StepFinished)
    assert body.detail == text.encode("utf-8", "backslashreplace").decode("utf-8")
    assert body.seconds == number or (math.isnan(body.seconds) and math.isnan(number))


def test_two_journals_never_share_a_chain() -> None:
    assert genesis("a", 1) != genesis("b", 1) != genesis("b", 2)


@given(st.integers(0, 13), st.sampled_from(["drop", "swap", "body", "time", "run", "hash", "twice"]))
def test_the_first_entry_that_does_not_hold_is_named(at: int, how: str) -> None:
    entries = chained(whole_run(1), run(1))
    bad, first = entries[at], at + 1
    match how:
        case "drop":
            del entries[at]
        case "swap":
            entries[at : at + 2] = reversed(entries[at : at + 2])
        case "body":
            entries[at] = bad._replace(body=bad.body.replace(b'"kind"', b'"Kind"'))
        case "time":
            entries[at] = bad._replace(at=bad.at + 1)
        case "run":
            entries[at] = bad._replace(run=run(2))
        case "hash":
            entries[at] = bad._replace(hash=bytes(32))
        case _:
            entries.insert(at, bad)
            first += 1
    if how in {"drop", "swap"} and at == 13:
        # The end of a chain can be cut without a trace in the chain; this is what `expect_last` is for.
        assert list(follow(entries, genesis("j", MIDNIGHT), 0)) == entries
        return
    with pytest.raises(JournalDamaged, match=f"entry {first} "):
        list(follow(entries, genesis("j", MIDNIGHT), 0))


def test_an_entry_with_a_right_hash_over_an_unknown_fact_is_refused() -> None:
    stored = b'{"kind":"promoted"}'
    entry = Entry(1, None, 5, stored, link(genesis("j", 0), 1, None, 5, stored))
    with pytest.raises(JournalDamaged, match=r"entry 1 \(the station\): the body is unreadable"):
        list(follow([entry], genesis("j", 0), 0))
