"""Points are given, held, spent, given back and end, each once, and lots and ledger always agree."""

import pytest

from storefront import ledger, points
from storefront.kernel import clock, db
from storefront.points import NotEnoughPoints
from tests.points.people import Had, found, give, has, somebody

ORDER, OTHER_ORDER = 7, 8


async def lots(person_id: int) -> list[tuple[int, int]]:
    """(granted, remaining) of each lot, oldest first."""
    rows = await db.rows("SELECT granted, remaining FROM point_lot WHERE person_id = ? ORDER BY id", person_id)
    return [(row["granted"], row["remaining"]) for row in rows]


async def test_a_newcomer_has_nothing_and_is_told_so(database: str) -> None:
    ann = await somebody()

    with pytest.raises(NotEnoughPoints) as refused:
        await points.hold(person_id=ann, order_id=ORDER, points=1)

    assert await points.balance(ann) == points.Balance(available=0, held=0, ends_next=None)
    assert refused.value.facts == {"n": 0}


async def test_a_gift_that_arrives_twice_counts_once(database: str) -> None:
    ann = await somebody()

    await give(ann, 100, key="welcome")
    await give(ann, 100, key="welcome")

    assert await has(ann) == Had(100, 0)
    assert await found() == []


async def test_the_balance_says_what_ends_next(database: str) -> None:
    ann = await somebody()
    with clock.driven() as time:
        await give(ann, 940)
        await give(ann, 200, days=30, key="first")
        await give(ann, 100, days=30, key="second")
        await give(ann, 50, days=60)

        assert await points.balance(ann) == points.Balance(1290, 0, (300, time.at + 30 * clock.DAY))


async def test_an_order_holds_the_soonest_ending_points(database: str) -> None:
    ann = await somebody()
    await give(ann, 100)
    await give(ann, 50, days=30)

    await points.hold(person_id=ann, order_id=ORDER, points=80)

    assert await has(ann) == Had(70, 80)
    assert await lots(ann) == [(100, 70), (50, 0)]
    assert await found() == []


async def test_an_order_that_holds_twice_holds_once(database: str) -> None:
    ann = await somebody()
    await give(ann, 100)

    await points.hold(person_id=ann, order_id=ORDER, points=60)
    await points.hold(person_id=ann, order_id=ORDER, points=60)

    assert await has(ann) == Had(40, 60)
    assert await found() == []


async def test_a_refused_hold_takes_nothing(database: str) -> None:
    ann = await somebody()
    await give(ann, 100)

    with pytest.raises(NotEnoughPoints) as refused:
        await points.hold(person_id=ann, order_id=ORDER, points=101)

    assert refused.value.facts == {"n": 100}
    assert await has(ann) == Had(100, 0)
    assert await found() == []


async def test_ended_points_are_not_spent_though_nobody_booked_them_out_yet(database: str) -> None:
    ann = await somebody()
    with clock.driven() as time:
        await give(ann, 100)
        await give(ann, 50, days=1)
        time.forward(clock.DAY)

        with pytest.raises(NotEnoughPoints) as refused:
            await points.hold(person_id=ann, order_id=ORDER, points=101)

        assert refused.value.facts == {"n": 100}
        assert await points.balance(ann) == points.Balance(100, 0, None)
        assert await found() == []


async def test_points_of_an_unpaid_order_go_back_to_their_lots_once(database: str) -> None:
    ann = await somebody()
    await give(ann, 100)
    await give(ann, 50, days=30)
    await points.hold(person_id=ann, order_id=ORDER, points=80)

    for _ in range(2):
        await points.release(person_id=ann, order_id=ORDER, cause="order cancelled")

    assert await has(ann) == Had(150, 0)
    assert await lots(ann) == [(100, 100), (50, 50)]
    assert await found() == []


async def test_an_order_without_points_has_nothing_to_release_capture_or_settle(database: str) -> None:
    ann = await somebody()

    await points.release(person_id=ann, order_id=ORDER, cause="order cancelled")
    await points.capture(person_id=ann, order_id=ORDER)
    await points.settle(order_id=ORDER)

    assert await db.rows("SELECT 1 AS one FROM ledger_entry") == []


async def test_points_that_come_back_after_their_end_live_a_week_longer(database: str) -> None:
    ann = await somebody()
    with clock.driven() as time:
        await give(ann, 100, days=1)
        await points.hold(person_id=ann, order_id=ORDER, points=60)
        time.forward(2 * clock.DAY)

        await points.release(person_id=ann, order_id=ORDER, cause="order not paid in time")

        assert await points.balance(ann) == points.Balance(60, 0, (60, time.at + 7 * clock.DAY))
        assert await found() == []
        time.forward(7 * clock.DAY)
        assert await points.expire() == 1
        assert await has(ann) == Had(0, 0)
        assert await found() == []


async def test_paid_points_leave_the_customer_and_are_redeemed_when_the_order_is_completed(database: str) -> None:
    ann = await somebody()
    await give(ann, 100)
    await points.hold(person_id=ann, order_id=ORDER, points=60)

    for _ in range(2):
        await points.capture(person_id=ann, order_id=ORDER)
    assert await ledger.balance(ledger.order_hold(ORDER, "PTS")) == 60
    for _ in range(2):
        await points.settle(order_id=ORDER)

    assert await has(ann) == Had(40, 0)
    assert await ledger.balance(ledger.points_redeemed()) == 60
    assert await ledger.balance(ledger.order_hold(ORDER, "PTS")) == 0
    assert await found() == []


