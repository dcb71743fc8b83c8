"""One person in several chats, and a question that is left in the middle.

On SQLite only: what is asked of a database has tests of its own.
"""

from contextlib import AsyncExitStack

import pytest

from shop.running import Shop
from storefront.kernel import db
from tests.journeys.conftest import OpenShop, settled
from tests.support.visitor import Message, Visitor, text_of

pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)


async def test_two_chats_become_one_account_with_orders_points_addresses_and_cart(open_shop: OpenShop) -> None:
    async with AsyncExitStack() as visitors:
        shop = await visitors.enter_async_context(open_shop(limits=False))
        phone = await visitors.enter_async_context(Visitor(shop.address))
        laptop = await visitors.enter_async_context(Visitor(shop.address))
        await _orders_tea_home(phone, "Peace Road 7")
        await _puts_into_cart(phone, "mug")
        await _orders_tea_home(laptop, "Hill Street 9")
        await _puts_into_cart(laptop, "rice")
        made = await phone.say("/link")
        code = _code(made)

        wrong = await laptop.say("/link ABCD-EFGH-JKLM")
        own = await phone.say(f"/link {code}")
        joined = await laptop.say(f"/link {code.lower()}")
        used = await laptop.say(f"/link {code}")

        assert "This code does not work" in text_of(wrong)
        assert "This code is for your other chat" in text_of(own)
        assert "Both chats are one account now" in text_of(joined)
        assert "This code does not work" in text_of(used)
        for chat in (phone, laptop):
            assert "You have 4,620 points." in text_of(await chat.say("/points"))
            cart = text_of(await chat.say("/cart"))
            assert ("Enamel mug" in cart, "Wuchang rice" in cart) == (True, True)
            listed = str(await chat.say("/orders"))
            assert ("A-10001" in listed, "A-10002" in listed) == (True, True)
        await laptop.say("/cart")
        await laptop.press("Order all of it")
        ways = str(await laptop.press("Change where it goes"))
        assert ("Peace Road 7" in ways, "Hill Street 9" in ways) == (True, True)


async def test_old_results_open_in_a_chat_that_was_joined(shop: Shop) -> None:
    async with Visitor(shop.address) as phone, Visitor(shop.address) as laptop:
        code = _code(await phone.say("/link"))
        results = await laptop.say("rice")
        await laptop.say(f"/link {code}")

        sort = next(data for data in _data(results) if data.startswith("f:"))
        (answer,) = await laptop.tap(results, sort)

        assert not answer.get("text")
        await laptop.find("Sort: cheapest first")


async def test_codes_are_not_guessed(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann, Visitor(shop.address) as eve:
        code = _code(await ann.say("/link"))
        for number in range(10):
            assert "This code does not work" in text_of(await eve.say(f"/link GUESS{number}"))

        told = await eve.say(f"/link {code}")

        assert "Too many codes were tried" in text_of(told)
        assert len(await db.rows("SELECT DISTINCT person_id FROM channel")) == 2


async def test_a_question_is_left_by_a_command_or_by_another_button(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        await _is_asked_for_her_phone(ann)
        assert (await ann.reply_keyboard())["keyboard"]
        await ann.say("/stop")
        await settled()
        assert await ann.reply_keyboard() is None
        assert "1 thing found · jasmine" in text_of(await ann.say("jasmine"))

        await _is_asked_for_her_phone(ann)
        await ann.say("/language")
        await ann.press("Русский")
        await settled()
        assert await ann.reply_keyboard() is None
        assert "Найден 1 товар" in text_of(await ann.say("рис"))

        await ann.press("1")
        await ann.press("Купить")
        await ann.press("Другое…")
        await ann.press("🛒")
        assert "«123»" in text_of(await ann.say("123"))


async def test_putting_into_the_cart_leaves_the_question_open(shop: Shop) -> None:
    async with Visitor(shop.address) as ann:
        item = await _item(ann, "jasmine")
        await ann.say("rice")
        for label in ("1", "Buy", "Other…"):
            await ann.press(label)

        await ann.tap(item, next(data for data in _data(item) if data.startswith("a:")))

        assert ann.toast == "In your cart: 1 piece."
        await settled()
        assert "123 points = −CN¥1.23" in text_of(await ann.say("123"))


async def test_a_question_about_what_was_ordered_meanwhile_is_not_asked_for_ever(shop: Shop) -> None:
    async with Visitor(shop.address) as ann:
        await ann.say("jasmine")
        await ann.press("1")
        summary = await ann.press("Buy")
        place = next(data for data in _data(summary) if data.startswith("py:"))
        for label in ("Change where it goes", "To a new address", "In the city"):
            await ann.press(label)
        await db.execute("UPDATE checkout SET revision = 1")
        await ann.say("Peace Road 7, house 5")
        await ann.say("Ann Lee")
        await _ordered_in_another_tab(place)

        await ann.say("", contact={"phone_number": "+8613800138000"})

        await ann.sees("This summary is not the newest one any more.")
        await settled()
        assert await ann.reply_keyboard() is None
        assert "Nothing found" in text_of(await ann.say("zzzz"))


async def _ordered_in_another_tab(place: str) -> None:
    from storefront import orders
    from tests.support.market import HOLD_MS, POLICY

    checkout_id = int(place.split(":")[1])
    draft = (await db.rows("SELECT person_id, revision FROM checkout WHERE id = ?", checkout_id))[0]
    await orders.place(
        person_id=draft["person_id"],
        checkout_id=checkout_id,
        revision=draft["revision"],
        provider="branch",
        policy=POLICY,
        hold_ms=HOLD_MS,
    )


async def _orders_tea_home(ann: Visitor, line: str) -> None:
    await _item(ann, "jasmine")
    for label in ("Buy", "Change where it goes", "To a new address", "In the city"):
        await ann.press(label)
    for told in (line, "Ann Lee", "13800138000"):
        await ann.say(told)
    await ann.sees(f"To: Ann Lee, {line}")
    await ann.pay("✅ Pay")
    await ann.sees("Paid. Order")


async def _puts_into_cart(ann: Visitor, query: str) -> None:
    await _item(ann, query)
    await ann.press("+ Cart")
    await settled()


async def _is_asked_for_her_phone(ann: Visitor) -> None:
    await _item(ann, "jasmine")
    for label in ("Buy", "Change where it goes", "To a new address", "In the city"):
        await ann.press(label)
    await ann.say("Peace Road 7, house 5")
    await ann.say("Ann Lee")
    await settled()


async def _item(ann: Visitor, query: str) -> Message:
    await ann.say(query)
    card = await ann.press("1")
    await settled()
    return card


def _code(made: Message) -> str:
    return text_of(made).splitlines()[0].rpartition(" ")[2]


def _data(message: Message) -> list[str]:
    rows = (message.get("reply_markup") or {}).get("inline_keyboard", [])
    return [button["callback_data"] for row in rows for button in row if "callback_data" in button]
