"""One poller a bot, whoever asks; and a dialogue goes on where it was left."""

import asyncio

from storefront import messaging
from storefront.kernel import clock


async def test_of_many_who_ask_at_once_one_holds_the_lease(database: str) -> None:
    got = await asyncio.gather(
        *(messaging.hold_lease(name="poll:1", holder=f"replica {number}", for_ms=60_000) for number in range(8))
    )

    assert sorted(got) == [False] * 7 + [True]


async def test_the_holder_keeps_it_and_another_gets_it_when_it_ends(database: str) -> None:
    with clock.driven() as time:
        assert await messaging.hold_lease(name="poll:1", holder="first", for_ms=1000)
        assert await messaging.hold_lease(name="poll:1", holder="first", for_ms=1000)
        assert not await messaging.hold_lease(name="poll:1", holder="second", for_ms=1000)

        time.forward(1001)

        assert await messaging.hold_lease(name="poll:1", holder="second", for_ms=1000)
        assert not await messaging.hold_lease(name="poll:1", holder="first", for_ms=1000)


async def test_who_goes_gives_it_up_but_not_anothers(database: str) -> None:
    await messaging.hold_lease(name="poll:1", holder="first", for_ms=60_000)

    await messaging.give_up(name="poll:1", holder="second")
    assert not await messaging.hold_lease(name="poll:1", holder="third", for_ms=1000)

    await messaging.give_up(name="poll:1", holder="first")
    assert await messaging.hold_lease(name="poll:1", holder="third", for_ms=1000)


async def test_a_new_question_takes_the_place_of_the_one_before(database: str) -> None:
    await messaging.ask(bot_id=1, chat_id=10, name="address", step="line", data={"checkout_id": 1})
    await messaging.ask(bot_id=1, chat_id=10, name="points", step="number", data={"checkout_id": 2})

    asked = await messaging.dialogue(bot_id=1, chat_id=10)
    assert asked == messaging.Dialogue("points", "number", {"checkout_id": 2})
    assert await messaging.dialogue(bot_id=2, chat_id=10) is None


async def test_an_ended_dialogue_asks_nothing(database: str) -> None:
    await messaging.ask(bot_id=1, chat_id=10, name="address", step="line", data={"line": "大街"})

    await messaging.end(bot_id=1, chat_id=10)

    assert await messaging.dialogue(bot_id=1, chat_id=10) is None