@pytest.mark.parametrize("completed", [False, True], ids=["on its way", "completed"])
async def test_refunded_points_go_back_to_the_latest_ending_lots_first_and_never_more_than_was_taken(
    database: str, completed: bool
) -> None:
    ann = await somebody()
    await give(ann, 100)
    await give(ann, 50, days=30)
    await points.hold(person_id=ann, order_id=ORDER, points=80)
    await points.capture(person_id=ann, order_id=ORDER)
    if completed:
        await points.settle(order_id=ORDER)

    for key in ("line 1", "line 1", "line 2"):
        await points.give_back(
            person_id=ann, order_id=ORDER, points=35, key=f"refund:{key}", actor="staff:3", cause="torn bag"
        )

    assert await has(ann) == Had(140, 0)
    assert await lots(ann) == [(100, 100), (50, 40)]
    with pytest.raises(ValueError, match="no more"):
        await points.give_back(person_id=ann, order_id=ORDER, points=11, key="more", actor="staff:3", cause="x")
    assert await found() == []


async def test_what_was_refunded_is_not_redeemed_again_when_the_order_is_completed(database: str) -> None:
    ann = await somebody()
    await give(ann, 100)
    await points.hold(person_id=ann, order_id=ORDER, points=80)
    await points.capture(person_id=ann, order_id=ORDER)
    await points.give_back(person_id=ann, order_id=ORDER, points=30, key="r", actor="staff:3", cause="torn bag")

    await points.settle(order_id=ORDER)

    assert await ledger.balance(ledger.points_redeemed()) == 50
    assert await found() == []


async def test_ended_points_are_booked_out_once(database: str) -> None:
    ann, bob = await somebody(), await somebody("Bob")
    with clock.driven() as time:
        await give(ann, 100, days=1)
        await give(bob, 30, days=1)
        await give(bob, 70, days=2)
        time.forward(clock.DAY)

        assert await points.expire() == 2
        assert await points.expire() == 0

        assert (await has(ann), await has(bob)) == (Had(0, 0), Had(70, 0))
        assert await ledger.balance(ledger.points_expired()) == 130
        assert await found() == []


async def test_a_lot_whose_ledger_is_wrong_does_not_hold_up_the_lots_of_others(database: str) -> None:
    ann, bob = await somebody(), await somebody("Bob")
    with clock.driven() as time:
        await give(ann, 100, days=1)
        await give(bob, 100, days=1)
        await db.execute(
            "UPDATE ledger_balance SET amount = 0 WHERE account_id ="
            " (SELECT id FROM ledger_account WHERE kind = 'customer_points' AND owner = ?)",
            ann,
        )
        time.forward(clock.DAY)

        assert await points.expire() == 1

        assert await has(bob) == Had(0, 0)


async def test_the_statement_says_what_happened_and_why_page_by_page(database: str) -> None:
    ann = await somebody()
    await give(ann, 100)
    await points.hold(person_id=ann, order_id=ORDER, points=60)
    await points.release(person_id=ann, order_id=ORDER, cause="order cancelled")

    first = await points.history(ann, limit=2)
    second = await points.history(ann, before_id=first[-1].id, limit=2)

    assert [(line.kind, line.points, line.cause, line.order_id) for line in [*first, *second]] == [
        ("release", 60, "order cancelled", ORDER),
        ("hold", -60, "order placed", ORDER),
        ("grant", 100, "a test", None),
    ]


async def test_two_accounts_of_one_person_have_their_points_together(database: str) -> None:
    ann, ann_on_the_web = await somebody(), await somebody("Ann")
    await give(ann, 5)
    await give(ann_on_the_web, 100)
    await points.hold(person_id=ann_on_the_web, order_id=ORDER, points=60)

    await points.follow(from_person_id=ann_on_the_web, to_person_id=ann)

    assert (await has(ann), await has(ann_on_the_web)) == (Had(45, 60), Had(0, 0))
    assert await found() == []
    await points.release(person_id=ann, order_id=ORDER, cause="order cancelled")
    await points.hold(person_id=ann, order_id=OTHER_ORDER, points=105)
    assert await has(ann) == Had(0, 105)
    assert await found() == []


async def test_an_account_without_points_brings_none(database: str) -> None:
    ann, ann_on_the_web = await somebody(), await somebody("Ann")

    await points.follow(from_person_id=ann_on_the_web, to_person_id=ann)

    assert await has(ann) == Had(0, 0)


async def test_lots_that_differ_from_the_ledger_are_named(database: str) -> None:
    ann, bob = await somebody(), await somebody("Bob")
    await give(ann, 100)
    await give(bob, 100)
    await db.execute("UPDATE point_lot SET remaining = 99 WHERE person_id = ?", bob)
    await db.execute(
        "INSERT INTO point_lot (person_id, granted, remaining, cause, key, at) VALUES (?, 7, 7, 'forged', 'forged', 0)",
        await somebody("Mallory"),
    )

    assert await found() == [
        "the lots of person 2 hold 99 points, the ledger says 100",
        "the lots of person 3 hold 7 points, the ledger says 0",
    ]
