"""Branches to pick up at and fees to be brought to, as the operator set them."""

import pytest

from storefront import delivery
from storefront.delivery import FeeRule, NoDelivery
from storefront.kernel import db
from storefront.kernel.errors import NotFound
from storefront.kernel.money import Money

SOUTH, NORTH = (30.62, 104.06), (30.72, 104.06)


async def open_branch(code: str, at: tuple[float, float] | None = None, name: str = "城南支行") -> None:
    latitude, longitude = at or (None, None)
    await delivery.add_place(
        code=code,
        kind="branch",
        names={"en": code, "zh_Hans": name},
        address={"en": "1 Market Street"},
        hours={"en": "9:00–17:00"},
        region="chengdu",
        latitude=latitude,
        longitude=longitude,
    )


async def test_branches_come_in_the_operators_order_or_the_nearest_first(database: str) -> None:
    await open_branch("Unknown")
    await open_branch("South", SOUTH)
    await open_branch("North", NORTH)

    in_order = await delivery.branches()
    nearest = await delivery.branches(near=(30.71, 104.07))

    assert [branch.code for branch in in_order] == ["Unknown", "South", "North"]
    assert [branch.code for branch in nearest] == ["North", "South", "Unknown"]


async def test_a_warehouse_is_no_branch(database: str) -> None:
    await delivery.add_place(code="main", kind="warehouse", names={}, address={}, hours={}, region="chengdu")

    assert await delivery.branches() == []
    with pytest.raises(NotFound):
        await delivery.branch(1)


async def test_telling_a_branch_anew_changes_it_and_opens_no_second_one(database: str) -> None:
    await open_branch("South", SOUTH)
    await open_branch("South", NORTH, name="城北支行")

    (branch,) = await delivery.branches()

    assert (branch.names["zh_Hans"], branch.latitude) == ("城北支行", NORTH[0])
    assert await delivery.branch(branch.id) == branch


async def test_a_closed_branch_is_not_offered_but_old_orders_still_show_it(database: str) -> None:
    await open_branch("South", SOUTH)
    (branch,) = await delivery.branches()
    await db.execute("UPDATE place SET closed_at = 1")

    assert await delivery.branches() == []
    assert (await delivery.branch(branch.id)).code == "South"


async def test_the_operators_fees_apply_in_their_order_and_currency(database: str) -> None:
    await delivery.set_fees(
        currency="CNY",
        rules=[FeeRule("chengdu", 600, names={"en": "Chengdu", "zh_Hans": "成都"}), FeeRule("*", 1200, 200, 19_900)],
    )

    assert await delivery.fee(region="chengdu", weight_g=5000, goods=Money(100, "CNY")) == Money(600, "CNY")
    assert await delivery.fee(region="beijing", weight_g=1500, goods=Money(100, "CNY")) == Money(1600, "CNY")
    assert [(rule.region, rule.names["zh_Hans"]) for rule in await delivery.regions("CNY")] == [("chengdu", "成都")]
    with pytest.raises(NoDelivery):
        await delivery.fee(region="chengdu", weight_g=5000, goods=Money(100, "USD"))


async def test_new_fees_take_the_place_of_the_old_ones(database: str) -> None:
    await delivery.set_fees(currency="CNY", rules=[FeeRule("chengdu", 600), FeeRule("*", 1200)])
    await delivery.set_fees(currency="USD", rules=[FeeRule("*", 500)])
    await delivery.set_fees(currency="CNY", rules=[FeeRule("chengdu", 700)])

    assert await delivery.fee(region="chengdu", weight_g=0, goods=Money(100, "CNY")) == Money(700, "CNY")
    assert await delivery.fee(region="chengdu", weight_g=0, goods=Money(100, "USD")) == Money(500, "USD")
    with pytest.raises(NoDelivery):
        await delivery.fee(region="beijing", weight_g=0, goods=Money(100, "CNY"))
