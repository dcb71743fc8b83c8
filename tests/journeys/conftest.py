"""An open shop with a few goods, on both databases, driven over HTTP as a browser would; every Bot API call is recorded."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from shop import running
from shop.audit_commands import CHECKS
from shop.demo import preparing
from shop.running import Shop
from storefront import catalog, files, search
from storefront.catalog import Source
from storefront.kernel import db
from storefront.kernel.settings import Settings
from tests.support import tools

GOODS = Path(__file__).with_name("goods.jsonl")
CHECKER = Path(__file__).parents[2].parent / "shared" / "tools" / "botapi" / "botapi_check.py"
_WAITING = "SELECT 1 FROM inbox WHERE state = 'pending' UNION ALL SELECT 1 FROM outbox WHERE state = 'pending' LIMIT 1"
_UNDECIDED = (
    "SELECT 1 FROM charge c LEFT JOIN refund r ON r.charge_id = c.id"
    " WHERE c.state = 'received' OR (c.state = 'to_refund' AND r.state <> 'done')"
)
OpenShop = Callable[..., AbstractAsyncContextManager[Shop]]


@pytest.fixture
def open_shop(url: str, tmp_path: Path) -> OpenShop:
    """Opens the shop of this test's database; called again, the same shop after a restart."""

    @asynccontextmanager
    async def open_(*, limits: bool = True, **changes: Any) -> AsyncIterator[Shop]:
        told: dict[str, Any] = {"port": 0, "welcome_points": 2310, "data_dir": tmp_path, "database_url": url, **changes}
        settings = Settings.model_validate(told)
        await _stock(settings)
        async with (
            _recorder(tmp_path, limits=limits) as relay,
            running.opened(settings, limits=limits, relay=relay) as shop,
        ):
            yield shop
            await settled()
            await _books_are_right()

    return open_


@pytest.fixture
async def shop(open_shop: OpenShop) -> AsyncIterator[Shop]:
    """An open shop."""
    async with open_shop() as opened:
        yield opened


async def _stock(settings: Settings) -> None:
    await running.open_database(settings)
    try:
        if not await catalog.newest(1):
            await preparing.open_branches(settings)
            await catalog.import_rows(catalog.read_rows(GOODS, Source()), on_items=search.index)
            picture = await files.keep(content=_picture(), mime="image/jpeg")
            for photo in await catalog.photos_without_file(10):
                await catalog.set_photo(item_id=photo.item_id, position=photo.position, file_hash=picture)
    finally:
        await db.disconnect()


def _picture() -> bytes:
    from shop.demo import pictures

    return pictures.draw({"picture": {"shape": "sack", "color": "#d9b26a", "label": "大米"}})


async def settled() -> None:
    """Wait until everything that came is handled, and everything that was said has left."""
    async with asyncio.timeout(30):
        while await db.rows(_WAITING):  # noqa: ASYNC110  (neither queue tells when it is empty)
            await asyncio.sleep(0.05)


async def money_kept() -> int:
    """What customers have paid when all that was too much has gone back."""
    async with asyncio.timeout(30):
        while await db.rows(_UNDECIDED):  # noqa: ASYNC110  (a job of the shop decides, and tells nobody here)
            await asyncio.sleep(0.1)
    kept = await db.rows("SELECT SUM(amount_minor) AS n FROM charge WHERE state = 'applied'")
    return int(kept[0]["n"])


async def _books_are_right() -> None:
    assert {name: found for name, check in CHECKS.items() if (found := [finding async for finding in check()])} == {}
    unbalanced = await db.rows(
        "SELECT a.unit, SUM(p.amount) AS amount FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id"
        " GROUP BY a.unit HAVING SUM(p.amount) <> 0"
    )
    assert unbalanced == []
    assert await db.rows("SELECT payload FROM inbox WHERE state = 'dead'") == [], "what came was given up"
    assert await db.rows("SELECT reference FROM inbox WHERE attempts > 0") == [], "an update crashed"
    dead = await db.rows("SELECT kind, error FROM outbox WHERE state = 'dead'")
    assert dead == [], "what was said reached nobody"


@asynccontextmanager
async def _recorder(folder: Path, *, limits: bool) -> AsyncIterator[Callable[[str], Awaitable[str]]]:
    """Records every call of the bot and has it judged by Telegram's rules, where the checker is at hand."""
    if not CHECKER.exists():
        yield running.direct
        return
    trace, processes = folder / "trace.jsonl", []

    async def relay(api: str) -> str:
        port = _free_port()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(CHECKER), "proxy", "--upstream", api, "--port", str(port), "--trace", str(trace)),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        processes.append(process)
        for _ in range(200):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return f"http://127.0.0.1:{port}"
        raise AssertionError("the recorder does not start")

    try:
        yield relay
    finally:
        for process in processes:
            process.terminate()
            await process.wait()
    checked = await asyncio.create_subprocess_exec(
        *(sys.executable, str(CHECKER), "check", str(trace), "--min", "E"), stdout=asyncio.subprocess.PIPE
    )
    told = (await checked.communicate())[0].decode()
    # Where the limits are lifted, how often we write is nothing to be judged.
    errors = [line for line in told.splitlines() if line.startswith("E ") and (limits or "[seq-rate" not in line)]
    assert errors == [], "Telegram would not take this"
    assert "lines," in told, told


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="session", autouse=True)
def checker_is_there() -> None:
    """Say so when the bot's calls are not judged by Telegram's rules."""
    if not CHECKER.exists():
        tools.note("the Bot API checker: journeys run without it")
