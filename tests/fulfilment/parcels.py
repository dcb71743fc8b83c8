"""Orders that are sent to Ann's home, and parcels of them."""

from itertools import count
from typing import Any

from storefront import cart, fulfilment, orders, people
from storefront.fulfilment import CarrierEvent, Parcel
from storefront.kernel import clock
from tests.support.market import POLICY, Market, bought, stocked

_numbers = count(1)


async def sent_home(market: Market, use: int = 0, **things: int) -> orders.Order:
    """Ann's order of so many of these things, paid with so many points, to be brought home to her."""
    home = await people.save_address(
        person_id=market.ann, recipient="Ann", phone="+8613800138000", region="chengdu", line="1 Market Street"
    )
    for sku, pieces in things.items():
        variant = await stocked(sku, price=4690 if sku == "rice" else 700, points_cap=2000 if use else 0)
        await cart.add(person_id=market.ann, variant_id=variant, quantity=pieces, key=f"{sku}:{next(_numbers)}")
    draft = await cart.draft(person_id=market.ann, policy=POLICY)
    wish: dict[str, Any] = {"person_id": market.ann, "checkout_id": draft.id, "policy": POLICY}
    draft = await cart.change(**wish, address_id=home.id)
    if use:
        draft = await cart.change(**wish, points_wanted=use)
    return await bought(draft, f"charge {next(_numbers)}")


async def ship(order: orders.Order, key: str = "", **things: int) -> Parcel:
    """A parcel with so many pieces of the order's lines (`line0=2`) leaves."""
    pieces = {order.lines[int(name.removeprefix("line"))].id: n for name, n in things.items()}
    return await fulfilment.ship(
        order_id=order.id,
        pieces=pieces,
        carrier="demo",
        tracking=f"SF{next(_numbers)}",
        key=key or f"parcel {next(_numbers)}",
        actor="staff:1",
    )


async def said(parcel: Parcel, kind: str, event: str | None = None, at: int | None = None) -> bool:
    """Its carrier says that it is there now, or lost, or whatever."""
    moment = clock.now() if at is None else at
    return await fulfilment.parcel_event(
        shipment_id=parcel.id, event=CarrierEvent(event or f"e{next(_numbers)}", kind, "Chengdu", moment)
    )


async def state(order: orders.Order) -> str:
    return (await orders.find(order.id)).state
