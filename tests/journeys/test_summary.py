"""The summary is a promise: what it shows is what is paid.

On SQLite only: what is asked of a database has tests of its own.
"""

import pytest

from shop.running import Shop
from storefront.kernel import db
from tests.support.visitor import Visitor, labels, text_of

pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)


async def test_a_price_that_changed_is_shown_anew_before_it_is_reserved(shop: Shop) -> None:
    async with Visitor(shop.address) as ann:
        await ann.say("jasmine")
        await ann.press("1")
        await ann.press("Buy")
        await db.execute("UPDATE variant SET price_minor = 3980 WHERE sku = 'tea'")

        summary = await ann.press("at the branch")
        assert "CN¥39.80" in text_of(summary)
        assert await db.rows("SELECT 1 FROM orders") == []

        await ann.press("at the branch")
        assert "CN¥39.80" in text_of(await ann.sees("Reserved"))


async def test_an_invoice_with_yesterdays_price_is_not_charged(shop: Shop) -> None:
    async with Visitor(shop.address) as ann:
        await ann.say("jasmine")
        await ann.press("1")
        await ann.press("Buy")
        await db.execute("UPDATE variant SET price_minor = 3980 WHERE sku = 'tea'")

        status, told = await ann.pay("✅ Pay")

        assert (status, bool(told["error"])) == (409, True)
        assert await db.rows("SELECT 1 FROM charge") == []


async def test_an_order_that_is_not_paid_has_no_receipt(shop: Shop) -> None:
    async with Visitor(shop.address) as ann:
        await ann.say("jasmine")
        await ann.press("1")
        await ann.press("Buy")
        await ann.press("at the branch")
        await ann.sees("Reserved")
        await ann.press("Show the order")
        await ann.press("Cancel it")

        order = await ann.press("Yes, cancel it")

        assert not [label for label in labels(order) if "Receipt" in label or "Tax" in label]
