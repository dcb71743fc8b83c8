"""What an order costs and how it may be paid: each share exact, nothing below zero, nothing that a provider refuses."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storefront.cart import Piece, Policy, Price, price
from storefront.kernel.money import part

ALL_BY_POINTS = Policy(point_minor=1, points_percent=100, minimum_charge_minor=100)

policies = st.builds(
    Policy,
    point_minor=st.integers(1, 150),
    points_percent=st.integers(0, 100),
    minimum_charge_minor=st.integers(1, 500),
)
pieces = st.lists(
    st.one_of(
        st.builds(
            Piece,
            quantity=st.integers(1, 99),
            unit_minor=st.integers(0, 10**6),
            points_cap=st.integers(0, 10**5),
        ),
        st.builds(Piece, quantity=st.integers(1, 99), unit_minor=st.just(0), unit_points=st.integers(1, 5000)),
    ),
    min_size=1,
    max_size=20,
)


@st.composite
def orders(draw: st.DrawFn) -> tuple[list[Piece], Policy, Price]:
    wanted, policy = draw(pieces), draw(policies)
    told = price(
        wanted,
        shipping_minor=draw(st.integers(0, 5000)),
        points_wanted=draw(st.integers(0, 10**7)),
        points_available=draw(st.integers(0, 10**6)),
        policy=policy,
    )
    return wanted, policy, told


def costs(
    *wanted: Piece, points: int = 0, have: int = 10**6, shipping: int = 0, policy: Policy = ALL_BY_POINTS
) -> Price:
    return price(wanted, shipping_minor=shipping, points_wanted=points, points_available=have, policy=policy)


def test_rice_is_paid_partly_with_points() -> None:
    told = costs(Piece(1, 4690, points_cap=2000), points=2000)

    assert (told.total_minor, told.points, told.points_minor) == (2690, 2000, 2000)


def test_delivery_is_its_own_line_and_points_never_pay_it() -> None:
    told = costs(Piece(1, 1000, points_cap=5000), points=5000, shipping=600)

    assert (told.points, told.total_minor) == (1000, 600)
    assert [(share.money_minor, share.shipping_minor) for share in told.shares] == [(0, 600)]


@pytest.mark.parametrize(
    ("have", "cap", "percent", "most"),
    [
        (10_000, 10_000, 50, 2345),
        (300, 10_000, 50, 300),
        (10_000, 100, 50, 100),
        (10_000, 10_000, 0, 0),
        (0, 100, 50, 0),
    ],
    ids=["the operator's part", "what she has", "the thing's cap", "no points here", "no points there"],
)
def test_the_least_of_all_limits_is_the_most_points(have: int, cap: int, percent: int, most: int) -> None:
    told = costs(Piece(1, 4690, points_cap=cap), points=10**6, have=have, policy=Policy(points_percent=percent))

    assert (told.points_most, told.points) == (most, most)


def test_points_are_counted_per_piece() -> None:
    assert costs(Piece(3, 4690, points_cap=100), points=10**6).points == 300


def test_a_gift_costs_points_and_no_money() -> None:
    told = costs(Piece(2, 0, unit_points=500))

    assert (told.total_minor, told.gift_points, told.points, told.points_minor) == (0, 1000, 1000, 0)
    assert [(share.points, share.money_minor) for share in told.shares] == [(1000, 0)]


def test_points_that_a_gift_costs_cannot_pay_anything_else() -> None:
    told = costs(Piece(1, 0, unit_points=500), Piece(1, 4690, points_cap=2000), points=2000, have=800)

    assert (told.points_most, told.points, told.points_minor) == (300, 800, 300)


def test_a_gift_that_nobody_can_afford_leaves_no_points_for_the_rest() -> None:
    told = costs(Piece(1, 0, unit_points=500), Piece(1, 4690, points_cap=2000), points=2000, have=400)

    assert (told.points_most, told.points) == (0, 500)


def test_what_is_left_to_pay_is_nothing_or_what_the_provider_takes() -> None:
    almost_all = costs(Piece(1, 1000, points_cap=950), points=950)
    all_of_it = costs(Piece(1, 1000, points_cap=1000), points=1000)

    assert (almost_all.points, almost_all.total_minor) == (900, 100)
    assert (all_of_it.points, all_of_it.total_minor) == (1000, 0)


def test_five_lines_share_four_points_whole_and_money_is_what_is_left() -> None:
    told = costs(*[Piece(1, 100, points_cap=1)] * 5, points=4, policy=Policy(100, 100, 1))

    assert [share.points for share in told.shares] == [1, 1, 1, 1, 0]
    assert [share.money_minor for share in told.shares] == [0, 0, 0, 0, 100]


def test_points_worth_more_than_a_line_are_never_taken_from_it() -> None:
    told = costs(Piece(1, 100, points_cap=420), points=420, policy=Policy(1, 100, 1))

    assert (told.points, told.shares[0].money_minor) == (100, 0)


def test_a_line_of_half_a_point_takes_none() -> None:
    assert costs(Piece(1, 50, points_cap=9), points=9, policy=Policy(100, 100, 1)).points == 0


def test_a_free_gift_line_takes_no_share_of_anything() -> None:
    told = costs(Piece(1, 600, points_cap=600), Piece(1, 0), Piece(1, 400, points_cap=400), points=100, shipping=100)

    assert [share.points for share in told.shares] == [60, 0, 40]
    assert [share.money_minor for share in told.shares] == [540, 0, 360]
    assert [share.shipping_minor for share in told.shares] == [60, 0, 40]


def test_delivery_of_gifts_only_is_shared_too() -> None:
    told = costs(Piece(1, 0, unit_points=5), Piece(1, 0, unit_points=5), shipping=601)

    assert [share.shipping_minor for share in told.shares] == [301, 300]


@pytest.mark.parametrize(
    ("price_minor", "cap", "have", "steps"),
    [
        (4690, 2000, 2310, (0, 1000, 2000)),
        (4690, 2000, 310, (0, 100, 200, 310)),
        (4690, 0, 2310, (0,)),
        (4690, 2000, 0, (0,)),
        (90, 2000, 500, (0, 90)),
    ],
    ids=["rice", "few points", "no points for this", "no points", "all or nothing below the least charge"],
)
def test_the_steps_that_are_offered_are_few_and_round(
    price_minor: int, cap: int, have: int, steps: tuple[int, ...]
) -> None:
    assert costs(Piece(1, price_minor, points_cap=cap), have=have).steps == steps


@given(told=orders())
@settings(max_examples=400)
def test_shares_sum_to_the_order_exactly_and_none_is_below_zero(told: tuple[list[Piece], Policy, Price]) -> None:
    wanted, policy, cost = told

    assert sum(share.points for share in cost.shares) == cost.points
    assert sum(share.points_minor for share in cost.shares) == cost.points_minor
    assert sum(share.money_minor + share.shipping_minor for share in cost.shares) == cost.total_minor
    assert sum(share.shipping_minor for share in cost.shares) == cost.shipping_minor
    for piece, share in zip(wanted, cost.shares, strict=True):
        assert share.points_minor + share.money_minor == piece.quantity * piece.unit_minor
        assert min(share.points, share.points_minor, share.money_minor, share.shipping_minor) >= 0
        used = share.points - piece.quantity * piece.unit_points
        assert used <= piece.quantity * piece.points_cap
        assert used * policy.point_minor == share.points_minor


@given(told=orders())
@settings(max_examples=400)
def test_every_step_leaves_nothing_or_what_the_provider_takes(told: tuple[list[Piece], Policy, Price]) -> None:
    _, policy, cost = told
    due = cost.goods_minor + cost.shipping_minor

    assert cost.steps[0] == 0
    assert list(cost.steps) == sorted(set(cost.steps))
    assert cost.steps[-1] == cost.points_most
    used = cost.points - cost.gift_points
    for step in (*cost.steps, used):
        rest = due - step * policy.point_minor
        assert step == 0 or rest == 0 or rest >= policy.minimum_charge_minor
    assert 0 <= used <= cost.points_most
    assert cost.points_minor * 100 <= cost.goods_minor * policy.points_percent


@given(told=orders(), data=st.data())
def test_pieces_given_back_in_any_split_come_to_what_was_paid_for_the_line(
    told: tuple[list[Piece], Policy, Price], data: st.DataObject
) -> None:
    wanted, _, cost = told
    for piece, share in zip(wanted, cost.shares, strict=True):
        first = data.draw(st.integers(0, piece.quantity))

        for paid in (share.points, share.money_minor, share.shipping_minor):
            twice = part(paid, 0, first, piece.quantity) + part(paid, first, piece.quantity - first, piece.quantity)
            assert twice == paid


@given(told=orders())
def test_asking_again_for_what_was_granted_changes_nothing(told: tuple[list[Piece], Policy, Price]) -> None:
    wanted, policy, cost = told
    used = cost.points - cost.gift_points

    again = price(
        wanted, shipping_minor=cost.shipping_minor, points_wanted=used, points_available=cost.points, policy=policy
    )

    assert again.total_minor == cost.total_minor
