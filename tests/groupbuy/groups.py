"""Campaigns as an operator loads them, and people who open, join and pay, for tests."""

from typing import Any

from storefront import cart, groupbuy, orders, payments
from storefront.groupbuy import Group
from storefront.kernel import clock, db
from tests.promotions.offers import lasting
from tests.support.market import POLICY, asked, books, charged, placed

PRICE = 3990


async def load(**told: Any) -> None:
    """Take in a file of campaigns."""
    await groupbuy.load(told=groupbuy.CampaignsTold.model_validate(told), currency="CNY", timezone="UTC")


async def campaign(sku: str = "rice", *, size: int = 3, **told: Any) -> int:
    """A campaign that runs for ten days with groups of a day, when nothing else is said; returns its id."""
    whole = {
        "code": f"groups-{sku}",
        "sku": sku,
        "size": size,
        "price_minor": PRICE,
        "minutes": 1440,
        **lasting(10),
        **told,
    }
    await load(campaigns=[whole])
    return int((await db.rows("SELECT id FROM group_campaign WHERE code = ?", f"GROUPS-{sku.upper()}"))[0]["id"])


async def opening(person_id: int, campaign_id: int) -> cart.Checkout:
    """The summary of an order that opens a group."""
    return await groupbuy.start(person_id=person_id, campaign_id=campaign_id, policy=POLICY)


async def joining(person_id: int, group: Group) -> cart.Checkout:
    """The summary of an order that joins a group."""
    return await groupbuy.join(person_id=person_id, code=group.code, policy=POLICY)


async def paid(draft: cart.Checkout) -> orders.Order:
    """The draft, ordered and paid through the demo provider."""
    order = await asked(draft)
    await charged(draft, f"charge {draft.id}")
    await payments.advance()
    return await orders.find(order.id)


async def group_of(order: orders.Order) -> Group:
    """The group that an order has a seat in, as it stands now."""
    group = await groupbuy.of_order(order.id)
    assert group is not None
    return group


async def opened(person_id: int, campaign_id: int) -> Group:
    """A group whose leader has paid."""
    return await group_of(await paid(await opening(person_id, campaign_id)))


async def joined(person_id: int, group: Group) -> orders.Order:
    """Somebody joins and pays."""
    return await paid(await joining(person_id, group))


async def sat(person_id: int, group: Group) -> orders.Order:
    """Somebody takes a seat and has not paid yet."""
    return await placed(await joining(person_id, group))


async def state(group: Group) -> tuple[str, int, int]:
    """A group's state, its seats taken and paid."""
    now = await groupbuy.find(group.id)
    return now.state, now.taken, now.paid


async def order_state(order: orders.Order) -> str:
    """Where an order is now."""
    return (await orders.find(order.id)).state


async def given_back(order: orders.Order) -> tuple[int, int]:
    """What was given back of an order: points, and money in minor units."""
    notes = await payments.credit_notes(order.id)
    return sum(note.points for note in notes), sum(note.money.minor for note in notes)


async def wrong() -> list[str]:
    """What is wrong with anything: nothing, always."""
    return await books() + [finding async for finding in groupbuy.findings()]


DAY = clock.DAY
