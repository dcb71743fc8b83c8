"""Open hours against a model that looks at each minute: lunch breaks, holidays, make-up days, and clocks that are changed."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from storefront.support import hours
from storefront.support.hours import MINUTE, Calendar

ZONES = (
    "UTC",
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "America/Havana",
)
# Around these days the clocks of the zones are changed.
STARTS = tuple(
    int(datetime(2026, month, day, tzinfo=UTC).timestamp()) * 1000
    for month, day in ((3, 6), (3, 27), (4, 3), (10, 2), (10, 23), (10, 30), (6, 1), (12, 30))
)


@some.composite
def intervals(draw: some.DrawFn) -> list[tuple[int, int]]:
    edges = sorted(draw(some.sets(some.integers(0, 48), max_size=6)))
    return [(a * 30, b * 30) for a, b in zip(edges[::2], edges[1::2], strict=False)]


@some.composite
def calendars(draw: some.DrawFn) -> Calendar:
    week = [draw(intervals()) for _ in range(7)]
    exceptions = draw(some.dictionaries(some.integers(0, 12), intervals(), max_size=3))
    first = datetime.fromtimestamp(draw(some.sampled_from(STARTS)) / 1000, UTC).date()
    days = {first + timedelta(days=ahead): told for ahead, told in exceptions.items()}
    return Calendar(draw(some.sampled_from(ZONES)), week, days)


def is_open(calendar: Calendar, at: int) -> bool:
    """The model: what the clock on the wall shows at this minute, looked up in its day."""
    wall = datetime.fromtimestamp(at / 1000, ZoneInfo(calendar.zone))
    minute = wall.hour * 60 + wall.minute
    return any(opens <= minute < closes for opens, closes in calendar.intervals(wall.date()))


@settings(max_examples=120, deadline=None)
@given(calendars(), some.sampled_from(STARTS), some.integers(0, 3 * 1440), some.integers(0, 3 * 1440))
def test_open_time_between_two_moments_is_what_counting_each_minute_gives(
    calendar: Calendar, start: int, after: int, length: int
) -> None:
    begin = start + after * MINUTE
    end = begin + length * MINUTE

    counted = sum(is_open(calendar, begin + minute * MINUTE) for minute in range(length))

    assert hours.elapsed(calendar, begin, end) == counted * MINUTE


@settings(max_examples=120, deadline=None)
@given(calendars(), some.sampled_from(STARTS), some.integers(0, 2 * 1440), some.integers(1, 600))
def test_a_deadline_is_the_moment_at_which_that_much_open_time_has_passed(
    calendar: Calendar, start: int, after: int, minutes: int
) -> None:
    begin = start + after * MINUTE
    try:
        due = hours.add(calendar, begin, minutes)
    except hours.NeverOpen:
        assert not any(calendar.week)
        return

    assert hours.elapsed(calendar, begin, due) == minutes * MINUTE
    assert is_open(calendar, due - MINUTE), "it is the first such moment"


@settings(max_examples=60, deadline=None)
@given(calendars(), some.sampled_from(STARTS), some.lists(some.integers(1, 900), min_size=2, max_size=6))
def test_pauses_take_no_time(calendar: Calendar, start: int, lengths: list[int]) -> None:
    moments = [start]
    for length in lengths:
        moments.append(moments[-1] + length * MINUTE)
    running = list(pairwise(moments))[::2]

    used = sum(hours.elapsed(calendar, begin, end) for begin, end in running)

    counted = sum(is_open(calendar, at) for begin, end in running for at in range(begin, end, MINUTE))
    assert used == counted * MINUTE


def test_a_lunch_break_a_holiday_and_a_make_up_day_in_one_week() -> None:
    nine_to_six = [(540, 720), (810, 1080)]
    days = {date(2026, 10, 1): [], date(2026, 10, 4): nine_to_six}
    calendar = Calendar("Asia/Shanghai", [nine_to_six] * 5 + [[], []], days)

    def at(day: int, hour: int, minute: int = 0) -> int:
        return int(datetime(2026, 10, day, hour, minute, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()) * 1000

    assert hours.add(calendar, at(2, 11, 30), 60) == at(2, 14)
    assert hours.add(calendar, at(1, 10), 30) == at(2, 9, 30), "1 October is a holiday"
    assert hours.add(calendar, at(2, 17, 30), 60) == at(4, 9, 30), "the Sunday is worked, the Saturday is not"


def test_a_desk_that_never_opens_has_no_deadlines() -> None:
    with pytest.raises(hours.NeverOpen):
        hours.add(Calendar("UTC", [[]] * 7, {}), 0, 1)
