"""The desk under load: 500 cases settled while it is killed again and again, and the queue page among 100,000 cases."""

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from benchmarks import desk
from benchmarks.figures import databases, figure, folder, remark
from storefront import people, staff, support
from storefront.app import build
from storefront.kernel import clock, db, events
from storefront.kernel.settings import Settings

_NAMES = ("kills", "cases", "decided", "refused", "refunds", "wrong", "silent", "findings")
_PASSWORD = "paper boats at dawn"


async def measure(cases: int = 500, kills: int = 20, queue: int = 100_000) -> None:
    """Print how many cases were settled a second through how many deaths, and how long the queue page takes."""
    with folder() as place:
        async with databases(place) as found:
            for dialect, url in found.items():
                await db.connect(url)
                await db.migrate()
                await desk.stock(cases)
                began = time.perf_counter()
                told = await desk.rush(Path(place), url, kills)
                figure(f"{dialect}_cases_settled", cases / (time.perf_counter() - began), "cases/s")
                remark(f"{dialect}: {', '.join(f'{told[name]} {name}' for name in _NAMES)}")
                events.listen({})
                await queue_page(dialect, queue)
                (Path(place) / "bank.jsonl").unlink()
                await db.disconnect()


async def queue_page(dialect: str, count: int) -> None:
    """Print how long the queue page takes among so many more cases, and its search."""
    person = (await people.welcome(name="Ann", language="en")).id
    first = int((await db.rows("SELECT COALESCE(MAX(id), 0) AS n FROM support_case"))[0]["n"]) + 1
    at = clock.now()
    numbers = range(first, first + count)
    await db.many(
        "INSERT INTO support_case (id, person_id, state, reason, wanted, at, opened_at, asked_at, due_at, ended_at)"
        " VALUES (?, ?, ?, 'other', 'answer', ?, ?, ?, ?, ?)",
        [
            (n, person, "open" if n % 10 else "closed", at, at, at, at + n * 1000, None if n % 10 else at + n)
            for n in numbers
        ],
    )
    await db.many(
        "INSERT INTO support_message (case_id, author, text, at) VALUES (?, 'customer', ?, ?)",
        [(n, f"Where is my parcel number {n}?", at) for n in numbers],
    )
    who = await staff.add(login="bench", name="Bench", role="lead")
    code = await staff.invite(staff_id=who.id, actor="operator")
    await staff.accept(code=code, password=_PASSWORD, totp_secret=None, totp_code="")
    settings = Settings(_env_file=None, desk_codes=False)  # type: ignore[call-arg]
    async with TestClient(TestServer(build(settings, ready=lambda: True))) as client:
        await client.post("/desk/sign-in", data={"login": "bench", "password": _PASSWORD})
        floor = await _p95(lambda: db.rows("SELECT * FROM support_case ORDER BY id LIMIT ?", support.PER_PAGE))
        for name, address in (("all", "/desk?view=all"), ("ended", "/desk?view=ended"), ("search", "/desk?q=99999")):
            spent = await _p95(lambda address=address: _page(client, address))  # type: ignore[misc]
            figure(f"{dialect}_queue_{name}_p95", spent * 1000, "ms", floor * 1000)


async def _page(client: TestClient[Any, Any], address: str) -> None:
    async with client.get(address) as response:
        assert response.status == 200
        await response.read()


async def _p95(work: Callable[[], Awaitable[Any]], times: int = 60) -> float:
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        await work()
        spent.append(time.perf_counter() - began)
    return sorted(spent)[int(times * 0.95)]
