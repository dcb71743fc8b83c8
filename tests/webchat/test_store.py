"""Everything is still there after a restart, and a write is all or nothing."""

import asyncio
import sqlite3
from pathlib import Path

import asyncpg
import pytest

from tests.webchat.conftest import Clock, Guest, House, Photo
from webchat.store import open_store

MARKUP = {"inline_keyboard": [[{"text": "Buy", "callback_data": "buy"}]]}
INVOICE = {
    "title": "Rice", "description": "5 kg", "payload": "order-1", "provider_token": "demo", "currency": "CNY",
    "prices": [{"label": "Rice", "amount": 4690}],
}  # fmt: skip


async def test_a_restart_loses_nothing(own_database: str, photo: Photo) -> None:
    async with House(own_database, Clock()) as house:
        ann = await house.comes()
        card = await house.says(ann, "Rice", reply_markup=MARKUP)
        await house.says(ann, "Choose", reply_markup={"keyboard": [["Rice"]]})
        await ann.done("send", text="rice", client_id="a" * 8)
        _, sent = await ann.upload(photo())
        link = (await house.does("createInvoiceLink", **INVOICE)).removeprefix("https://t.me/$")
        await house.does("setMyCommands", commands=[{"command": "find", "description": "Find goods"}])
        before, waiting = await ann.told("history"), await house.does("getUpdates")
        cookie = next(iter(ann.session.cookie_jar)).value

    async with House(own_database, Clock()) as house:
        back = Guest(house.page)
        back.session.cookie_jar.update_cookies({"pindan_visitor": cookie})
        async with back:
            assert await back.told("history") == before
            assert await house.does("getUpdates") == waiting
            assert (await back.wish("send", text="tea", client_id="a" * 8))[1]["message"]["text"] == "rice"
            assert (await back.wish("press", message_id=card["message_id"], data="buy"))[0] == 200
            assert (await back.told(f"invoice/{link}"))["total_amount"] == 4690
            async with back.session.get(
                f"{house.page}/chat/file/{sent['messages'][0]['photo'][0]['file_id']}"
            ) as response:
                assert response.status == 200
            assert (await house.says(back, "next"))["message_id"] == before["messages"][-1]["message_id"] + 1


async def test_a_write_that_fails_leaves_nothing_and_those_beside_it_stay(own_database: str) -> None:
    store = await open_store(own_database)

    async def keep(name: str, *, fails: bool) -> None:
        async with store.write() as tx:
            await tx.execute("INSERT INTO bot_value (name, value) VALUES (?, ?)", name, "1")
            if fails:
                raise ZeroDivisionError

    done = await asyncio.gather(
        *(keep(f"{number}", fails=number % 2 == 1) for number in range(6)), return_exceptions=True
    )
    kept = await store.rows("SELECT name FROM bot_value ORDER BY name")
    await store.close()

    assert [type(outcome) for outcome in done] == [type(None), ZeroDivisionError] * 3
    assert [row["name"] for row in kept] == ["0", "2", "4"]


async def test_a_write_given_up_half_way_stops_nobody(own_database: str) -> None:
    store = await open_store(own_database)
    begun = asyncio.Event()

    async def slow() -> None:
        async with store.write() as tx:
            await tx.execute("INSERT INTO bot_value (name, value) VALUES ('slow', '1')")
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(slow())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(5), store.write() as tx:
        await tx.execute("INSERT INTO bot_value (name, value) VALUES ('next', '1')")

    assert [row["name"] for row in await store.rows("SELECT name FROM bot_value")] == ["next"]
    await store.close()


async def test_what_was_kept_is_on_the_disk_when_the_write_has_ended(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/webchat.sqlite3")
    async with store.write() as tx:
        await tx.execute("INSERT INTO bot_value (name, value) VALUES ('kept', '1')")

    other = sqlite3.connect(tmp_path / "webchat.sqlite3")
    assert other.execute("SELECT name FROM bot_value").fetchall() == [("kept",)]
    other.close()
    await store.close()


@pytest.mark.parametrize("url", ["postgres"], indirect=True)
async def test_on_postgresql_the_chat_has_a_schema_of_its_own(own_database: str) -> None:
    stores = await asyncio.gather(*(open_store(own_database) for _ in range(3)))
    connection = await asyncpg.connect(own_database)
    tables = await connection.fetch("SELECT schemaname FROM pg_tables WHERE tablename = 'bot_update'")
    await connection.close()
    for store in stores:
        await store.close()

    assert [row["schemaname"] for row in tables] == ["webchat"]


async def test_messages_to_one_chat_at_the_same_instant_are_numbered_without_a_gap(own_database: str) -> None:
    async with House(own_database, Clock(), limits=False) as house:
        ann = await house.comes()
        await asyncio.gather(
            *(house.says(ann, f"{number}") for number in range(15)),
            *(ann.done("send", text=f"{number}") for number in range(15)),
        )

        history = await ann.told("history?limit=100")
        assert [message["message_id"] for message in history["messages"]] == list(range(1, 31))
        assert history["seq"] == 30
