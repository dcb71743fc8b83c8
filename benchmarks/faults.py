"""The shop is killed again and again while visitors search, check out, join groups, take back, and an agent settles.

`make faults KILLS=500 DATABASE_URL=... SEED=...`: the real `serve` in a process of its own, kill -9 at random moments, and
opened again. Every wish has its own number and is sent until it is answered. At the end each is looked for: in the chat, in the
shop's tables and at the payment provider. The last line counts what is not as it must be; the exit code is 1 when anything is.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlparse

import asyncpg

from benchmarks import reckoning
from benchmarks.figures import remark
from benchmarks.patient import Agent, House, Lost, Visitor, buttons
from shop import running
from shop.demo import preparing
from storefront import catalog, groupbuy, orders, search, staff
from storefront.kernel import db, events
from storefront.kernel.settings import Settings
from tests.support import postgres

ROOT = Path(__file__).parents[1]
_GOODS = ROOT / "tests" / "journeys" / "goods.jsonl"
_PIECES = 1_000_000
_PASSWORD = "paper boats at dawn"
_OPEN_WITHIN_S = 90.0
# Now and then the shop is killed while it opens.
_WHILE_OPENING = 0.1
_LIVES_AT_MOST_S = 2.5
# As often all connections to PostgreSQL are cut, ours too, and the shop goes on for a while before it is killed.
_CUT_BEFORE = 0.3
_CUT = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)


@dataclass
class Run:
    """One run: where it is, what it is seeded with, and what has come of it so far."""

    folder: Path
    url: str
    chance: random.Random
    house: House
    agent: Agent
    visitors: list[Visitor] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    process: asyncio.subprocess.Process | None = None
    closing: bool = False


async def measure(*, folder: Path, url: str, kills: int, seed: int, crowd: int = 6) -> Counter[str]:
    """Stock a shop in this empty database, have it killed so many times among so many at once; returns what came of it."""
    port = _free_port()
    await _stock(folder, url, port)
    await db.connect(url)
    house = House(f"http://127.0.0.1:{port}")
    agent = Agent(house, "mei", _PASSWORD)
    run = Run(folder, url, random.Random(seed), house, agent)
    try:
        async with contextlib.AsyncExitStack() as stack:
            people = [asyncio.create_task(_come_and_go(run, stack, f"{seed}:{number}")) for number in range(crowd)]
            try:
                await _lives(run, kills)
                await _last_life(run, people)
            finally:
                for one in people:
                    one.cancel()
                await asyncio.gather(*people, return_exceptions=True)
                await agent.__aexit__()
                if run.process is not None and run.process.returncode is None:
                    run.process.kill()
                    await run.process.wait()
    finally:
        events.listen({})
        await db.disconnect()
    return run.told


async def _lives(run: Run, kills: int) -> None:
    """The shop opens and is killed, so many times."""
    for number in range(1, kills + 1):
        process = await _started(run)
        if run.chance.random() < _WHILE_OPENING:
            await asyncio.sleep(run.chance.uniform(0.1, 2))
            run.told["killed while opening"] += 1
        else:
            await _opened(run, process)
            await asyncio.sleep(run.chance.uniform(0, _LIVES_AT_MOST_S))
            if db.dialect() == "postgres" and run.chance.random() < _CUT_BEFORE:
                run.told["connections cut"] += await _cut(run.url)
                await asyncio.sleep(run.chance.uniform(0, _LIVES_AT_MOST_S))
            async with asyncio.timeout(30):
                while not run.house.waiting:
                    await asyncio.sleep(0.01)
        assert process.returncode is None, f"the shop ended by itself: {_errors(run)}"
        process.kill()
        code = await process.wait()
        assert code == -signal.SIGKILL, f"the fault did not fire: {code}"
        run.house.killed_at.append(time.time())
        run.told["kills"] += 1
        run.told["with people waiting"] += run.house.waiting > 0
        left = await _rows(
            "SELECT (SELECT COUNT(*) FROM inbox WHERE state = 'pending') AS updates,"
            " (SELECT COUNT(*) FROM outbox WHERE state = 'pending') AS letters"
        )
        run.told["with updates unhandled"] += left[0]["updates"] > 0
        run.told["with letters unsent"] += left[0]["letters"] > 0
        if number % 10 == 0:
            remark(f"{number} kills, {len(run.visitors)} visitors, {run.told['journeys']} journeys ended")
        if number % 50 == 0:
            run.told["violations"] += await _verified(run)


async def _last_life(run: Run, people: list["asyncio.Task[None]"]) -> None:
    """The shop opens and is left alone: everybody ends what she is at, and what came of it all is looked at."""
    run.closing = True
    process = await _started(run)
    await _opened(run, process)
    await asyncio.gather(*people)
    await _quiet()
    run.told["violations"] += await _verified(run)
    found = await reckoning.reckoned(run.folder, run.url, run.visitors, run.house.killed_at)
    for line in found.told:
        remark(line)
    run.told.update(found.counted)
    run.told["asked again after an error of the server's"] = run.house.troubles
    process.terminate()
    run.told["violations"] += await process.wait() != 0


async def _come_and_go(run: Run, stack: contextlib.AsyncExitStack, seed: str) -> None:
    """One after the other, until the shop is left alone: somebody new comes, and wishes one thing."""
    chance = random.Random(seed)
    journeys = (_searches, _buys, _buys, _join, _takes_back, _complains, _asks)
    while not run.closing:
        journey: Callable[[Run, Callable[[], Coroutine[Any, Any, Visitor]]], Coroutine[Any, Any, None]]
        journey = chance.choice(journeys)

        async def comes() -> Visitor:
            visitor = await stack.enter_async_context(Visitor(run.house))
            run.visitors.append(visitor)
            return visitor

        try:
            await journey(run, comes)
        except Lost as lost:
            run.told["lost"] += 1
            remark(f"lost: {journey.__name__}: {lost}")
        run.told["journeys"] += 1


Comes = Callable[[], Coroutine[Any, Any, Visitor]]


async def _searches(run: Run, comes: Comes) -> None:
    visitor = await comes()
    for number in range(3):
        word = _word(visitor, number)
        visitor.wished.said.append(word)
        await visitor.say(word)
        await visitor.sees(f"“{word}”")


async def _buys(run: Run, comes: Comes) -> None:
    await _bought(await comes(), "1,000 points")


async def _takes_back(run: Run, comes: Comes) -> None:
    visitor = await comes()
    await _bought(visitor, "1,000 points")
    for label in ("Show the order", "Cancel and get it back", "It takes too long", "Yes, cancel it"):
        await visitor.press(label)
    visitor.wished.given_back, visitor.wished.cases = True, 1  # a case that is decided at once
    await visitor.sees("is on its way back to you")
    await visitor.say("/points")
    await visitor.sees("You have 2,310 points.")


async def _join(run: Run, comes: Comes) -> None:
    leader, friend = await comes(), await comes()
    await leader.say("rice")
    await leader.press("1")
    await leader.press("Start a group for")
    await leader.pay()
    leader.wished.seats = 1
    message = await leader.sees("waits for its group")
    share = next(button["url"] for button in buttons(message) if "Share" in button["text"])
    link = urlparse(unquote(parse_qs(urlparse(share).query)["url"][0]))
    await friend.say(f"/start {parse_qs(link.query)['start'][0]}")
    await friend.press("Join for")
    await friend.pay()
    friend.wished.seats = 1
    await asyncio.gather(*(one.sees("Your group is complete") for one in (leader, friend)))


async def _complains(run: Run, comes: Comes) -> None:
    visitor = await comes()
    await _bought(visitor)
    order = (await _mine(visitor, "SELECT o.id FROM orders o JOIN channel c ON c.person_id = o.person_id"))["id"]
    await _deliver(order)
    await visitor.sees("is delivered")
    for label in ("Show the order", "Something is wrong", "It is damaged", "Give back what I paid"):
        await visitor.press(label)
    await visitor.sees("Send photos, or write more about it")
    await visitor.say("The bag is torn")
    visitor.wished.cases = 1
    await visitor.sees("We have it: somebody looks at it")
    case = await _case(visitor)
    await _is_answered(run, visitor, case)
    await run.agent.give(case)
    visitor.wished.given_back = True
    await visitor.sees("is on its way back to you")


async def _asks(run: Run, comes: Comes) -> None:
    visitor = await comes()
    await visitor.say("/help")
    await visitor.press("Talk to somebody")
    await visitor.sees("?")
    await visitor.say("Do you sell on Sundays?")
    visitor.wished.cases = 1
    await _is_answered(run, visitor, await _case(visitor))


async def _bought(visitor: Visitor, *points: str) -> None:
    await visitor.say("rice")
    for label in ("1", "Buy", *points):
        await visitor.press(label)
    for chosen in points:
        # The card says so together with the link to the invoice that is paid then.
        await visitor.find(f"● {chosen}")
    await visitor.pay()
    await visitor.sees("Paid. Order")


async def _is_answered(run: Run, visitor: Visitor, case: int) -> None:
    text = f"We look into it, {_word(visitor, 9)}"
    visitor.wished.answers.append(text)
    await run.agent.answer(case, text)
    await visitor.sees(text)


async def _case(visitor: Visitor) -> int:
    sql = "SELECT s.id FROM support_case s JOIN channel c ON c.person_id = s.person_id AND s.state <> 'draft'"
    return int((await _mine(visitor, sql))["id"])


async def _deliver(order_id: int) -> None:
    for _ in range(20):
        with contextlib.suppress(*_CUT):
            if (await orders.find(order_id)).state != "delivered":
                await orders.step(order_id=order_id, to_state="delivered", actor="staff:1", cause="handed over")
            return
        await asyncio.sleep(0.2)


async def _rows(sql: str, *values: object) -> list[dict[str, Any]]:
    """As `db.rows`, however often the connection is cut."""
    for _ in range(20):
        with contextlib.suppress(*_CUT):
            return await db.rows(sql, *values)
        await asyncio.sleep(0.2)
    return await db.rows(sql, *values)


async def _mine(visitor: Visitor, sql: str) -> dict[str, Any]:
    began = time.time()
    while not (found := await _rows(f"{sql} WHERE c.user_id = ?", visitor.id)):
        if not visitor.house.patience_left(began):
            raise Lost(f"no row: {sql}")
        await asyncio.sleep(0.1)
    return found[0]


def _word(visitor: Visitor, number: int) -> str:
    """A word that nothing is called, and nobody else says."""
    return "zq" + "".join("bdfghjklmn"[int(digit)] for digit in f"{visitor.id % 10**6}{number}")


# --- the shop


async def _started(run: Run) -> asyncio.subprocess.Process:
    with (run.folder / "stderr").open("ab") as errors:
        run.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "shop.cli", "serve"),
            cwd=run.folder,
            env=_environment(run.folder, run.url, urlparse(run.house.address).port or 0),
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
    return run.process


async def _opened(run: Run, process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    async with asyncio.timeout(_OPEN_WITHIN_S):
        while line := await process.stdout.readline():
            if b"Ctrl-C" in line:
                break
        else:
            raise AssertionError(f"the shop does not open: {_errors(run)}")
    if not run.agent.done:
        await run.agent.__aenter__()


def _errors(run: Run) -> str:
    return (run.folder / "stderr").read_text()[-2000:]


async def _verified(run: Run) -> int:
    """How many findings `pindan verify` has, while the shop is open or dead."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "shop.cli", "verify", "--json"),
        cwd=run.folder,
        env=_environment(run.folder, run.url, 0),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode in (0, 1), err.decode()
    findings = [found for check in json.loads(out)["checks"] for found in check["findings"]]
    for found in findings:
        remark(f"violation: {found['told']}")
    return len(findings)


