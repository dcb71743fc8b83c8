"""What merchants are owed of an order: the worked examples of docs/how/ledger.md, and what is true of any order."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storefront.payments.rules import Due, Sold, dues

PAGE = Path(__file__).parents[2] / "docs" / "how" / "ledger.md"
OWNERS = {"": None, "green-farm": 1, "kiln": 2}
sold = st.builds(
    Sold,
    quantity=st.integers(1, 9),
    credited=st.just(0),
    money_minor=st.integers(0, 10**6),
    worth_minor=st.integers(0, 10**6),
    tax_on_top_minor=st.just(0),
    merchant_id=st.sampled_from([None, 1, 2]),
    commission_basis_points=st.integers(0, 10_000),
)


def examples() -> Iterator[tuple[str, str]]:
    """Each worked example of the page: its name, and what stands below it."""
    yield from re.findall(r"^#### (.+)\n((?:(?!^##).*\n)+)", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


def number(told: str, text: str) -> int:
    """The number that follows these words."""
    return int(re.search(rf"{told}: (-?[\d,]+)", text)[1].replace(",", ""))  # type: ignore[index]


def all_of(found: dict[int, Due]) -> int:
    """Owed and commission of all."""
    return sum(due.owed_minor + due.commission_minor for due in found.values())


def after(lines: list[Sold], credited: list[int], delivery: int = 0, given_back: int = 0) -> dict[int, Due]:
    """What is owed when so many pieces of each line came back, and so much money without pieces."""
    now = [Sold(**{**vars(line), "credited": back}) for line, back in zip(lines, credited, strict=True)]
    left = delivery + sum(line.kept(line.money_minor) for line in now)
    return dues(now, by_pieces_minor=left, left_minor=max(0, left - given_back))


@pytest.mark.parametrize(("name", "body"), [pytest.param(*one, id=one[0]) for one in examples()])
def test_the_worked_examples_of_the_page_come_out_as_it_says(name: str, body: str) -> None:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in body.splitlines() if line[:2] == "| "]
    head, *told = [row for row in rows if not set(row[0]) <= {"-"}]
    table = [dict(zip(head, row, strict=True)) for row in told]
    lines = [
        Sold(
            quantity=int(row["pieces"]),
            credited=int(row["back"]),
            money_minor=int(row["money"]),
            worth_minor=int(row["worth"]),
            tax_on_top_minor=int(row["tax on top"]),
            merchant_id=OWNERS[row["merchant"]],
            commission_basis_points=round(float(row["commission"].removesuffix(" %") or 0) * 100),
        )
        for row in table
    ]
    by_pieces = number("delivery", body) + sum(line.kept(line.money_minor) for line in lines)
    left = by_pieces - number("back without pieces", body)

    found = dues(lines, by_pieces_minor=by_pieces, left_minor=left)

    assert found == {
        line.merchant_id: Due(int(row["owed"]), int(row["kept by the shop"]))
        for line, row in zip(lines, table, strict=True)
        if line.merchant_id is not None
    }, name
    assert left - all_of(found) == number("Revenue", body)


def test_the_page_has_worked_examples() -> None:
    assert len(list(examples())) >= 5


@settings(max_examples=200, deadline=None)
@given(st.lists(sold, min_size=1, max_size=5), st.integers(0, 2000), st.data())
def test_owed_and_commission_are_the_kept_price_exactly_however_much_came_back(
    lines: list[Sold], delivery: int, data: st.DataObject
) -> None:
    credited = [data.draw(st.integers(0, line.quantity)) for line in lines]

    found = after(lines, credited, delivery)

    assert all_of(found) == sum(
        paid - paid * back // line.quantity
        for line, back in zip(lines, credited, strict=True)
        for paid in (line.money_minor, line.worth_minor)
        if line.merchant_id is not None
    )


@settings(max_examples=200, deadline=None)
@given(st.lists(sold, min_size=1, max_size=5), st.integers(0, 2000), st.integers(0, 10**6), st.data())
def test_the_more_comes_back_the_less_is_owed_down_to_nothing_and_never_below(
    lines: list[Sold], delivery: int, given_back: int, data: st.DataObject
) -> None:
    some = [data.draw(st.integers(0, line.quantity)) for line in lines]
    whole = [line.quantity for line in lines]

    before, less = all_of(after(lines, some, delivery)), after(lines, some, delivery, given_back)

    assert all(due.owed_minor >= 0 and due.commission_minor >= 0 for due in less.values())
    assert max(0, before - given_back) <= all_of(less) <= before
    assert all_of(after(lines, whole, delivery, given_back)) == 0


def test_what_a_lost_coupon_withholds_is_owed_to_whose_goods_are_kept_and_else_the_shops() -> None:
    paid, free = Sold(2, 1, 1000, 0, 0, 1, 0), Sold(1, 0, 0, 700, 0, 1, 0)

    kept = dues([paid, free], by_pieces_minor=500, left_minor=550)
    only_points_kept = dues([Sold(1, 1, 500, 0, 0, 1, 0), free], by_pieces_minor=0, left_minor=50)

    assert (kept, only_points_kept) == ({1: Due(550 + 700, 0)}, {1: Due(700, 0)})
