"""What goes wrong on the way, on either side, costs nobody a word: not the customer it concerns, and nobody else."""

import asyncio
from typing import Any

from storefront.kernel import db
from tests.bot.conftest import Fault, OpenShop, Telegram
from tests.support.visitor import Visitor, buttons, text_of


async def test_a_chat_that_must_wait_holds_up_nobody_else_and_keeps_its_order(
    open_shop: OpenShop, telegram: Telegram
) -> None:
    async with (
        open_shop(webchat=False),
        Visitor(telegram.address) as ann,
        Visitor(telegram.address) as bob,
    ):
        now = asyncio.get_running_loop().time
        telegram.faults.append(Fault("send", 1, 429, chat_id=await ann.user_id(), retry_after=2))
        began = now()
        for command in ("/points", "/cart", "/orders"):
            await ann.say(command, wait=False)

        await bob.say("/points")
        bob_after = now() - began
        await ann.sees("You have no orders yet")
        ann_after = now() - began

        answers = [text_of(message) for message in await ann.history() if message["from"]["is_bot"]]
        assert bob_after < 2 <= ann_after
        assert [answer.split("\n")[0] for answer in answers] == [
            "You have 2,310 points.",
            "Your cart is empty.",
            "You have no orders yet.",
        ]


async def test_a_server_that_stumbles_is_asked_again(open_shop: OpenShop, telegram: Telegram) -> None:
    async with open_shop(webchat=False), Visitor(telegram.address) as ann:
        telegram.faults += [Fault("send", 1, 502), Fault("send", 1, 500)]

        await ann.say("/points")

        assert (await _until("SELECT attempts FROM outbox WHERE state = 'sent'"))["attempts"] == 3


async def test_what_was_said_while_telegram_was_away_for_hours_arrives_when_it_is_back(
    open_shop: OpenShop, telegram: Telegram
) -> None:
    async with open_shop(), Visitor(telegram.address) as bob:
        await bob.say("/points")
        telegram.faults.append(Fault("sendMessage", 10**6, 502))
        await bob.say("/cart", wait=False)
        await _until("SELECT 1 FROM outbox WHERE state = 'pending' AND attempts >= 1")
        await db.execute("UPDATE outbox SET attempts = 500, not_before = 0 WHERE state = 'pending'")
        await _until("SELECT 1 FROM outbox WHERE state = 'pending' AND attempts > 500")

        telegram.faults.clear()
        await db.execute("UPDATE outbox SET not_before = 0 WHERE state = 'pending'")

        assert await bob.sees("Your cart is empty", seconds=60)


async def test_who_blocks_the_shop_gets_no_word_until_she_writes_again(open_shop: OpenShop, telegram: Telegram) -> None:
    async with open_shop(webchat=False), Visitor(telegram.address) as ann:
        await ann.say("/points")
        telegram.faults.append(Fault("send", 1, 403))
        await ann.say("/cart", wait=False)
        dead = await _until("SELECT error FROM outbox WHERE state = 'dead'")
        blocked = await db.rows("SELECT blocked_at FROM channel")

        await ann.say("/orders")

        assert "Refused: 403" in dead["error"]
        assert blocked[0]["blocked_at"] is not None
        assert (await db.rows("SELECT blocked_at FROM channel"))[0]["blocked_at"] is None


async def test_presses_that_come_faster_than_edits_may_leave_end_in_the_last_one(
    open_shop: OpenShop, telegram: Telegram
) -> None:
    async with open_shop(webchat=False), Visitor(telegram.address) as ann:
        await ann.say("rice")
        await ann.press("1")
        summary = await ann.press("Buy")
        telegram.faults.append(Fault("edit", 1, 429, retry_after=3))
        before = len(telegram.called("editMessageCaption"))

        for label in ("1,000 points", "2,000 points", "No points", "1,000 points"):
            button = next(button for button in buttons(summary) if button["text"].endswith(label))
            await ann.tap(summary, button["callback_data"])
        await ann.sees("1,000 points = −CN¥10.00")

        assert len(telegram.called("editMessageCaption")) - before == 1
        assert sum("Your order" in text_of(message) for message in await ann.history()) == 1


async def test_an_update_that_cannot_be_handled_is_put_aside_with_a_number_and_the_chat_goes_on(
    open_shop: OpenShop, telegram: Telegram
) -> None:
    async with (
        open_shop(webchat=False),
        Visitor(telegram.address) as ann,
        Visitor(telegram.address) as bob,
    ):
        await ann.say("/start")
        await db.execute("ALTER TABLE link_code RENAME TO away")
        await ann.say("/link", wait=False)
        await ann.say("/cart", wait=False)

        await bob.say("/points")
        apology = await ann.sees("Something went wrong on our side")
        await ann.sees("Your cart is empty")

        dead = await db.rows("SELECT attempts, reference FROM inbox WHERE state = 'dead'")
        assert [row["attempts"] for row in dead] == [5]
        assert str(dead[0]["reference"]) in text_of(apology)
        said = [text_of(message) for message in await ann.history()]
        assert said.index(text_of(apology)) < next(at for at, text in enumerate(said) if "cart is empty" in text)


async def test_a_press_is_answered_after_two_seconds_although_its_work_takes_longer(
    open_shop: OpenShop, telegram: Telegram
) -> None:
    async with open_shop(webchat=False), Visitor(telegram.address) as ann:
        await ann.say("rice")
        now = asyncio.get_running_loop().time
        began, card = now(), (await ann.find("1"))[0]

        async with db.tx():
            # Somebody else holds what the press needs.
            await db.execute("UPDATE inbox SET not_before = not_before WHERE bot_id = 0")
            if db.dialect() == "postgres":
                await db.execute("LOCK TABLE variant IN ACCESS EXCLUSIVE MODE")
            pressed = asyncio.create_task(ann.press("1", wait=False))
            await asyncio.wait({pressed}, timeout=6)
            answered_after = now() - began

        assert pressed.done()
        assert 1.8 < answered_after < 6
        await ann.sees("CN¥46.90")
        assert card


async def _until(statement: str) -> dict[str, Any]:
    for _ in range(400):
        if found := await db.rows(statement):
            return dict(found[0])
        await asyncio.sleep(0.05)
    raise AssertionError(statement)
