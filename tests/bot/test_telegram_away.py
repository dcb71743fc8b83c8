"""Telegram does not answer when the shop opens: the browser chat is open all the same, and Telegram is taken up later."""

import asyncio
from collections.abc import Callable

import pytest

from shop import refunding
from shop.bots import Telegram as TelegramsBot
from storefront import messaging, people
from storefront.kernel import db
from storefront.kernel.money import Money
from storefront.kernel.settings import Settings
from storefront.payments import NoWayBack, RefundFailed, RefundWish
from tests.bot.conftest import Fault, OpenShop, Telegram, at
from tests.bot.test_webhook import PUBLIC, update
from tests.support.visitor import Visitor, text_of


def away() -> Fault:
    """Nothing that Telegram is asked is answered by Telegram."""
    return Fault("", 10**6, 502)


async def test_the_browser_chat_is_open_without_telegram_which_is_taken_up_when_it_answers(
    open_shop: OpenShop, telegram: Telegram, capsys: pytest.CaptureFixture[str]
) -> None:
    telegram.faults.append(away())
    async with open_shop() as shop, Visitor(shop.address) as ann, Visitor(telegram.address) as bob:
        await messaging.receive(bot_id=777, updates=[update(900, "kept by the shop before it closed")])
        await bob.say("tea", wait=False)

        here = await ann.say("tea")
        waiting = await db.rows("SELECT state, attempts FROM inbox WHERE update_id = 900")
        telegram.faults.clear()
        there = await bob.sees("Jasmine tea", seconds=60)

        assert "Jasmine tea" in text_of(here)
        assert text_of(there)
        assert waiting == [{"state": "pending", "attempts": 0}]
        async with asyncio.timeout(60):
            while not await db.rows("SELECT 1 FROM inbox WHERE update_id = 900 AND state = 'done'"):  # noqa: ASYNC110  (rows tell nobody)
                await asyncio.sleep(0.05)
        told = [line for line in capsys.readouterr().err.splitlines() if "bot.unreachable" in line]
        assert len(told) == 1
        assert telegram.api in told[0]


async def test_what_telegram_pushes_before_the_shop_has_reached_it_comes_again(
    open_shop: OpenShop, telegram: Telegram
) -> None:
    async with Visitor(telegram.address) as bob:
        async with open_shop(public_url=PUBLIC):
            await bob.say("/points")
        telegram.faults.append(away())
        telegram.pushed.clear()
        async with open_shop(public_url=PUBLIC):
            await bob.say("tea", wait=False)
            await _until(telegram.pushed.total)
            telegram.faults.clear()

            await bob.sees("Jasmine tea", seconds=60)

            assert list(telegram.pushed) == [503, 200]
            assert telegram.pushed[200] == 1


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)  # nothing of it is kept in a database
async def test_a_token_that_telegram_refuses_later_is_told_in_the_log_and_the_browser_chat_stays_open(
    open_shop: OpenShop, telegram: Telegram, capsys: pytest.CaptureFixture[str]
) -> None:
    telegram.faults.append(away())
    async with open_shop(telegram_token="778:" + "t" * 35) as shop, Visitor(shop.address) as ann:
        telegram.faults.clear()
        said = ""
        async with asyncio.timeout(60):
            while "telegram.not_served" not in said:
                await asyncio.sleep(0.05)
                said += capsys.readouterr().err

        assert f"TELEGRAM_TOKEN: {telegram.api} does not know this token" in said
        assert "Traceback" not in said
        assert "2,310 points" in text_of(await ann.say("/points"))


async def test_stars_that_cannot_go_back_yet_are_no_task_for_a_person(database: str, telegram: Telegram) -> None:
    bob = await people.welcome(name="Bob", language="en")
    await messaging.connect(bot_id=777, user_id=5, person_id=bob.id, username=None)
    bot = TelegramsBot(Settings.model_validate(at(telegram)), {}, limits=False)
    telegram.faults.append(away())
    stars = Money(384, "XTR")
    wish = RefundWish(
        charge_id="", telegram_charge_id="stars-1", person_id=bob.id, amount=stars, charged=stars, key="refund:1"
    )

    with pytest.raises(RefundFailed) as refused:
        await refunding.refunders(webchat_api=None, telegram=bot)["stars"](wish)
    await bot.application.bot.shutdown()

    assert not isinstance(refused.value, NoWayBack)


async def _until(happened: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not happened():  # noqa: ASYNC110  (nor does a counter)
            await asyncio.sleep(0.05)
