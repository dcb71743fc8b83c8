"""Entries balance, are booked once, never below zero, and are never changed."""

import asyncio
from collections.abc import Sequence

import pytest

from storefront import ledger
from storefront.kernel import db
from storefront.ledger import Account, Insufficient, Posting
from tests.ledger.booking import ANN, BOB, at_once, count, found, give, move

ANNS, BOBS = ledger.customer_points(ANN), ledger.customer_points(BOB)


@pytest.mark.parametrize(
    "postings",
    [
        [],
        [Posting(ANNS, 5)],
        [Posting(ANNS, 5), Posting(BOBS, -4)],
        [Posting(ANNS, 5), Posting(ledger.revenue("CNY"), -5)],
        [Posting(ANNS, 0), Posting(BOBS, 0)],
    ],
    ids=["nothing", "one side", "unequal", "points for money", "zeros"],
)
async def test_an_entry_that_does_not_balance_is_never_booked(database: str, postings: Sequence[Posting]) -> None:
    with pytest.raises(ValueError, match="balances"):
        await ledger.book(kind="test", key="k", cause="a test", actor="shop", postings=postings)

    assert await count("ledger_entry") == 0


async def test_points_and_money_of_one_order_are_one_entry(database: str) -> None:
    await give(ANN, 100, "grant")

    await ledger.book(
        kind="capture",
        key="order 7",
        cause="order paid",
        actor="person:1",
        order_id=7,
        postings=[
            Posting(ANNS, -100),
            Posting(ledger.order_hold(7, "PTS"), 100),
            Posting(ledger.gateway("demo", "CNY"), -2690),
            Posting(ledger.order_hold(7, "CNY"), 2690),
        ],
    )

    assert await ledger.balance(ANNS) == 0
    assert await ledger.balance(ledger.order_hold(7, "CNY")) == 2690
    assert await ledger.balance(ledger.gateway("demo", "CNY")) == -2690
    assert await found() == []


async def test_the_same_key_books_once_and_tells_so(database: str) -> None:
    first = await give(ANN, 100, "welcome")
    second = await give(ANN, 100, "welcome")

    assert (first.fresh, second) == (True, (first.id, False))
    assert await ledger.balance(ANNS) == 100


async def test_the_same_key_ten_times_at_once_books_once(database: str) -> None:
    entries = await asyncio.gather(*(give(ANN, 100, "welcome") for _ in range(10)))

    assert sorted(entry.fresh for entry in entries) == [False] * 9 + [True]
    assert len({entry.id for entry in entries}) == 1
    assert await ledger.balance(ANNS) == 100


async def test_nobody_goes_below_zero_and_a_refused_entry_leaves_no_trace(database: str) -> None:
    await give(ANN, 100, "grant")

    with pytest.raises(Insufficient):
        await move(ANNS, BOBS, 101, "too much")

    assert (await ledger.balance(ANNS), await ledger.balance(BOBS)) == (100, 0)
    assert await count("ledger_entry") == 1


async def test_an_account_that_was_never_used_is_empty(database: str) -> None:
    assert await ledger.balance(ANNS) == 0
    assert await ledger.balance(ledger.revenue("CNY")) == 0
    with pytest.raises(Insufficient):
        await move(ANNS, BOBS, 1, "from nothing")


async def test_the_shops_own_accounts_may_be_below_zero(database: str) -> None:
    await give(ANN, 100, "grant")

    assert await ledger.balance(ledger.points_issued()) == -100


async def test_the_database_refuses_a_balance_below_zero_by_itself(database: str) -> None:
    await give(ANN, 100, "grant")

    with pytest.raises(db.IntegrityError):
        await db.execute("UPDATE ledger_balance SET amount = amount - 101")


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_posting", "ledger_seal"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {} = 9", "DELETE FROM {}"])
async def test_the_database_refuses_to_change_the_past(database: str, table: str, change: str) -> None:
    await give(ANN, 100, "grant")
    await ledger.seal()
    column = {"ledger_entry": "at", "ledger_posting": "amount", "ledger_seal": "entry_id"}[table]

    with pytest.raises(Exception, match="append-only"):
        await db.execute(change.format(table, column))


