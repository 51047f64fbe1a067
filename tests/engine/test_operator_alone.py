"""Whatever operators scan, type and wait for: without a lead's or an engineer's badge nothing is let go or repeated."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from station.domain.command import Command, Verb
from station.domain.events import Event, RunFinished, RunStarted
from station.domain.known import Tried
from station.domain.nest import State
from station.domain.outcome import Outcome
from station.domain.people import Action, Badge, may
from station.domain.scan import Scan
from station.domain.shift_facts import (
    Approved,
    NestReleased,
    PinUnlocked,
    RecipeAccepted,
    ReferenceJudged,
    ReferenceLifted,
    SignedIn,
)
from station.domain.shift_rules import Reference, ShiftRules, fails, passed
from tests.engine.crew import AUDITOR, BADGES, ENGINEER, LEAD, OPERATOR, OTHER, PINS, TECHNICIAN, badge
from tests.engine.floor import ScanFloor, label, locked

NESTS = 3
FREE = 3
UNITS = 2
ACCEPTED = RecipeAccepted(recipe="demo", revision="A", recipe_sha256="a" * 64, release_sha256="b" * 64, by="Lea Lead")

Step = tuple[str, object]

NUMBERS = st.integers(1, NESTS)
COMMANDS = st.builds(Command, st.sampled_from(Verb), st.none() | st.integers(1, NESTS + 1))
BADGES_OF_OPERATORS = st.sampled_from([badge(OPERATOR), badge(OTHER), Badge("NOBODY")])
LABELS = st.integers(0, UNITS).map(label)
UNREADABLE = st.just(("refused", "U101", "a scan that is nothing", 9))
WISHES = st.sampled_from(["lift", "accept", "close", "sign out"])
OUTCOMES = st.sampled_from([Outcome.PASS, Outcome.FAIL, Outcome.FAIL, Outcome.ERROR])
LASTING = st.sampled_from([0.1, 1.0, 5.0, 20.0, 31.0, 31.0, 700.0])


def steps(badges: st.SearchStrategy[Badge]) -> st.SearchStrategy[list[Step]]:
    """A working day: mostly units, one after the other, and anything else in between."""
    scans: st.SearchStrategy[Scan] = st.one_of(COMMANDS, badges, LABELS, UNREADABLE)
    units = st.tuples(st.just("seat"), st.tuples(st.integers(0, UNITS), OUTCOMES))
    anything = st.one_of(
        st.tuples(st.just("scan"), scans),
        st.tuples(st.just("sign in"), badges),
        st.tuples(st.just("lid"), st.tuples(NUMBERS, st.booleans())),
        st.tuples(st.just("end"), st.tuples(NUMBERS, OUTCOMES)),
        st.tuples(st.just("release"), NUMBERS),
        st.tuples(st.just("cancel"), NUMBERS),
        st.tuples(st.just("pin"), st.sampled_from(["1234", "0000"])),
        st.tuples(st.just("wish"), WISHES),
        st.tuples(st.just("wait"), LASTING),
    )
    return st.lists(st.one_of(units, units, anything, anything), min_size=30, max_size=80)


def do(floor: ScanFloor, step: Step) -> None:
    """One thing that happens on the floor; scans come from three scanners, so that few are double reads."""
    floor.reception.tick()
    match step:
        case ("scan", Command() | Badge() | tuple() as scan):
            floor.reception.judge(scan, "left", floor.time.now(), None)
        case ("scan", scan):
            floor.reception.judge(scan, "right", floor.time.now(), None)  # type: ignore[arg-type]
        case ("lid", (int() as nest, bool() as closed)):
            floor.lid(nest, closed)
        case ("end", (int() as nest, Outcome() as outcome)):
            floor.end(nest, outcome)
        case ("seat", (int() as unit, Outcome() as outcome)):
            # All that an operator does with one unit, in the nest that is free.
            floor.end(FREE, outcome)
            floor.lid(FREE, False)
            floor.time.seconds += 2.0
            floor.reception.judge(label(unit), "right", floor.time.now(), None)
            floor.lid(FREE, True)
            floor.end(FREE, outcome)
        case ("sign in", Badge() as who):
            floor.time.seconds += 2.0
            floor.reception.judge(who, "left", floor.time.now(), None)
            floor.gate.pin("1234")
        case ("release", int() as nest):
            floor.reception.release(nest)
        case ("cancel", int() as nest):
            floor.reception.cancel(nest)
        case ("pin", str() as pin):
            floor.gate.pin(pin)
        case ("wish", str() as wish):
            wishes = {
                "lift": floor.reception.lift,
                "accept": floor.reception.accept,
                "close": floor.reception.close,
                "sign out": floor.reception.sign_out,
            }
            wishes[wish]()
        case ("wait", float() as seconds):
            floor.time.seconds += seconds
        case other:
            raise AssertionError(other)


def floor_of(rules: ShiftRules, accepted: bool = True) -> ScanFloor:
    """One nest locked for a unit that may have connected, one for fails in a row, one free; an operator signed in."""
    facts = [*([ACCEPTED] if accepted else []), locked(1, "meter"), locked(2, "streak")]
    earlier = [Event(seq=n, run=None, at=0, body=body) for n, body in enumerate(facts, start=1)]
    floor = ScanFloor(rules, NESTS, earlier)
    do(floor, ("sign in", badge(OPERATOR)))
    return floor


def replayed(events: list[Event]) -> None:
    """Every run was one that its operator might begin, by the facts before it."""
    past: dict[str, list[Tried]] = {}
    made: dict[str | None, RunStarted] = {}
    for event in events:
        match event.body:
            case RunStarted() as run if run.reference is None:
                before = past.get(str(run.label), [])
                allowed = any(one.action is Action.TEST_AGAIN for one in run.approvals)
                assert run.operator
                assert allowed or not passed(before)
                assert allowed or fails(before) < 2
                made[event.run] = run
            case RunFinished(outcome=outcome) if (begun := made.get(event.run)) is not None:
                past.setdefault(str(begun.label), []).append(Tried(event.at, begun.nest, outcome))
            case _:
                continue


@settings(max_examples=300)
@given(steps(BADGES_OF_OPERATORS), st.sampled_from([BADGES, PINS]))
def test_operators_alone_release_no_nest_and_test_no_unit_beyond_the_cap(
    happens: list[Step], rules: ShiftRules
) -> None:
    floor = floor_of(replace(rules, fail_streak=3))
    for one in happens:
        do(floor, one)
        assert floor.nests[1].state is State.LOCKED
        assert floor.nests[2].state is State.LOCKED
    facts = [one.body for one in floor.events]
    kinds = (NestReleased, Approved, PinUnlocked, ReferenceLifted)
    assert not [one for one in facts if isinstance(one, kinds)]
    assert facts.count(ACCEPTED) == 1
    assert floor.quits == 0
    replayed(floor.events)


REFERENCE = Reference.model_validate({"serial": label(0).serial, "expect": "fail"})


@settings(max_examples=100)
@given(steps(BADGES_OF_OPERATORS))
def test_operators_alone_make_nothing_by_a_plan_that_nobody_accepted(happens: list[Step]) -> None:
    floor = floor_of(BADGES, accepted=False)
    for one in happens:
        do(floor, one)
    assert not [one for one in floor.events if isinstance(one.body, RunStarted)]


@settings(max_examples=200)
@given(steps(BADGES_OF_OPERATORS))
def test_operators_alone_make_nothing_before_the_reference_unit_came_out_as_it_must(happens: list[Step]) -> None:
    floor = floor_of(replace(BADGES, references=(REFERENCE,)))
    for one in happens:
        do(floor, one)
    right, wrong = False, False
    for event in floor.events:
        match event.body:
            case RunStarted(reference=None):
                assert right
                assert not wrong
            case ReferenceJudged(right=came_out):
                right, wrong = came_out, wrong or not came_out
            case _:
                continue


EVERYBODY = st.sampled_from([badge(one) for one in (OPERATOR, OTHER, LEAD, TECHNICIAN, ENGINEER, AUDITOR)])


@settings(max_examples=300)
@given(steps(EVERYBODY))
def test_everything_that_needs_a_right_has_somebody_with_it_behind_it_and_each_approval_is_used_once(
    happens: list[Step],
) -> None:
    floor = floor_of(replace(BADGES, fail_streak=3))
    for one in happens:
        do(floor, one)
    roles = {one.name: one.role for one in BADGES.people.people}
    used: list[object] = []
    for event in floor.events:
        match event.body:
            case NestReleased(why=why, by=by):
                assert may(roles[by], Action.RELEASE_METER if why == "meter" else Action.RELEASE_NEST)
            case Approved(action=action, by=by, role=role):
                assert role is roles[by]
                assert may(role, action)
            case RecipeAccepted(by=by) | ReferenceLifted(by=by):
                assert may(roles[by], Action.ACCEPT_RECIPE)
            case RunStarted(operator=operator, approvals=approvals):
                assert may(roles[operator], Action.RUN)
                used += approvals
            case SignedIn(name=name, role=role):
                assert role is roles[name]
            case _:
                continue
    granted = [one.body for one in floor.events if isinstance(one.body, Approved) and one.body.label is not None]
    assert len(used) <= len(granted)
    replayed(floor.events)
