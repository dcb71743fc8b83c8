"""Amounts that cannot leak: sharing sums exactly, and giving back in any parts ends exactly at what was paid."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storefront.kernel.money import Money, allocate, part

weights = st.lists(st.integers(0, 10**7), min_size=1, max_size=40)
quantities = st.integers(1, 60)


@pytest.mark.parametrize(
    ("lines", "amount", "shares"),
    [
        ([1] * 5, 4, [1, 1, 1, 1, 0]),
        ([100] * 5, 2, [1, 1, 0, 0, 0]),
        ([10] * 7, 5, [1, 1, 1, 1, 1, 0, 0]),
        ([1] * 100, 50, [1] * 50 + [0] * 50),
        ([1000] * 3, 1000, [334, 333, 333]),
        ([999_999, 1], 100_000, [100_000, 0]),
        ([3333, 3333, 3334], 1, [0, 0, 1]),
        ([0, 0, 333, 333, 334], 500, [0, 0, 167, 166, 167]),
        ([12_345, 6789, 1], 19_134, [12_344, 6789, 1]),
        ([2390] * 10, 5975, [598] * 5 + [597] * 5),
        ([600, 400], 100, [60, 40]),
    ],
)
def test_an_amount_is_shared_by_largest_remainder_and_the_first_line_wins_a_tie(
    lines: Sequence[int], amount: int, shares: Sequence[int]
) -> None:
    assert allocate(amount, lines) == shares


def test_points_are_shared_whole_and_money_is_what_is_left() -> None:
    points = allocate(4, [100] * 5, caps=[1] * 5)
    money = [100 - share * 100 for share in points]

    assert (points, money) == ([1, 1, 1, 1, 0], [0, 0, 0, 0, 100])


def test_a_free_gift_takes_no_share() -> None:
    assert allocate(100, [600, 0, 400]) == [60, 0, 40]


def test_what_a_capped_line_cannot_take_goes_to_the_others() -> None:
    assert allocate(10, [1, 1, 1], caps=[1, 20, 20]) == [1, 5, 4]


def test_nothing_is_shared_when_there_is_nothing() -> None:
    assert allocate(0, [3, 4]) == [0, 0]
    assert allocate(0, []) == []


@pytest.mark.parametrize(
    ("amount", "lines", "caps"),
    [(-1, [1], None), (1, [-1], None), (1, [1], [-1]), (5, [1, 1], [2, 2]), (1, [0, 0], None), (1, [], None)],
    ids=["negative amount", "negative weight", "negative cap", "caps too small", "no weight", "no line"],
)
def test_an_amount_that_has_nowhere_to_go_is_an_error(
    amount: int, lines: Sequence[int], caps: Sequence[int] | None
) -> None:
    with pytest.raises(ValueError):
        allocate(amount, lines, caps)


@given(lines=weights.filter(any), amount=st.integers(0, 10**9))
def test_shares_sum_to_the_amount_and_are_within_one_of_fair(lines: list[int], amount: int) -> None:
    shares = allocate(amount, lines)

    assert sum(shares) == amount
    assert all(abs(share * sum(lines) - amount * line) < sum(lines) for share, line in zip(shares, lines, strict=True))
    assert all(share == 0 for share, line in zip(shares, lines, strict=True) if line == 0)


@given(
    told=st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 10**6)), min_size=1, max_size=30),
    part_=st.fractions(0, 1),
)
def test_no_line_takes_more_than_its_cap(told: list[tuple[int, int]], part_: float) -> None:
    lines, caps = [line for line, _ in told], [cap for _, cap in told]
    amount = int(sum(caps) * part_)

    shares = allocate(amount, lines, caps)

    assert sum(shares) == amount
    assert all(share <= cap for share, cap in zip(shares, caps, strict=True))


@pytest.mark.parametrize(
    ("paid", "quantity"), [(17_925, 10), (540, 6), (360, 4), (11, 10), (1000, 3), (1998, 20), (1, 7), (0, 5)]
)
def test_pieces_given_back_one_by_one_all_at_once_and_in_random_parts_come_to_the_same(
    paid: int, quantity: int
) -> None:
    chance = random.Random(paid)
    one_by_one = sum(part(paid, done, 1, quantity) for done in range(quantity))
    at_random, done = 0, 0
    while done < quantity:
        more = chance.randint(1, quantity - done)
        at_random += part(paid, done, more, quantity)
        done += more

    assert one_by_one == at_random == part(paid, 0, quantity, quantity) == paid


def test_ten_lines_with_something_off_give_back_what_was_paid_to_the_cent() -> None:
    money = [2390 - off for off in allocate(5975, [2390] * 10)]

    assert sum(part(paid, 0, 1, 1) for paid in money) == 17_925


@given(paid=st.integers(0, 10**9), quantity=quantities, data=st.data())
def test_never_more_than_the_fair_value_comes_back_before_the_last_piece(
    paid: int, quantity: int, data: st.DataObject
) -> None:
    done = data.draw(st.integers(0, quantity))

    assert part(paid, 0, done, quantity) * quantity <= paid * done
    assert part(paid, 0, done, quantity) + part(paid, done, quantity - done, quantity) == paid


@pytest.mark.parametrize(("done", "more"), [(0, 4), (2, 2), (-1, 1), (1, -1)])
def test_more_pieces_than_there_were_give_nothing_back(done: int, more: int) -> None:
    with pytest.raises(ValueError, match="more pieces"):
        part(300, done, more, 3)


def test_money_is_a_number_with_its_currency() -> None:
    assert Money(4690, "CNY") == (4690, "CNY")
    assert Money(4690, "CNY") != Money(4690, "USD")
