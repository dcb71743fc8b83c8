"""Nothing a customer said is lost, nothing is heard twice, and all of it in her order."""

import asyncio
from typing import Any

import pytest

from storefront import messaging
from storefront.kernel import clock, db

BOT, ANN, BOB = 1, 10, 20


def update(number: int, user: int = ANN, chat: int | None = None) -> dict[str, Any]:
    """A message as Telegram tells it."""
    told = {"from": {"id": user}, "chat": {"id": user if chat is None else chat}, "text": f"message {number}"}
    return {"update_id": number, "message": told}


def press(number: int, user: int = ANN) -> dict[str, Any]:
    """A press on a message of a chat that only the button's message tells."""
    return {"update_id": number, "callback_query": {"id": str(number), "from": {"id": user}, "data": "m"}}


async def heard(*bots: int) -> int | None:
    """Handle the next update of these bots, or of the one; its number."""
    async with db.tx():
        received = await messaging.next_update(bots or [BOT])
        if received is None:
            return None
        await messaging.done(received)
        return received.update_id


async def test_an_update_that_comes_twice_is_heard_once(database: str) -> None:
    await messaging.receive(bot_id=BOT, updates=[update(1)])
    await messaging.receive(bot_id=BOT, updates=[update(1), update(2)])

    assert [await heard(), await heard(), await heard()] == [1, 2, None]


async def test_two_bots_may_count_alike(database: str) -> None:
    await messaging.receive(bot_id=1, updates=[update(7)])
    await messaging.receive(bot_id=2, updates=[update(7)])

    assert [await heard(1, 2), await heard(1, 2), await heard(1, 2)] == [7, 7, None]


async def test_what_came_for_a_bot_that_is_not_open_yet_waits_for_it(database: str) -> None:
    await messaging.receive(bot_id=2, updates=[update(7)])
    await messaging.receive(bot_id=1, updates=[update(8)])

    assert [await heard(1), await heard(1), await heard(2)] == [8, None, 7]


async def test_what_failed_is_heard_again_and_the_chat_waits_for_it(database: str) -> None:
    with clock.driven() as time:
        await messaging.receive(bot_id=BOT, updates=[update(1), update(2), update(3, BOB)])
        async with db.tx():
            received = await messaging.next_update([BOT])
        assert received is not None
        await messaging.failed(received=received, reference="R")

        assert [await heard(), await heard()] == [3, None]
        time.forward(clock.MINUTE)
        assert [await heard(), await heard()] == [1, 2]


async def test_a_press_and_a_text_of_one_person_keep_their_order(database: str) -> None:
    with clock.driven():
        await messaging.receive(bot_id=BOT, updates=[press(1), update(2)])
        async with db.tx():
            received = await messaging.next_update([BOT])
        assert received is not None
        await messaging.failed(received=received, reference="R")

        assert await heard() is None


async def test_after_five_tries_an_update_is_put_aside_and_the_chat_goes_on(database: str) -> None:
    with clock.driven() as time:
        await messaging.receive(bot_id=BOT, updates=[update(1), update(2)])
        given_up = []
        for _ in range(messaging.TRIES_MAX):
            time.forward(clock.HOUR)
            async with db.tx():
                received = await messaging.next_update([BOT])
            assert received is not None
            given_up.append(await messaging.failed(received=received, reference="R2D2"))

        assert given_up == [False] * (messaging.TRIES_MAX - 1) + [True]
        assert await heard() == 2
        dead = await db.rows("SELECT update_id, reference FROM inbox WHERE state = 'dead'")
        assert dead == [{"update_id": 1, "reference": "R2D2"}]


async def test_of_two_hands_whose_tries_of_one_update_crash_one_is_counted_and_one_apologises(database: str) -> None:
    with clock.driven() as time:
        await messaging.receive(bot_id=BOT, updates=[update(1)])
        given_up = []
        for _ in range(messaging.TRIES_MAX):
            time.forward(clock.HOUR)
            async with db.tx():
                received = await messaging.next_update([BOT])
            assert received is not None
            given_up += [await messaging.failed(received=received, reference=hand) for hand in ("first", "second")]

        assert given_up == [False] * (2 * messaging.TRIES_MAX - 2) + [True, False]
        assert await db.rows("SELECT attempts, state, reference FROM inbox") == [
            {"attempts": messaging.TRIES_MAX, "state": "dead", "reference": "first"}
        ]


async def test_several_hands_hear_each_update_once(database: str) -> None:
    await messaging.receive(bot_id=BOT, updates=[update(number, user=number) for number in range(1, 41)])

    async def hand() -> list[int]:
        mine = []
        while (number := await heard()) is not None:
            mine.append(number)
        return mine

    came = await asyncio.gather(*(hand() for _ in range(4)))

    assert sorted(number for mine in came for number in mine) == list(range(1, 41))


async def test_an_undone_effect_leaves_its_update_waiting(database: str) -> None:
    await messaging.receive(bot_id=BOT, updates=[update(1)])

    with pytest.raises(RuntimeError):
        async with db.tx():
            received = await messaging.next_update([BOT])
            assert received is not None
            await messaging.done(received)
            raise RuntimeError

    assert await heard() == 1


async def test_an_update_of_nobody_is_kept_all_the_same(database: str) -> None:
    await messaging.receive(bot_id=BOT, updates=[{"update_id": 1, "poll": {"id": "p"}}, update(2)])

    assert sorted([await heard(), await heard()], key=str) == [1, 2]
