"""Nothing is sold twice: stock moves by conditional updates, and every move is a row."""

import json
from typing import Any

from storefront.catalog.rules import OutOfStock, SoldOut
from storefront.kernel import clock, db


@db.transaction
async def hold(
    *, variant_id: int, quantity: int, order_id: int | None, key: str, prefer_place_id: int | None = None
) -> int:
    """Set pieces aside for an order, or for a sale when it names none; returns the place they lie at.

    Raises SoldOut, OutOfStock. One place gives all pieces of a line: the preferred one if it can, else the fullest. What
    was held under this key is not held again.
    """
    assert quantity > 0
    if (known := await _held_at(key)) is not None:
        return known
    places = await db.rows(
        "SELECT place_id FROM stock WHERE variant_id = ?"
        " ORDER BY CASE WHEN place_id = ? THEN 0 ELSE 1 END, on_hand - held DESC, place_id",
        *(variant_id, prefer_place_id or 0),
    )
    for place in places:
        taken = await db.execute(
            "UPDATE stock SET held = held + ? WHERE variant_id = ? AND place_id = ? AND on_hand - held >= ?",
            *(quantity, variant_id, place["place_id"], quantity),
        )
        if taken and await _note(variant_id, place["place_id"], "hold", quantity, order_id, key):
            return int(place["place_id"])
        if taken:
            # The same wish was granted at this very moment.
            await db.execute(
                "UPDATE stock SET held = held - ? WHERE variant_id = ? AND place_id = ?",
                *(quantity, variant_id, place["place_id"]),
            )
            break
    if (known := await _held_at(key)) is not None:
        return known
    # Asked again: what was there a moment ago may just have been taken.
    free = await db.rows("SELECT MAX(on_hand - held) AS n FROM stock WHERE variant_id = ?", variant_id)
    left = int(free[0]["n"] or 0)
    name = await _name(variant_id)
    if left <= 0:
        raise SoldOut(name=name)
    raise OutOfStock(n=left, name=name)


@db.transaction
async def release(*, order_id: int) -> None:
    """Put back on offer what an order held and will not take."""
    await _end_hold(order_id, "release", "held = held - ?")


@db.transaction
async def release_pieces(*, order_id: int, variant_id: int, quantity: int, key: str) -> None:
    """Put some pieces of a line that an order holds back on offer, once per key; the rest goes its way."""
    await _end_part(order_id, variant_id, quantity, key, "release", "held = held - ?")


@db.transaction
async def sell_pieces(*, order_id: int, variant_id: int, quantity: int, key: str) -> None:
    """Let some pieces of a line that an order holds leave the house, once per key; the rest is held still."""
    await _end_part(order_id, variant_id, quantity, key, "sell", "held = held - ?, on_hand = on_hand - ?")


@db.transaction
async def hold_aside(*, variant_id: int, place_id: int, quantity: int, order_id: int, key: str) -> None:
    """Give an order pieces that were set aside for a sale: how many are held stays the same, and so the stock's row."""
    assert quantity > 0
    if await _note(variant_id, place_id, "release", quantity, None, f"{key}:aside"):
        await _note(variant_id, place_id, "hold", quantity, order_id, key)


@db.transaction
async def free_aside(*, variant_id: int, place_id: int, quantity: int, key: str) -> None:
    """Put back on offer what was set aside for a sale."""
    assert quantity > 0
    if await _note(variant_id, place_id, "release", quantity, None, key):
        await db.execute(
            "UPDATE stock SET held = held - ? WHERE variant_id = ? AND place_id = ?", quantity, variant_id, place_id
        )


@db.transaction
async def sell(*, order_id: int) -> None:
    """Let what an order held leave the house."""
    await _end_hold(order_id, "sell", "held = held - ?, on_hand = on_hand - ?")


@db.transaction
async def receive(*, variant_id: int, place_id: int, quantity: int, key: str) -> None:
    """Take pieces in."""
    assert quantity > 0
    if await _note(variant_id, place_id, "receive", quantity, None, key):
        await _add(variant_id, place_id, quantity)


