"""Visitors, their messages, and the events by which every tab of a visitor follows her chat."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from webchat.errors import ApiError, bad_request
from webchat.store import News, Row, Store, Tx
from webchat.wire import dumps, whole

FIRST_VISITOR = 2**51
FIRST_UPDATE = 2**40
DAY_MS = 24 * 3600 * 1000
CALLBACK_LIVES_MS = 150_000
_FORGOTTEN_AT_ONCE = 500
_OLD = (
    "DELETE FROM sent WHERE (chat, client_id) IN (SELECT chat, client_id FROM sent WHERE at < ? ORDER BY at LIMIT ?)",
    "DELETE FROM callback WHERE id IN (SELECT id FROM callback WHERE at < ? ORDER BY at LIMIT ?)",
    "DELETE FROM asked WHERE id IN (SELECT id FROM asked WHERE at < ? LIMIT ?)",
    "DELETE FROM bot_update WHERE id IN (SELECT id FROM bot_update WHERE at < ? ORDER BY id LIMIT ?)",
)


class DoneBefore(Exception):
    """The same wish was done by another request meanwhile; its answer is kept."""


@dataclass(frozen=True)
class BotIdentity:
    """The bot that this server speaks for."""

    id: int
    token: str
    username: str
    name: str

    @property
    def user(self) -> dict[str, Any]:
        """The bot as a User of the Bot API."""
        return {"id": self.id, "is_bot": True, "first_name": self.name, "username": self.username}


@dataclass(frozen=True)
class Visitor:
    """Somebody with a browser; her number is user and chat at once."""

    id: int
    name: str
    language: str
    blocked: bool

    @property
    def user(self) -> dict[str, Any]:
        """The visitor as a User of the Bot API."""
        code = "zh-hans" if self.language == "zh_Hans" else self.language
        return {"id": self.id, "is_bot": False, "first_name": self.name, "language_code": code}

    @property
    def chat(self) -> dict[str, Any]:
        """Her chat as a Chat of the Bot API."""
        return {"id": self.id, "type": "private", "first_name": self.name}


@dataclass
class Chats:
    """What both sides of the server stand on."""

    store: Store
    bot: BotIdentity
    now_ms: Callable[[], int]
    tabs: dict[int, set[asyncio.Queue[dict[str, Any]]]] = field(default_factory=dict)
    new_update: asyncio.Event = field(default_factory=asyncio.Event)
    asked: dict[str, asyncio.Event] = field(default_factory=dict)
    events_kept: int = 1000

    # --- visitors

    async def visitor(self, chat: int) -> Visitor | None:
        """The visitor of that number."""
        found = await self.store.rows("SELECT * FROM visitor WHERE id = ?", chat - FIRST_VISITOR)
        return _visitor(found[0]) if found else None

    async def reachable(self, chat: Any) -> Visitor:
        """The visitor to whom the bot may write. Raises ApiError 400 or 403."""
        if not chat:
            raise bad_request("chat_id is empty")
        number = whole(chat)
        visitor = None if number is None else await self.visitor(number)
        if visitor is None:
            raise bad_request("chat not found")
        if visitor.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        return visitor

    async def welcome(self, name: str, language: str) -> Visitor:
        """Take in a new visitor."""
        async with self.store.write() as tx:
            made = await tx.rows(
                "INSERT INTO visitor (name, language, created_at) VALUES (?, ?, ?) RETURNING *",
                *(name, language, self.now_ms()),
            )
        return _visitor(made[0])

    # --- messages

    async def append(self, tx: Tx, visitor: Visitor, message: dict[str, Any], *, by_bot: bool) -> dict[str, Any]:
        """Put a message at the end of the chat; returns it in Bot API form, with its number."""
        numbered = await tx.rows(
            "UPDATE visitor SET last_message = last_message + 1, last_event = last_event + 1 WHERE id = ?"
            " RETURNING last_message, last_event",
            visitor.id - FIRST_VISITOR,
        )
        body = {
            "message_id": int(numbered[0]["last_message"]),
            "from": self.bot.user if by_bot else visitor.user,
            "chat": visitor.chat,
            "date": self.now_ms() // 1000,
            **message,
        }
        await tx.execute(
            "INSERT INTO message (chat, id, body) VALUES (?, ?, ?)", visitor.id, body["message_id"], dumps(body)
        )
        await self._add_event(tx, visitor.id, numbered[0]["last_event"], "message", body["message_id"])
        return body

    async def message(self, chat: int, message_id: Any, tx: Tx | None = None) -> dict[str, Any] | None:
        """One message of a chat."""
        number = whole(message_id)
        if number is None:
            return None
        found = await (tx or self.store).rows("SELECT body FROM message WHERE chat = ? AND id = ?", chat, number)
        return orjson.loads(found[0]["body"]) if found else None

    async def replace(self, tx: Tx, chat: int, body: dict[str, Any]) -> None:
        """Change a message that is there."""
        await self.rewrite(tx, chat, body)
        await self.note(tx, chat, "edit", body["message_id"])

    async def rewrite(self, tx: Tx, chat: int, body: dict[str, Any]) -> None:
        """Change a message whose change is noted already."""
        await tx.execute("UPDATE message SET body = ? WHERE chat = ? AND id = ?", dumps(body), chat, body["message_id"])

    async def remove(self, tx: Tx, chat: int, message_id: int) -> bool:
        """Take a message away."""
        gone = await tx.execute("DELETE FROM message WHERE chat = ? AND id = ?", chat, message_id)
        if gone:
            await self.note(tx, chat, "delete", message_id)
        return bool(gone)

    async def note(self, tx: Tx, chat: int, type_: str, message_id: int | None) -> None:
        """Add to the events of a chat."""
        numbered = await tx.rows(
            "UPDATE visitor SET last_event = last_event + 1 WHERE id = ? RETURNING last_event", chat - FIRST_VISITOR
        )
        await self._add_event(tx, chat, numbered[0]["last_event"], type_, message_id)

    async def _add_event(self, tx: Tx, chat: int, seq: int, type_: str, message_id: int | None) -> None:
        await tx.execute(
            "INSERT INTO event (chat, seq, type, message) VALUES (?, ?, ?, ?)", chat, seq, type_, message_id
        )
        if seq % max(self.events_kept // 10, 1) == 0:
            await tx.execute("DELETE FROM event WHERE chat = ? AND seq <= ?", chat, seq - self.events_kept)
        tx.tell({"chat": chat})

    async def history(self, chat: int, before: int, limit: int) -> list[dict[str, Any]]:
        """The messages before that number, oldest first."""
        found = await self.store.rows(
            "SELECT body FROM message WHERE chat = ? AND id < ? ORDER BY id DESC LIMIT ?", chat, before, limit
        )
        return [orjson.loads(row["body"]) for row in reversed(found)]

    # --- wishes, each of which is done once

    async def answer(self, chat: int, client_id: str) -> Any:
        """What was answered to the wish of that number, if it was done."""
        found = await self.store.rows("SELECT answer FROM sent WHERE chat = ? AND client_id = ?", chat, client_id)
        return orjson.loads(found[0]["answer"]) if found else None

    async def keep_answer(self, tx: Tx, chat: int, client_id: str, answer: dict[str, Any]) -> None:
        """Let the wish count as done. Raises DoneBefore when it was."""
        kept = await tx.execute(
            "INSERT INTO sent (chat, client_id, answer, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            *(chat, client_id, dumps(answer), self.now_ms()),
        )
        if not kept:
            raise DoneBefore

    # --- events

    async def events(self, chat: int, after: int) -> list[dict[str, Any]]:
        """What happened after that event; a message that was changed since comes as it is now.

        To a tab that is so far behind that some of it is forgotten: `reload`, and nothing else.
        """
        found = await self.store.rows(
            "SELECT e.seq, e.type, e.message, m.body FROM event e LEFT JOIN message m"
            " ON m.chat = e.chat AND m.id = e.message WHERE e.chat = ? AND e.seq > ? ORDER BY e.seq LIMIT 500",
            *(chat, after),
        )
        if found and found[0]["seq"] > after + 1:
            newest = await self.store.rows("SELECT MAX(seq) AS seq FROM event WHERE chat = ?", chat)
            return [{"type": "reload", "seq": newest[0]["seq"]}]
        return [event for row in found if (event := await self._event(chat, row)) is not None]

    async def _event(self, chat: int, row: Row) -> dict[str, Any] | None:
        event: dict[str, Any] = {"type": row["type"], "seq": row["seq"]}
        if row["type"] == "delete":
            return {**event, "message_ids": [row["message"]]}
        if row["type"] == "reply_keyboard":
            return {**event, "reply_keyboard": await self.reply_keyboard(chat)}
        if row["body"] is None:
            return {**event, "type": "skipped"}
        return {**event, "message": orjson.loads(row["body"])}

    async def reply_keyboard(self, chat: int) -> Any:
        """The keyboard that stands in the place of the phone's, if any."""
        found = await self.store.rows("SELECT reply_keyboard FROM visitor WHERE id = ?", chat - FIRST_VISITOR)
        return orjson.loads(found[0]["reply_keyboard"]) if found and found[0]["reply_keyboard"] else None

    # --- news, of this process and of every other one

    def heard(self, news: News | None) -> None:
        """Wake whom it concerns: the tabs of a chat, who waits for updates, who waits for the bot's answer to a question."""
        if news is None:
            for chat in self.tabs:
                self._look(chat, None)
            for event in (self.new_update, *self.asked.values()):
                event.set()
        elif "chat" in news:
            self._look(news["chat"], news.get("event"))
        elif "asked" in news:
            if (waiting := self.asked.get(news["asked"])) is not None:
                waiting.set()
        else:
            self.new_update.set()

    def _look(self, chat: int, event: dict[str, Any] | None) -> None:
        for queue in self.tabs.get(chat, ()):
            if queue.qsize() < 1000:
                queue.put_nowait(event or {"type": "look"})

    # --- what nobody asks for any more

    async def forget_old(self) -> None:
        """Forget wishes, presses and updates of a day ago, some hundreds at once, so that nobody waits for that."""
        old = self.now_ms() - DAY_MS
        for forget in _OLD:
            gone = _FORGOTTEN_AT_ONCE
            while gone == _FORGOTTEN_AT_ONCE:
                async with self.store.write() as tx:
                    gone = await tx.execute(forget, old, _FORGOTTEN_AT_ONCE)

    # --- updates for the bot

    async def put_update(self, tx: Tx, type_: str, body: dict[str, Any]) -> None:
        """Let the bot know."""
        # The bot acknowledges all updates below a number: one that appeared there late would be lost.
        await tx.in_turn()
        await tx.execute(
            "INSERT INTO bot_update (body, type, at) VALUES (?, ?, ?)", dumps({type_: body}), type_, self.now_ms()
        )
        tx.tell({"update": type_})

    async def updates(self, limit: int, allowed: list[str] | None) -> list[dict[str, Any]]:
        """The oldest updates that wait; those that are too old to matter are gone."""
        now = self.now_ms()
        wanted = f" AND type IN ({', '.join('?' * len(allowed))})" if allowed else ""
        found = await self.store.rows(
            "SELECT id, type, body FROM bot_update WHERE at > ? AND NOT (type = 'callback_query' AND at < ?)"  # noqa: S608
            f" AND NOT (type = 'pre_checkout_query' AND at < ?){wanted} ORDER BY id LIMIT ?",
            *(now - DAY_MS, now - CALLBACK_LIVES_MS, now - CALLBACK_LIVES_MS, *(allowed or ()), limit),
        )
        return [{"update_id": FIRST_UPDATE + row["id"], **orjson.loads(row["body"])} for row in found]

    async def last_updates(self, count: int) -> int:
        """The number of the first of the last so many updates."""
        found = await self.store.rows("SELECT id FROM bot_update ORDER BY id DESC LIMIT ?", count)
        return FIRST_UPDATE + int(found[-1]["id"]) if found else 0

    async def confirm(self, offset: int) -> None:
        """The bot has the updates before this number."""
        if await self.store.rows("SELECT 1 FROM bot_update WHERE id < ? LIMIT 1", offset - FIRST_UPDATE):
            async with self.store.write() as tx:
                await tx.execute("DELETE FROM bot_update WHERE id < ?", offset - FIRST_UPDATE)


def _visitor(row: Row) -> Visitor:
    return Visitor(FIRST_VISITOR + int(row["id"]), row["name"], row["language"], bool(row["blocked"]))


def shown(message: dict[str, Any]) -> dict[str, Any]:
    """A message without what the server keeps with it for itself."""
    return {name: part for name, part in message.items() if not name.startswith("_")}


def quoted(message: dict[str, Any]) -> dict[str, Any]:
    """A message as one that answers it shows it."""
    return {name: part for name, part in shown(message).items() if name != "reply_to_message"}
