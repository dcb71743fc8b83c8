"""Which lots are spent and filled, decided without asking anybody."""

from collections.abc import Sequence
from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storefront.kernel import clock
from storefront.points import NotEnoughPoints
from storefront.points.rules import (
    EarnLine,
    EarnRule,
    Lot,
    Terms,
    Use,
    at_rate,
    birthdays_on,
    end_after_return,
    end_of_life,
    give_back,
    left_of,
    spend,
    still_worth,
)

NOW = 1_800_000_000_000

lots = st.lists(
    st.tuples(st.integers(1, 10_000), st.one_of(st.none(), st.integers(NOW, NOW + clock.DAY))), max_size=12
).map(lambda told: [Lot(number, remaining, end) for number, (remaining, end) in enumerate(told)])


def test_the_soonest_ending_are_spent_first_and_the_never_ending_last() -> None:
    never, late, soon = Lot(1, 100, None), Lot(2, 100, NOW + 2), Lot(3, 100, NOW + 1)

    assert spend([never, late, soon], 250) == [(soon, 100), (late, 100), (never, 50)]


def test_of_two_that_end_together_the_older_is_spent_first() -> None:
    older, younger = Lot(1, 10, NOW), Lot(2, 10, NOW)

    assert spend([younger, older], 5) == [(older, 5)]


def test_a_refusal_says_how_many_there_are() -> None:
    with pytest.raises(NotEnoughPoints) as refused:
        spend([Lot(1, 30, None), Lot(2, 12, NOW)], 43)

    assert refused.value.facts == {"n": 42}


def test_the_last_that_were_spent_come_back_first() -> None:
    soon, never = Lot(1, 0, NOW + 1), Lot(2, 0, None)

    assert give_back([Use(soon, 100), Use(never, 20)], 50) == [(never, 20), (soon, 30)]


def test_an_order_gives_back_no_more_than_it_took() -> None:
    with pytest.raises(ValueError, match="no more"):
        give_back([Use(Lot(1, 0, None), 100)], 101)


@pytest.mark.parametrize(
    ("end", "after"),
    [(None, None), (NOW + 1, NOW + 1), (NOW, NOW + 7 * clock.DAY), (NOW - clock.DAY, NOW + 7 * clock.DAY)],
    ids=["never ends", "not yet ended", "ends now", "ended yesterday"],
)
def test_points_that_come_back_too_late_live_a_week_longer(end: int | None, after: int | None) -> None:
    assert end_after_return(end, NOW, Terms(grace_days=7)) == after


@given(lots=lots, part=st.fractions(0, 1))
def test_what_is_spent_is_exactly_what_was_asked_and_no_lot_gives_more_than_it_has(
    lots: list[Lot], part: float
) -> None:
    asked = int(sum(lot.remaining for lot in lots) * part)

    taken = spend(lots, asked)

    assert sum(share for _, share in taken) == asked
    assert all(0 < share <= lot.remaining for lot, share in taken)


