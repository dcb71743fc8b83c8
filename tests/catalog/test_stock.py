"""Nothing is sold twice, and what is done twice is done once."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from typing import NamedTuple

import pytest

from storefront import catalog, delivery
from storefront.kernel import db
from storefront.kernel.errors import Refusal
from storefront.kernel.texts import Texts


class Stock(NamedTuple):
    on_hand: int
    held: int


async def vase(pieces: int = 1) -> int:
    """A vase on the shelf of the warehouse; returns its variant."""

    async def nobody_cares(_items: object) -> None: ...

    row = catalog.Row(line=1, sku="vase", item="vase", names={"en": "vase"}, price_minor=100, stock=pieces)
    await catalog.import_rows([(1, row)], on_items=nobody_cares)
    return int((await db.rows("SELECT id FROM variant"))[0]["id"])


async def branch(code: str) -> int:
    await delivery.add_place(code=code, kind="branch", names={"en": code}, address={}, hours={}, region="chengdu")
    return int((await db.rows("SELECT id FROM place WHERE code = ?", code))[0]["id"])


async def main() -> int:
    return int((await db.rows("SELECT id FROM place WHERE code = 'main'"))[0]["id"])


async def stock(place_id: int | None = None) -> Stock:
    found = await db.rows("SELECT on_hand, held FROM stock WHERE place_id = ?", place_id or await main())
    return Stock(found[0]["on_hand"], found[0]["held"])


async def hold(variant_id: int, order_id: int, quantity: int = 1, key: str = "") -> int:
    return await catalog.hold(
        variant_id=variant_id, quantity=quantity, order_id=order_id, key=key or f"order:{order_id}"
    )


async def outcome(work: Awaitable[object]) -> str:
    try:
        await work
    except Refusal as refused:
        return type(refused).__name__
    return "held"


async def test_of_three_buyers_of_the_last_vase_one_gets_it(database: str) -> None:
    last = await vase(1)

    told = await asyncio.gather(*(outcome(hold(last, order_id)) for order_id in (1, 2, 3)))

    assert Counter(told) == {"held": 1, "SoldOut": 2}
    assert await stock() == (1, 1)


async def test_without_the_guard_all_three_get_the_last_vase(database: str) -> None:
    last = await vase(1)
    await db.execute("CREATE TABLE loose_stock (variant_id BIGINT PRIMARY KEY, on_hand BIGINT, held BIGINT)")
    await db.execute("INSERT INTO loose_stock (variant_id, on_hand, held) VALUES (?, 1, 0)", last)
    all_have_looked = asyncio.Barrier(3)

    async def loose_hold() -> str:
        seen = (await db.rows("SELECT on_hand - held AS free FROM loose_stock WHERE variant_id = ?", last))[0]["free"]
        await all_have_looked.wait()
        if seen < 1:
            return "SoldOut"
        await db.execute("UPDATE loose_stock SET held = held + 1 WHERE variant_id = ?", last)
        return "held"

    assert await asyncio.gather(*(loose_hold() for _ in range(3))) == ["held"] * 3
    assert (await db.rows("SELECT on_hand, held FROM loose_stock"))[0] == {"on_hand": 1, "held": 3}


async def test_fifty_buyers_of_seven_vases_are_seven_orders(database: str) -> None:
    some = await vase(7)

    told = await asyncio.gather(*(outcome(hold(some, order_id)) for order_id in range(1, 51)))

    assert Counter(told) == {"held": 7, "SoldOut": 43}
    assert await stock() == (7, 7)


async def test_a_hold_wished_twice_with_one_key_is_one_hold(database: str) -> None:
    last = await vase(1)
    place = await hold(last, 1)

    assert await hold(last, 1) == place

    assert await stock() == (1, 1)


@pytest.mark.parametrize("pieces", [1, 100])
async def test_a_hold_wished_ten_times_at_once_is_one_hold(database: str, pieces: int) -> None:
    some = await vase(pieces)

    told = await asyncio.gather(*(outcome(hold(some, 1)) for _ in range(10)))

    assert told == ["held"] * 10
    assert await stock() == (pieces, 1)
    assert (await db.rows("SELECT COUNT(*) AS n FROM stock_move WHERE kind = 'hold'"))[0]["n"] == 1


async def test_who_wants_more_than_there_is_hears_how_many_are_left(database: str) -> None:
    some = await vase(3)
    await hold(some, 1)

    with pytest.raises(catalog.OutOfStock) as refused:
        await hold(some, 2, quantity=3)

    assert refused.value.facts["n"] == 2
    assert Texts("en").refusal(refused.value) == "Only 2 pieces of vase are left. Take fewer?"
    assert await stock() == (3, 1)


async def test_the_branch_where_ann_picks_up_gives_first_and_another_one_when_it_cannot(database: str) -> None:
    some = await vase(9)
    south = await branch("South")
    await catalog.receive(variant_id=some, place_id=south, quantity=1, key="van")

    async def ask(order_id: int) -> int:
        return await catalog.hold(
            variant_id=some, quantity=1, order_id=order_id, key=f"order:{order_id}", prefer_place_id=south
        )

    assert [await ask(1), await ask(2)] == [south, await main()]


async def test_an_order_that_is_let_go_twice_gives_back_once(database: str) -> None:
    some = await vase(5)
    await hold(some, 1, quantity=2)
    await hold(some, 2)

    await asyncio.gather(*(catalog.release(order_id=1) for _ in range(5)))

    assert await stock() == (5, 1)


async def test_an_order_that_is_handed_over_twice_leaves_the_house_once(database: str) -> None:
    some = await vase(5)
    await hold(some, 1, quantity=2)

    await asyncio.gather(*(catalog.sell(order_id=1) for _ in range(5)))

    assert await stock() == (3, 0)


async def test_what_is_sold_and_let_go_at_once_is_one_of_the_two(database: str) -> None:
    some = await vase(5)
    await hold(some, 1, quantity=2)

    await asyncio.gather(catalog.sell(order_id=1), catalog.release(order_id=1))

    assert await stock() in ((3, 0), (5, 0))


async def test_an_order_that_holds_nothing_lets_nothing_go(database: str) -> None:
    await vase(5)

    await catalog.release(order_id=404)
    await catalog.sell(order_id=404)

    assert await stock() == (5, 0)


async def test_pieces_that_come_or_come_back_twice_with_one_key_come_once(database: str) -> None:
    some, place = await vase(1), await main()

    for _ in range(2):
        await catalog.receive(variant_id=some, place_id=place, quantity=10, key="van 7")
        await catalog.give_back(variant_id=some, place_id=place, quantity=1, order_id=1, key="refund 3")

    assert await stock() == (12, 0)


async def test_a_count_is_believed_but_never_below_what_orders_hold(database: str) -> None:
    some, place = await vase(9), await main()
    await hold(some, 1, quantity=4)

    await catalog.adjust(variant_id=some, place_id=place, counted=6, key="count 1")
    assert await stock() == (6, 4)
    await catalog.adjust(variant_id=some, place_id=place, counted=0, key="count 2")
    assert await stock() == (4, 4)


async def test_the_moves_of_a_shelf_sum_to_what_lies_there(database: str) -> None:
    some, place = await vase(9), await main()
    await hold(some, 1, quantity=4)
    await catalog.sell(order_id=1)
    await hold(some, 2)
    await catalog.release(order_id=2)
    await catalog.adjust(variant_id=some, place_id=place, counted=3, key="count")
    await catalog.give_back(variant_id=some, place_id=place, quantity=2, order_id=1, key="back")

    moved = await db.rows(
        "SELECT SUM(CASE kind WHEN 'sell' THEN -quantity WHEN 'hold' THEN 0 WHEN 'release' THEN 0 ELSE quantity END) AS n"
        " FROM stock_move"
    )
    assert await stock() == (moved[0]["n"], 0) == (5, 0)
