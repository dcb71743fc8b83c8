"""The demo shop packs: what was paid leaves in two parcels, and the demo carrier brings them."""

from shop.demo import CARRIER
from shop.demo.packing import pack_due
from storefront import fulfilment, orders
from storefront.kernel import clock
from tests.fulfilment.parcels import sent_home
from tests.support.market import Market, books, letters, market

__all__ = ["market"]


async def test_an_order_of_the_demo_leaves_in_two_parcels_and_arrives(market: Market) -> None:
    fulfilment.use_carriers({CARRIER: fulfilment.DemoCarrier()})
    try:
        with clock.driven() as time:
            order = await sent_home(market, rice=3)
            early = await pack_due()
            time.forward(2 * clock.MINUTE + 1)
            first = [await pack_due(), await pack_due()]
            part = (await orders.find(order.id)).lines[0].here
            time.forward(2 * clock.MINUTE)
            rest = await pack_due()
            for _ in range(5):
                time.forward(clock.MINUTE)
                await fulfilment.track()
    finally:
        fulfilment.use_carriers({})

    assert (early, first, part, rest) == (0, [1, 0], 2, 1)
    assert (await orders.find(order.id)).state == "delivered"
    assert await letters(market.ann) == ["order_paid", "part_shipped", "order_shipped", "order_delivered"]
    assert await books() == []
