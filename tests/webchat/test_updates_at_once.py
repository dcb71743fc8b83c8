"""What visitors say reaches the bot whole, whoever says it at the same instant."""

import asyncio

from webchat import BotIdentity
from webchat.chats import Chats
from webchat.store import open_store


async def test_an_update_that_is_kept_late_is_not_acknowledged_with_its_neighbour(url: str) -> None:
    store = await open_store(url)
    chats = Chats(store, BotIdentity(1, "1:t", "bot", "Bot"), lambda: 1)

    async def say(text: str) -> None:
        async with store.write() as tx:
            await chats.put_update(tx, "message", {"text": text})

    async with store.write() as tx:
        await chats.put_update(tx, "message", {"text": "Ann's"})
        bobs = asyncio.create_task(say("Bob's"))
        await asyncio.wait([bobs], timeout=0.3)
        fetched = await chats.updates(100, None) if bobs.done() else []
    await bobs
    if fetched:
        await chats.confirm(fetched[-1]["update_id"] + 1)
    fetched += await chats.updates(100, None)

    assert [update["message"]["text"] for update in fetched] == ["Ann's", "Bob's"]
    await store.close()
