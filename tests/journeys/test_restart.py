"""The shop closes and opens again: what was begun goes on, and old buttons do what they say."""

from asyncio import gather
from contextlib import AsyncExitStack
from pathlib import Path

from shop import running
from storefront import messaging
from storefront.kernel import db
from storefront.kernel.settings import Settings
from tests.journeys.conftest import OpenShop, settled
from tests.support.visitor import Message, Visitor, buttons, text_of


async def test_old_buttons_links_and_questions_outlive_a_restart(open_shop: OpenShop, url: str, tmp_path: Path) -> None:
    async with AsyncExitStack() as visitors:
        async with open_shop() as shop:
            ann = await visitors.enter_async_context(Visitor(shop.address))
            bob = await visitors.enter_async_context(Visitor(shop.address))
            mei = await visitors.enter_async_context(Visitor(shop.address))
            await gather(_leaves_cards(ann), _is_asked_who_receives(bob), _is_asked_how_many_points(mei))
            results, item, summary = [message for message in await ann.history() if message["from"]["is_bot"]]
            bobs = await bob.user_id()
        await _receives_and_dies(url, tmp_path, bobs, "Bob Li")

        async with open_shop() as shop:
            for visitor in (ann, bob, mei):
                await visitor.opens(shop.address)

            await bob.sees("Which phone number may the courier call?")
            await bob.say("138 0013 8000")
            await bob.sees("To: Bob Li, Peace Road 7, house 5")
            assert "123 points = −CN¥1.23" in text_of(await mei.say("123"))
            await ann.tap(item, _data(item, "+ Cart"))
            assert ann.toast == "In your cart: 1 piece."
            await ann.tap(results, _data(results, "Sort: best first"))
            await settled()
            await ann.find("Sort: cheapest first")
            status, _ = await ann.pay(_label(summary, "✅ Pay"))
            assert status == 200
            await ann.sees("Paid. Order A-10001")


async def test_a_button_of_an_order_that_was_placed_before_the_restart_says_what_became_of_it(
    open_shop: OpenShop,
) -> None:
    async with AsyncExitStack() as visitors:
        async with open_shop() as shop:
            ann = await visitors.enter_async_context(Visitor(shop.address))
            await ann.say("rice")
            await ann.press("1")
            summary = await ann.press("Buy")
            await ann.pay("✅ Pay")
            await ann.sees("Paid. Order")

        async with open_shop() as shop:
            await ann.opens(shop.address)
            for label in ("Change where it goes", "1,000 points", "Other…", "+", "at the branch"):
                await ann.tap(summary, _data(summary, label))
                await settled()
            slug = next(button["url"] for button in buttons(summary) if "url" in button).removeprefix("https://t.me/$")
            status, told = await ann.post("pay", client_id="after-the-stop", slug=slug, card="4242424242424242")

            assert (status, "is paid already" in told["error"]) == (409, True)
            assert len(await db.rows("SELECT 1 FROM orders")) == 1
            assert len(await db.rows("SELECT 1 FROM charge")) == 1


async def _leaves_cards(ann: Visitor) -> None:
    await ann.say("rice")
    await ann.say("jasmine")
    await ann.press("1")
    await ann.say("rice")
    await ann.press("1")
    await ann.press("Buy")


async def _is_asked_who_receives(bob: Visitor) -> None:
    await bob.say("jasmine")
    for label in ("1", "Buy", "Change where it goes", "To a new address", "In the city"):
        await bob.press(label)
    await bob.say("Peace Road 7, house 5")


async def _is_asked_how_many_points(mei: Visitor) -> None:
    await mei.say("rice")
    for label in ("1", "Buy", "Other…"):
        await mei.press(label)


def _label(message: Message, part: str) -> str:
    return next(str(button["text"]) for button in buttons(message) if part in button["text"])


def _data(message: Message, part: str) -> str:
    return next(str(button["callback_data"]) for button in buttons(message) if part in button["text"])


async def _receives_and_dies(url: str, folder: Path, user_id: int, text: str) -> None:
    """An update was kept, and the power failed before it was handled."""
    await running.open_database(Settings.model_validate({"data_dir": folder, "database_url": url}))
    sender = {"id": user_id, "is_bot": False, "first_name": "Guest"}
    message = {"message_id": 900, "date": 1, "from": sender, "chat": {"id": user_id, "type": "private"}, "text": text}
    await messaging.receive(bot_id=1, updates=[{"update_id": 7, "message": message}])
    await db.disconnect()
