"""What the chat holds of a visitor: handed out, and taken away."""

from typing import Any

from webchat.store import open_store
from webchat.wire import loads

_TABLES = ("message", "event", "sent", "callback", "file_seen")


async def said(database: str, visitor: int) -> list[dict[str, Any]]:
    """All messages of a visitor's chat, in their order."""
    store = await open_store(database)
    try:
        found = await store.rows("SELECT body FROM message WHERE chat = ? ORDER BY id", visitor)
        return [loads(row["body"]) for row in found]
    finally:
        await store.close()


async def forget(database: str, visitor: int) -> None:
    """Take away a visitor: her name, all that was said, and the files that nobody else was sent. Her cookie opens nothing."""
    store = await open_store(database)
    try:
        async with store.write() as tx:
            await tx.execute(
                "DELETE FROM file WHERE id IN (SELECT file FROM file_seen WHERE chat = ?)"
                " AND id NOT IN (SELECT file FROM file_seen WHERE chat <> ?)",
                *(visitor, visitor),
            )
            for table in _TABLES:
                await tx.execute(f"DELETE FROM {table} WHERE chat = ?", visitor)  # noqa: S608  (one of five)
            # What waits for the bot names her by her number, which is like no other.
            await tx.execute("DELETE FROM bot_update WHERE body LIKE ?", f"%:{visitor}%")
            await tx.execute("DELETE FROM visitor WHERE id = ?", visitor)
    finally:
        await store.close()
