"""Plain statements mean the same on both databases."""

import asyncio
import sqlite3
import time

import pytest

from storefront.kernel import db
from storefront.kernel.db.postgres import numbered


async def test_a_statement_says_how_many_rows_it_changed(purses: str) -> None:
    assert await db.execute("UPDATE purse SET amount = amount + 1") == 2
    assert await db.execute("UPDATE purse SET amount = amount - ? WHERE owner = ? AND amount >= ?", 1, "Ann", 1) == 1
    assert (
        await db.execute("UPDATE purse SET amount = amount - ? WHERE owner = ? AND amount >= ?", 999, "Ann", 999) == 0
    )
    assert await db.execute("INSERT INTO purse (owner, amount) VALUES (?, 0) ON CONFLICT DO NOTHING", "Ann") == 0
    assert await db.execute("INSERT INTO purse (owner, amount) VALUES (?, 0) ON CONFLICT DO NOTHING", "Mei") == 1
    assert await db.execute("DELETE FROM purse WHERE owner = ?", "Mei") == 1


async def test_it_says_so_inside_a_transaction_too(purses: str) -> None:
    async with db.tx():
        assert await db.execute("UPDATE purse SET amount = amount + 1 RETURNING id") == 2
        assert await db.execute("UPDATE purse SET amount = 0 WHERE owner = ?", "Nobody") == 0


@pytest.mark.parametrize("inside", [True, False])
async def test_returning_gives_the_rows(purses: str, inside: bool) -> None:
    async def insert() -> list[dict[str, object]]:
        return await db.rows("INSERT INTO purse (owner, amount) VALUES (?, ?) RETURNING id, owner", "Mei", 5)

    if inside:
        async with db.tx():
            made = await insert()
    else:
        made = await insert()

    assert made == [{"id": 3, "owner": "Mei"}]
    assert await db.rows("SELECT owner FROM purse WHERE id = ?", 3) == [{"owner": "Mei"}]


async def test_a_transaction_sees_what_it_wrote_and_others_do_not(purses: str) -> None:
    async with db.tx():
        await db.execute("UPDATE purse SET amount = 1 WHERE owner = ?", "Ann")
        mine = await db.rows("SELECT amount FROM purse WHERE owner = ?", "Ann")
        theirs = await db.spawn(db.rows("SELECT amount FROM purse WHERE owner = ?", "Ann"))

    assert (mine, theirs) == ([{"amount": 1}], [{"amount": 100}])


async def test_many_rows_are_written_all_or_none(purses: str) -> None:
    await db.many("INSERT INTO purse (owner, amount) VALUES (?, ?)", [(f"buyer {n}", n) for n in range(1000)])
    with pytest.raises(db.IntegrityError):
        await db.many("INSERT INTO purse (owner, amount) VALUES (?, ?)", [("Li", 1), ("Ann", 1)])
    await db.many("INSERT INTO purse (owner, amount) VALUES (?, ?)", [])

    assert await db.rows("SELECT count(*) AS n, sum(amount) AS total FROM purse") == [{"n": 1002, "total": 499_700}]


async def test_sums_of_whole_numbers_are_whole_and_averages_are_not(purses: str) -> None:
    found = await db.rows("SELECT sum(amount) AS total, avg(amount + 0.5) AS mean, sum(id) AS ids FROM purse")

    assert found == [{"total": 200, "mean": 100.5, "ids": 3}]
    assert isinstance(found[0]["total"], int)


async def test_a_question_mark_in_a_text_is_no_placeholder(purses: str) -> None:
    found = await db.rows("SELECT 'it''s what?' AS what, owner FROM purse WHERE owner = ? AND 'a?b' <> ?", "Ann", "x")

    assert found == [{"what": "it's what?", "owner": "Ann"}]
    assert numbered("a = ? AND b = '?''?' AND c = ?") == "a = $1 AND b = '?''?' AND c = $2"


async def test_bytes_flags_and_nothing_go_in_and_come_out(purses: str) -> None:
    await db.execute("UPDATE purse SET picture = ?, amount = ? WHERE owner = ?", b"\x00\xff", True, "Ann")

    found = await db.rows("SELECT picture, amount FROM purse ORDER BY id")

    assert found == [{"picture": b"\x00\xff", "amount": 1}, {"picture": None, "amount": 100}]


async def test_a_reference_to_nothing_is_refused(purses: str) -> None:
    with pytest.raises(db.IntegrityError):
        await db.execute("INSERT INTO note (purse_id) VALUES (?)", 77)


async def test_a_with_statement_that_writes_is_not_taken_for_a_read(purses: str) -> None:
    changed = await db.rows(
        "WITH rich AS (SELECT id FROM purse WHERE amount >= ?)"
        " UPDATE purse SET amount = 1 WHERE id IN (SELECT id FROM rich) RETURNING owner",
        100,
    )
    read = await db.rows("WITH all_of AS (SELECT * FROM purse) SELECT count(*) AS n FROM all_of WHERE amount = ?", 1)

    assert {row["owner"] for row in changed} == {"Ann", "Bob"}
    assert read == [{"n": 2}]


async def test_a_long_search_inside_a_transaction_stops_nobody(sqlite_purses_url: str) -> None:
    await db.connect(sqlite_purses_url)
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.001)
            ticks += 1

    ticking = asyncio.create_task(tick())
    async with db.tx():
        found = await db.browse(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT max(i) AS top FROM n",
            500_000,
        )
    ticking.cancel()

    assert found == [{"top": 500_000}]
    assert ticks > 5
    await db.disconnect()


async def test_another_process_that_keeps_the_file_locked_is_waited_for_and_blocks_no_reader(
    sqlite_purses_url: str,
) -> None:
    await db.connect(sqlite_purses_url)
    other = sqlite3.connect(sqlite_purses_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(db.execute("INSERT INTO purse (owner, amount) VALUES (?, ?)", "Ann", 1))

    began = time.monotonic()
    await db.rows("SELECT * FROM purse")
    read_after = time.monotonic() - began
    await asyncio.sleep(0.05)
    waited = not writing.done()
    other.execute("COMMIT")
    other.close()

    assert await writing == 1
    assert waited
    assert read_after < 1
    await db.disconnect()


async def test_what_the_disk_refuses_undoes_the_transaction_and_nothing_slips_in_after(sqlite_purses_url: str) -> None:
    await db.connect(sqlite_purses_url)

    with pytest.raises((sqlite3.OperationalError, RuntimeError)):
        async with db.tx():
            await db.execute("INSERT INTO purse (owner, amount) VALUES (?, ?)", "Ann", 1)
            pages = (await db.rows("PRAGMA page_count"))[0]["page_count"]
            await db.rows(f"PRAGMA max_page_count = {pages}")
            with pytest.raises(sqlite3.OperationalError, match="full"):
                await db.execute("INSERT INTO purse (owner, amount, picture) VALUES ('Bob', 1, zeroblob(100000))")
            await db.execute("INSERT INTO purse (owner, amount) VALUES (?, ?)", "Mei", 1)

    assert await db.rows("SELECT owner FROM purse") == []
    await db.disconnect()
