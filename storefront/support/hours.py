"""When the desk is open: several intervals a day, holidays and make-up days, right across changes of the clocks. Pure.

A moment is open when its time of day, as the clocks of the zone show it, lies in an interval of its day: an hour that comes
twice counts twice, one that is left out does not count.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = 60_000
_DAY = 24 * 60 * MINUTE
# So far ahead a deadline is looked for; a calendar that is never open has none.
_DAYS_MAX = 1100

# Minutes of the day, from and to: (540, 720) is 9:00 to 12:00.
Interval = tuple[int, int]


@dataclass(frozen=True)
class Calendar:
    """Open hours by weekday (Monday first); `days` are exceptions: none on a holiday, some on a make-up day."""

    zone: str
    week: Sequence[Sequence[Interval]]
    days: Mapping[date, Sequence[Interval]]

    def intervals(self, day: date) -> Sequence[Interval]:
        """The open hours of a day."""
        return self.days[day] if day in self.days else self.week[day.weekday()]


ALWAYS = Calendar("UTC", [[(0, 1440)]] * 7, {})


class NeverOpen(ValueError):
    """The calendar has no open hours in the next years."""


def add(calendar: Calendar, start: int, minutes: int) -> int:
    """The moment (epoch ms) at which so many open minutes have passed since `start`. Raises NeverOpen."""
    left = minutes * MINUTE
    if left <= 0:
        return start
    for opens, closes in _spans(calendar, start, _DAYS_MAX):
        here = closes - max(opens, start)
        if here >= left:
            return max(opens, start) + left
        left -= max(here, 0)
    raise NeverOpen


def elapsed(calendar: Calendar, start: int, end: int) -> int:
    """How many milliseconds of open time lie between two moments (epoch ms); none when they are the wrong way round."""
    days = max(0, end - start) // _DAY + 3
    return sum(max(0, min(closes, end) - max(opens, start)) for opens, closes in _spans(calendar, start, days))


def _spans(calendar: Calendar, start: int, days: int) -> Iterator[tuple[int, int]]:
    zone = ZoneInfo(calendar.zone)
    first = datetime.fromtimestamp(start / 1000, zone).date() - timedelta(days=1)
    for ahead in range(days):
        day = first + timedelta(days=ahead)
        if intervals := calendar.intervals(day):
            yield from sorted(_of_day(zone, day, intervals))


def _of_day(zone: ZoneInfo, day: date, intervals: Sequence[Interval]) -> Iterator[tuple[int, int]]:
    midnight = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000
    # No clock is further from UTC than this.
    for since, until, offset in _offsets(zone, midnight - _DAY, midnight + 2 * _DAY):
        for opens, closes in intervals:
            begins = max(since, midnight + opens * MINUTE - offset)
            ends = min(until, midnight + closes * MINUTE - offset)
            if begins < ends:
                yield begins, ends


def _offsets(zone: ZoneInfo, since: int, until: int) -> Iterator[tuple[int, int, int]]:
    """The stretches of a few days in which the clocks were set the same, and how far from UTC; they are set once at most."""
    before, after = _offset(zone, since), _offset(zone, until)
    if before == after:
        yield since, until, before
        return
    low, high = since, until
    while high - low > 1000:
        middle = (low + high) // 2000 * 1000
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    yield since, high, before
    yield high, until, after


def _offset(zone: ZoneInfo, at: int) -> int:
    told = datetime.fromtimestamp(at / 1000, zone).utcoffset()
    assert told is not None, "a zone has an offset"
    return int(told.total_seconds()) * 1000
