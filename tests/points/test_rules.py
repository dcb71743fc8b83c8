"""Which lots are spent and filled, decided without asking anybody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storefront.kernel import clock
from storefront.points import NotEnoughPoints
from storefront.points.rules import Lot, Terms, Use, end_after_return, give_back, spend

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