async def test_a_statement_has_the_latest_first_and_turns_its_pages(database: str) -> None:
    for points in range(1, 6):
        await give(ANN, points, f"grant {points}")
    await give(BOB, 50, "grant to Bob")

    first = await ledger.statement(ANNS, limit=3)
    second = await ledger.statement(ANNS, before_id=first[-1].id, limit=3)

    assert [line.amount for line in first] == [5, 4, 3]
    assert [line.amount for line in second] == [2, 1]
    assert first[0].cause == "a test"


async def test_a_reversal_is_the_mirror_image_and_comes_once(database: str) -> None:
    wrong = await give(ANN, 100, "wrong grant")

    undone = await ledger.reverse(entry_id=wrong.id, key="undo", cause="wrong customer", actor="staff:3")
    again = await ledger.reverse(entry_id=wrong.id, key="undo", cause="wrong customer", actor="staff:3")
    other_key = await ledger.reverse(entry_id=wrong.id, key="undo, once more", cause="wrong customer", actor="staff:4")

    assert undone.fresh
    assert again == other_key == (undone.id, False)
    assert await ledger.balance(ANNS) == 0
    assert await found() == []


async def test_what_was_spent_cannot_be_reversed(database: str) -> None:
    grant = await give(ANN, 100, "grant")
    await move(ANNS, BOBS, 60, "spent")

    with pytest.raises(Insufficient):
        await ledger.reverse(entry_id=grant.id, key="undo", cause="wrong customer", actor="staff:3")


async def test_an_entry_that_is_not_there_cannot_be_reversed(database: str) -> None:
    with pytest.raises(LookupError):
        await ledger.reverse(entry_id=404, key="undo", cause="a mistake", actor="staff:3")


async def test_an_account_that_many_open_at_once_is_one_account(database: str) -> None:
    await asyncio.gather(*(give(ANN, 1, f"grant {number}") for number in range(16)))

    assert await ledger.balance(ANNS) == 16
    assert await count("ledger_account") == 2


async def test_those_who_open_an_account_and_those_who_find_it_open_do_not_wait_in_a_circle(database: str) -> None:
    async def once(number: int) -> None:
        # Outside of a verb nothing is tried again after a deadlock.
        async with db.tx():
            await give(ANN, 1, key=f"grant {number}")

    told = await at_once([once(number) for number in range(40)])

    assert told == ["done"] * 40


async def test_entries_that_cross_each_other_do_not_wait_for_each_other_for_ever(database: str) -> None:
    await asyncio.gather(give(ANN, 100, "to Ann"), give(BOB, 100, "to Bob"))

    told = await at_once(
        [move(*((ANNS, BOBS) if number % 2 else (BOBS, ANNS)), 1, f"move {number}") for number in range(40)]
    )

    assert set(told) == {"done"}
    assert (await ledger.balance(ANNS), await ledger.balance(BOBS)) == (100, 100)


async def test_fifty_sessions_spend_the_same_points_once(database: str) -> None:
    await give(ANN, 100, "grant")

    told = await at_once([move(ANNS, ledger.order_hold(order, "PTS"), 100, f"order {order}") for order in range(50)])

    assert sorted(told) == ["Insufficient"] * 49 + ["done"]
    assert await ledger.balance(ANNS) == 0
    assert await found() == []


async def test_without_the_guard_the_same_points_are_spent_fifty_times(database: str) -> None:
    await db.execute("CREATE TABLE loose_balance (owner BIGINT PRIMARY KEY, amount BIGINT NOT NULL)")
    await db.execute("INSERT INTO loose_balance (owner, amount) VALUES (1, 100)")
    all_have_looked = asyncio.Barrier(50)

    async def spend() -> None:
        have = (await db.rows("SELECT amount FROM loose_balance"))[0]["amount"]
        await all_have_looked.wait()
        assert have >= 100
        await db.execute("UPDATE loose_balance SET amount = amount - 100")

    told = await at_once([spend() for _ in range(50)])

    assert told == ["done"] * 50
    assert (await db.rows("SELECT amount FROM loose_balance"))[0]["amount"] == -4900


def test_only_what_belongs_to_a_customer_or_an_order_is_guarded() -> None:
    guarded = [ANNS, ledger.points_held(ANN), ledger.order_hold(7, "CNY")]
    shops = [
        ledger.revenue("CNY"),
        ledger.gateway("demo", "CNY"),
        ledger.points_issued(),
        Account("to_refund", 0, "CNY"),
    ]

    assert all(account.guarded for account in guarded)
    assert not any(account.guarded for account in shops)