@given(lots=lots, parts=st.lists(st.integers(1, 5_000), max_size=8))
def test_giving_back_in_any_parts_ends_exactly_at_what_was_taken(lots: list[Lot], parts: list[int]) -> None:
    taken = {lot.id: share for lot, share in spend(lots, sum(lot.remaining for lot in lots) // 2)}
    by_id = {lot.id: lot for lot in lots}
    left = dict(taken)

    for wish in [*parts, 10**9]:
        uses = [Use(by_id[number], points) for number, points in left.items() if points]
        for lot, share in give_back(uses, min(wish, sum(left.values()))):
            left[lot.id] -= share
            assert left[lot.id] >= 0

    assert sum(left.values()) == 0


RATE = EarnRule("base", "purchase", rate=1)


def earned(*lines: EarnLine, rules: Sequence[EarnRule] = (RATE,)) -> list[int]:
    """What each of the earning lines brings."""
    return [points for _, _, points in at_rate("purchase", lines, rules, NOW)]


def test_a_line_earns_on_the_money_that_was_paid_for_it_rounded_down() -> None:
    lines = [EarnLine(number, "", money, 1) for number, money in enumerate((4690, 100, 99, 0, 199))]

    assert earned(*lines) == [46, 1, 1]


@pytest.mark.parametrize(
    ("category", "points"),
    [("produce", 200), ("produce/rice", 200), ("produced", 100), ("tea", 100), ("", 100)],
)
def test_a_campaign_is_for_its_shelf_and_those_below(category: str, points: int) -> None:
    double = EarnRule("double", "purchase", multiplier=200, category="produce")

    assert earned(EarnLine(1, category, 10_000, 1), rules=[RATE, double]) == [points]


def test_campaigns_do_not_pile_up_the_best_counts() -> None:
    rules = [
        RATE,
        EarnRule("more", "purchase", rate=2),
        *(EarnRule(f"x{n}", "purchase", multiplier=n) for n in (150, 300)),
    ]

    assert earned(EarnLine(1, "", 10_000, 1), rules=rules) == [600]


@pytest.mark.parametrize(("starts", "ends", "points"), [(NOW, NOW + 1, 200), (NOW + 1, None, 100), (None, NOW, 100)])
def test_a_campaign_is_for_its_time(starts: int | None, ends: int | None, points: int) -> None:
    double = EarnRule("double", "purchase", multiplier=200, starts_at=starts, ends_at=ends)

    assert earned(EarnLine(1, "", 10_000, 1), rules=[RATE, double]) == [points]


def test_a_campaign_alone_earns_nothing() -> None:
    assert earned(EarnLine(1, "", 10_000, 1), rules=[EarnRule("double", "purchase", multiplier=200)]) == []


@pytest.mark.parametrize(
    ("terms", "last_day"),
    [
        (Terms(life_days=0), None),
        (Terms(life_days=30), "2026-12-24"),
        (Terms(life_days=0, end_with_year=True), "2026-12-31"),
        (Terms(life_days=365, end_with_year=True), "2027-12-31"),
    ],
    ids=["never", "days", "this year", "next year"],
)
def test_earned_points_end_with_the_last_of_a_day_in_the_shops_time_zone(terms: Terms, last_day: str | None) -> None:
    shanghai = ZoneInfo("Asia/Shanghai")

    end = end_of_life(datetime(2026, 11, 24, 23, 30, tzinfo=shanghai), terms)

    told = None if end is None else datetime.fromtimestamp(end / 1000, shanghai).isoformat(timespec="milliseconds")
    assert told == (last_day and f"{last_day}T23:59:59.999+08:00")


@pytest.mark.parametrize(
    ("day", "born"),
    [
        (date(2027, 3, 1), ["03-01", "02-29"]),
        (date(2028, 3, 1), ["03-01"]),
        (date(2028, 2, 29), ["02-29"]),
        (date(2027, 2, 28), ["02-28"]),
    ],
)
def test_who_was_born_on_29_february_has_a_birthday_every_year(day: date, born: list[str]) -> None:
    assert birthdays_on(day) == born


@given(points=st.integers(1, 10**6), quantity=st.integers(1, 50), data=st.data())
def test_what_an_earning_is_worth_falls_to_nothing_in_any_split(
    points: int, quantity: int, data: st.DataObject
) -> None:
    steps = sorted(data.draw(st.lists(st.integers(0, quantity), max_size=6)))

    worth = [left_of(points, returned, quantity) for returned in [0, *steps, quantity]]

    assert worth == sorted(worth, reverse=True)
    assert (worth[0], worth[-1]) == (points, 0)


@given(
    money=st.integers(1, 1_000_000),
    points=st.integers(1, 100_000),
    quantity=st.integers(1, 20),
    steps=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 300_000)), max_size=10),
)
def test_earned_points_follow_the_money_that_is_kept_in_proportion(
    money: int, points: int, quantity: int, steps: list[tuple[int, int]]
) -> None:
    returned, given_minor, worth = 0, 0, [points]

    for pieces, more_minor in steps:
        returned, given_minor = min(quantity, returned + pieces), given_minor + more_minor
        rest = money - money * returned // quantity
        worth.append(still_worth(points, returned, quantity, min(given_minor, rest), max(rest, 1)))

        fair = Fraction(points * max(0, rest - given_minor), money)
        assert fair - Fraction(points, money) <= worth[-1] < fair + 2
        assert worth[-1] == 0 or rest > given_minor

    assert worth == sorted(worth, reverse=True)
