"""Fingers and tabs: whatever is tapped twice, or in two tabs at once, happens once, and every press is answered."""

import asyncio
import contextlib
import uuid

import pytest

from shop.running import Shop
from storefront import points
from storefront.kernel import db
from storefront.points import EarnRule
from tests.journeys.conftest import OpenShop, money_kept, settled
from tests.journeys.test_restart import _data
from tests.support.visitor import Message, Visitor, text_of

_INVITING = (EarnRule("friend", "friend", points=200), EarnRule("birthday", "birthday", points=188))


# Every button from the menu to the receipt, by its action.
BUYING = {
    "m",
    "g",
    "f",
    "i",
    "a",
    "c",
    "cq",
    "cx",
    "b",
    "co",
    "k",
    "kq",
    "kp",
    "kc",
    "kw",
    "kb",
    "ka",
    "kn",
    "ar",
    "xa",
    "xq",
    "xy",
    "py",
    "o",
    "od",
    "or",
    "oc",
    "oy",
    "oa",
    "ow",
    "rc",
    "tx",
    "l",
    "lc",
    "p",
    "pi",
    "pf",
    "ps",
    "pt",
    "pb",
}


class Twice:
    """Ann, whose finger trembles."""

    def __init__(self, ann: Visitor) -> None:
        self.ann, self.actions = ann, set[str]()

    async def __call__(self, *told: str) -> Message:
        """Press each of these twice at the same instant; returns the newest message after the last."""
        for label in told:
            message, button = await self.ann.find(label)
            await self.ann.tap(message, button["callback_data"], times=2)
            await settled()
            self.actions.add(button["callback_data"].split(":")[0])
        return (await self.ann.history())[-1]


async def test_every_button_pressed_twice_at_the_same_instant_does_it_once(open_shop: OpenShop) -> None:
    async with (
        open_shop(limits=False, points_send_daily=500) as shop,
        Visitor(shop.address) as ann,
        Visitor(shop.address) as bob,
    ):
        await points.set_rules([EarnRule("daily", "check_in", points=5), *_INVITING])
        twice, bob_twice = Twice(ann), Twice(bob)

        await bob.say("/points")
        await bob_twice("Check in", "Invite a friend", "‹ My points", "My birthday", "‹ Back", "Send points")
        await bob.say("200")
        await bob_twice("✅ Send 200 points", "‹ My points")
        assert "You have 2,115 points." in text_of(await bob.say("/points"))

        await ann.say("/start")
        await twice("My points", "‹ Menu", "Language", "English", "Cart", "‹ Menu", "My orders", "‹ Menu")
        await twice("Browse", "Tea", "Sort", "In stock")
        await ann.say("rice")
        await twice("1", "10 kg", "5 kg", "+ Cart")
        assert ann.toast == "In your cart: 1 piece."
        await twice("Buy", "Change where it goes", "Riverside")
        await _tells_an_address(ann, twice, "Peace Road 7", "Ann Lee", "+86 138 0013 8000")
        await _tells_an_address(ann, twice, "Hill Street 9", "Ann Lee")
        await twice("Change where it goes", "Peace Road 7", "Other…", "‹ Back", "1,000 points", "+", "−")
        await _pays_twice_at_once(ann)
        await twice("Show the order", "Tax invoice", "‹ Back", "Receipt", "Change the address", "Hill Street 9")
        await twice("Change the address", "Remove an address", "Peace Road 7", "Yes, remove it", "‹ Back")
        await twice("Order again", "Order all of it", "🛒 Cart", "+", "Empty the cart")
        await ann.say("jasmine")
        await twice("1", "Buy", "Change where it goes", "South Gate", "at the branch")
        await ann.sees("Reserved. Order")
        await twice("Show the order", "Cancel it", "Yes, cancel it")
        await ann.sees("is cancelled")

        for once in ("order_paid", "order_reserved", "order_cancelled", "orders/receipt"):
            assert len(await db.rows("SELECT 1 FROM outbox WHERE kind = ?", once)) == 1, once
        assert twice.actions | bob_twice.actions >= BUYING
        assert [row["state"] for row in await db.rows("SELECT state FROM orders ORDER BY id")] == [
            "confirmed",
            "cancelled",
        ]
        assert "You have 1,310 points." in text_of(await ann.say("/points"))
        assert await money_kept() == 3690 + 600


