"""Transactions that come one upon the other share a COMMIT on SQLite; each stays whole or nothing, and knows how it ended."""

import asyncio
import sqlite3

from storefront.kernel import db
from storefront.kernel.db import IntegrityError


async def test_those_who_come_together_are_all_kept(purses: str) -> None:
    await asyncio.gather(*(_save("Mei", 1) if number == 7 else _take_one("Ann") for number in range(20)))

    assert await _amount("Ann") == 81
    assert await _amount("Mei") == 1


async def test_one_that_fails_undoes_nothing_of_those_it_came_with(purses: str) -> None:
    outcomes = await asyncio.gather(
        *(_take_one("Ann", fail=number % 3 == 0) for number in range(30)), return_exceptions=True
    )

    assert sum(isinstance(outcome, LookupError) for outcome in outcomes) == 10
    assert await _amount("Ann") == 80


async def test_whoever_was_too_late_finds_what_the_faster_one_wrote(purses: str) -> None:
    async def save_or_find() -> int:
        try:
            await _save("Mei", 5)
        except IntegrityError:
            return await _amount("Mei")
        return 5

    assert await asyncio.gather(*(save_or_find() for _ in range(12))) == [5] * 12


async def test_nobody_is_told_of_an_end_that_a_reader_does_not_see(purses: str) -> None:
    async def take_and_look() -> bool:
        await _take_one("Ann")
        return 100 - await _amount("Ann") >= next(count)

    count = iter(range(1, 31))

    assert all(await asyncio.gather(*(take_and_look() for _ in range(30))))


async def test_a_full_disk_fails_all_who_came_together_and_keeps_nothing_of_them(sqlite_purses_url: str) -> None:
    await db.connect(sqlite_purses_url)
    await _save("Ann", 100)
    pages = (await db.rows("PRAGMA page_count"))[0]["page_count"]
    async with db.tx():
        await db.rows(f"PRAGMA max_page_count = {pages}")

    outcomes = await asyncio.gather(
        *(_take_one("Ann") for _ in range(3)), _too_much(), _take_one("Ann"), return_exceptions=True
    )
    failed = [isinstance(outcome, sqlite3.OperationalError | RuntimeError) for outcome in outcomes]

    assert failed[3], "the disk is full"
    assert await _amount("Ann") == 100 - failed.count(False)
    await db.disconnect()


async def _take_one(owner: str, *, fail: bool = False) -> None:
    async with db.tx():
        await db.execute("UPDATE purse SET amount = amount - 1 WHERE owner = ?", owner)
        if fail:
            raise LookupError


async def _save(owner: str, amount: int) -> None:
    async with db.tx():
        await db.execute("INSERT INTO purse (owner, amount) VALUES (?, ?)", owner, amount)


async def _too_much() -> None:
    async with db.tx():
        await db.execute("INSERT INTO purse (owner, amount, picture) VALUES ('Bob', 1, zeroblob(1000000))")


async def _amount(owner: str) -> int:
    return int((await db.rows("SELECT amount FROM purse WHERE owner = ?", owner))[0]["amount"])
