"""An order comes in two parcels: the customer sees each, cancels what is here still, and complains of what left."""

import pytest

from storefront import fulfilment, orders
from storefront.fulfilment import CarrierEvent
from storefront.kernel import clock, db
from tests.journeys.conftest import OpenShop
from tests.journeys.test_giving_back import buys
from tests.support.visitor import Visitor, labels, text_of


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_part_of_an_order_comes_and_the_rest_is_cancelled_in_three_taps(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        await buys(ann, "+")
        order = await orders.find(1)
        await fulfilment.ship(
            order_id=1, pieces={order.lines[0].id: 1}, carrier="SF", tracking="SF<1>", key="k", actor="staff:1"
        )
        letter = await ann.sees("Part of your order A-10001 is on its way")
        event = CarrierEvent("1", "out", "Chengdu", clock.now())
        await fulfilment.parcel_event(shipment_id=1, event=event)

        where = await ann.press("Where is it")
        card = await ann.press("‹ Back")
        wrong = await ann.press("Something is wrong")
        await ann.press("‹ Back")
        await ann.press("Cancel the rest")
        await ann.press("I changed my mind")
        await ann.press("Yes, cancel it")
        await ann.sees("is on its way back to you")

        assert "SF<1>" in text_of(letter)
        assert "out for delivery · Chengdu" in text_of(where)
        assert "Here still, being prepared:" in text_of(where)
        assert "A-10001-1 · SF SF<1> · out for delivery" in text_of(card)
        assert "What is wrong with order A-10001?" in text_of(wrong)
        assert not any("Only some of it" in label for label in labels(wrong))
        lines = await db.rows("SELECT quantity, shipped, credited FROM order_line")
        assert lines == [{"quantity": 2, "shipped": 1, "credited": 1}]
        assert (await orders.find(1)).state == "shipped"


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_parcel_that_is_lost_and_an_order_that_is_late_are_told_with_a_case(open_shop: OpenShop) -> None:
    async with open_shop(limits=False) as shop, Visitor(shop.address) as ann:
        await buys(ann, "+")
        line = (await orders.find(1)).lines[0].id
        await fulfilment.ship(order_id=1, pieces={line: 1}, carrier="SF", tracking="SF1", key="k", actor="staff:1")
        await ann.sees("The rest follows")
        await db.execute("UPDATE order_event SET at = 1 WHERE to_state = 'confirmed'")
        await fulfilment.watch()
        late = await ann.sees("We are late with order A-10001")
        await fulfilment.parcel_event(shipment_id=1, event=CarrierEvent("1", "lost", "", clock.now()))
        lost = await ann.sees("Parcel A-10001-1 was lost on its way")

        case = await ann.press("C-1")
        assert "If you do not want to wait, cancel it" in text_of(late)
        assert "answers here by" in text_of(lost)
        assert "It takes too long" not in text_of(case)
        assert "order late" not in text_of(case)
