"""Coupons and flash sales in the chat: found, collected, used by themselves, changed by hand, waited for.

On SQLite only: what is asked of a database has tests of its own.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shop.running import Shop
from storefront import cart, catalog, people, promotions
from storefront.kernel import clock, db
from storefront.kernel.money import Money
from storefront.kernel.texts import Texts
from tests.support.visitor import Message, Visitor, labels, text_of

pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)


async def load(**told: Any) -> None:
    """Promotions that have begun and last a day."""
    now = datetime.now(UTC)
    lasting = {"starts": now - timedelta(minutes=1), "ends": now + timedelta(days=1)}
    whole = {kind: [{**lasting, **one} for one in some] for kind, some in told.items()}
    await promotions.load(told=promotions.PromotionsTold.model_validate(whole), currency="CNY", timezone="UTC")


async def _tea_for_members(price_minor: int) -> int:
    await db.execute("UPDATE variant SET member_price_minor = ? WHERE sku = 'tea'", price_minor)
    return int((await db.rows("SELECT id FROM variant WHERE sku = 'tea'"))[0]["id"])


def _struck(message: Message) -> list[str]:
    """What is crossed out in it."""
    entities = message.get("entities") or message.get("caption_entities") or []
    units = text_of(message).encode("utf-16-le")
    return [
        units[2 * one["offset"] : 2 * (one["offset"] + one["length"])].decode("utf-16-le")
        for one in entities
        if one["type"] == "strikethrough"
    ]


async def rice() -> catalog.Variant:
    found = await db.rows("SELECT v.id FROM variant v JOIN item i ON i.id = v.item_id WHERE i.names LIKE '%Wuchang%'")
    return await catalog.variant(found[0]["id"])


async def test_ann_collects_a_coupon_by_its_link_it_is_used_by_itself_and_she_may_leave_it(shop: Shop) -> None:
    await load(
        coupons=[
            {"code": "TEN", "names": {"en": "Ten percent"}, "percent": 10},
            {"code": "MUCH", "names": {"en": "A lot off"}, "off_minor": 4000, "minimum_minor": 5000},
        ]
    )
    async with Visitor(shop.address) as ann:
        held = await ann.say("/start c_TEN")
        await ann.press("+ A lot off")
        await ann.say("rice")
        await ann.press("1")
        summary = await ann.press("Buy")
        assert "Ten percent: −CN¥4.69" in text_of(summary)

        choices = await ann.press("🏷 Coupons")
        assert "Add CN¥3.10 more, and it counts." in text_of(choices)
        without = await ann.press("No coupon")
        best = await ann.press("🏷 Coupons")
        again = await ann.press("The best for me")
        await ann.pay("✅ Pay")

        assert "Ten percent" in text_of(held)
        assert "Ten percent" not in text_of(without)
        assert "● Ten percent" not in labels(best)
        assert "Ten percent: −CN¥4.69" in text_of(again)
        assert "42.21" in text_of(await ann.sees("Paid. Order"))
        receipt = await ann.press("📦 Show the order")
        assert "Ten percent: −CN¥4.69" in text_of(receipt)
        assert "Ten percent" not in text_of(await ann.say("/coupons"))


async def test_a_code_is_typed_and_a_wrong_one_is_asked_again(shop: Shop) -> None:
    await load(coupons=[{"code": "SECRET", "names": {"en": "For friends"}, "percent": 10, "collectable": False}])
    async with Visitor(shop.address) as ann:
        before = await ann.say("/coupons")
        await ann.press("Type a code")
        wrong = await ann.say("SECRETS")
        right = await ann.say("secret")

        assert "For friends" not in text_of(before)
        assert "There is no coupon SECRETS." in text_of(wrong)
        assert "For friends" in text_of(right)


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_the_cart_says_what_the_summary_will_and_strikes_the_price_of_the_list(shop: Shop, language: str) -> None:
    money = Texts(language).money
    sack, tea = await rice(), await _tea_for_members(2500)
    await load(flash_sales=[{"code": "RICE", "sku": sack.sku, "price_minor": 3990, "quota": 5, "per_person": 2}])
    async with Visitor(shop.address, language=language) as ann:
        await ann.say("/start")
        await people.set_member(person_id=1, until=clock.now() + clock.DAY)
        await cart.add(person_id=1, variant_id=sack.id, quantity=2, key="rice")
        await cart.add(person_id=1, variant_id=tea, quantity=30, key="tea")
        place = (await db.rows("SELECT place_id FROM stock WHERE variant_id = ?", tea))[0]["place_id"]
        await catalog.adjust(variant_id=tea, place_id=place, counted=10, key="counted")

        card = await ann.say("/cart")
        summary = await ann.press("✅")
        await cart.set_quantity(person_id=1, variant_id=sack.id, quantity=3)
        dearer = await ann.say("/cart")

        goods = Money(2 * 3990 + 10 * 2500, "CNY")
        assert f"2 × {money(Money(3990, 'CNY'))} {money(Money(4690, 'CNY'))}" in text_of(card)
        assert f"30 × {money(Money(2500, 'CNY'))} {money(Money(2980, 'CNY'))}" in text_of(card)
        assert _struck(card) == [money(Money(4690, "CNY")), money(Money(2980, "CNY"))]
        assert money(goods) in text_of(card).splitlines()[-1]
        assert money(goods) in text_of(summary)
        assert _struck(dearer) == [money(Money(2980, "CNY"))], "for three there is no flash price"
        assert "⚡" in text_of(dearer)


async def test_bob_waits_for_a_piece_of_a_flash_sale_and_gets_the_one_that_ann_gave_back(shop: Shop) -> None:
    sku = (await rice()).sku
    await load(flash_sales=[{"code": "RICE", "sku": sku, "price_minor": 1990, "quota": 1}])
    async with Visitor(shop.address) as ann, Visitor(shop.address) as bob:
        await ann.say("/menu")
        listed = await ann.press("⚡ Flash sales")
        card = await ann.press("1")
        await ann.press("Buy CN¥19.90")
        await ann.press("at the branch")
        await ann.sees("Reserved. Order")
        await bob.say("/menu")
        await bob.press("⚡ Flash sales")
        gone = await bob.press("1")
        waiting = await bob.press("Wait for a piece")
        await ann.say("/orders")
        await ann.press("A-10001")
        await ann.press("Cancel it")
        await ann.press("Yes")
        turn = await bob.sees("it is your turn: CN¥19.90")
        await bob.press("⚡ Look at it")
        await bob.press("Buy CN¥19.90")
        await bob.pay("✅ Pay")

        assert "1 of 1 left" in text_of(listed)
        assert "CN¥19.90 until" in text_of(card)
        (ends,) = await db.rows("SELECT ends_at FROM flash_sale")
        (told,) = [one for one in card["caption_entities"] if one["type"] == "date_time"]
        assert (told["unix_time"], told["date_time_format"]) == (ends["ends_at"] // 1000, "r")
        assert "are taken. One may come back" in text_of(gone)
        assert "You are in line" in text_of(waiting)
        assert "It waits for you until" in text_of(turn)
        assert "19.90" in text_of(await bob.sees("Paid. Order"))
