"""The cart: it is a row, so it survives whatever happens to the process."""

from dataclasses import dataclass

from storefront import catalog, promotions
from storefront.cart import rules
from storefront.kernel import clock, db, once


@dataclass(frozen=True)
class CartLine:
    """So many of a variant, as it is now."""

    variant: catalog.Variant
    quantity: int


@db.transaction
async def add(*, person_id: int, variant_id: int, quantity: int, key: str) -> int:
    """Put pieces into the cart, once per key; returns how many of it are there now.

    Raises NotForSale, CartFull, TooManyPieces, SoldOut, OutOfStock.
    """
    assert quantity > 0, "pieces are put in; set_quantity takes them out"
    if not await once.first_time("cart.add", f"{person_id}:{key}"):
        return await _quantity(person_id, variant_id)
    variant = await catalog.variant(variant_id)
    sale = (await promotions.sales_of(person_id=person_id, variant_ids=[variant_id])).get(variant_id)
    must_be_sold(variant, quantity, sale)
    put = await db.rows(
        "INSERT INTO cart_line (person_id, variant_id, quantity, added_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (person_id, variant_id) DO UPDATE SET quantity = cart_line.quantity + excluded.quantity"
        " RETURNING quantity",
        *(person_id, variant_id, quantity, clock.now()),
    )
    together = int(put[0]["quantity"])
    must_be_sold(variant, together, sale)
    if await count(person_id) > rules.LINES_MAX:
        raise rules.CartFull(limit=rules.LINES_MAX)
    return together


@db.transaction
async def add_what_is_left(*, person_id: int, variant_id: int, quantity: int, key: str) -> int:
    """Put up to so many pieces into the cart, once per key, as far as the shop and the cart have room for them.

    Returns how many of these pieces are in the cart now, 0 when there are none to be had.
    """
    found = await catalog.variants([variant_id])
    if not found or found[0].price is None:
        return 0
    inside = await _quantity(person_id, variant_id)
    sale = (await promotions.sales_of(person_id=person_id, variant_ids=[variant_id])).get(variant_id)
    room = min(to_be_had(found[0], sale), rules.PIECES_MAX) - inside
    if inside == 0 and await count(person_id) >= rules.LINES_MAX:
        room = 0
    if min(quantity, room) > 0:
        inside = await add(person_id=person_id, variant_id=variant_id, quantity=min(quantity, room), key=key)
    return min(quantity, inside)


@db.transaction
async def set_quantity(*, person_id: int, variant_id: int, quantity: int) -> None:
    """Have exactly so many of a thing in the cart; none takes it out. Raises as `add`."""
    if quantity <= 0:
        await db.execute("DELETE FROM cart_line WHERE person_id = ? AND variant_id = ?", person_id, variant_id)
        return
    sale = (await promotions.sales_of(person_id=person_id, variant_ids=[variant_id])).get(variant_id)
    must_be_sold(await catalog.variant(variant_id), quantity, sale)
    await db.execute(
        "UPDATE cart_line SET quantity = ? WHERE person_id = ? AND variant_id = ?", quantity, person_id, variant_id
    )


@db.transaction
async def clear(*, person_id: int) -> None:
    """Empty the cart."""
    await db.execute("DELETE FROM cart_line WHERE person_id = ?", person_id)


async def lines(person_id: int) -> list[CartLine]:
    """What is in the cart and still sold, oldest first."""
    found = await db.rows("SELECT variant_id, quantity FROM cart_line WHERE person_id = ? ORDER BY id", person_id)
    quantities = {row["variant_id"]: int(row["quantity"]) for row in found}
    return [CartLine(variant, quantities[variant.id]) for variant in await catalog.variants(list(quantities))]


async def count(person_id: int) -> int:
    """How many different things are in the cart."""
    found = await db.rows("SELECT COUNT(*) AS n FROM cart_line WHERE person_id = ?", person_id)
    return int(found[0]["n"])


@db.transaction
async def follow(*, from_person_id: int, to_person_id: int) -> None:
    """Two accounts are one person: the carts are put together, the habits of the second stay if she has any."""
    await db.execute(
        "INSERT INTO cart_line (person_id, variant_id, quantity, added_at)"
        " SELECT ?, variant_id, quantity, added_at FROM cart_line WHERE person_id = ?"
        " ON CONFLICT (person_id, variant_id) DO NOTHING",
        *(to_person_id, from_person_id),
    )
    await db.execute("DELETE FROM cart_line WHERE person_id = ?", from_person_id)
    await db.execute("UPDATE checkout SET person_id = ? WHERE person_id = ?", to_person_id, from_person_id)
    await db.execute(
        "INSERT INTO habit (person_id, delivery, place_id, address_id, points)"
        " SELECT ?, delivery, place_id, address_id, points FROM habit WHERE person_id = ? ON CONFLICT DO NOTHING",
        *(to_person_id, from_person_id),
    )
    await db.execute("DELETE FROM habit WHERE person_id = ?", from_person_id)


def to_be_had(variant: catalog.Variant, sale: promotions.Sale | None, deal: rules.Deal | None = None) -> int:
    """How many pieces she can have: of those on offer, or of those set aside for a flash sale or a deal, never of both."""
    if deal is not None and deal.place_id is not None:
        return deal.most
    return max(variant.available, sale.mine if sale is not None and sale.open else 0)


def must_be_sold(
    variant: catalog.Variant, quantity: int, sale: promotions.Sale | None = None, deal: rules.Deal | None = None
) -> None:
    """Refuse what cannot be had. Raises NotForSale, TooManyPieces, DealLimit, SoldOut, OutOfStock."""
    if variant.price is None:
        raise rules.NotForSale(name=variant.names)
    if quantity > rules.PIECES_MAX:
        raise rules.TooManyPieces(limit=rules.PIECES_MAX)
    there = to_be_had(variant, sale, deal)
    if deal is not None and 0 < deal.most < quantity:
        raise rules.DealLimit(n=deal.most)
    if there <= 0:
        raise catalog.SoldOut(name=variant.names)
    if there < quantity:
        raise catalog.OutOfStock(n=there, name=variant.names)


async def _quantity(person_id: int, variant_id: int) -> int:
    found = await db.rows(
        "SELECT quantity FROM cart_line WHERE person_id = ? AND variant_id = ?", person_id, variant_id
    )
    return int(found[0]["quantity"]) if found else 0
