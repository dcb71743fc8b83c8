"""Wishes in her own words, in four languages: the right card with its button, nothing done, one short answer."""

import pytest

from shop.running import Shop
from storefront import messaging
from storefront.kernel import clock, db
from tests.journeys.conftest import OpenShop, settled
from tests.support.visitor import Visitor, buttons, labels, text_of

pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)

WORDS = {
    "en": ("rice", "where is my parcel", "please cancel my order", "don't cancel it", "hello!"),
    "zh_Hans": ("大米", "我的包裹到哪了", "取消订单", "不要取消", "你好"),
    "ru": ("рис", "где моя посылка", "отмените мой заказ пожалуйста", "не отменяйте заказ", "здравствуйте"),
    "ar": ("أرز", "أين طردي", "أريد إلغاء الطلب", "لا تلغي الطلب", "مرحبا"),
}


@pytest.mark.parametrize("language", WORDS)
async def test_where_is_my_parcel_and_cancel_open_the_card_and_do_nothing(open_shop: OpenShop, language: str) -> None:
    thing, where, cancel, keep, hello = WORDS[language]
    async with open_shop(limits=False) as shop, Visitor(shop.address, language=language) as ann:
        await _order_rice(ann, thing)
        greeted = await ann.say(hello)
        card = await ann.say(where)
        asked = await ann.say(cancel)
        kept = await ann.say(keep)

        assert len(buttons(greeted)) == 8
        assert "A-10001" in text_of(card)
        assert "A-10001" in text_of(asked)
        assert any(button.get("callback_data", "").startswith("oc:") for button in buttons(asked))
        assert text_of(asked) != text_of(card), "it says that nothing is cancelled yet"
        assert "o:1" in [button.get("callback_data") for button in buttons(kept)]
        assert await db.rows("SELECT state FROM orders") == [{"state": "placed"}]


async def test_two_wishes_are_both_answered(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        await ann.say("where is my parcel and how many points do I have")

        await ann.sees("You have no orders yet.")
        await ann.sees("You have 2,310 points.")


async def test_fragments_within_two_seconds_are_one_message_on_one_card(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        with clock.driven() as time:
            first = await ann.say("wuchang")
            time.forward(1 * clock.SECOND)
            before = len(await ann.history())
            await ann.say("rice", wait=False)
            joined = await ann.sees("· wuchang rice")
            await settled()
            assert joined["message_id"] == first["message_id"]
            assert len(await ann.history()) == before + 1, "her own, and no second card"

            time.forward(3 * clock.SECOND)
            apart = await ann.say("jasmine")
            assert apart["message_id"] != first["message_id"]
            assert "wuchang" not in text_of(apart).lower()


async def test_what_is_not_understood_is_offered_kept_redacted_and_a_press_does_it(shop: Shop) -> None:
    async with Visitor(shop.address) as ann:
        offer = await ann.say("what about the points for my friend please tell 4242424242424242")
        kept = await messaging.unlabelled(10)
        done = await ann.press("My points")

        assert labels(offer) == ["👥 Invite a friend", "⭐ My points", "🔎 Search for it", "💬 Talk to somebody"]
        assert [one.text for one in kept] == ["what about the points for my friend please tell ‹number›"]
        assert "You have 2,310 points." in text_of(done)
        assert done["message_id"] == offer["message_id"]


async def test_a_person_is_one_tap_away(shop: Shop) -> None:
    async with Visitor(shop.address) as ann:
        await ann.say("I want to talk to a human")
        asked = await ann.press("Talk to somebody")

        assert "‹ Menu" in labels(asked)


async def _order_rice(ann: Visitor, thing: str) -> None:
    """An order of a bag of rice that is not paid: the card is declined."""
    await ann.say(thing)
    await ann.press("1")
    message, buy = next(
        (message, button)
        for message in reversed(await ann.history())
        for button in buttons(message)
        if button.get("callback_data", "").startswith("b:")
    )
    await ann.tap(message, buy["callback_data"])
    status, _ = await ann.pay("✅", card="4000000000000002")
    assert status == 402
