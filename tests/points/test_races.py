"""Points at the same instant: each race with its twin without the guard."""

import asyncio
import random

from storefront import points
from storefront.kernel import clock, db
from storefront.kernel.errors import Refusal
from tests.points.people import Had, found, give, has, somebody

CUSTOMERS = 200


async def outcome(work: asyncio.Future[None]) -> str:
    try:
        await work
    except Refusal as refused:
        return type(refused).__name__
    return "held"


async def hold(person_id: int, order_id: int, wanted: int) -> str:
    return await outcome(asyncio.ensure_future(points.hold(person_id=person_id, order_id=order_id, points=wanted)))


async def test_two_orders_at_once_never_spend_the_same_points_of_200_customers(database: str) -> None:
    customers = [await somebody(f"Customer {number}") for number in range(CUSTOMERS)]
    for person_id in customers:
        await give(person_id, 100)

    told = await asyncio.gather(
        *(hold(person_id, 2 * person_id + second, 100) for person_id in customers for second in (0, 1))
    )

    assert (told.count("held"), told.count("NotEnoughPoints")) == (CUSTOMERS, CUSTOMERS)
    assert {await has(person_id) for person_id in customers} == {Had(0, 100)}
    assert await found() == []


async def test_without_the_guard_two_orders_spend_the_same_points_of_all_200_customers(database: str) -> None:
    await db.execute("CREATE TABLE loose_points (person_id BIGINT PRIMARY KEY, amount BIGINT NOT NULL)")
    await db.many("INSERT INTO loose_points (person_id, amount) VALUES (?, 100)", [(n,) for n in range(CUSTOMERS)])

    async def spend(person_id: int, both_have_looked: asyncio.Barrier) -> bool:
        have = (await db.rows("SELECT amount FROM loose_points WHERE person_id = ?", person_id))[0]["amount"]
        await both_have_looked.wait()
        if have < 100:
            return False
        await db.execute("UPDATE loose_points SET amount = amount - 100 WHERE person_id = ?", person_id)
        return True

    barriers = [asyncio.Barrier(2) for _ in range(CUSTOMERS)]
    told = await asyncio.gather(*(spend(n, barriers[n]) for n in range(CUSTOMERS) for _ in (0, 1)))

    assert told.count(True) == 2 * CUSTOMERS
    assert {row["amount"] for row in await db.rows("SELECT amount FROM loose_points")} == {-100}


async def test_fifty_sessions_of_one_customer_spend_each_point_once(database: str) -> None:
    ann = await somebody()
    for number in range(10):
        await give(ann, 10, days=number + 1)

    told = await asyncio.gather(*(hold(ann, order_id, 7) for order_id in range(50)))

    assert told.count("held") == 100 // 7
    assert await has(ann) == Had(100 % 7, 100 - 100 % 7)
    assert await found() == []


async def test_one_order_that_is_placed_ten_times_at_once_holds_its_points_once(database: str) -> None:
    ann = await somebody()
    await give(ann, 100, days=3)
    await give(ann, 1000)

    await asyncio.gather(*(hold(ann, 7, 100) for _ in range(10)))

    assert await has(ann) == Had(1000, 100)
    assert await found() == []


async def test_an_order_that_lapses_and_is_cancelled_at_once_gives_back_once(database: str) -> None:
    ann = await somebody()
    await give(ann, 100)
    await points.hold(person_id=ann, order_id=7, points=60)

    await asyncio.gather(
        *(points.release(person_id=ann, order_id=7, cause=cause) for cause in ("cancelled", "not paid in time") * 5)
    )

    assert await has(ann) == Had(100, 0)
    assert await found() == []


async def test_two_runners_book_out_each_ended_lot_once(database: str) -> None:
    ann = await somebody()
    with clock.driven() as time:
        for number in range(20):
            await give(ann, 5, days=1, key=f"lot {number}")
        time.forward(clock.DAY)

        booked = await asyncio.gather(*(points.expire() for _ in range(3)))

        assert sum(booked) == 20
        assert await has(ann) == Had(0, 0)
        assert await found() == []


async def test_lots_and_ledger_agree_whatever_happens_at_the_same_time(database: str) -> None:
    chance = random.Random(2026)
    people_here = [await somebody(f"Customer {number}") for number in range(4)]
    with clock.driven() as time:
        for number in range(40):
            await give(
                chance.choice(people_here), chance.randint(1, 90), days=chance.choice([1, 2, 30]), key=f"{number}"
            )
        for day in range(3):
            orders = [(chance.choice(people_here), day * 100 + number) for number in range(40)]
            await asyncio.gather(*(hold(person, order, chance.randint(1, 60)) for person, order in orders))
            time.forward(clock.DAY)
            ends = [points.release(person_id=person, order_id=order, cause="lapsed") for person, order in orders[::2]]
            pays = [points.capture(person_id=person, order_id=order) for person, order in orders[1::2]]
            gifts = [give(person, 20, days=1, key=f"{day}:{person}") for person in people_here]
            await asyncio.gather(points.expire(), points.expire(), *ends, *pays, *gifts)

            assert await found() == []


async def test_points_that_arrive_while_two_accounts_are_joined_are_not_lost(database: str) -> None:
    ann, ann_on_the_web = await somebody(), await somebody("Ann")
    await give(ann_on_the_web, 100)

    await asyncio.gather(
        points.follow(from_person_id=ann_on_the_web, to_person_id=ann),
        *(give(ann_on_the_web, 1, key=f"gift {number}") for number in range(10)),
        hold(ann_on_the_web, 7, 50),
    )

    together = [await has(ann), await has(ann_on_the_web)]
    assert sum(had.available + had.held for had in together) == 110
    assert await found() == []
