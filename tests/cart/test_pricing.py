"""The whole price of an order: best price, coupons, points, delivery and tax, each share exact and nothing below zero."""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storefront import promotions
from storefront.cart import Offer, Piece, Policy, Price, price
from storefront.kernel.money import allocate, part
from storefront.promotions import Coupon, Kept, Used

PAGE = Path(__file__).parents[2] / "docs" / "how" / "pricing.md"


def a_coupon(kind: str = "percent", value: int = 10, **told: object) -> Coupon:
    coupon = Coupon(1, "C", {"en": "C"}, kind, "CNY", value, None, 0, "", "", newcomers=False, stack=1, ends_at=0)
    return replace(coupon, **told)  # type: ignore[arg-type]


policies = st.builds(
    Policy,
    point_minor=st.integers(1, 150),
    points_percent=st.integers(0, 100),
    minimum_charge_minor=st.integers(1, 500),
    tax_basis_points=st.sampled_from([0, 300, 600, 1300, 2000]),
    tax_added=st.booleans(),
)
merchants = st.sampled_from(["", "green-farm", "kiln"])
paths = st.sampled_from(["", "food", "food/rice", "foodstuff", "books"])
offers = st.lists(
    st.builds(Offer, kind=st.sampled_from(["flash", "group", "member"]), unit_minor=st.integers(0, 10**6)), max_size=3
).map(tuple)
pieces = st.lists(
    st.one_of(
        st.builds(
            Piece,
            quantity=st.integers(1, 99),
            unit_minor=st.integers(0, 10**6),
            points_cap=st.integers(0, 10**5),
            path=paths,
            merchant=merchants,
            offers=offers,
        ),
        st.builds(Piece, quantity=st.integers(1, 99), unit_minor=st.just(0), unit_points=st.integers(1, 5000)),
    ),
    min_size=1,
    max_size=12,
)
coupons = st.lists(
    st.builds(
        a_coupon,
        st.sampled_from(["percent", "fixed", "shipping"]),
        st.integers(1, 100) | st.integers(1, 100),
        id=st.integers(1, 99),
        most_minor=st.none() | st.integers(1, 10**5),
        path=paths,
        merchant=merchants,
        ends_at=st.integers(0, 9),
    ),
    max_size=4,
).map(lambda some: [replace(one, stack=at + 1) for at, one in enumerate(some)])


@st.composite
def wishes(draw: st.DrawFn) -> dict[str, object]:
    return {
        "shipping_minor": draw(st.integers(0, 5000)),
        "points_wanted": draw(st.integers(0, 10**7)),
        "points_available": draw(st.integers(0, 10**6)),
        "policy": draw(policies),
        "coupons": draw(coupons),
    }


def priced(wanted: Sequence[Piece], wish: dict[str, object]) -> Price:
    return price(wanted, **wish)  # type: ignore[arg-type]


@given(wanted=pieces, wish=wishes())
@settings(max_examples=400, deadline=None)
def test_every_share_is_exact_and_none_is_below_zero(wanted: list[Piece], wish: dict[str, object]) -> None:
    cost = priced(wanted, wish)

    policy = wish["policy"]
    assert isinstance(policy, Policy)
    shares = cost.shares
    assert (
        cost.coupon_minor == sum(share.coupon_minor for share in shares) == sum(one.goods_minor for one in cost.coupons)
    )
    assert cost.shipping_coupon_minor == sum(one.shipping_minor for one in cost.coupons)
    assert cost.shipping_minor + cost.shipping_coupon_minor == wish["shipping_minor"]
    assert cost.tax_minor == sum(share.tax_minor for share in shares)
    assert cost.points_minor == sum(share.points_minor for share in shares)
    assert cost.points == sum(share.points for share in shares)
    assert cost.total_minor == sum(share.money_minor + share.shipping_minor for share in shares)
    for piece, share in zip(wanted, shares, strict=True):
        added = share.tax_minor if policy.tax_added else 0
        listed = piece.quantity * share.offer.unit_minor
        assert share.coupon_minor + share.points_minor + share.money_minor - added == listed
        assert min(share.coupon_minor, share.points, share.money_minor, share.shipping_minor, share.tax_minor) >= 0
        assert share.offer.unit_minor == min(piece.unit_minor, *[offer.unit_minor for offer in piece.offers], 10**9)
        assert piece.unit_points == 0 or share.coupon_minor == 0


