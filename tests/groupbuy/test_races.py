"""Groups at the same instant: each crossing has one outcome, and a twin without the guard shows what else it would be."""

import asyncio
import random
from collections import Counter

import pytest

from storefront import groupbuy, orders, payments
from storefront.kernel import clock, db
from storefront.kernel.errors import Refusal
from tests.groupbuy.groups import (
    DAY,
    campaign,
    given_back,
    group_of,
    joined,
    joining,
    opened,
    opening,
    order_state,
    state,
    wrong,
)
from tests.support.market import Market, asked, charged, customer, placed, stocked
from tests.support.market import left as left_of


async def crowd(size: int) -> list[int]:
    return [await customer(f"Customer {number}", 100 + number) for number in range(size)]


async def told(work: asyncio.Future[object]) -> str:
    try:
        await work
    except Refusal as refused:
        return type(refused).__name__
    return "done"


async def at_once(*works: object) -> list[str]:
    return list(await asyncio.gather(*(told(asyncio.ensure_future(work)) for work in works)))  # type: ignore[arg-type]


@pytest.mark.parametrize("free", [1, 2, 4])
async def test_a_crowd_takes_the_free_seats_and_not_one_more(market: Market, free: int) -> None:
    rice = await stocked("rice", pieces=30)
    group = await opened(market.ann, await campaign(size=free + 1))
    drafts = [await joining(person_id, group) for person_id in await crowd(8)]

    outcomes = Counter(await at_once(*(placed(draft) for draft in drafts)))

    assert outcomes == {"done": free, "GroupFull": 8 - free}
    assert await state(group) == ("open", free + 1, 1)
    assert await left_of(rice) == 30 - 1 - free
    assert await wrong() == []


async def test_without_the_guard_a_crowd_overfills_a_group(database: str) -> None:
    await db.execute("CREATE TABLE loose_group (size BIGINT NOT NULL, taken BIGINT NOT NULL)")
    await db.execute("INSERT INTO loose_group (size, taken) VALUES (3, 1)")
    all_have_looked = asyncio.Barrier(4)

    async def join_loosely() -> bool:
        row = (await db.rows("SELECT size, taken FROM loose_group"))[0]
        await all_have_looked.wait()
        if row["taken"] >= row["size"]:
            return False
        await db.execute("UPDATE loose_group SET taken = taken + 1")
        return True

    outcomes = await asyncio.gather(*(join_loosely() for _ in range(4)))

    assert outcomes.count(True) == 4
    assert await db.rows("SELECT taken FROM loose_group") == [{"taken": 5}]


async def test_the_last_payments_at_once_make_a_group_succeed_exactly_once(market: Market) -> None:
    await stocked("rice", pieces=60)
    terms = await campaign(size=5, per_person=10)
    groups = [await opened(market.ann, terms) for _ in range(3)]
    members = await crowd(4)
    drafts = [await joining(person_id, group) for group in groups for person_id in members]
    for number, draft in enumerate(drafts):
        await asked(draft)
        await charged(draft, f"last {number}")

    await asyncio.gather(*(payments.advance() for _ in range(4)))
    await asyncio.gather(*(groupbuy.turn() for _ in range(3)))

    assert [await state(group) for group in groups] == [("succeeded", 5, 5)] * 3
    assert await db.rows("SELECT DISTINCT state FROM orders") == [{"state": "confirmed"}]
    assert await wrong() == []


async def test_without_the_guard_a_full_group_never_succeeds(database: str) -> None:
    await db.execute("CREATE TABLE loose_group (size BIGINT NOT NULL, paid BIGINT NOT NULL, done BIGINT NOT NULL)")
    await db.execute("INSERT INTO loose_group (size, paid, done) VALUES (5, 1, 0)")
    all_have_counted = asyncio.Barrier(4)

    async def pay_loosely() -> None:
        before = (await db.rows("SELECT paid FROM loose_group"))[0]["paid"]
        await all_have_counted.wait()
        await db.execute("UPDATE loose_group SET paid = paid + 1")
        if before + 1 == 5:
            await db.execute("UPDATE loose_group SET done = 1")

    await asyncio.gather(*(pay_loosely() for _ in range(4)))

    assert await db.rows("SELECT paid, done FROM loose_group") == [{"paid": 5, "done": 0}]


async def test_the_deadline_and_the_last_payment_cross_and_one_of_them_comes_first(market: Market) -> None:
    await stocked("rice", pieces=60)
    with clock.driven() as time:
        terms = await campaign(size=2, per_person=10)
        groups = [await opened(market.ann, terms) for _ in range(8)]
        members = await crowd(8)
        drafts = [await joining(*pair) for pair in zip(members, groups, strict=True)]
        orders_ = []
        for number, draft in enumerate(drafts):
            orders_.append(await asked(draft))
            await charged(draft, f"last {number}")
        time.forward(DAY)

        await asyncio.gather(payments.advance(), groupbuy.turn(), payments.advance(), groupbuy.turn())
        for _ in range(3):
            await payments.advance()
            await groupbuy.turn()

        for group, order in zip(groups, orders_, strict=True):
            outcome = (await state(group))[0], await order_state(order), await given_back(order)
            assert outcome in {
                ("succeeded", "confirmed", (0, 0)),
                ("failed", "cancelled", (0, 3990)),
                ("failed", "expired", (0, 0)),
            }
        assert await wrong() == []


