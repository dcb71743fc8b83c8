"""Points in the chat: a coin a day, a friend, a gift on its way, and a statement that says why.

On SQLite only: what is asked of a database has tests of its own.
"""

import pytest

from shop.running import Shop
from storefront import points
from storefront.points import EarnRule
from tests.journeys.conftest import OpenShop
from tests.support.visitor import Visitor, labels, text_of

pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)

RULES = (
    EarnRule("base", "purchase", rate=1),
    EarnRule("daily", "check_in", points=5),
    EarnRule("friend", "friend", points=200),
    EarnRule("birthday", "birthday", points=188),
)


def address(message: dict[str, object]) -> str:
    """The start word of the link that a message shows."""
    return text_of(message).partition("?start=")[2].split()[0]


async def test_ann_checks_in_invites_bob_and_sends_him_points(open_shop: OpenShop) -> None:
    async with open_shop(points_send_daily=500) as shop, Visitor(shop.address) as ann:
        await points.set_rules(RULES)
        await ann.say("/points")
        await ann.press("✅ Check in: +5")
        statement = await ann.sees("You have 2,315 points.")
        assert "+5 · for checking in" in text_of(statement)
        assert "✅" not in str(labels(statement))
        assert statement["photo"]

        invitation = address(await ann.press("👥 Invite a friend"))
        await ann.press("‹ My points")
        await ann.press("↗ Send points")
        refused = await ann.say("501")
        await ann.say("200")
        await ann.press("✅ Send 200 points")
        gift = address(await ann.sees("200 points wait for your friend."))

        async with Visitor(shop.address, language="zh_Hans") as bob:
            await bob.say(f"/start {invitation}")
            await bob.say(f"/start {gift}")
            assert "2,510" in text_of(await bob.say("/points"))
            again = await bob.say(f"/start {gift}")

        assert "from 1 to 500" in text_of(refused)
        assert "这些积分已经不在了" in text_of(again)
        await ann.sees("came by your invitation")
        await ann.sees("has your 200 points")
        await ann.say("/points")
        assert "−200 · sent to a friend" in text_of(await ann.sees("You have 2,115 points."))


async def test_the_statement_says_in_arabic_what_an_order_earned_and_when_it_can_be_used(shop: Shop) -> None:
    await points.set_rules(RULES)
    async with Visitor(shop.address, language="ar") as ann:
        await ann.say("/start")
        await ann.say("أرز")
        await ann.press("1")
        await ann.press("شراء")
        await ann.pay("✅")
        paid = text_of(await ann.sees("A-10001"))

        statement = text_of(await ann.say("/points"))

        assert "46" in paid
        assert "46" in statement
        assert "A-10001" in statement


async def test_a_birthday_is_asked_once(shop: Shop) -> None:
    await points.set_rules(RULES)
    async with Visitor(shop.address) as ann:
        await ann.say("/points")
        await ann.press("🎂 My birthday")
        wrong = await ann.say("31 February")
        thanks = await ann.say("03-21")
        statement = await ann.press("‹ My points")

        assert "not a day" in text_of(wrong)
        assert "Thank you" in text_of(thanks)
        assert "🎂 My birthday" not in labels(statement)
