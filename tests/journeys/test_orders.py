"""After the order: it lapses, is cancelled, sent elsewhere, ordered again, has its receipt and its tax invoice.

On SQLite only: what is asked of a database has tests of its own.
"""

import asyncio
import uuid
from typing import Any

import pytest

from shop.running import Shop
from storefront import catalog, jobs, orders, payments, people
from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound
from tests.journeys.conftest import OpenShop, money_kept, settled
from tests.support.visitor import Message, Visitor, buttons, labels, text_of

pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)


async def test_an_unpaid_order_lets_go_of_goods_and_points_on_time_and_says_so(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        await ann.say("rice")
        for label in ("1", "Buy", "1,000 points"):
            await ann.press(label)
        declined, _ = await ann.pay("✅ Pay", card="4000000000000002")
        assert (declined, await _left("rice-5")) == (402, 119)
        assert "1,000 points are set aside" in text_of(await ann.say("/points"))

        with clock.driven() as time:
            time.forward(29 * clock.MINUTE)
            await jobs.run_due()
            assert await _left("rice-5") == 119
            time.forward(1 * clock.MINUTE)
            await jobs.run_due()

        letter = await ann.sees("was not paid in time")
        assert "Your 1,000 points are back." in text_of(letter)
        assert await _left("rice-5") == 120
        assert "You have 2,310 points." in text_of(await ann.say("/points"))
        again = await ann.press("Order again")
        assert "1 thing is in your cart again." in text_of(again)


async def test_an_unpaid_order_is_paid_from_its_own_card_whichever_sheet_is_used_once(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        await ann.say("rice")
        for label in ("1", "Buy", "1,000 points"):
            await ann.press(label)
        summary = _slug(await ann.sees("To pay: CN¥36.90"))
        await ann.pay("✅ Pay", card="4000000000000002")
        await ann.say("/orders")
        card = await ann.press("A-10001")
        own = _slug(card)

        sheets = [await ann.get(f"invoice/{slug}") for slug in (summary, own)]
        answers = await asyncio.gather(*(_pays(ann, slug) for slug in (summary, own, own)))

        assert labels(card)[0] == "✅ Pay CN¥36.90"
        assert (sheets[0]["title"], sheets[0]["prices"]) == ("Wuchang rice", [{"label": "1 × 5 kg", "amount": 3690}])
        assert sheets[0]["description"] == "Paid besides: 1,000 points · Pick up: South Gate branch"
        assert [sheet[told] for sheet in sheets[1:] for told in ("title", "prices", "description")] == [
            sheets[0][told] for told in ("title", "prices", "description")
        ]
        assert own != summary
        assert 200 in [status for status, _ in answers]
        await ann.sees("Paid. Order A-10001")
        assert await money_kept() == 3690
        assert "✅" not in " ".join(labels(await ann.press("Show the order")))


async def test_the_pay_button_of_an_order_that_is_over_or_paid_says_so_and_what_to_do(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        late = []
        for number in ("A-10001", "A-10002", "A-10003"):
            await ann.say("jasmine")
            for label in ("1", "Buy", "at the branch"):
                await ann.press(label)
            await ann.sees(f"Reserved. Order {number}")
            await ann.press("Show the order")
            late.append(_slug(await ann.sees(f"Order {number} ·")))
        await ann.press("Cancel it")
        await ann.press("Yes, cancel it")
        assert (await _pays(ann, late[1]))[0] == 200
        await ann.sees("Paid. Order A-10002")
        with clock.driven() as time:
            time.forward(4 * clock.DAY)
            await orders.lapse()

        answers = [await _pays(ann, slug) for slug in late]

        assert [status for status, _ in answers] == [409, 409, 409]
        assert "A-10001 cannot be paid any more. Look at My orders" in answers[0][1]["error"]
        assert "A-10002 is paid already, nothing more is charged." in answers[1][1]["error"]
        assert "A-10003 cannot be paid any more." in answers[2][1]["error"]
        assert len(await db.rows("SELECT 1 FROM charge")) == 1


async def test_a_cancelled_order_gives_everything_back_and_a_paid_one_is_not_cancelled_by_a_tap(
    open_shop: OpenShop,
) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        await ann.say("rice")
        for label in ("1", "Buy", "1,000 points", "at the branch"):
            await ann.press(label)
        await ann.sees("Reserved. Order A-10001")
        await ann.press("Show the order")
        asked = await ann.press("Cancel it")
        assert "Its 1,000 points come back to you at once." in text_of(asked)
        await payments.take_at_branch(order_id=1, actor="clerk", key="till:1")
        (answer,) = await ann.tap(asked, next(b["callback_data"] for b in buttons(asked) if "Yes" in b["text"]))
        assert "is paid already and cannot be cancelled here" in answer["text"]

        await ann.say("jasmine")
        for label in ("1", "Buy", "at the branch"):
            await ann.press(label)
        await ann.sees("Reserved. Order A-10002")
        for label in ("Show the order", "Cancel it", "Yes, cancel it"):
            await ann.press(label)
        await ann.sees("Order A-10002 is cancelled.")

        assert (await _left("rice-5"), await _left("tea")) == (119, 30)


async def test_the_address_changes_until_the_parcel_leaves(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        await ann.say("jasmine")
        for label in ("1", "Buy"):
            await ann.press(label)
        await _tells_an_address(ann, "In the counties", "Mill Lane 3, Qingshan", "Ann Lee", "13800138000")
        await _tells_an_address(ann, "In the city", "Hill Street 9", "Ann Lee")
        await _tells_an_address(ann, "In the city", "Peace Road 7", "Ann Lee")
        await ann.pay("✅ Pay CN¥35.80")
        await ann.sees("It goes to Peace Road 7")

        await ann.press("Show the order")
        offered = await ann.press("Change the address")
        dearer = next(button["callback_data"] for button in buttons(offered) if "Mill Lane" in button["text"])
        (answer,) = await ann.tap(offered, dearer)
        assert "Delivery there costs CN¥10.00" in answer["text"]
        changed = await ann.press("Hill Street 9")
        assert "To: Ann Lee, Hill Street 9" in text_of(changed)
        assert ann.toast == "The address is changed."

        offered = await ann.press("Change the address")
        await orders.step(order_id=1, to_state="shipped", actor="clerk", cause="parcel handed over")
        await ann.sees("Order A-10001 is on its way.")
        late = next(button["callback_data"] for button in buttons(offered) if "Peace Road" in button["text"])
        (answer,) = await ann.tap(offered, late)
        assert "cannot be changed any more" in answer["text"]
        assert "Change the address" not in labels(await ann.press("‹ Back"))


async def test_a_full_address_book_makes_room_by_a_tap_that_is_asked_about_and_orders_keep_their_address(
    open_shop: OpenShop,
) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        await ann.say("jasmine")
        await ann.press("1")
        await ann.press("Buy")
        await _tells_an_address(ann, "In the city", "Hill Street 0", "Ann Lee", "13800138000")
        await ann.pay("✅ Pay CN¥35.80")
        await ann.sees("It goes to Hill Street 0")
        for number in range(1, 10):
            await people.save_address(
                person_id=1, recipient="Ann Lee", phone="13800138000", region="city", line=f"Hill Street {number}"
            )
        await ann.say("jasmine")
        await ann.press("1")
        await ann.press("Buy")

        old = await ann.press("Change where it goes")
        await ann.say("jasmine")
        await ann.press("1")
        await ann.press("Buy")
        chosen = await ann.press("Change where it goes")
        (full,) = await ann.tap(chosen, _data(chosen, "To a new address"))
        book = await ann.press("Remove an address")
        asked = await ann.press("🗑 Hill Street 0")
        await ann.press("No, keep it")
        kept = labels(await ann.press("Remove an address"))
        await ann.press("🗑 Hill Street 0")
        left = await ann.press("Yes, remove it")

        assert "Remove one first" in full["text"]
        assert len([label for label in labels(book) if "🗑" in label]) == 10
        assert "Ann Lee, +8613800138000\nHill Street 0" in text_of(asked)
        assert "🗑 Hill Street 0" in kept
        assert "🚚 Hill Street 0" not in labels(left)
        assert ann.toast == "The address is removed."
        (late,) = await ann.tap(old, _data(old, "🚚 Hill Street 0"))
        assert late["text"] == NotFound.text
        assert "Choose where it goes." in text_of(await ann.press("‹ Back"))
        await _tells_an_address(ann, "In the city", "Peace Road 7", "Ann Lee")
        await ann.say("/orders")
        assert "Hill Street 0" in text_of(await ann.press("A-10001"))


async def test_a_receipt_bears_whom_the_tax_invoice_is_for(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        await ann.say("jasmine")
        for label in ("1", "Buy"):
            await ann.press(label)
        await ann.pay("✅ Pay")
        await ann.sees("Paid. Order A-10001")
        await ann.press("Show the order")

        await ann.press("Tax invoice")
        await ann.say("Peace & Sons <Ltd>")
        again = await ann.say("12")
        kept = await ann.say("9151 0100 MA")
        await ann.press("‹ Back")
        await ann.press("Receipt")
        receipt = await ann.sees("Receipt for order A-10001")

        assert "at least 5" in text_of(again)
        assert "a tax invoice for Peace & Sons <Ltd>" in text_of(kept)
        assert receipt["photo"]
        assert "Nothing found" in text_of(await ann.say("zzzz")), "nothing is asked any more"
        noted = await db.rows("SELECT title, tax_number FROM tax_request")
        assert noted == [{"title": "Peace & Sons <Ltd>", "tax_number": "91510100MA"}]


async def test_delivery_costs_what_its_region_and_weight_say_and_nothing_above_a_sum(shop: Shop) -> None:
    async with Visitor(shop.address) as ann:
        await ann.say("rice")
        for label in ("1", "Buy"):
            await ann.press(label)
        await _tells_an_address(ann, "In the counties", "Mill Lane 3, Qingshan", "Ann Lee", "13800138000")
        assert "To pay: CN¥64.90" in text_of(await ann.sees("Delivery: CN¥18.00"))

        for _ in range(4):
            await ann.press("+")
            await settled()
        county = await ann.sees("To pay: CN¥234.50")
        assert "Delivery:" not in text_of(county)
        await _tells_an_address(ann, "Anywhere else", "Far Street 1, Harbin", "Ann Lee")
        assert "To pay: CN¥346.50" in text_of(await ann.sees("Delivery: CN¥112.00"))


async def _tells_an_address(ann: Visitor, region: str, line: str, *answers: str) -> None:
    for label in ("Change where it goes", "To a new address", region):
        await ann.press(label)
    for answer in (line, *answers):
        await ann.say(answer)
    await ann.sees(f"To: Ann Lee, {line}")


def _slug(message: Message) -> str:
    button = next(button for button in buttons(message) if "✅ Pay" in button["text"])
    return str(button["url"]).removeprefix("https://t.me/$")


async def _pays(ann: Visitor, slug: str) -> tuple[int, dict[str, Any]]:
    return await ann.post("pay", client_id=str(uuid.uuid4()), slug=slug, card="4242424242424242")


def _data(message: Message, label: str) -> str:
    return str(next(button["callback_data"] for button in buttons(message) if label in button["text"]))


async def _left(sku: str) -> int:
    variant = (await db.rows("SELECT id FROM variant WHERE sku = ?", sku))[0]["id"]
    return (await catalog.variant(variant)).available