async def test_without_the_guard_the_deadline_overwrites_a_success(database: str) -> None:
    await db.execute("CREATE TABLE loose_group (id BIGINT, state VARCHAR(10) NOT NULL)")
    await db.execute("INSERT INTO loose_group (id, state) VALUES (1, 'open')")
    looked, paid = asyncio.Event(), asyncio.Event()

    async def expire_loosely() -> None:
        late = await db.rows("SELECT id FROM loose_group WHERE state = 'open'")
        looked.set()
        await paid.wait()
        for row in late:
            await db.execute("UPDATE loose_group SET state = 'failed' WHERE id = ?", row["id"])

    async def pay() -> None:
        await looked.wait()
        await db.execute("UPDATE loose_group SET state = 'succeeded' WHERE id = 1")
        paid.set()

    await asyncio.gather(expire_loosely(), pay())

    assert await db.rows("SELECT state FROM loose_group") == [{"state": "failed"}]


async def test_leaving_and_the_last_payment_cross_and_one_of_them_comes_first(market: Market) -> None:
    await stocked("rice", pieces=60)
    terms = await campaign(size=2, per_person=10)
    groups = [await opened(market.ann, terms) for _ in range(6)]
    for number, (member, group) in enumerate(zip(await crowd(6), groups, strict=True)):
        draft = await joining(member, group)
        await asked(draft)
        await charged(draft, f"last {number}")

    leaving = (groupbuy.leave(person_id=market.ann, group_id=group.id) for group in groups)
    left = (await at_once(*leaving, payments.advance(), payments.advance()))[:6]
    await payments.advance()
    await groupbuy.turn()

    for group, outcome in zip(groups, left, strict=True):
        assert (await state(group), outcome) in [(("succeeded", 2, 2), "GroupEnded"), (("open", 1, 1), "done")]
    assert await wrong() == []


async def test_two_job_runners_pay_every_member_of_failed_groups_back_once(market: Market) -> None:
    rice = await stocked("rice", pieces=60)
    with clock.driven() as time:
        terms = await campaign(size=4, per_person=10)
        groups = [await opened(market.ann, terms) for _ in range(4)]
        orders_ = [await joined(market.bob, group) for group in groups]
        time.forward(DAY)

        await asyncio.gather(*(groupbuy.turn() for _ in range(4)))

        assert {await given_back(order) for order in orders_} == {(0, 3990)}
        assert await db.rows("SELECT COUNT(*) AS n FROM credit_note") == [{"n": 8}]
        assert await left_of(rice) == 60
        assert await wrong() == []


async def test_without_the_guard_two_job_runners_pay_back_twice(database: str) -> None:
    await db.execute("CREATE TABLE loose_seat (settled BIGINT NOT NULL)")
    await db.execute("CREATE TABLE loose_refund (minor BIGINT NOT NULL)")
    await db.execute("INSERT INTO loose_seat (settled) VALUES (0)")
    both_have_looked = asyncio.Barrier(2)

    async def settle_loosely() -> None:
        waiting = await db.rows("SELECT settled FROM loose_seat WHERE settled = 0")
        await both_have_looked.wait()
        if waiting:
            await db.execute("INSERT INTO loose_refund (minor) VALUES (3990)")
            await db.execute("UPDATE loose_seat SET settled = 1")

    await asyncio.gather(settle_loosely(), settle_loosely())

    assert await db.rows("SELECT COUNT(*) AS n FROM loose_refund") == [{"n": 2}]


async def test_one_customer_who_joins_twice_at_once_has_one_seat(market: Market) -> None:
    await stocked("rice", pieces=30)
    group = await opened(market.ann, await campaign(size=5, per_person=5))
    drafts = [await joining(market.bob, group) for _ in range(4)]

    outcomes = Counter(await at_once(*(placed(draft) for draft in drafts)))

    assert outcomes == {"done": 1, "AlreadyIn": 3}
    assert await state(group) == ("open", 2, 1)
    assert await wrong() == []


async def test_the_last_pieces_set_aside_go_to_as_many_groups_as_there_are_pieces(market: Market) -> None:
    await stocked("rice", pieces=30)
    terms = await campaign(size=2, quota=3)
    drafts = [await opening(person_id, terms) for person_id in await crowd(8)]

    outcomes = Counter(await at_once(*(placed(draft) for draft in drafts)))

    assert outcomes == {"done": 3, "PiecesGone": 5}
    assert await wrong() == []


async def test_whatever_is_done_to_groups_at_once_the_counters_are_right_and_all_is_paid_back(market: Market) -> None:
    chance = random.Random(4)
    rice = await stocked("rice", pieces=500)
    people = await crowd(12)
    with clock.driven() as time:
        terms = await campaign(size=4, per_person=50, minutes=60)
        await opened(market.ann, terms)

        async def come(person_id: int, number: int) -> None:
            here = await groupbuy.near_full(variant_id=rice, person_id=person_id)
            group = chance.choice(here) if here and chance.random() < 0.8 else None
            if group is None:
                draft = await opening(person_id, terms)
            else:
                draft = await joining(person_id, group)
            order = await placed(draft)
            if chance.random() < 0.15:
                await orders.cancel(person_id=person_id, order_id=order.id)
            elif chance.random() < 0.8:
                await charged(draft, f"charge {number}")
                await payments.advance()
            if chance.random() < 0.15:
                await groupbuy.leave(person_id=person_id, group_id=(await group_of(order)).id)

        for round_ in range(5):
            await at_once(
                *(come(person_id, round_ * 100 + n) for n, person_id in enumerate(people)),
                *(groupbuy.turn() for _ in range(2)),
                orders.lapse(),
            )
            assert await wrong() == []
            time.forward(25 * clock.MINUTE)
        time.forward(clock.HOUR)
        for _ in range(3):
            await payments.advance()
            await orders.lapse()
            await groupbuy.turn()

        assert await db.rows("SELECT 1 FROM group_buy WHERE state = 'open'") == []
        assert {row["state"] for row in await db.rows("SELECT DISTINCT state FROM orders")} <= {
            "confirmed",
            "cancelled",
            "expired",
        }
        assert await wrong() == []
