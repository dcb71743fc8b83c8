"""Telegram delivers as it may: everything twice, in any order, at once, and hours late."""

import asyncio
import random

import aiohttp

from storefront.kernel import db
from tests.bot.conftest import OpenShop, Telegram, open_shop, telegram
from tests.bot.test_webhook import PUBLIC, update
from tests.journeys.conftest import settled

__all__ = ["open_shop", "telegram"]
COUNT, SEED = 30, 7


async def test_updates_that_come_twice_shuffled_and_late_are_answered_once_each(
    open_shop: OpenShop, telegram: Telegram
) -> None:
    # Of long ago, as after a night without a connection; their words are called nothing.
    words = {number: f"zq{'bdfghjklmn'[number // 10]}{'bdfghjklmn'[number % 10]}x" for number in range(1, COUNT + 1)}
    pushes = [number for number in words for _ in range(2)]
    random.Random(SEED).shuffle(pushes)
    async with open_shop(public_url=PUBLIC, webchat=False, limits=False) as shop, aiohttp.ClientSession() as pushing:
        secret = {"X-Telegram-Bot-Api-Secret-Token": telegram.called("setWebhook")[0]["secret_token"]}

        async def push(number: int) -> int:
            wish, address = update(number, words[number]), f"{shop.address}/telegram/777"
            async with pushing.post(address, json=wish, headers=secret) as answer:
                return answer.status

        told = await asyncio.gather(*(push(number) for number in pushes))
        await settled()
        said = [str(row["payload"]) for row in await db.rows("SELECT payload FROM outbox")]
        states = await db.rows("SELECT state, COUNT(*) AS n FROM inbox GROUP BY state")

    assert set(told) == {200}
    assert states == [{"state": "done", "n": COUNT}]
    assert [sum(f"“{word}”" in payload for payload in said) for word in words.values()] == [1] * COUNT
