"""Dead letters and updates put aside are seen without their words, tried again once, or dropped with a reason."""

import pytest

from storefront import audit, messaging
from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound

BOT, ANN = 1, 10


async def say(text: str, key: str | None = None) -> int:
    card = await messaging.say(
        bot_id=BOT, chat_id=ANN, person_id=None, kind="order_paid", payload={"text": text}, key=key
    )
    assert card is not None
    return card


async def dead(text: str, key: str | None = None) -> tuple[int, int]:
    """A letter that reached nobody, and its card."""
    card = await say(text, key)
    said = (await messaging.due(bot_id=BOT, busy=(), limit=1))[0]
    await messaging.dropped(said=said, error="Bad Request")
    return said.id, card


async def texts() -> list[str]:
    return [row.payload["text"] for row in await messaging.due(bot_id=BOT, busy=(), limit=9)]


async def test_a_dead_letter_is_listed_without_its_words_and_leaves_again(database: str) -> None:
    number, _ = await dead("a secret")

    listed = await messaging.dead_letters()
    await messaging.retry_letter(letter_id=number, actor="operator")

    assert [(one.id, one.chat, one.kind, one.error, one.attempts) for one in listed] == [
        (number, "private", "order_paid", "Bad Request", 1)
    ]
    assert "secret" not in str(listed)
    assert await texts() == ["a secret"]
    assert await messaging.dead_letters() == []
    assert [entry.action for entry in await audit.of(f"letter:{number}")] == ["letter.retry"]
    with pytest.raises(NotFound):
        await messaging.retry_letter(letter_id=number, actor="operator")


async def test_a_dropped_letter_is_never_sent_and_never_said_again(database: str) -> None:
    number, _ = await dead("one", key="paid:1")

    await messaging.drop_letter(letter_id=number, actor="operator", why="she was called")

    assert await messaging.dead_letters() == []
    assert [dict(entry.facts) for entry in await audit.of(f"letter:{number}")] == [{"why": "she was called"}]
    for again in (
        messaging.retry_letter(letter_id=number, actor="x"),
        messaging.drop_letter(letter_id=number, actor="x", why="y"),
    ):
        with pytest.raises(NotFound):
            await again
    assert await messaging.say(bot_id=BOT, chat_id=ANN, person_id=None, kind="k", payload={}, key="paid:1") is None


async def test_a_dead_look_of_a_card_does_not_undo_the_newer_one(database: str) -> None:
    number, card = await dead("old")
    await messaging.change(card_id=card, bot_id=BOT, chat_id=ANN, person_id=None, kind="k", payload={"text": "new"})

    with pytest.raises(messaging.NothingLeft):
        await messaging.retry_letter(letter_id=number, actor="operator")

    assert await texts() == ["new"]


async def test_an_update_put_aside_is_listed_and_handled_again_or_dropped(database: str) -> None:
    with clock.driven() as time:
        await messaging.receive(bot_id=BOT, updates=[{"update_id": n, "message": {"text": "mine"}} for n in (1, 2)])
        while (await messaging.dead_counts())[0] < 2:
            time.forward(clock.HOUR)
            async with db.tx():
                received = await messaging.next_update([BOT])
            assert received is not None
            await messaging.failed(received=received, reference="R2D2")

    second, first = await messaging.put_aside()
    await messaging.retry_update(inbox_id=first.id, actor="operator")
    await messaging.drop_update(inbox_id=second.id, actor="operator", why="spam")
    async with db.tx():
        again = await messaging.next_update([BOT])

    assert (first.update_id, first.kind, first.reference, first.attempts) == (1, "message", "R2D2", 5)
    assert "mine" not in str(first)
    assert again is not None
    assert (again.update_id, again.attempts) == (1, 0)
    assert await messaging.put_aside() == []
    assert [entry.action for entry in await audit.of(f"update:{second.id}")] == ["update.drop"]


async def test_what_was_erased_is_not_tried_again(database: str) -> None:
    number, _ = await dead("one")
    await db.execute("UPDATE outbox SET payload = '{}', chat_id = 0")

    with pytest.raises(messaging.NothingLeft):
        await messaging.retry_letter(letter_id=number, actor="operator")


async def test_late_is_what_could_leave_and_does_not(database: str) -> None:
    with clock.driven() as time:
        await say("one")
        await say("two")
        first = (await messaging.due(bot_id=BOT, busy=(), limit=1))[0]
        time.forward(clock.HOUR)
        late = await messaging.outbox_waiting(BOT)
        await messaging.postponed(said=first, for_ms=clock.HOUR, error="429")
        held = await messaging.outbox_waiting(BOT)

    assert (late.count, late.late_ms) == (2, clock.HOUR)
    assert (held.count, held.late_ms) == (2, 0)