@given(wanted=pieces, wish=wishes())
@settings(max_examples=300, deadline=None)
def test_coupons_leave_nothing_or_what_the_provider_takes(wanted: list[Piece], wish: dict[str, object]) -> None:
    cost, without = (
        priced(wanted, {**wish, "points_wanted": 0}),
        priced(wanted, {**wish, "points_wanted": 0, "coupons": []}),
    )

    policy = wish["policy"]
    assert isinstance(policy, Policy)
    assert cost.total_minor <= without.total_minor
    if without.goods_minor + without.shipping_minor >= policy.minimum_charge_minor:
        assert cost.total_minor == 0 or cost.total_minor >= policy.minimum_charge_minor


@given(wanted=pieces, wish=wishes(), seed=st.integers())
@settings(max_examples=300, deadline=None)
def test_the_order_of_the_lines_changes_no_sum_and_no_share_by_more_than_a_tie(
    wanted: list[Piece], wish: dict[str, object], seed: int
) -> None:
    order = list(range(len(wanted)))
    random.Random(seed).shuffle(order)

    cost, shuffled = priced(wanted, wish), priced([wanted[at] for at in order], wish)

    assert replace(cost, shares=(), coupons=()) == replace(shuffled, shares=(), coupons=())
    assert [one.minor for one in cost.coupons] == [one.minor for one in shuffled.coupons]
    for place, at in enumerate(order):
        # One unit at most for each coupon that shares a remainder among equals.
        assert abs(cost.shares[at].coupon_minor - shuffled.shares[place].coupon_minor) <= len(cost.coupons)
        assert cost.shares[at].offer == shuffled.shares[place].offer


@given(
    weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=12, unique=True), seed=st.integers(), data=st.data()
)
def test_where_no_two_remainders_are_alike_a_permutation_permutes_the_shares(
    weights: list[int], seed: int, data: st.DataObject
) -> None:
    amount = data.draw(st.integers(0, sum(weights)))
    order = list(range(len(weights)))
    random.Random(seed).shuffle(order)
    total = sum(weights)
    remainders = [amount * weight % total for weight in weights] if total else [0]
    alike = len(set(remainders)) < len(remainders)

    shares, shuffled = allocate(amount, weights), allocate(amount, [weights[at] for at in order])

    assert alike or [shares[at] for at in order] == shuffled
    assert sum(shares) == sum(shuffled) == amount


@given(wanted=pieces, wish=wishes(), seed=st.integers())
@settings(max_examples=200, deadline=None)
def test_pieces_given_back_in_any_order_and_split_come_to_what_was_paid_by_each_tender(
    wanted: list[Piece], wish: dict[str, object], seed: int
) -> None:
    cost, chance = priced(wanted, wish), random.Random(seed)
    done = [0] * len(wanted)
    points = money = 0

    while open_lines := [at for at, piece in enumerate(wanted) if done[at] < piece.quantity]:
        at = chance.choice(open_lines)
        more, n, share = chance.randint(1, wanted[at].quantity - done[at]), wanted[at].quantity, cost.shares[at]
        points += part(share.points, done[at], more, n)
        money += part(share.money_minor, done[at], more, n) + part(share.shipping_minor, done[at], more, n)
        done[at] += more

    assert (points, money) == (cost.points, cost.total_minor)