async def _tells_an_address(ann: Visitor, twice: Twice, line: str, *answers: str) -> None:
    await twice("Change where it goes", "To a new address", "In the city")
    for answer in (line, *answers):
        await ann.say(answer)
    await ann.sees(f"To: Ann Lee, {line}")


async def _pays_twice_at_once(ann: Visitor) -> None:
    _, button = await ann.find("✅ Pay CN¥42.90")
    slug = button["url"].removeprefix("https://t.me/$")
    wishes = [ann.post("pay", client_id=str(uuid.uuid4()), slug=slug, card="4242424242424242") for _ in range(2)]
    await asyncio.gather(*wishes)
    await ann.sees("Paid. Order")


async def test_two_tabs_show_the_same_and_order_once(shop: Shop) -> None:
    async with Visitor(shop.address) as ann, ann.another_tab() as tab:
        await ann.say("jasmine")
        await ann.press("1")
        await ann.press("Buy")
        seen = await tab.find("at the branch")
        assert await ann.history() == await tab.history()

        message, button = seen
        _, more = await ann.find("+")
        await asyncio.gather(
            ann.tap(message, button["callback_data"]),
            tab.tap(message, button["callback_data"]),
            tab.tap(message, more["callback_data"]),
        )

        await settled()
        assert await ann.history() == await tab.history()
        assert len(await db.rows("SELECT 1 FROM orders")) <= 1
        # Whichever came first, the order that follows is the only one.
        if not await db.rows("SELECT 1 FROM orders"):
            await tab.press("at the branch")
        await ann.sees("Reserved. Order A-10001")
        assert len(await db.rows("SELECT 1 FROM orders")) == 1


async def test_two_tabs_that_pay_at_once_pay_once(shop: Shop) -> None:
    async with Visitor(shop.address) as ann, ann.another_tab() as tab:
        await ann.say("rice")
        await ann.press("1")
        await ann.press("Buy")

        await asyncio.gather(ann.pay("✅ Pay"), tab.pay("✅ Pay"))

        await ann.sees("Paid. Order A-10001")
        assert await money_kept() == 4690
        assert len(await db.rows("SELECT 1 FROM orders")) == 1


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_what_is_looked_for_is_narrowed_wished_and_suggested_once_however_often_it_is_pressed(
    open_shop: OpenShop,
) -> None:
    """On SQLite only: what is asked of a database has tests of its own (tests/search)."""
    async with contextlib.AsyncExitStack() as visitors:
        async with open_shop(limits=False) as shop:
            ann = await visitors.enter_async_context(Visitor(shop.address))
            twice = Twice(ann)
            await ann.say("under 300")
            await twice(
                "✕ up to", "Filters", "‹ Back", "1", "What goes with it", "Use what I buy", "Do not use", "‹ Back"
            )
            await ann.say("wuchnag rice")
            await twice("Only “wuchnag”")
            await ann.say("blue tractor")
            await twice("Tell me when it comes")
            kept = await db.rows(
                "SELECT (SELECT COUNT(*) FROM search_wish) AS wishes, (SELECT COUNT(*) FROM consent) AS leave"
            )
            results = await ann.say("under 300")
        async with open_shop(limits=False) as shop:
            await ann.opens(shop.address)
            await ann.tap(results, _data(results, "Filters"), times=2)
            await settled()
            card = (await ann.history())[-1]

        assert twice.actions >= {"sx", "ff", "f", "i", "sl", "sa", "sn", "sw"}
        assert dict(kept[0]) == {"wishes": 1, "leave": 0}
        assert (card["message_id"], "Which of them?" in text_of(card)) == (results["message_id"], True)
