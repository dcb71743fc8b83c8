"""Orders per second through `orders.place`, next to the very same statements sent by the bare driver.

What one order says to the database is recorded once per draft; the floor replays it through aiosqlite or asyncpg, with the
numbers that the database gives out this time. Both run in the same minute, on copies of the same database.
"""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Collection, Sequence
from pathlib import Path
from typing import Any

import aiosqlite
import asyncpg

from benchmarks.figures import databases, figure, folder, per_second
from storefront import cart, delivery, messaging, orders, people, points
from storefront.kernel import clock, db, events
from storefront.kernel.db import transactions
from storefront.kernel.db.postgres import numbered
from storefront.reactions import reactions
from tests.support.market import POLICY, stocked

CLIENTS = {"sqlite": 32, "postgres": 8}
_GOODS = 100
# Each table counts from a number of its own, so that a number tells whose it is.
_FIRST = {"orders": 10**9, "ledger_entry": 2 * 10**9, "ledger_account": 3 * 10**9}

Statement = tuple[str, str, Sequence[Any], list[int]]
Script = list[Statement]
Draft = tuple[int, int, int]


async def measure(count: int = 400, rounds: int = 3) -> None:
    """Print orders/s with two lines, points and money, and their ratio to the bare driver: the median of a few rounds."""
    with folder() as place:
        async with databases(place) as found:
            for dialect, url in found.items():
                drafts = await _prepared(url, count)
                async with _copy(dialect, url, place, "recorded") as copied:
                    scripts = await _recorded(copied, drafts)
                ours, bare = [], []
                for number in range(rounds):
                    async with _copy(dialect, url, place, f"shop{number}") as copied:
                        ours.append(await _through_the_shop(copied, drafts, CLIENTS[dialect]))
                    async with _copy(dialect, url, place, f"bare{number}") as copied:
                        bare.append(await _BARE[dialect](copied, scripts, CLIENTS[dialect]))
                pairs = sorted(zip(ours, bare, strict=True), key=lambda pair: pair[0] / pair[1])
                shop, floor = pairs[len(pairs) // 2]
                figure(f"{dialect}_same_statements_by_the_bare_driver", floor, "orders/s")
                figure(f"{dialect}_orders_place", shop, "orders/s", floor)


async def _prepared(url: str, count: int) -> list[Draft]:
    """A shop with goods, and as many customers as there will be orders, each with a summary in front of her."""
    await db.connect(url)
    await db.migrate()
    events.listen(reactions(welcome_points=0))
    names = {"en": "South"}
    await delivery.add_place(code="south", kind="branch", names=names, address=names, hours={}, region="city")
    goods = [await stocked(f"thing {number}", 10**6, 4690, points_cap=2000) for number in range(_GOODS)]
    drafts = []
    for number in range(count):
        person = await people.welcome(name="Ann", language="en")
        await messaging.connect(bot_id=1, user_id=person.id, person_id=person.id, username=None)
        await points.grant(person_id=person.id, points=5000, cause="a benchmark", key=f"{number}")
        for key, variant in (("a", goods[number % _GOODS]), ("b", goods[(7 * number + 3) % _GOODS])):
            await cart.add(person_id=person.id, variant_id=variant, quantity=1, key=key)
        draft = await cart.draft(person_id=person.id, policy=POLICY)
        draft = await cart.change(person_id=person.id, checkout_id=draft.id, policy=POLICY, points_wanted=1000)
        drafts.append((person.id, draft.id, draft.revision))
    for table, first in _FIRST.items():
        if db.dialect() == "sqlite":
            await db.execute("DELETE FROM sqlite_sequence WHERE name = ?", table)
            await db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", table, first)
        else:
            await db.rows(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {first})")
    await db.disconnect()
    return drafts


async def _place(draft: Draft) -> None:
    person_id, checkout_id, revision = draft
    wish = {"person_id": person_id, "checkout_id": checkout_id, "revision": revision}
    order = await orders.place(**wish, provider="demo", policy=POLICY, hold_ms=30 * clock.MINUTE)
    assert (len(order.lines), order.points) == (2, 1000)


async def _through_the_shop(url: str, drafts: Sequence[Draft], clients: int) -> float:
    await db.connect(url, pool=clients)
    events.listen(reactions(welcome_points=0))
    try:
        return await per_second(_place, drafts, clients)
    finally:
        await db.disconnect()


class _Recorder:
    """A transaction that writes down what is said to the database, and which numbers it gave out."""

    def __init__(self, session: Any, script: Script) -> None:
        self._session, self._script = session, script

    async def execute(self, sql: str, values: Sequence[Any]) -> int:
        self._script.append(("execute", sql, values, []))
        return await self._session.execute(sql, values)

    async def rows(self, sql: str, values: Sequence[Any]) -> Any:
        found = await self._session.rows(sql, values)
        given = [row["id"] for row in found] if "RETURNING id" in sql else []
        self._script.append(("rows", sql, values, given))
        return found

    async def many(self, sql: str, values: Sequence[Sequence[Any]]) -> None:
        self._script.append(("many", sql, values, []))
        await self._session.many(sql, values)

    async def commit(self, wakes: Collection[str]) -> None:
        await self._session.commit(wakes)

    async def rollback(self) -> None:
        await self._session.rollback()


class _Recording:
    """The open database, with every transaction written down."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self.script: Script = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    async def begin(self) -> _Recorder:
        return _Recorder(await self._backend.begin(), self.script)


async def _recorded(url: str, drafts: Sequence[Draft]) -> list[Script]:
    await db.connect(url)
    events.listen(reactions(welcome_points=0))
    recording = _Recording(transactions.opened().backend)
    transactions.use(transactions.Database(recording))
    scripts = []
    for draft in drafts:
        recording.script = []
        await _place(draft)
        scripts.append(recording.script)
    await db.disconnect()
    return scripts


def _now(value: Any, given: dict[int, int]) -> Any:
    """A value with the numbers that were given out this time."""
    if isinstance(value, int):
        return given.get(value, value)
    if isinstance(value, str):
        for then, now in given.items():
            value = value.replace(str(then), str(now))
    return value


async def _bare_sqlite(url: str, scripts: Sequence[Script], clients: int) -> float:
    lock = asyncio.Lock()
    async with aiosqlite.connect(
        url.removeprefix("sqlite:///"), isolation_level=None, cached_statements=512
    ) as connection:
        for pragma in ("journal_mode = WAL", "foreign_keys = ON", "synchronous = FULL", "cache_size = -16000"):
            await connection.execute(f"PRAGMA {pragma}")

        async def replay(script: Script) -> None:
            given: dict[int, int] = {}
            async with lock:
                await connection.execute("BEGIN IMMEDIATE")
                for kind, sql, values, then in script:
                    if kind == "many":
                        await connection.executemany(sql, [[_now(value, given) for value in row] for row in values])
                        continue
                    cursor = await connection.execute(sql, [_now(value, given) for value in values])
                    found = await cursor.fetchall() if kind == "rows" else []
                    given.update(zip(then, [row[0] for row in found], strict=False))
                await connection.execute("COMMIT")

        return await per_second(replay, scripts, clients)


async def _bare_postgres(url: str, scripts: Sequence[Script], clients: int) -> float:
    translated = {sql: numbered(sql) for script in scripts for _, sql, _, _ in script}
    async with asyncpg.create_pool(url, min_size=clients, max_size=clients) as pool:

        async def replay(script: Script) -> None:
            given: dict[int, int] = {}
            async with pool.acquire() as connection, connection.transaction():
                for kind, sql, values, then in script:
                    told = translated[sql]
                    if kind == "many":
                        await connection.executemany(told, [[_now(value, given) for value in row] for row in values])
                    elif kind == "rows":
                        found = await connection.fetch(told, *[_now(value, given) for value in values])
                        given.update(zip(then, [row[0] for row in found], strict=False))
                    else:
                        await connection.execute(told, *[_now(value, given) for value in values])

        return await per_second(replay, scripts, clients)


_BARE = {"sqlite": _bare_sqlite, "postgres": _bare_postgres}


@contextlib.asynccontextmanager
async def _copy(dialect: str, url: str, place: Path, name: str) -> AsyncIterator[str]:
    """The prepared database once more."""
    if dialect == "sqlite":
        copied = place / f"{name}.sqlite3"
        shutil.copy(url.removeprefix("sqlite:///"), copied)
        yield f"sqlite:///{copied}"
        return
    server = await asyncpg.connect(url.rpartition("/")[0] + "/postgres")
    await server.execute(f"CREATE DATABASE {name} TEMPLATE {url.rpartition('/')[2]}")
    yield f"{url.rpartition('/')[0]}/{name}"
    await server.execute(f"DROP DATABASE {name}")
    await server.close()


if __name__ == "__main__":
    asyncio.run(measure())
