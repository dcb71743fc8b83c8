"""Transactions: all or nothing, at any moment of a cancellation, on both databases."""

import asyncio
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest

from storefront.kernel import db
from tests.support.cancelling import cancelled_at

ADDER = Path(__file__).parent / "adder.py"


async def amount(owner: str) -> int:
    return int((await db.rows("SELECT amount FROM purse WHERE owner = ?", owner))[0]["amount"])


@db.transaction
async def give(*, sender: str, receiver: str, points: int) -> None:
    await db.execute("UPDATE purse SET amount = amount - ? WHERE owner = ?", points, sender)
    await db.execute("UPDATE purse SET amount = amount + ? WHERE owner = ?", points, receiver)


async def test_what_is_done_in_a_transaction_is_kept(purses: str) -> None:
    await give(sender="Ann", receiver="Bob", points=30)

    assert (await amount("Ann"), await amount("Bob")) == (70, 130)


async def test_an_error_undoes_all_of_a_transaction(purses: str) -> None:
    with pytest.raises(LookupError):
        async with db.tx():
            await give(sender="Ann", receiver="Bob", points=30)
            raise LookupError

    assert (await amount("Ann"), await amount("Bob")) == (100, 100)


async def test_a_purse_cannot_be_overdrawn(purses: str) -> None:
    with pytest.raises(db.IntegrityError):
        await give(sender="Ann", receiver="Bob", points=101)

    assert (await amount("Ann"), await amount("Bob")) == (100, 100)


async def test_a_verb_inside_a_transaction_joins_it(purses: str) -> None:
    with pytest.raises(LookupError):
        async with db.tx(), db.tx():
            await give(sender="Ann", receiver="Bob", points=30)
            raise LookupError

    assert await amount("Ann") == 100


async def test_a_savepoint_undoes_only_what_is_inside(purses: str) -> None:
    async with db.tx():
        await give(sender="Ann", receiver="Bob", points=1)
        with pytest.raises(db.IntegrityError):
            async with db.savepoint():
                await give(sender="Ann", receiver="Bob", points=10)
                await give(sender="Ann", receiver="Bob", points=1000)
        await give(sender="Ann", receiver="Bob", points=2)

    assert (await amount("Ann"), await amount("Bob")) == (97, 103)


async def test_savepoints_nest(purses: str) -> None:
    async with db.tx(), db.savepoint():
        await give(sender="Ann", receiver="Bob", points=1)
        with pytest.raises(LookupError):
            async with db.savepoint():
                await give(sender="Ann", receiver="Bob", points=10)
                raise LookupError

    assert await amount("Ann") == 99


async def test_a_savepoint_needs_a_transaction(purses: str) -> None:
    with pytest.raises(RuntimeError, match="inside a transaction"):
        async with db.savepoint():
            pass


async def test_an_error_caught_without_a_savepoint_keeps_nothing(purses: str) -> None:
    async def pay_and_shrug() -> None:
        async with db.tx():
            await give(sender="Ann", receiver="Bob", points=1)
            with pytest.raises(db.IntegrityError):
                await give(sender="Ann", receiver="Bob", points=1000)

    with pytest.raises(RuntimeError, match="caught without"):
        await pay_and_shrug()

    assert await amount("Ann") == 100


async def test_after_the_commit_comes_after_the_commit(purses: str) -> None:
    told: list[str] = []

    async with db.tx():
        async with db.tx():
            db.after_commit(lambda: told.append("kept"))
        assert told == []

    assert told == ["kept"]


async def test_what_is_rolled_back_tells_nobody(purses: str) -> None:
    told: list[str] = []

    with pytest.raises(LookupError):
        async with db.tx():
            db.after_commit(lambda: told.append("kept"))
            raise LookupError
    async with db.tx():
        with pytest.raises(LookupError):
            async with db.savepoint():
                db.after_commit(lambda: told.append("kept"))
                raise LookupError

    assert told == []


async def test_outside_a_transaction_after_commit_is_now(purses: str) -> None:
    told: list[str] = []

    db.after_commit(lambda: told.append("now"))

    assert told == ["now"]


