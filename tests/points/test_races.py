"""Points at the same instant: each race with its twin without the guard."""

import asyncio
import random

from storefront import points
from storefront.kernel import clock, db
from storefront.kernel.errors import Refusal
from storefront.points import EarnRule
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


async def test_ten_check_ins_at_once_pay_once(database: str) -> None:
    await points.set_rules([EarnRule("daily", "check_in", points=5)])
    ann = await somebody()

    told = await asyncio.gather(*(outcome(asyncio.ensure_future(check_in(ann))) for _ in range(10)))

    assert (told.count("held"), told.count("CheckedIn")) == (1, 9)
    assert await has(ann) == Had(5, 0)
    assert await found() == []


async def check_in(person_id: int) -> None:
    await points.check_in(person_id=person_id)


async def test_without_the_guard_all_ten_check_ins_pay(database: str) -> None:
    await db.execute("CREATE TABLE loose_check_in (day BIGINT NOT NULL)")
    all_have_looked = asyncio.Barrier(10)

    async def come() -> bool:
        here = await db.rows("SELECT day FROM loose_check_in WHERE day = 1")
        await all_have_looked.wait()
        if not here:
            await db.execute("INSERT INTO loose_check_in (day) VALUES (1)")
        return not here

    told = await asyncio.gather(*(come() for _ in range(10)))

    assert told.count(True) == 10


async def test_goods_that_come_back_as_their_points_become_usable_take_them_along_once(database: str) -> None:
    await points.set_rules([EarnRule("base", "purchase", rate=1)])
    with clock.driven() as time:
        customers = [await somebody(f"Customer {number}") for number in range(20)]
        for person_id in customers:
            line = points.EarnLine(person_id, "", 10_000, 4)
            await points.earn(person_id=person_id, order_id=person_id, lines=[line], first=False)
            await points.mature(order_id=person_id)
        time.forward(points.terms().return_days * clock.DAY)

        async def come_back(person_id: int, pieces: int) -> None:
            await points.unearn(order_id=person_id, returned={person_id: pieces})

        await asyncio.gather(
            *(points.ready() for _ in range(3)),
            *(come_back(person_id, pieces) for person_id in customers for pieces in (1, 3, 2)),
        )

        assert {await has(person_id) for person_id in customers} == {Had(25, 0)}
        assert {(await points.statement(person_id)).debt for person_id in customers} == {0}
        assert await found() == []


async def test_without_the_rows_lock_goods_that_come_back_take_points_along_twice(database: str) -> None:
    await db.execute("CREATE TABLE loose_earning (returned BIGINT NOT NULL, taken BIGINT NOT NULL)")
    await db.execute("INSERT INTO loose_earning (returned, taken) VALUES (0, 0)")
    both_have_looked = asyncio.Barrier(2)

    async def come_back() -> None:
        before = (await db.rows("SELECT returned FROM loose_earning"))[0]["returned"]
        await both_have_looked.wait()
        if before < 1:
            await db.execute("UPDATE loose_earning SET returned = 1, taken = taken + 25")

    await asyncio.gather(come_back(), come_back())

    assert (await db.rows("SELECT taken FROM loose_earning"))[0]["taken"] == 50


async def test_orders_at_once_earn_no_more_than_a_days_cap(database: str) -> None:
    await points.set_rules([EarnRule("base", "purchase", rate=1, daily_cap=50)])
    ann = await somebody()

    async def earn(order_id: int) -> None:
        line = points.EarnLine(order_id, "", 2_000, 1)
        await points.earn(person_id=ann, order_id=order_id, lines=[line], first=False)

    await asyncio.gather(*(earn(number) for number in range(10)))

    assert sum(waiting.points for waiting in (await points.statement(ann)).pending) == 50
    assert await found() == []
