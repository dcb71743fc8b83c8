"""What an operator offers for less: that it is sold, and the pieces that lie set aside for it. Mistakes are lines of a file."""

from dataclasses import dataclass

from storefront import catalog
from storefront.kernel import db


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a file's wish: the name in the file, and why."""

    line: str


async def sold(*, sku: str, currency: str, price_minor: int, offer: str) -> int | Wrong:
    """The variant that is offered for less than the list says; `offer` is what the price is called."""
    found = await db.rows(
        "SELECT id, currency, price_minor FROM variant WHERE sku = ? AND withdrawn_at IS NULL AND points_price IS NULL",
        sku,
    )
    if not found or found[0]["price_minor"] is None or found[0]["currency"] != currency:
        return Wrong(f"sku: {sku} is not sold for {currency}")
    if price_minor >= found[0]["price_minor"]:
        return Wrong(f"price_minor: the list says {found[0]['price_minor']}, {offer} is lower")
    return int(found[0]["id"])


async def set_aside(
    *, variant_id: int, pieces: int, key: str, place_id: int | None = None, whose: str = ""
) -> int | Wrong:
    """Where the pieces lie that are set aside now: at `place_id`, with the others of `whose`, or wherever all of them are."""
    try:
        async with db.savepoint():
            lies_at = await catalog.hold(
                variant_id=variant_id, quantity=pieces, order_id=None, key=key, prefer_place_id=place_id
            )
    except catalog.SoldOut:
        return Wrong("quota: not one piece is free")
    except catalog.OutOfStock as short:
        return Wrong(f"quota: only {short.facts['n']} pieces are free at one place")
    if place_id is not None and lies_at != place_id:
        return Wrong(f"quota: the place of this {whose} has no more free pieces")
    return lies_at


async def set_more_aside(*, variant_id: int, place_id: int, more: int, key: str, whose: str) -> Wrong | None:
    """So many more pieces are set aside at this place; fewer, when it is below 0."""
    if more < 0:
        await catalog.free_aside(variant_id=variant_id, place_id=place_id, quantity=-more, key=key)
        return None
    there = await set_aside(variant_id=variant_id, pieces=more, key=key, place_id=place_id, whose=whose)
    return there if isinstance(there, Wrong) else None
