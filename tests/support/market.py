"""A small shop with a branch, two regions and two customers, for tests of carts, orders and payments."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from storefront import (
    audit,
    cart,
    catalog,
    delivery,
    fulfilment,
    ledger,
    messaging,
    orders,
    partners,
    payments,
    people,
    points,
    promotions,
    sharing,
    support,
)
from storefront.catalog import Row
from storefront.delivery import FeeRule
from storefront.kernel import clock, db, events
from storefront.reactions import reactions

POLICY = cart.Policy(
    point_minor=1, points_percent=50, minimum_charge_minor=100, star_minor=10, commission_basis_points=500
)
HOLD_MS = 30 * clock.MINUTE
BOT = 1


@dataclass(frozen=True)
class Market:
    """Who is there and where: Ann and Bob, the branches South and North."""

    ann: int
    bob: int
    south: int
    north: int


@pytest.fixture
async def market(database: str) -> AsyncIterator[Market]:
    """The shop, open, on each database in turn."""
    yield await opened_market()
    events.listen({})
    payments.use_refunders({})


async def opened_market() -> Market:
    """Open the shop in the database that is connected: its branches, fees, reactions, and two customers."""
    events.listen(reactions(welcome_points=0))
    for code in ("South", "North"):
        names = {"en": code}
        await delivery.add_place(code=code, kind="branch", names=names, address=names, hours={}, region="chengdu")
    await delivery.set_fees(currency="CNY", rules=[FeeRule("chengdu", 600), FeeRule("*", 1200, 200)])
    south, north = [branch.id for branch in await delivery.branches()]
    return Market(await customer("Ann", 1), await customer("Bob", 2), south, north)


async def customer(name: str, user_id: int) -> int:
    """Somebody new, who can be written to."""
    person = await people.welcome(name=name, language="en")
    await messaging.connect(bot_id=BOT, user_id=user_id, person_id=person.id, username=None)
    return person.id


async def stocked(sku: str, pieces: int = 10, price: int | None = 4690, **told: Any) -> int:
    """Put a thing on the shelf, or tell anew what it costs; returns its variant."""

    async def nobody_cares(_items: object) -> None: ...

    row = Row(line=1, sku=sku, item=sku, names={"en": sku}, price_minor=price, stock=pieces, **told)
    report = await catalog.import_rows([(1, row)], on_items=nobody_cares)
    assert not report.errors, report.errors
    return int((await db.rows("SELECT id FROM variant WHERE sku = ?", sku))[0]["id"])


async def given(person_id: int, amount: int) -> None:
    """Points that never end."""
    await points.grant(person_id=person_id, points=amount, cause="a test", key=f"{person_id}:{amount}")


async def drafted(person_id: int, variant_id: int, quantity: int = 1, use: int = 0) -> cart.Checkout:
    """The summary of an order of one thing, with so many points."""
    draft = await cart.draft(person_id=person_id, policy=POLICY, variant_id=variant_id, quantity=quantity)
    if use:
        draft = await cart.change(person_id=person_id, checkout_id=draft.id, policy=POLICY, points_wanted=use)
    return draft


async def placed(draft: cart.Checkout, provider: str = "demo") -> orders.Order:
    """The draft becomes an order."""
    return await orders.place(
        person_id=draft.person_id,
        checkout_id=draft.id,
        revision=draft.revision,
        provider=provider,
        policy=POLICY,
        hold_ms=HOLD_MS,
    )


async def asked(draft: cart.Checkout, amount: int | None = None, **changes: Any) -> orders.Order:
    """The provider asks whether it may charge for a draft."""
    told = {
        "person_id": draft.person_id,
        "payload": payments.payload_of(draft.id, draft.revision),
        "currency": draft.currency,
        "amount_minor": draft.total.minor if amount is None else amount,
        "provider": "demo",
    }
    return await payments.before_charge(**{**told, **changes}, policy=POLICY, hold_ms=HOLD_MS)


async def charged(draft: cart.Checkout, charge_id: str = "c1", **changes: Any) -> None:
    """The provider tells that it charged for a draft."""
    told = {
        "provider": "demo",
        "charge_id": charge_id,
        "telegram_charge_id": f"tg {charge_id}",
        "payload": payments.payload_of(draft.id, draft.revision),
        "person_id": draft.person_id,
        "currency": draft.currency,
        "amount_minor": draft.total.minor,
    }
    await payments.record_charge(**{**told, **changes})


async def bought(draft: cart.Checkout, charge_id: str = "c1") -> orders.Order:
    """A draft, ordered and paid through the demo provider."""
    order = await asked(draft)
    await charged(draft, charge_id)
    await payments.advance()
    return await orders.find(order.id)


async def asks_all_to_succeed() -> list[payments.RefundWish]:
    """A provider that gives everything back, and what it was asked for."""
    wishes: list[payments.RefundWish] = []

    async def refund(wish: payments.RefundWish) -> None:
        wishes.append(wish)

    payments.use_refunders({"demo": refund, "stars": refund})
    return wishes


async def letters(person_id: int) -> list[str]:
    """The letters that a customer was written, in their order."""
    found = await db.rows("SELECT payload FROM outbox WHERE person_id = ? ORDER BY id", person_id)
    return [str(json.loads(row["payload"])["letter"]) for row in found]


async def left(variant_id: int) -> int:
    """How many pieces can still be bought."""
    return (await catalog.variant(variant_id)).available


async def charge_states() -> list[str]:
    """What became of the charges, in the order in which they came."""
    return [str(row["state"]) for row in await db.rows("SELECT state FROM charge ORDER BY id")]


async def books() -> list[str]:
    """What `pindan verify` says: nothing, always."""
    nouns = (ledger, points, catalog, promotions, partners, orders, payments, fulfilment, sharing, support, audit)
    return [finding for noun in nouns async for finding in noun.findings()]
