"""What verify says of promotions: nothing while all is well, and a sentence for each damage."""

import pytest

from storefront import orders, promotions
from storefront.kernel import db
from tests.promotions.offers import coupon, flash
from tests.support.market import Market, bought, customer, drafted, placed, stocked


async def busy(market: Market) -> None:
    """A shop where a coupon was used, all flash pieces were taken, and one came back for who waits."""
    rice = await stocked("rice", pieces=5)
    sale = await flash("rice", quota=2)
    await promotions.collect(person_id=market.ann, code=await coupon("TEN"))
    await bought(await drafted(market.ann, rice))
    mei = await customer("Mei", 3)
    order = await placed(await drafted(mei, rice))
    await promotions.wait(person_id=market.bob, sale_id=sale)
    await orders.cancel(person_id=mei, order_id=order.id)


async def found() -> list[str]:
    return [finding async for finding in promotions.findings()]


async def test_a_busy_shop_has_nothing_to_find(market: Market) -> None:
    await busy(market)

    assert await found() == []


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("UPDATE coupon SET used = 0", "coupon TEN: used 0 times, orders have 1"),
        ("UPDATE coupon_holder SET used = 0", "coupon TEN of person 1: used 0 times, orders have 1"),
        ("UPDATE flash_sale SET taken = 0", "flash sale FLASH-RICE: 0 pieces taken, orders have 1"),
        (
            "UPDATE flash_buyer SET taken = 0 WHERE person_id = 1",
            "flash sale FLASH-RICE of person 1: 0 pieces taken, orders have 1",
        ),
        ("UPDATE flash_sale SET offered = 0", "flash sale FLASH-RICE: 0 pieces offered, 1 customers are offered one"),
    ],
)
async def test_each_damage_is_named(market: Market, damage: str, sentence: str) -> None:
    await busy(market)

    await db.execute(damage)

    assert await found() == [sentence]
