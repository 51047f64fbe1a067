"""When things happened, by a clock that may have stood wrong."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from station.domain.timeline import MINUTE, OLDEST, Moment, by_todays_clock, first_since

HOUR = 60 * MINUTE
DAY, YEAR = 24 * HOUR, 8760 * HOUR
NOON = OLDEST + 700 * DAY


def moments(*at: int) -> list[Moment]:
    return [Moment(seq, one) for seq, one in enumerate(at, start=1)]


def hours(found: list[int]) -> list[int]:
    return [round((one - NOON) / HOUR) for one in found]


def test_a_clock_that_is_right_is_believed() -> None:
    assert hours(by_todays_clock(moments(NOON, NOON + HOUR, NOON + 2 * HOUR), NOON + 3 * HOUR)) == [0, 1, 2]


def test_a_clock_that_stood_at_1970_hides_nothing_before_it_and_nothing_after_it() -> None:
    found = by_todays_clock(moments(NOON, HOUR, 2 * HOUR, NOON + 5 * HOUR), NOON + 5 * HOUR)
    assert hours(found) == [0, 5, 5, 5]
    assert first_since(moments(NOON, HOUR, NOON + 5 * HOUR), NOON + 5 * HOUR, 12 * HOUR) == 1


def test_a_shift_that_began_at_1970_is_this_shift() -> None:
    told = moments(NOON - 2 * DAY, HOUR, 2 * HOUR, NOON)
    assert first_since(told, NOON, 12 * HOUR) == 2


def test_a_clock_that_stands_at_1970_now_hides_nothing() -> None:
    assert first_since(moments(NOON, NOON + HOUR, HOUR, 2 * HOUR), 2 * HOUR, 12 * HOUR) == 1


def test_a_clock_that_was_a_year_ahead_hides_nothing() -> None:
    told = moments(NOON, NOON + YEAR, NOON + YEAR + HOUR, NOON + 3 * HOUR)
    assert hours(by_todays_clock(told, NOON + 3 * HOUR)) == [0, 2, 3, 3]


def test_a_step_that_was_recorded_is_taken_back_exactly() -> None:
    """A week by a clock that was two days ahead, then set right: only the last twelve hours are this shift."""
    ahead = [Moment(seq, NOON + 2 * DAY + seq * HOUR) for seq in range(1, 169)]
    set_right = Moment(169, NOON + 168 * HOUR, step=-2 * DAY)
    assert first_since([*ahead, set_right], NOON + 168 * HOUR, 12 * HOUR) == 156


def test_a_shift_without_entries_begins_after_the_last_one() -> None:
    assert first_since([], NOON, HOUR) == 1
    assert first_since(moments(NOON - DAY), NOON, HOUR) == 2


@given(
    st.lists(st.integers(0, DAY), min_size=1, max_size=30),
    st.lists(st.tuples(st.integers(0, 29), st.integers(-60 * YEAR, 60 * YEAR)), max_size=4),
)
def test_however_the_clock_is_set_while_it_is_watched_each_shift_has_its_entries(
    pauses: list[int], steps: list[tuple[int, int]]
) -> None:
    """Steps that were recorded leave no trace, as far as the clock then told a time at which the program existed."""
    true = list(itertools.accumulate(pauses, initial=NOON))
    wrong, told = 0, []
    for seq, at in enumerate(true, start=1):
        step = sum(by for place, by in steps if place == seq - 1)
        wrong += step
        told.append(Moment(seq, at + wrong, step))
    now = true[-1] + wrong
    found = by_todays_clock(told, now)
    assert found == sorted(found)
    if all(one.at >= OLDEST for one in told) and now >= OLDEST:
        assert [one - wrong for one in found] == true
