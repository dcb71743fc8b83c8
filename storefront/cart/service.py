"""The cart: it is a row, so it survives whatever happens to the process."""

from dataclasses import dataclass

from storefront import catalog
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
    found = await db.rows(
        "SELECT quantity FROM cart_line WHERE person_id = ? AND variant_id = ?", person_id, variant_id
    )
    now = int(found[0]["quantity"]) if found else 0
    if not await once.first_time("cart.add", f"{person_id}:{key}"):
        return now
    variant = await catalog.variant(variant_id)
    _must_be_there(variant, now + quantity)
    if not found and await count(person_id) >= rules.LINES_MAX:
        raise rules.CartFull(limit=rules.LINES_MAX)
    await db.execute(
        "INSERT INTO cart_line (person_id, variant_id, quantity, added_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (person_id, variant_id) DO UPDATE SET quantity = cart_line.quantity + excluded.quantity",
        *(person_id, variant_id, quantity, clock.now()),
    )
    return now + quantity


@db.transaction
async def set_quantity(*, person_id: int, variant_id: int, quantity: int) -> None:
    """Have exactly so many of a thing in the cart; none takes it out. Raises as `add`."""
    if quantity <= 0:
        await db.execute("DELETE FROM cart_line WHERE person_id = ? AND variant_id = ?", person_id, variant_id)
        return
    _must_be_there(await catalog.variant(variant_id), quantity)
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
    """Two accounts are one person: the carts are put together, the habits of the second stay."""
    await db.execute(
        "INSERT INTO cart_line (person_id, variant_id, quantity, added_at)"
        " SELECT ?, variant_id, quantity, added_at FROM cart_line WHERE person_id = ?"
        " ON CONFLICT (person_id, variant_id) DO NOTHING",
        *(to_person_id, from_person_id),
    )
    await db.execute("DELETE FROM cart_line WHERE person_id = ?", from_person_id)
    await db.execute("UPDATE checkout SET person_id = ? WHERE person_id = ?", to_person_id, from_person_id)


def _must_be_there(variant: catalog.Variant, quantity: int) -> None:
    if variant.price is None:
        raise rules.NotForSale(name=variant.names)
    if quantity > rules.PIECES_MAX:
        raise rules.TooManyPieces(limit=rules.PIECES_MAX)
    if variant.available <= 0:
        raise catalog.SoldOut(name=variant.names)
    if variant.available < quantity:
        raise catalog.OutOfStock(n=variant.available, name=variant.names)