async def test_one_that_fails_to_be_told_does_not_undo_the_commit(purses: str) -> None:
    told: list[str] = []

    async with db.tx():
        await give(sender="Ann", receiver="Bob", points=1)
        db.after_commit(lambda: told.append(str(1 // 0)))
        db.after_commit(lambda: told.append("second"))

    assert (await amount("Ann"), told) == (99, ["second"])


async def test_a_cancelled_transaction_is_whole_or_nothing_at_every_step(purses: str) -> None:
    async def give_one(told: list[str]) -> None:
        async with db.tx():
            db.after_commit(lambda: told.append("kept"))
            await give(sender="Ann", receiver="Bob", points=1)
            await asyncio.sleep(0)

    given, step, reached = 0, 0, True
    while reached:
        step += 1
        told: list[str] = []
        reached, _ = await cancelled_at(step, give_one(told))
        given += len(told)
        assert (await amount("Ann"), await amount("Bob")) == (100 - given, 100 + given)
        await give(sender="Ann", receiver="Bob", points=0)

    assert step > 2
    assert given >= 2, "cancelled while it committed, and not cancelled at all: both are kept"


async def test_a_cancelled_savepoint_leaves_a_working_database(purses: str) -> None:
    async def give_one() -> None:
        async with db.tx():
            with pytest.raises(LookupError):
                async with db.savepoint():
                    await give(sender="Ann", receiver="Bob", points=50)
                    await asyncio.sleep(0)
                    raise LookupError
            await give(sender="Ann", receiver="Bob", points=1)

    step, reached = 0, True
    while reached:
        step += 1
        reached, _ = await cancelled_at(step, give_one())
        assert await amount("Ann") + await amount("Bob") == 200

    assert await amount("Ann") > 50


async def test_cancelling_those_who_wait_for_their_turn_stops_nobody_else(purses: str) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with db.tx():
            await give(sender="Ann", receiver="Bob", points=1)
            begun.set()
            await go_on.wait()

    holding = asyncio.create_task(hold())
    await begun.wait()
    waiting = [asyncio.create_task(give(sender="Ann", receiver="Bob", points=1)) for _ in range(10)]
    await asyncio.sleep(0.02)
    for task in waiting[:9]:
        task.cancel()
    go_on.set()
    await asyncio.gather(holding, *waiting, return_exceptions=True)

    assert [task.cancelled() for task in waiting] == [True] * 9 + [False]
    assert await amount("Ann") == 98


async def test_a_task_started_inside_a_transaction_may_not_use_it(purses: str) -> None:
    async def meddle() -> None:
        await db.execute("UPDATE purse SET amount = 0")

    async with db.tx():
        task = asyncio.create_task(meddle())
        await asyncio.wait([task])
    late = asyncio.create_task(meddle())
    await late

    assert isinstance(task.exception(), RuntimeError)
    assert await amount("Ann") == 0


async def test_a_task_that_outlives_the_transaction_it_was_started_in_may_not_write_later(purses: str) -> None:
    go_on = asyncio.Event()

    async def meddle() -> None:
        await go_on.wait()
        await db.execute("UPDATE purse SET amount = 0")

    async with db.tx():
        task = asyncio.create_task(meddle())
    go_on.set()
    await asyncio.wait([task])

    assert isinstance(task.exception(), RuntimeError)
    assert await amount("Ann") == 100


async def test_a_spawned_task_is_outside_of_the_transaction(purses: str) -> None:
    with pytest.raises(LookupError):
        async with db.tx():
            await give(sender="Ann", receiver="Bob", points=30)
            spawned = db.spawn(give(sender="Bob", receiver="Ann", points=1))
            raise LookupError
    await spawned

    assert (await amount("Ann"), await amount("Bob")) == (101, 99)


async def test_closing_the_database_ends_what_was_spawned(purses: str) -> None:
    task = db.spawn(asyncio.sleep(60))

    await db.disconnect()

    assert task.cancelled()


async def test_pages_read_while_somebody_writes(purses: str) -> None:
    async with db.tx():
        await give(sender="Ann", receiver="Bob", points=30)
        seen = await asyncio.wait_for(db.spawn(amount("Ann")), 2)

    assert seen == 100


async def test_a_verb_that_ran_into_a_deadlock_is_done_again(purses: str) -> None:
    arrived: list[str] = []
    holding: set[str] = set()
    both = asyncio.Event()

    @db.transaction
    async def take_both(first: str, second: str) -> None:
        arrived.append(first)
        await db.execute("UPDATE purse SET amount = amount - 1 WHERE owner = ?", first)
        holding.add(first)
        if db.dialect() == "postgres":
            if len(holding) == 2:
                both.set()
            await both.wait()
        await db.execute("UPDATE purse SET amount = amount - 1 WHERE owner = ?", second)

    await asyncio.gather(take_both("Ann", "Bob"), take_both("Bob", "Ann"))

    assert (await amount("Ann"), await amount("Bob")) == (98, 98)
    assert len(arrived) == (3 if db.dialect() == "postgres" else 2)


async def test_a_hundred_at_once_lose_nothing(purses: str) -> None:
    await asyncio.gather(*(give(sender="Ann", receiver="Bob", points=1) for _ in range(100)))

    assert (await amount("Ann"), await amount("Bob")) == (0, 200)


async def test_two_processes_that_read_and_write_one_file_both_succeed(sqlite_purses_url: str) -> None:
    await db.connect(sqlite_purses_url)
    await db.execute("INSERT INTO purse (owner, amount) VALUES (?, ?)", "Ann", 0)

    def run() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(ADDER), sqlite_purses_url, "300"], stdout=subprocess.PIPE, text=True
        )

    adders = [run(), run()]
    answers = [json.loads((await asyncio.to_thread(adder.communicate, timeout=60))[0]) for adder in adders]

    assert answers == [{"added": 300, "failed": 0}] * 2
    assert await amount("Ann") == 600
    await db.disconnect()


def test_without_begin_immediate_the_second_writer_is_turned_away_at_once(sqlite_purses_url: str) -> None:
    def opened() -> sqlite3.Connection:
        return sqlite3.connect(sqlite_purses_url.removeprefix("sqlite:///"), isolation_level=None, timeout=10)

    with closing(opened()) as ann, closing(opened()) as bob:
        for each in (ann, bob):
            each.execute("BEGIN")
            each.execute("SELECT * FROM purse").fetchall()
        ann.execute("INSERT INTO purse (owner, amount) VALUES ('Ann', 1)")
        ann.execute("COMMIT")

        with pytest.raises(sqlite3.OperationalError, match="locked"):
            bob.execute("INSERT INTO purse (owner, amount) VALUES ('Bob', 1)")


async def test_a_lost_connection_does_not_stop_the_shop(postgres_purses_url: str) -> None:
    await db.connect(postgres_purses_url, pool=2)
    await db.execute("INSERT INTO purse (owner, amount) VALUES (?, ?)", "Ann", 5)

    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)):
        async with db.tx():
            await db.execute("UPDATE purse SET amount = 1")
            mine = await db.rows("SELECT pg_backend_pid() AS pid")
            await db.spawn(db.execute("SELECT pg_terminate_backend(?)", mine[0]["pid"]))
            await db.execute("UPDATE purse SET amount = 2")

    assert await amount("Ann") == 5
    await db.disconnect()


@pytest.mark.parametrize(
    "url",
    ["sqlite:///", "mysql://shop", "sqlite:////no/such/folder/shop.sqlite3", "postgres://nobody@127.0.0.1:1/shop"],
)
async def test_a_database_that_cannot_be_opened_is_said_in_one_line(url: str) -> None:
    with pytest.raises(db.CannotOpen) as refused:
        await db.connect(url)

    assert "\n" not in str(refused.value)


async def test_without_a_database_the_shop_says_so(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="connect first"):
        await db.execute("SELECT 1")

    await db.disconnect()
