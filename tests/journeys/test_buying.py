"""From /start to a paid order, in the chat, in every language, with each way to pay."""

import asyncio

import pytest

from shop.running import Shop
from storefront.kernel import db
from tests.support.visitor import Visitor, labels, text_of

WORDS = {
    "en": ("rice", "Buy", "✅", "Paid", "Wuchang rice"),
    "zh_Hans": ("大米", "购买", "✅", "已付款", "五常大米"),
    "ru": ("рис", "Купить", "✅", "Оплачено", "Рис Учан"),
    "ar": ("أرز", "شراء", "✅", "تم الدفع", "أرز ووتشانغ"),
}


@pytest.mark.parametrize("language", WORDS)
async def test_ann_buys_rice_with_points_and_money_in_her_language(shop: Shop, language: str) -> None:
    query, buy, pay, paid, name = WORDS[language]
    async with Visitor(shop.address, language=language) as ann:
        await ann.say("/start")
        ann.taps = ann.typed = 0

        found = await ann.say(query)
        assert name in text_of(found)
        await ann.press("1")
        await ann.press(buy)
        summary = await ann.press("2,000" if language in ("en", "zh_Hans") else "2")
        status, _ = await ann.pay(pay)

        assert status == 200
        assert "A-10001" in text_of(await ann.sees(paid))
        assert "26" in text_of(summary)
        assert (ann.taps, ann.typed) == (5, 1)
    assert await _states() == ["confirmed"]


async def test_a_returning_customer_needs_three_taps(shop: Shop) -> None:
    async with Visitor(shop.address) as ann:
        await _buy_rice(ann)
        ann.taps = 0

        await ann.say("rice")
        card = await ann.press("1")
        status, _ = await ann.pay("⚡")

        assert status == 200
        assert any("South Gate" in label for label in labels(card))
        assert ann.taps == 3
        await ann.sees("A-10002")


async def test_a_gift_is_paid_with_points_only(shop: Shop) -> None:
    async with Visitor(shop.address) as ann:
        await ann.say("mug")
        await ann.press("1")
        await ann.press("Take it for 900 points")
        await ann.press("✅ Pay 900 points")

        letter = await ann.sees("Paid. Order")

        assert "900 points" in text_of(letter)
        await ann.sees("is placed")
        assert "You have 1,410 points." in text_of(await ann.say("/points"))


async def test_money_only_when_she_wants_no_points(shop: Shop) -> None:
    async with Visitor(shop.address) as ann:
        await ann.say("jasmine")
        await ann.press("1")
        await ann.press("Buy")
        await ann.pay("✅ Pay")

        letter = await ann.sees("Paid. Order")

        assert "29.80" in text_of(letter)
        assert "points" not in text_of(letter)


async def test_reserved_to_be_paid_at_the_branch(shop: Shop) -> None:
    async with Visitor(shop.address) as ann:
        await ann.say("jasmine")
        await ann.press("1")
        await ann.press("Buy")
        await ann.press("at the branch")

        letter = await ann.sees("Reserved. Order")

        assert "South Gate branch" in text_of(letter)
    assert await _states() == ["placed"]


async def test_sent_to_a_new_address_that_is_asked_once(shop: Shop) -> None:
    async with Visitor(shop.address) as ann:
        await ann.say("jasmine")
        await ann.press("1")
        await ann.press("Buy")
        await ann.press("Change where it goes")
        await ann.press("To a new address")
        await ann.press("In the city")
        await ann.say("Peace Road 7, house 5, Chengdu")
        await ann.say("Ann Lee")
        await ann.say("", contact={"phone_number": "+8613800138000"})
        summary = await ann.sees("Delivery: CN¥6.00")
        await ann.pay("✅ Pay")

        await ann.sees("It goes to Peace Road 7")

        assert "Ann Lee" in text_of(summary)
        assert "35.80" in text_of(await ann.sees("Paid. Order"))


async def test_a_number_of_points_of_her_own(shop: Shop) -> None:
    async with Visitor(shop.address) as ann:
        await ann.say("rice")
        await ann.press("1")
        await ann.press("Buy")
        await ann.press("Other")
        await ann.say("many")
        summary = await ann.say("１２３")  # fullwidth digits are digits

        assert "123 points = −CN¥1.23" in text_of(summary)


async def test_a_declined_card_charges_nothing_and_another_one_pays(shop: Shop) -> None:
    async with Visitor(shop.address) as ann:
        await ann.say("rice")
        await ann.press("1")
        await ann.press("Buy")

        declined, told = await ann.pay("✅ Pay", card="4000000000000002")
        status, _ = await ann.pay("✅ Pay")

        assert (declined, told["error"]) == (402, "Your card was declined. Try another one.")
        assert status == 200
        await ann.sees("Paid. Order")
    assert await _states() == ["confirmed"]


async def test_an_invoice_that_was_paid_cannot_be_paid_again(shop: Shop) -> None:
    async with Visitor(shop.address) as ann:
        await ann.say("rice")
        await ann.press("1")
        await ann.press("Buy")
        _, button = await ann.find("✅ Pay")
        slug = button["url"].removeprefix("https://t.me/$")

        first = await ann.post("pay", client_id="a" * 12, slug=slug, card="4242424242424242")
        await ann.sees("Paid. Order")
        again = await ann.post("pay", client_id="b" * 12, slug=slug, card="4242424242424242")

        assert first[0] == 200
        assert again[0] == 409
        assert "is paid already" in again[1]["error"]


async def test_the_last_piece_is_sold_once(shop: Shop) -> None:
    async with Visitor(shop.address) as ann, Visitor(shop.address) as bob:
        for visitor in (ann, bob):
            await visitor.say("celadon")
            await visitor.press("1")
            await visitor.press("Buy")

        answers = await asyncio.gather(ann.pay("✅ Pay"), bob.pay("✅ Pay"))

        assert sorted(status for status, _ in answers) == [200, 409]
        refused = next(told for status, told in answers if status == 409)
        assert "sold out" in refused["error"]


async def test_the_cart_is_ordered_whole(shop: Shop) -> None:
    async with Visitor(shop.address) as ann:
        for query in ("rice", "jasmine"):
            await ann.say(query)
            await ann.press("1")
            await ann.press("+ Cart")
        cart = await ann.say("/cart")
        await ann.press("Order all of it")
        await ann.pay("✅ Pay")
        await ann.sees("Paid. Order")

        assert "Together: CN¥76.70" in text_of(cart)
        assert "empty" in text_of(await ann.say("/cart"))


async def test_digital_goods_need_no_address(shop: Shop) -> None:
    async with Visitor(shop.address) as ann:
        await ann.say("top-up")
        await ann.press("1")
        summary = await ann.press("Buy")
        await ann.pay("✅ Pay")
        await ann.sees("Paid. Order")

        assert "Delivered in this chat." in text_of(summary)


async def _buy_rice(visitor: Visitor) -> None:
    await visitor.say("rice")
    await visitor.press("1")
    await visitor.press("Buy")
    await visitor.press("1,000 points")
    await visitor.pay("✅ Pay")
    await visitor.sees("Paid. Order")


async def _states() -> list[str]:
    return [row["state"] for row in await db.rows("SELECT state FROM orders ORDER BY id")]
