"""What was said reaches the customer in order, or the shop knows that it did not."""

from typing import Any

import pytest

from storefront import messaging
from storefront.kernel import clock, db
from storefront.messaging import Delivered, Said

BOT, ANN, BOB = 1, 10, 20


async def say(text: str, chat_id: int = ANN, key: str | None = None) -> int | None:
    return await messaging.say(
        bot_id=BOT, chat_id=chat_id, person_id=None, kind="test", payload={"text": text}, key=key
    )


async def change(card: int, text: str) -> None:
    await messaging.change(card_id=card, bot_id=BOT, chat_id=ANN, person_id=None, kind="test", payload={"text": text})


async def due(busy: tuple[int, ...] = (), limit: int = 10) -> list[Said]:
    return await messaging.due(bot_id=BOT, busy=busy, limit=limit)


async def arrived(said: Said, message_id: int) -> None:
    await messaging.delivered([Delivered(said, message_id, False)])


def texts(rows: list[Said]) -> list[Any]:
    return [row.payload["text"] for row in rows]


async def states() -> list[str]:
    return [row["state"] for row in await db.rows("SELECT state FROM outbox ORDER BY id")]


async def test_a_chat_hears_one_thing_after_the_other(database: str) -> None:
    for text in ("one", "two", "three"):
        await say(text)
    heard = []

    while rows := await due():
        assert len(rows) == 1
        heard += texts(rows)
        await arrived(rows[0], 100 + len(heard))

    assert heard == ["one", "two", "three"]


async def test_other_chats_do_not_wait_for_a_busy_one(database: str) -> None:
    await say("to Ann")
    await say("to Bob", BOB)

    assert texts(await due(busy=(ANN,))) == ["to Bob"]


async def test_what_has_not_left_is_replaced_and_not_followed(database: str) -> None:
    card = await say("first")
    assert card is not None

    await change(card, "second")

    assert texts(await due()) == ["second"]
    assert await states() == ["pending"]


async def test_what_has_left_is_changed_in_place(database: str) -> None:
    card = await say("first")
    assert card is not None
    await arrived((await due())[0], 501)

    await change(card, "second")

    (said,) = await due()
    assert (said.message_id, texts([said])) == (501, ["second"])


async def test_a_change_while_the_first_travels_follows_it_as_an_edit(database: str) -> None:
    card = await say("first")
    assert card is not None
    (travelling,) = await due()

    await change(card, "second")
    await arrived(travelling, 502)

    (said,) = await due()
    assert (said.message_id, texts([said])) == (502, ["second"])


async def test_the_same_letter_is_written_once(database: str) -> None:
    assert await say("paid", key="paid:1") is not None
    assert await say("paid", key="paid:1") is None

    assert await states() == ["pending"]


async def test_a_chat_that_must_wait_waits_whole_and_in_order(database: str) -> None:
    with clock.driven() as time:
        await say("one")
        await say("two")
        await say("to Bob", BOB)
        first = next(said for said in await due() if said.chat_id == ANN)

        await messaging.postponed(said=first, for_ms=3000, error="429")

        assert texts(await due()) == ["to Bob"]
        time.forward(3001)
        assert texts(await due(busy=(BOB,))) == ["one"]


async def test_what_is_given_up_says_why_and_lets_the_rest_go_on(database: str) -> None:
    await say("one")
    await say("two")

    await messaging.dropped(said=(await due())[0], error="Bad Request: can't parse entities")

    assert texts(await due()) == ["two"]
    assert (await db.rows("SELECT state, error FROM outbox ORDER BY id"))[0] == {
        "state": "dead",
        "error": "Bad Request: can't parse entities",
    }


async def test_answers_come_before_news(database: str) -> None:
    await messaging.connect(bot_id=BOT, user_id=ANN, person_id=await somebody(), username=None)
    await messaging.tell(person_id=1, letter="order_paid", facts={}, key="news")
    await say("answer", BOB)

    assert [said.chat_id for said in await due(limit=1)] == [BOB]


async def test_who_blocked_us_gets_no_letter_until_she_writes_again(database: str) -> None:
    ann = await somebody()
    await messaging.connect(bot_id=BOT, user_id=ANN, person_id=ann, username=None)
    await messaging.blocked(bot_id=BOT, user_id=ANN)

    await messaging.tell(person_id=ann, letter="order_paid", facts={}, key="unheard")
    known = await messaging.channel(bot_id=BOT, user_id=ANN)
    assert known is not None
    await messaging.seen(known)
    await messaging.tell(person_id=ann, letter="order_paid", facts={}, key="heard")

    assert [row["key"] for row in await db.rows("SELECT key FROM outbox")] == ["heard"]


async def test_what_an_undone_transaction_said_is_never_heard(database: str) -> None:
    with pytest.raises(RuntimeError):
        async with db.tx():
            await say("never")
            raise RuntimeError

    assert await due() == []


async def test_a_picture_has_another_number_at_each_bot(database: str) -> None:
    await messaging.known_file(bot_id=1, name="file:abc", file_id="first")
    await messaging.known_file(bot_id=2, name="file:abc", file_id="second")

    assert await messaging.file_id(bot_id=1, name="file:abc") == "first"
    assert await messaging.file_id(bot_id=2, name="file:abc") == "second"
    assert await messaging.file_id(bot_id=3, name="file:abc") is None


async def somebody() -> int:
    made = await db.rows("INSERT INTO person (name, language, created_at) VALUES ('Ann', 'en', 0) RETURNING id")
    return int(made[0]["id"])


async def test_a_card_posted_in_another_chat_is_changed_one_at_a_time_and_given_up_when_it_is_gone(
    database: str,
) -> None:
    async def posted(number: str) -> int | None:
        return await messaging.post(
            bot_id=BOT, inline_message_id=number, person_id=7, kind="test", payload={"text": number}
        )

    async def refreshed(card: int) -> bool:
        return await messaging.refresh(card_id=card, kinds=("test",), kind="test", payload={"text": "anew"})

    first, _second, again = await posted("AgA"), await posted("AgB"), await posted("AgA")
    assert first is not None
    await say("to Ann")
    told = []
    while rows := [row for row in await due() if row.chat_id != ANN]:
        told += [(row.inline_message_id, row.message_id, row.there) for row in rows]
        await messaging.delivered([Delivered(row, None, False) for row in rows])
    changed = await refreshed(first)
    await messaging.dropped(said=(await due())[1], error="MESSAGE_ID_INVALID")

    assert again is None
    assert told == [("AgA", None, True), ("AgB", None, True)]
    assert changed
    assert not await refreshed(first)
    assert texts(await due()) == ["to Ann"]
