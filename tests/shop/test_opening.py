"""The shop opens, says where, closes when told, and keeps what was there."""

import asyncio
import contextlib
import signal
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from storefront.kernel import db
from tests.support import process
from tests.support.visitor import Visitor, labels, text_of


async def test_the_demo_opens_stocked_although_its_first_start_was_broken_off_and_the_next_keeps_ann_and_her_order(
    tmp_path: Path,
) -> None:
    begun = await process.start(tmp_path, "demo", PORT=0, DATA_DIR=tmp_path)
    await _until_some_are_drawn(tmp_path)
    begun.send_signal(signal.SIGINT)
    told, _ = await begun.communicate()
    some = _files(tmp_path)

    async with process.opened(tmp_path, "demo") as shop, Visitor(shop.address) as ann:
        async with ann.session.get(f"{shop.address}/healthz") as answer:
            health = answer.status
        await ann.say("rice")
        await ann.press("1")
        await ann.press("Buy")
        await ann.pay("✅ Pay")
        await ann.sees("Paid. Order")
        said = await ann.history()
        first = await shop.end(signal.SIGINT)
        drawn = _files(tmp_path)

        async with process.opened(tmp_path, "demo") as again:
            await ann.opens(again.address)
            kept = await ann.history()
            orders = await ann.say("/orders")
            second = await again.end(signal.SIGTERM)

    assert (begun.returncode, told.decode().endswith("Closing.\n"), some < 240) == (0, True, True)
    assert "Traceback" not in (tmp_path / "stderr").read_text()
    assert health == 200
    assert f"storefront    {shop.address}/\n" in first.out
    assert f"browser chat  {shop.address}/chat/\n" in first.out
    assert [first.code, second.code] == [0, 0]
    assert first.out.endswith("Closing.\n")
    assert kept == said
    assert "A-10001" in " ".join(labels(orders))
    assert _files(tmp_path) == drawn >= 240


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
async def test_closing_waits_for_nobody_who_only_listens(
    tmp_path: Path, stocked: dict[str, Any], how: signal.Signals
) -> None:
    async with process.opened(tmp_path, **stocked) as shop, Visitor(shop.address) as ann:
        socket = await ann.session.ws_connect(f"{shop.address}/chat/events?after=0")
        await ann.say("/start")
        began = asyncio.get_running_loop().time()

        ended = await shop.end(how)

        assert (ended.code, ended.out.endswith("Closing.\n")) == (0, True)
        assert "Traceback" not in ended.err
        assert asyncio.get_running_loop().time() - began < 10
        await socket.close()


async def test_the_second_shop_on_a_port_says_so_in_one_line(migrated: Path) -> None:
    async with process.opened(migrated) as shop:
        port = shop.address.rpartition(":")[2]

        second = await process.run(migrated, "serve", PORT=port)

    assert (second.code, second.out) == (2, "")
    assert second.err == f"PORT: {port} is taken on 127.0.0.1; PORT=0 lets the system choose one\n"


async def test_a_shop_that_still_waits_for_telegram_can_be_stopped(migrated: Path) -> None:
    token = "1:" + "a" * 35
    waiting = await process.start(
        *(migrated, "serve"), PORT=0, DATA_DIR=migrated, TELEGRAM_TOKEN=token, TELEGRAM_API="http://127.0.0.1:9"
    )
    assert waiting.stdout is not None
    await process.written(migrated / "stderr", "bot.unreachable")

    waiting.send_signal(signal.SIGTERM)

    assert await waiting.stdout.read() == b"Closing.\n"
    assert await waiting.wait() == 0


async def test_killed_in_a_conversation_the_shop_goes_on_where_ann_stood(
    tmp_path: Path, stocked: dict[str, Any]
) -> None:
    async with process.opened(tmp_path, **stocked) as shop, Visitor(shop.address) as ann:
        await ann.say("rice")
        await ann.press("1")
        await ann.press("Buy")
        await ann.press("Other")
        await ann.say("123", wait=False)
        await shop.end(signal.SIGKILL)

        async with process.opened(tmp_path, **stocked) as again:
            await ann.opens(again.address)
            await ann.sees("123 points", seconds=30)  # the dead one's leases end by themselves
            await ann.pay("✅ Pay")
            await ann.sees("Paid. Order")
            said = [text_of(message) for message in await ann.history()]
            await again.end()

    await db.connect(stocked["DATABASE_URL"])
    placed = await db.rows("SELECT points FROM orders")
    waiting = await db.rows("SELECT id FROM inbox WHERE state <> 'done'")
    assert [int(row["points"]) for row in placed] == [123]
    assert waiting == []
    assert sum("Paid. Order" in text for text in said) == 1


async def _until_some_are_drawn(folder: Path) -> None:
    while True:
        with contextlib.suppress(sqlite3.OperationalError):  # not migrated yet
            if _files(folder):
                return
        await asyncio.sleep(0.05)


def _files(folder: Path) -> int:
    with contextlib.closing(sqlite3.connect(folder / "shop.sqlite3")) as looked_at:
        return int(looked_at.execute("SELECT COUNT(*) FROM file").fetchone()[0])
