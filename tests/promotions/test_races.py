"""Coupons and flash sales at the same instant: each race with its twin without the guard."""

import asyncio

from storefront import cart, payments, promotions
from storefront.kernel import db
from storefront.kernel.errors import Refusal
from storefront.promotions import Coupon, Taken
from tests.promotions.offers import counted, coupon, flash
from tests.support.market import POLICY, Market, books, customer, drafted, left, placed, stocked

CUSTOMERS, PIECES = 1000, 100


async def crowd(size: int) -> list[int]:
    await db.many(
        "INSERT INTO person (id, name, language, created_at) VALUES (?, ?, 'en', 0)",
        [(1000 + number, f"Customer {number}") for number in range(size)],
    )
    return [1000 + number for number in range(size)]


async def told(work: asyncio.Future[object]) -> str:
    try:
        await work
    except Refusal as refused:
        return type(refused).__name__
    return "had it"


async def take(sale: int, person_id: int, order_id: int, quantity: int = 1) -> str:
    work = promotions.take(sale_id=sale, person_id=person_id, order_id=order_id, quantity=quantity)
    return await told(asyncio.ensure_future(work))


async def use(one: Coupon, person_id: int, order_id: int) -> str:
    work = promotions.use_coupons(person_id=person_id, order_id=order_id, taken=[Taken(one, 100, 0)])
    return await told(asyncio.ensure_future(work))


async def test_a_thousand_customers_take_a_hundred_pieces_and_not_one_more(market: Market) -> None:
    rice = await stocked("rice", pieces=PIECES + 7)
    sale = await flash("rice", quota=PIECES)
    customers = await crowd(CUSTOMERS)

    outcomes = await asyncio.gather(*(take(sale, person_id, person_id) for person_id in customers))

    assert (outcomes.count("had it"), outcomes.count("FlashOver")) == (PIECES, CUSTOMERS - PIECES)
    assert (await counted(sale), await left(rice)) == ((PIECES, 0), 7)
    assert await db.rows("SELECT COUNT(*) AS n FROM flash_use") == [{"n": PIECES}]
    assert await books() == []


async def test_without_the_guard_a_thousand_customers_all_take_one_of_a_hundred_pieces(database: str) -> None:
    await db.execute("CREATE TABLE loose_sale (quota BIGINT NOT NULL, taken BIGINT NOT NULL)")
    await db.execute("INSERT INTO loose_sale (quota, taken) VALUES (?, 0)", PIECES)

    async def take_loosely(barrier: asyncio.Barrier) -> bool:
        row = (await db.rows("SELECT quota, taken FROM loose_sale"))[0]
        await barrier.wait()
        if row["taken"] >= row["quota"]:
            return False
        await db.execute("UPDATE loose_sale SET taken = taken + 1")
        return True

    barrier = asyncio.Barrier(CUSTOMERS)
    outcomes = await asyncio.gather(*(take_loosely(barrier) for _ in range(CUSTOMERS)))

    assert outcomes.count(True) == CUSTOMERS
    assert await db.rows("SELECT taken FROM loose_sale") == [{"taken": CUSTOMERS}]


async def test_one_customer_in_many_sessions_never_gets_more_than_one_customer_gets(market: Market) -> None:
    await stocked("rice", pieces=50)
    sale = await flash("rice", quota=50, per_person=3)

    outcomes = await asyncio.gather(*(take(sale, market.ann, order_id) for order_id in range(20)))

    assert (outcomes.count("had it"), outcomes.count("FlashHad")) == (3, 17)
    assert await counted(sale) == (3, 0)
    assert await books() == []


async def test_orders_for_the_last_pieces_at_once_sell_each_once(market: Market) -> None:
    rice = await stocked("rice", pieces=6)
    sale = await flash("rice", quota=5)
    drafts = [await drafted(await customer(f"Customer {n}", 100 + n), rice) for n in range(12)]

    outcomes = await asyncio.gather(*(told(asyncio.ensure_future(placed(draft))) for draft in drafts))

    assert outcomes.count("had it") == 5
    assert set(outcomes) <= {"had it", "FlashOver", "StaleCheckout"}
    assert (await counted(sale), await left(rice)) == ((5, 0), 1)
    assert await books() == []


async def test_pieces_that_come_back_while_people_come_go_to_those_who_waited(market: Market) -> None:
    await stocked("rice", pieces=10)
    sale = await flash("rice", quota=5)
    customers = await crowd(25)
    for person_id in customers[:5]:
        await take(sale, person_id, person_id)
    waiting, newcomers = customers[5:10], customers[10:]
    for person_id in waiting:
        await promotions.wait(person_id=person_id, sale_id=sale)

    async def cancel(order_id: int) -> str:
        return await told(asyncio.ensure_future(promotions.give_back(order_id=order_id)))

    outcomes = await asyncio.gather(
        *(cancel(person_id) for person_id in customers[:5]),
        *(take(sale, person_id, person_id) for person_id in newcomers),
    )

    offered = await db.rows("SELECT person_id FROM flash_waiter WHERE state = 'offered' ORDER BY id")
    assert outcomes[5:].count("had it") == 0
    assert [row["person_id"] for row in offered] == waiting
    assert await counted(sale) == (0, 5)


