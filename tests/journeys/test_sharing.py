"""Sharing in the chat: Ann passes an item on, Bob comes by it in another language and buys, and Ann sees what came of it.

On SQLite only: what is asked of a database has tests of its own.
"""

import re

import pytest

from storefront import orders, payments, points
from storefront.kernel import db
from storefront.points import EarnRule
from tests.journeys.conftest import OpenShop, settled
from tests.journeys.test_groups import shared
from tests.support.visitor import Visitor, labels, text_of

pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)

RULES = [EarnRule("shared", "share", rate=10), EarnRule("friend", "friend", points=200)]


async def test_ann_shares_an_item_and_is_told_and_paid_for_what_bob_buys_until_it_comes_back(
    open_shop: OpenShop,
) -> None:
    async with open_shop(return_days=0) as shop, Visitor(shop.address) as ann:
        await points.set_rules(RULES)
        nothing_yet = text_of(await ann.say("/invite"))
        await ann.say("rice")
        link = shared(await ann.press("1"))
        async with Visitor(shop.address, language="zh_Hans") as bob:
            card = await bob.say(f"/start {link}")
            await bob.press("购买")
            await bob.pay("✅")
            await bob.sees("A-10001")
            again = text_of(await bob.say(f"/start {link.partition('-')[0]}-Forged1234"))
        came = await ann.sees("came by your invitation")
        pending = text_of(await ann.press("👥 What came of my links"))

        order = await orders.find((await db.rows("SELECT id FROM orders"))[0]["id"])
        for state in ("ready", "delivered"):
            await orders.step(order_id=order.id, to_state=state, actor="shop", cause="a test")
        await points.ready()
        await ann.sees("has bought here for the first time")
        usable = text_of(await ann.say("/invite"))
        statement = text_of(await ann.say("/points"))
        await payments.credit(
            order_id=order.id, pieces={order.lines[0].id: 1}, key="torn", actor="staff:3", cause="torn bag"
        )
        await settled()
        gone = text_of(await ann.say("/invite"))

        assert "Nobody has come by a link of yours yet." in nothing_yet
        assert re.fullmatch(r"i_\d+-[0-9A-Za-z]{10}", link)
        assert "购买 ¥46.90" in " ".join(labels(card))
        assert "五常" in again
        assert "👥 What came of my links" in labels(came)
        assert "1 person came into the chat" in pending
        assert "1 person bought something" in pending
        assert "669 points on their way" in pending
        assert "669 points earned" in usable
        assert "+469 · for what was bought by your link" in statement
        assert "1 person bought something" in gone
        assert "earned" not in gone
