"""Where a person is reached: her account at a bot, be it Telegram's or the browser chat's."""

from dataclasses import dataclass
from typing import Any

from storefront.kernel import clock, db

_SEEN_EVERY_MS = 10 * clock.MINUTE


@dataclass(frozen=True)
class Channel:
    """One account at one bot; in a private chat the chat's number is the user's."""

    bot_id: int
    user_id: int
    person_id: int
    blocked: bool
    seen_at: int


async def channel(*, bot_id: int, user_id: int) -> Channel | None:
    """The account, when it has been here before."""
    found = await db.rows("SELECT * FROM channel WHERE bot_id = ? AND user_id = ?", bot_id, user_id)
    return _channel(found[0]) if found else None


async def channels_of(person_id: int) -> list[Channel]:
    """Every account of a person, the one last seen first."""
    found = await db.rows("SELECT * FROM channel WHERE person_id = ? ORDER BY seen_at DESC, id DESC", person_id)
    return [_channel(row) for row in found]


@db.transaction
async def connect(*, bot_id: int, user_id: int, person_id: int, username: str | None) -> None:
    """Remember that this account is this person."""
    await db.execute(
        "INSERT INTO channel (bot_id, user_id, person_id, username, seen_at) VALUES (?, ?, ?, ?, ?)",
        *(bot_id, user_id, person_id, (username or "")[:64] or None, clock.now()),
    )


async def seen(known: Channel) -> None:
    """Note that the person wrote from this account: letters go where she was last, and she no longer blocks us."""
    if known.blocked or known.seen_at < clock.now() - _SEEN_EVERY_MS:
        await db.execute(
            "UPDATE channel SET seen_at = ?, blocked_at = NULL WHERE bot_id = ? AND user_id = ?",
            *(clock.now(), known.bot_id, known.user_id),
        )


@db.transaction
async def blocked(*, bot_id: int, user_id: int) -> None:
    """Note that the person blocked the bot there, so that no letter goes that way until she writes again."""
    await db.execute(
        "UPDATE channel SET blocked_at = ? WHERE bot_id = ? AND user_id = ? AND blocked_at IS NULL",
        *(clock.now(), bot_id, user_id),
    )


@db.transaction
async def follow(*, from_person_id: int, to_person_id: int) -> None:
    """Two accounts are one person: the accounts of the first are reached as the second."""
    await db.execute("UPDATE channel SET person_id = ? WHERE person_id = ?", to_person_id, from_person_id)


def _channel(row: dict[str, Any]) -> Channel:
    return Channel(
        bot_id=row["bot_id"],
        user_id=row["user_id"],
        person_id=row["person_id"],
        blocked=row["blocked_at"] is not None,
        seen_at=row["seen_at"],
    )
