"""Numbers without gaps, a chain of hashes, and a ledger that is found out when somebody changes it."""

import asyncio

import pytest

from storefront import ledger
from storefront.kernel import db
from storefront.ledger import Entry
from tests.ledger.booking import ANN, BOB, count, found, give, move

TRIGGERS = {
    "ledger_entry": ("ledger_entry_kept", "ledger_entry_stays"),
    "ledger_posting": ("ledger_posting_kept", "ledger_posting_stays"),
    "ledger_seal": ("ledger_seal_kept", "ledger_seal_stays"),
}


async def unlock(table: str) -> None:
    """What somebody with the database's password could do."""
    kept, stays = TRIGGERS[table]
    if db.dialect() == "postgres":
        await db.execute(f"DROP TRIGGER {kept} ON {table}")
    else:
        await db.execute(f"DROP TRIGGER {kept}")
        await db.execute(f"DROP TRIGGER {stays}")


async def numbers() -> list[int]:
    return [row["seq"] for row in await db.rows("SELECT seq FROM ledger_seal ORDER BY seq")]


async def three_entries() -> list[Entry]:
    return [
        await give(ANN, 100, "grant"),
        await move(ledger.customer_points(ANN), ledger.customer_points(BOB), 40, "gift"),
        await give(BOB, 5, "grant to Bob"),
    ]


async def test_entries_are_numbered_without_gaps_once_each(database: str) -> None:
    await three_entries()

    assert await ledger.seal() == 3
    assert await ledger.seal() == 0

    assert await numbers() == [1, 2, 3]
    assert await count("ledger_unsealed") == 0
    assert await found() == []


async def test_a_refused_entry_leaves_no_gap(database: str) -> None:
    await give(ANN, 100, "grant")
    with pytest.raises(ledger.Insufficient):
        await move(ledger.customer_points(ANN), ledger.customer_points(BOB), 101, "too much")
    await give(BOB, 1, "grant to Bob")

    await ledger.seal()

    assert await numbers() == [1, 2]


async def test_an_entry_of_a_slow_transaction_is_sealed_after_younger_ones(database: str) -> None:
    await three_entries()
    await ledger.seal()
    account = (await db.rows("SELECT id FROM ledger_account WHERE kind = 'points_issued'"))[0]["id"]

    async with db.tx():
        await db.execute(
            "INSERT INTO ledger_entry (id, kind, key, cause, actor, at) VALUES (0, 'test', 'slow', 'slow', 'shop', 0)"
        )
        await db.many(
            "INSERT INTO ledger_posting (entry_id, account_id, amount) VALUES (0, ?, ?)", [(account, 1), (account, -1)]
        )

    assert await ledger.seal() == 1
    assert (await db.rows("SELECT entry_id FROM ledger_seal WHERE seq = 4"))[0]["entry_id"] == 0
    assert await found() == []


async def test_sealers_at_once_never_use_a_number_twice(database: str) -> None:
    await many_entries(1300)

    await asyncio.gather(*(ledger.seal() for _ in range(4)))
    await ledger.seal()

    assert await numbers() == list(range(1, 1301))
    assert await found() == []


async def test_sealing_stops_at_its_limit_and_goes_on_later(database: str) -> None:
    await many_entries(600)

    assert await ledger.seal(limit=550) == 550
    assert await ledger.seal(limit=550) == 50


async def test_a_ledger_that_is_well_has_no_findings(database: str) -> None:
    await three_entries()

    assert await found() == []


async def test_an_entry_that_was_made_to_differ_is_named(database: str) -> None:
    entries = await three_entries()
    await unlock("ledger_posting")
    await db.execute("UPDATE ledger_posting SET amount = amount + 1 WHERE entry_id = ? AND amount > 0", entries[2].id)

    assert await found() == [
        f"entry {entries[2].id} does not balance: 1 PTS too much",
        "the balance of customer_points 2 is 45 PTS, its entries say 46",
    ]


async def test_a_balance_that_was_made_to_differ_is_named(database: str) -> None:
    await three_entries()
    await db.execute("UPDATE ledger_balance SET amount = amount + 1000 WHERE amount = 60")

    assert await found() == ["the balance of customer_points 1 is 1060 PTS, its entries say 60"]


async def test_a_balance_that_was_removed_is_named(database: str) -> None:
    await three_entries()
    await db.execute("DELETE FROM ledger_balance WHERE amount = 60")

    assert await found() == ["the balance of customer_points 1 is 0 PTS, its entries say 60"]


async def test_an_entry_that_was_emptied_is_named(database: str) -> None:
    entries = await three_entries()
    await unlock("ledger_posting")
    await db.execute("DELETE FROM ledger_posting WHERE entry_id = ?", entries[2].id)

    assert f"entry {entries[2].id} moves nothing" in await found()


async def test_a_past_that_was_changed_in_balance_breaks_the_chain(database: str) -> None:
    entries = await three_entries()
    await ledger.seal()
    await unlock("ledger_posting")
    await db.execute("UPDATE ledger_posting SET amount = amount * 2 WHERE entry_id = ?", entries[2].id)
    await db.execute("UPDATE ledger_balance SET amount = 50 WHERE amount = 45")

    assert await found() == [f"the chain breaks at number 3 (entry {entries[2].id})"]


async def test_a_number_that_was_taken_out_breaks_the_chain(database: str) -> None:
    entries = await three_entries()
    await ledger.seal()
    await unlock("ledger_seal")
    await db.execute("DELETE FROM ledger_seal WHERE seq = 2")

    assert await found() == [
        f"entry {entries[1].id} has no number, and waits for none",
        f"the chain breaks at number 3 (entry {entries[2].id})",
    ]


async def test_a_balance_below_zero_is_named_where_the_database_let_it_pass(database: str) -> None:
    await three_entries()
    if db.dialect() == "postgres":
        await db.execute("ALTER TABLE ledger_balance DROP CONSTRAINT ledger_balance_amount_check")
    else:
        await db.execute("PRAGMA ignore_check_constraints = ON")
    await db.execute("UPDATE ledger_balance SET amount = -1 WHERE amount = 60")

    assert "the balance of customer_points 1 is below zero: -1 PTS" in await found()


async def many_entries(number: int) -> None:
    """Entries of the shop with itself."""
    issued = (await db.rows("SELECT COALESCE(MAX(id), 0) AS id FROM ledger_account"))[0]["id"] + 1
    async with db.tx():
        await db.execute(
            "INSERT INTO ledger_account (id, kind, owner, unit, may_go_negative) VALUES (?, 'test', 0, 'PTS', 1)",
            issued,
        )
        await db.many(
            "INSERT INTO ledger_entry (id, kind, key, cause, actor, at) VALUES (?, 'test', ?, 'a test', 'shop', 0)",
            [(entry, f"entry {entry}") for entry in range(1, number + 1)],
        )
        await db.many(
            "INSERT INTO ledger_posting (entry_id, account_id, amount) VALUES (?, ?, ?)",
            [(entry, issued, amount) for entry in range(1, number + 1) for amount in (7, -7)],
        )