async def test_a_coupon_for_a_hundred_is_used_a_hundred_times_by_a_thousand(market: Market) -> None:
    code = await coupon("TEN", total=PIECES)
    customers = await crowd(CUSTOMERS)
    await promotions.collect(person_id=market.ann, code=code)
    one = (await promotions.held(market.ann))[0].coupon
    await db.many(
        "INSERT INTO coupon_holder (coupon_id, person_id, most, at) VALUES (?, ?, 1, 0)",
        [(one.id, n) for n in customers],
    )

    outcomes = await asyncio.gather(*(use(one, person_id, person_id) for person_id in customers))

    assert (outcomes.count("had it"), outcomes.count("CouponUsedUp")) == (PIECES, CUSTOMERS - PIECES)
    assert await db.rows("SELECT used FROM coupon") == [{"used": PIECES}]
    assert await db.rows("SELECT COUNT(*) AS n FROM coupon_use") == [{"n": PIECES}]
    assert await db.rows("SELECT SUM(used) AS n FROM coupon_holder") == [{"n": PIECES}]


async def test_one_customer_uses_a_coupon_once_in_twenty_orders_at_once(market: Market) -> None:
    code = await coupon("TEN")
    one = (await promotions.collect(person_id=market.ann, code=code)).coupon

    outcomes = await asyncio.gather(*(use(one, market.ann, order_id) for order_id in range(20)))

    assert (outcomes.count("had it"), outcomes.count("CouponUsedUp")) == (1, 19)
    assert await db.rows("SELECT used FROM coupon") == [{"used": 1}]


async def test_without_the_guard_twenty_orders_use_one_coupon_twenty_times(database: str) -> None:
    await db.execute("CREATE TABLE loose_coupon (used BIGINT NOT NULL)")
    await db.execute("INSERT INTO loose_coupon (used) VALUES (0)")
    barrier = asyncio.Barrier(20)

    async def use_loosely() -> bool:
        used = (await db.rows("SELECT used FROM loose_coupon"))[0]["used"]
        await barrier.wait()
        if used >= 1:
            return False
        await db.execute("UPDATE loose_coupon SET used = used + 1")
        return True

    outcomes = await asyncio.gather(*(use_loosely() for _ in range(20)))

    assert outcomes.count(True) == 20
    assert await db.rows("SELECT used FROM loose_coupon") == [{"used": 20}]


async def test_an_order_that_is_given_back_many_times_at_once_gives_back_once(market: Market) -> None:
    rice = await stocked("rice", pieces=5)
    sale = await flash("rice", quota=3)
    code = await coupon("TEN")
    await promotions.collect(person_id=market.ann, code=code)
    order = await placed(await drafted(market.ann, rice))

    await asyncio.gather(*(promotions.give_back(order_id=order.id) for _ in range(8)))

    assert await counted(sale) == (0, 0)
    assert await db.rows("SELECT used FROM coupon") == [{"used": 0}]


async def test_the_last_pieces_of_an_order_that_come_back_at_once_give_its_coupon_back_once(market: Market) -> None:
    variants = [await stocked(f"thing {number}", pieces=50) for number in range(3)]
    code = await coupon("ALL", percent=100, total=1)
    await promotions.collect(person_id=market.ann, code=code)
    for round_ in range(5):
        for variant_id in variants:
            await cart.add(person_id=market.ann, variant_id=variant_id, quantity=1, key=f"{round_} {variant_id}")
        order = await placed(await cart.draft(person_id=market.ann, policy=POLICY), "points")

        await asyncio.gather(
            *(
                payments.credit(
                    order_id=order.id, pieces={line.id: 1}, key=f"{line.id}", actor="staff:1", cause="torn bag"
                )
                for line in order.lines
            )
        )

        assert await db.rows("SELECT used FROM coupon") == [{"used": 0}]
    assert await books() == []


async def test_without_the_orders_lock_the_last_pieces_at_once_give_no_coupon_back(database: str) -> None:
    await db.execute("CREATE TABLE loose_line (id BIGINT PRIMARY KEY, is_back BIGINT NOT NULL)")
    await db.many("INSERT INTO loose_line (id, is_back) VALUES (?, 0)", [(1,), (2,)])
    both_have_looked = asyncio.Barrier(2)

    async def come_back(line_id: int) -> bool:
        here = await db.rows("SELECT id FROM loose_line WHERE is_back = 0")
        await both_have_looked.wait()
        await db.execute("UPDATE loose_line SET is_back = 1 WHERE id = ?", line_id)
        return here == [{"id": line_id}]

    assert await asyncio.gather(come_back(1), come_back(2)) == [False, False]
    assert await db.rows("SELECT 1 FROM loose_line WHERE is_back = 0") == []