def _environment(folder: Path, url: str, port: int) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    told = {"DATA_DIR": str(folder), "DATABASE_URL": url, "PORT": str(port), "WELCOME_POINTS": "2310"}
    return {**kept, **told, "PYTHONPATH": str(ROOT), "HOME": str(folder), "DESK_CODES": "false"}


async def _cut(url: str) -> int:
    """Cut every connection to the database but this one; returns how many there were."""
    connection = await asyncpg.connect(url)
    try:
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        cut = int(await connection.fetchval(f"SELECT COUNT(pg_terminate_backend(pid)) {others}"))
    finally:
        await connection.close()
    assert cut > 0, "the fault did not fire: nobody is connected"
    return cut


async def _quiet() -> None:
    """Wait until all that came is handled, all that was said has left, and all money has arrived."""
    waiting = (
        "SELECT 1 FROM inbox WHERE state = 'pending' UNION ALL SELECT 1 FROM outbox WHERE state = 'pending'"
        " UNION ALL SELECT 1 FROM charge WHERE state = 'received'"
        " UNION ALL SELECT 1 FROM refund WHERE state IN ('intended', 'sent')"
    )
    async with asyncio.timeout(180):
        while await _rows(waiting):
            await asyncio.sleep(0.2)


async def _stock(folder: Path, url: str, port: int) -> None:
    """Goods, branches, groups of two, and Mei at the desk."""
    settings = Settings.model_validate({"port": port, "data_dir": folder, "database_url": url, "welcome_points": 2310})
    await running.open_database(settings)
    assert not await db.rows("SELECT 1 FROM person LIMIT 1"), "this database is somebody's shop: choose an empty one"
    await preparing.open_branches(settings)
    rows = catalog.read_rows(_GOODS, catalog.Source())
    await catalog.import_rows([(at, replace(row, stock=_PIECES)) for at, row in rows], on_items=search.index)
    now = datetime.now(UTC)
    lasting = {"starts": now - timedelta(minutes=1), "ends": now + timedelta(days=7), "minutes": 1440}
    terms = {"code": "RICE", "sku": "rice-5", "size": 2, "price_minor": 3990, **lasting}
    told = groupbuy.CampaignsTold.model_validate({"campaigns": [terms]})
    await groupbuy.load(told=told, currency=settings.currency, timezone="UTC")
    who = await staff.add(login="mei", name="Mei", role="lead")
    code = await staff.invite(staff_id=who.id, actor="operator")
    await staff.accept(code=code, password=_PASSWORD, totp_secret=None, totp_code="")
    await db.disconnect()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def summary(told: Counter[str]) -> str:
    """The last line of a run."""
    return "faults: " + " ".join(
        f"{name} {told[name]}" for name in ("kills", "lost", "twice", "duplicates", "violations")
    )