@given(data=st.data(), minimum=st.integers(0, 40_000))
def test_what_is_withheld_is_never_more_than_the_coupon_took_off_and_nothing_in_the_end(
    data: st.DataObject, minimum: int
) -> None:
    lines = [
        Kept(n, 0, unit)
        for n, unit in data.draw(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 5000)), max_size=4))
    ]
    shares = [line.quantity * line.unit_minor * 30 // 100 for line in lines]
    used = [Used(min(minimum, sum(line.quantity * line.unit_minor for line in lines)), shares)]

    begun = promotions.withheld(used, lines)
    back = [replace(line, returned=data.draw(st.integers(0, line.quantity))) for line in lines]
    between = promotions.withheld(used, back)
    ended = promotions.withheld(used, [replace(line, returned=line.quantity) for line in lines])

    assert (begun, ended) == (0, 0)
    assert (
        0
        <= between
        <= sum(share - part(share, 0, line.returned, line.quantity) for share, line in zip(shares, back, strict=True))
    )


def test_a_coupon_of_which_the_minimum_is_reached_still_stays_and_others_go() -> None:
    food, books = Kept(quantity=6, returned=5, unit_minor=5000), Kept(quantity=2, returned=0, unit_minor=3000)
    on_food, on_all = Used(30_000, [3000, None]), Used(6_000, [100, 50])

    assert promotions.withheld([on_food, on_all], [food, books]) == 500


@pytest.mark.parametrize(
    ("weights", "amount", "shares"),
    [
        ([1, 1, 1, 1, 1], 4, [1, 1, 1, 1, 0]),
        ([100] * 5, 2, [1, 1, 0, 0, 0]),
        ([10] * 7, 5, [1, 1, 1, 1, 1, 0, 0]),
        ([1] * 100, 50, [1] * 50 + [0] * 50),
        ([1000] * 3, 1000, [334, 333, 333]),
        ([999_999, 1], 100_000, [100_000, 0]),
        ([3333, 3333, 3334], 1, [0, 0, 1]),
        ([0, 0, 333, 333, 334], 500, [0, 0, 166, 167, 167]),
        ([12_345, 6789, 1], 19_134, [12_344, 6789, 1]),
        ([600, 400], 100, [60, 40]),
    ],
)
def test_a_fixed_coupon_is_shared_as_the_vectors_say(weights: list[int], amount: int, shares: list[int]) -> None:
    cut = promotions.discount(
        [a_coupon("fixed", amount)], [promotions.Goods(weight) for weight in weights], shipping_minor=0
    )

    assert sum(cut.lines) == amount
    assert list(cut.lines) == allocate(amount, weights, weights)
    assert all(share <= weight for share, weight in zip(cut.lines, weights, strict=True))
    assert sorted(cut.lines) == sorted(shares)


def test_ten_lines_with_a_coupon_refunded_one_by_one_come_to_the_fen() -> None:
    cost = price(
        [Piece(1, 2390)] * 10,
        shipping_minor=0,
        points_wanted=0,
        points_available=0,
        policy=Policy(),
        coupons=[a_coupon("fixed", 5975)],
    )

    assert cost.total_minor == 17_925
    assert sum(part(share.money_minor, 0, 1, 1) for share in cost.shares) == 17_925


def test_coupon_before_points_with_a_free_gift_beside_them() -> None:
    cost = price(
        [Piece(1, 600, points_cap=600), Piece(1, 0, unit_points=50), Piece(1, 400, points_cap=400)],
        shipping_minor=0,
        points_wanted=400,
        points_available=1000,
        policy=Policy(1, 100, 1),
        coupons=[a_coupon("fixed", 100)],
    )

    assert [share.coupon_minor for share in cost.shares] == [60, 0, 40]
    assert [share.points for share in cost.shares] == [240, 50, 160]
    assert [share.money_minor for share in cost.shares] == [300, 0, 200]


def test_the_best_combination_is_found_over_stacks() -> None:
    ten, five, ship = a_coupon(id=1), a_coupon("fixed", 500, id=2), a_coupon("shipping", 0, id=3, stack=2)
    goods = [promotions.Goods(4000)]

    assert promotions.best([ten, five, ship], goods, shipping_minor=600) == (five, ship)
    assert promotions.best([ten, five], [promotions.Goods(9000)], shipping_minor=0) == (ten,)
    assert promotions.best([], goods, shipping_minor=0) == ()
    assert promotions.best([ship], goods, shipping_minor=0) == ()


@given(some=coupons, goods=st.lists(st.builds(promotions.Goods, st.integers(0, 10**5), paths), min_size=1, max_size=5))
@settings(max_examples=200, deadline=None)
def test_no_choice_of_hers_saves_more_than_the_best(some: list[Coupon], goods: list[promotions.Goods]) -> None:
    best = promotions.discount(promotions.best(some, goods, shipping_minor=600), goods, shipping_minor=600).minor

    for bits in range(2 ** len(some)):
        chosen = [coupon for at, coupon in enumerate(some) if bits >> at & 1]
        assert promotions.discount(chosen, goods, shipping_minor=600).minor <= best


def examples() -> Iterator[tuple[str, str]]:
    """Each worked example of the page: its name, and what stands below it."""
    page = PAGE.read_text(encoding="utf-8")
    yield from re.findall(r"^### (.+)\n((?:(?!^##).*\n)+)", page, re.MULTILINE)


def told_coupons(given_: str) -> list[Coupon]:
    found = re.search(r"coupons: ([^;.]+)", given_)
    made = []
    for at, told in enumerate(found[1].split(",") if found else []):
        percent, off = re.search(r"(\d+) ?%", told), re.search(r"(\d+) off", told)
        path = re.search(r"on (\w+)", told)
        kind = "percent" if percent else "fixed" if off else "shipping"
        value = int((percent or off)[1]) if percent or off else 0  # type: ignore[index]
        made.append(a_coupon(kind, value, id=at + 1, stack=at + 1, path=path[1] if path else ""))
    return made


def number(name: str, given_: str) -> int:
    found = re.search(rf"{name}: ([\d,]+)", given_)
    return int(found[1].replace(",", "")) if found else 0


@pytest.mark.parametrize(("name", "body"), [pytest.param(*one, id=one[0]) for one in examples()])
def test_the_worked_examples_of_the_page_come_out_as_it_says(name: str, body: str) -> None:
    given_ = re.search(r"^Given (.*)$", body, re.MULTILINE)[1]  # type: ignore[index]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in body.splitlines() if line.startswith("| ")
    ]
    head, *lines = [row for row in rows if not set(row[0]) <= {"-"}]
    table = [dict(zip(head, row, strict=True)) for row in lines]
    tax = re.search(r"tax: (\d+) % (added|in the prices)", given_)
    paths_of = {"rice": "food", "tea": "food", "book": "books"}

    cost = price(
        [
            Piece(
                quantity=int(row["pieces"]),
                unit_minor=int(row["list"]),
                unit_points=int(row["gift"] or 0),
                points_cap=int(row["cap"] or 0),
                path=paths_of.get(row["line"], ""),
                offers=tuple(Offer(kind, int(minor)) for kind, minor in re.findall(r"(\w+) (\d+)", row["offers"])),
            )
            for row in table
        ],
        shipping_minor=number("delivery", given_),
        points_wanted=number("points", given_),
        points_available=10**6,
        policy=Policy(
            points_percent=100,
            tax_basis_points=int(tax[1]) * 100 if tax else 0,
            tax_added=bool(tax) and tax[2] == "added",  # type: ignore[index]
        ),
        coupons=told_coupons(given_),
    )

    shown = re.search(r"^To pay: ([\d,]+)(?: and ([\d,]+) points)?", body, re.MULTILINE)
    assert shown is not None, name
    assert (cost.total_minor, cost.points) == tuple(int((told or "0").replace(",", "")) for told in shown.groups())
    for row, share in zip(table, cost.shares, strict=True):
        assert [int(row[column]) for column in ("coupon", "points", "money", "delivery", "tax")] == [
            *(share.coupon_minor, share.points, share.money_minor, share.shipping_minor, share.tax_minor)
        ]


def test_the_page_has_worked_examples() -> None:
    assert len(list(examples())) >= 5