@db.transaction
async def give_back(*, variant_id: int, place_id: int, quantity: int, order_id: int, key: str) -> None:
    """Take sold pieces back onto the shelf."""
    assert quantity > 0
    if await _note(variant_id, place_id, "return", quantity, order_id, key):
        await _add(variant_id, place_id, quantity)


@db.transaction
async def adjust(*, variant_id: int, place_id: int, counted: int, key: str) -> None:
    """Believe a count: on hand becomes `counted`, but never less than what is held for orders."""
    # Nobody may hold pieces between the look and the change.
    lock = " FOR UPDATE" if db.dialect() == "postgres" else ""
    found = await db.rows(
        f"SELECT on_hand, held FROM stock WHERE variant_id = ? AND place_id = ?{lock}",  # noqa: S608  (a constant)
        *(variant_id, place_id),
    )
    before = found[0] if found else {"on_hand": 0, "held": 0}
    difference = max(counted, before["held"]) - before["on_hand"]
    if difference and await _note(variant_id, place_id, "adjust", difference, None, key):
        await _add(variant_id, place_id, difference)


async def _end_hold(order_id: int, kind: str, change: str) -> None:
    holds = await db.rows(
        "SELECT m.variant_id, m.place_id, m.key, m.quantity - COALESCE((SELECT SUM(p.quantity) FROM stock_move p"
        " WHERE p.order_id = m.order_id AND p.variant_id = m.variant_id AND p.key LIKE m.key || ':part:%'), 0) AS quantity"
        " FROM stock_move m WHERE m.order_id = ? AND m.kind = 'hold'"
        " AND NOT EXISTS (SELECT 1 FROM stock_move d WHERE d.key = m.key || ':end') ORDER BY m.variant_id",
        order_id,
    )
    for held in (held for held in holds if held["quantity"]):
        quantities = (held["quantity"],) * change.count("?")
        if await _note(held["variant_id"], held["place_id"], kind, held["quantity"], order_id, f"{held['key']}:end"):
            await db.execute(
                f"UPDATE stock SET {change} WHERE variant_id = ? AND place_id = ?",  # noqa: S608  (one of two constants)
                *(*quantities, held["variant_id"], held["place_id"]),
            )


async def _end_part(order_id: int, variant_id: int, quantity: int, key: str, kind: str, change: str) -> None:
    hold = await db.rows(
        "SELECT place_id, key FROM stock_move WHERE order_id = ? AND variant_id = ? AND kind = 'hold'",
        order_id,
        variant_id,
    )
    place_id, hold_key = hold[0]["place_id"], hold[0]["key"]
    if await _note(variant_id, place_id, kind, quantity, order_id, f"{hold_key}:part:{key}"):
        await db.execute(
            f"UPDATE stock SET {change} WHERE variant_id = ? AND place_id = ?",  # noqa: S608  (one of two constants)
            *(*(quantity,) * change.count("?"), variant_id, place_id),
        )


async def _held_at(key: str) -> int | None:
    found = await db.rows("SELECT place_id FROM stock_move WHERE key = ?", key)
    return int(found[0]["place_id"]) if found else None


async def _note(variant_id: int, place_id: int, kind: str, quantity: int, order_id: int | None, key: str) -> bool:
    noted = await db.execute(
        "INSERT INTO stock_move (variant_id, place_id, kind, quantity, order_id, key, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        *(variant_id, place_id, kind, quantity, order_id, key, clock.now()),
    )
    return noted == 1


async def _add(variant_id: int, place_id: int, quantity: int) -> None:
    if quantity < 0:
        # An INSERT of it would be refused before it became an UPDATE.
        await db.execute(
            "UPDATE stock SET on_hand = on_hand + ? WHERE variant_id = ? AND place_id = ?",
            *(quantity, variant_id, place_id),
        )
        return
    await db.execute(
        "INSERT INTO stock (variant_id, place_id, on_hand) VALUES (?, ?, ?)"
        " ON CONFLICT (variant_id, place_id) DO UPDATE SET on_hand = stock.on_hand + excluded.on_hand",
        *(variant_id, place_id, quantity),
    )


async def _name(variant_id: int) -> Any:
    found = await db.rows("SELECT i.names FROM variant v JOIN item i ON i.id = v.item_id WHERE v.id = ?", variant_id)
    return json.loads(found[0]["names"]) if found else ""
