"""The chat forgets what nobody can ask for any more, while it serves; what was said stays."""

import asyncio
import sqlite3
import time
from pathlib import Path

import asyncpg
import pytest

from tests.webchat.conftest import Clock, House, Photo
from webchat.store import open_store

DAY_S = 24 * 3600


async def test_a_wish_counts_as_done_for_a_day_and_is_then_forgotten(
    house: House, clock: Clock, own_database: str, photo: Photo
) -> None:
    ann = await house.comes()
    wish = {"client_id": "a" * 8, "text": "rice"}
    first = await ann.post("send", **wish)
    await ann.upload(photo())
    clock.turn_on(DAY_S - 600)
    await house.chat.forget_old()
    again = await ann.post("send", **wish)
    await ann.done("send", text="tea")
    clock.turn_on(700)

    await house.chat.forget_old()

    store = await open_store(own_database)
    kept = await store.rows("SELECT COUNT(*) AS n FROM sent")
    await store.close()
    assert again == first
    assert kept == [{"n": 1}]
    assert len(await ann.history()) == 3


async def test_thousands_of_old_rows_go_in_small_steps_and_those_of_today_stay(
    house: House, clock: Clock, own_database: str
) -> None:
    store = await open_store(own_database)
    old, new = clock() - 2 * DAY_S * 1000, clock()
    async with store.write() as tx:
        for number in range(1300):
            at = old if number < 1200 else new
            await tx.execute("INSERT INTO sent (chat, client_id, answer, at) VALUES (1, ?, '{}', ?)", f"{number}", at)
            await tx.execute("INSERT INTO callback (id, chat, at) VALUES (?, 1, ?)", f"{number}", at)
            await tx.execute("INSERT INTO asked (id, at) VALUES (?, ?)", f"{number}", at)
            await tx.execute("INSERT INTO bot_update (body, type, at) VALUES ('{}', 'message', ?)", at)

    forgetting = asyncio.create_task(house.chat.forget_old())
    ann = await house.comes()
    await ann.done("send", text="rice")
    await forgetting

    counts = {
        table: (await store.rows(f"SELECT COUNT(*) AS n FROM {table}"))[0]["n"]
        for table in ("sent", "callback", "asked", "bot_update")
    }
    await store.close()
    assert counts == {"sent": 101, "callback": 100, "asked": 100, "bot_update": 101}


async def test_a_tab_that_missed_too_much_is_told_to_take_the_history_anew_and_follows_from_there(
    own_database: str,
) -> None:
    async with House(own_database, Clock(), limits=False, events_kept=10) as house:
        ann = await house.comes()
        for number in range(1, 26):
            await house.says(ann, f"{number}")
        async with ann.tab(after=3) as late, ann.tab(after=15) as near:
            told = [(await late.receive_json(timeout=20))]
            missed = [(await near.receive_json(timeout=20))["message"]["text"] for _ in range(10)]
            await house.says(ann, "next")
            told += [await late.receive_json(timeout=20)]

        history = await ann.told("history")
        assert told[0] == {"type": "reload"}
        assert (told[1]["seq"], told[1]["message"]["text"]) == (26, "next")
        assert missed == [f"{number}" for number in range(16, 26)]
        assert [message["text"] for message in history["messages"]] == [*(f"{n}" for n in range(1, 26)), "next"]
        assert history["seq"] == 26

    store = await open_store(own_database)
    kept = await store.rows("SELECT MIN(seq) AS first, COUNT(*) AS n FROM event")
    await store.close()
    assert kept == [{"first": 17, "n": 10}]


async def test_a_photo_of_a_wish_that_fails_is_not_kept(house: House, photo: Photo, own_database: str) -> None:
    ann = await house.comes()
    refused = await ann.upload(photo(), caption="x" * 2000)

    store = await open_store(own_database)
    kept = await store.rows("SELECT COUNT(*) AS n FROM file")
    await store.close()
    assert refused[0] == 413
    assert kept == [{"n": 0}]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_wishes_of_a_chat_that_had_no_times_count_as_of_today(url: str, tmp_path: Path) -> None:
    file = tmp_path / "older.sqlite3"
    older = sqlite3.connect(file)
    older.execute("CREATE TABLE sent (chat BIGINT, client_id VARCHAR(64), answer TEXT, PRIMARY KEY (chat, client_id))")
    older.execute("INSERT INTO sent VALUES (1, 'a', '{}')")
    older.commit()
    older.close()

    for _ in range(2):
        store = await open_store(f"sqlite:///{file}")
        kept = await store.rows("SELECT at FROM sent")
        await store.close()

    assert abs(kept[0]["at"] / 1000 - time.time()) < 3600


@pytest.mark.parametrize("url", ["postgres"], indirect=True)
async def test_on_postgresql_wishes_that_had_no_times_count_as_of_today_too(own_database: str) -> None:
    older = await asyncpg.connect(own_database)
    await older.execute(
        "CREATE SCHEMA webchat; CREATE TABLE webchat.sent"
        " (chat BIGINT, client_id VARCHAR(64), answer TEXT, PRIMARY KEY (chat, client_id));"
        " INSERT INTO webchat.sent VALUES (1, 'a', '{}')"
    )
    await older.close()

    for _ in range(2):
        store = await open_store(own_database)
        kept = await store.rows("SELECT at FROM sent")
        await store.close()

    assert abs(kept[0]["at"] / 1000 - time.time()) < 3600