@contextlib.asynccontextmanager
async def _database(folder: Path, given: str) -> AsyncIterator[str]:
    """The database that was named; none: a SQLite file; `postgres`: a server of its own, which keeps what it commits."""
    if given != "postgres":
        yield given or f"sqlite:///{folder / 'shop.sqlite3'}"
        return
    binaries = postgres.binaries()
    if binaries is None:
        raise SystemExit("DATABASE_URL=postgres: there is no PostgreSQL here; install it, or set PG_BIN")
    with postgres.server(binaries, durable=True) as server:
        connection = await asyncpg.connect(server)
        await connection.execute("CREATE DATABASE shop")
        await connection.close()
        yield server.removesuffix("postgres") + "shop"


async def main() -> int:
    """What `make faults` does; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument(
        "--database-url", default="", help="an empty one; none: SQLite; `postgres`: a server of its own"
    )
    wish = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if wish.seed is None else wish.seed
    with tempfile.TemporaryDirectory(prefix="pindan-faults-", ignore_cleanup_errors=True) as place:
        async with _database(Path(place), wish.database_url) as url:
            remark(f"SEED={seed} KILLS={wish.kills} on {urlparse(url).scheme}")
            told = await measure(folder=Path(place), url=url, kills=wish.kills, seed=seed)
    for name, count in sorted(told.items()):
        remark(f"{name}: {count}")
    sys.stdout.write(f"{summary(told)}\n")
    return int(any(told[name] for name in ("lost", "twice", "duplicates", "violations")))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
