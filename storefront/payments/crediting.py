"""Giving back what was paid for pieces of an order: points to their lots at once, money the way it came, never more than it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storefront import catalog, ledger, orders, points, promotions
from storefront.kernel import clock, db, events, metrics
from storefront.kernel.errors import NotFound
from storefront.kernel.money import Money, part
from storefront.ledger import Posting
from storefront.payments import rules
from storefront.payments.events import OrderCredited
from storefront.payments.rules import Back


@dataclass(frozen=True)
class CreditNote:
    """What goes back of an order by one wish: points, and money in the order's currency."""

    id: int
    order_id: int
    points: int
    money: Money


async def quote(*, order_id: int, pieces: Mapping[int, int], with_shipping: bool = True) -> tuple[int, Money]:
    """What would come back for so many pieces of these lines (line id -> pieces) now: points and money.

    Raises NotFound, MoreThanBought.
    """
    order = await orders.find(order_id)
    backs = [_back(line, line.credited, n, with_shipping) for line, n in _chosen(order, pieces)]
    worth = await _worth(order, sum(back.money_minor for back in backs), pieces)
    points_left, left = await _left(order)
    return min(sum(back.points for back in backs), points_left), Money(min(worth, left), order.total.currency)


async def left_of(order_id: int) -> tuple[int, Money]:
    """What can still be given back of an order, whatever for: points and money. Raises NotFound."""
    order = await orders.find(order_id)
    points_left, left = await _left(order)
    return points_left, Money(left, order.total.currency)


@db.transaction
async def credit(
    *,
    order_id: int,
    pieces: Mapping[int, int],
    key: str,
    actor: str,
    cause: str,
    with_shipping: bool = True,
    restock: bool = False,
    here: bool = False,
) -> CreditNote:
    """Give back what was paid for so many pieces of these lines (line id -> pieces), once per key.

    With the last piece the order's coupons are hers again. Pieces that had left the house come first, or, with `here`, only
    those that have not: these are on offer again; `restock` says that those which had left are on the shelf again.
    Raises NotFound, NotPaid, MoreThanBought.
    """
    order = await _paid_order(order_id)
    note_id = await _open(order, key, actor, cause)
    if note_id is None:
        return await _known(key)
    charge = await _charge(order)
    chosen = _chosen(order, pieces)
    done = await orders.credit_pieces(order_id=order.id, pieces=pieces, here=here)
    backs = [(line, n, _back(line, done[line.id].before, n, with_shipping)) for line, n in chosen]
    worth = await _worth(order, sum(back.money_minor for _, _, back in backs), {})
    await db.many(
        "INSERT INTO credit_line (note_id, order_line_id, quantity, points, money_minor) VALUES (?, ?, ?, ?, ?)",
        [(note_id, line.id, n, back.points, back.money_minor) for line, n, back in backs],
    )
    for line, n, _ in backs:
        await _put_back(order, line, done[line.id].here, n, f"credit:{note_id}", restock=restock)
    points_left, left = await _left(order)
    returned, money = min(sum(back.points for _, _, back in backs), points_left), min(worth, left)
    note = await _settle(order, note_id, returned, money, charge, actor, cause)
    if all(line.credited + pieces.get(line.id, 0) == line.quantity for line in order.lines):
        await promotions.give_coupons_back(order_id=order.id)
    return note


@db.transaction
async def compensate(
    *, order_id: int, amount_minor: int, key: str, actor: str, cause: str, points: int = 0
) -> CreditNote:
    """Give back a sum of money, and points, for an order's trouble, once per key.

    What pieces may still bring back is the less for it. Raises NotFound, NotPaid, MoreThanPaid.
    """
    assert amount_minor >= 0 <= points, "sums are given, not taken"
    assert amount_minor + points > 0, "nothing to give back"
    order = await _paid_order(order_id)
    note_id = await _open(order, key, actor, cause)
    if note_id is None:
        return await _known(key)
    charge = await _charge(order)
    points_left, left = await _left(order)
    if amount_minor > left or points > points_left:
        raise rules.MoreThanPaid(left=Money(left, order.total.currency), n=points_left, number=order.number)
    return await _settle(order, note_id, points, amount_minor, charge, actor, cause)


async def credit_notes(order_id: int) -> Sequence[CreditNote]:
    """What was given back of an order so far, in its order."""
    found = await db.rows(
        "SELECT n.id, n.order_id, n.points, n.money_minor, o.currency FROM credit_note n"
        " JOIN orders o ON o.id = n.order_id WHERE n.order_id = ? ORDER BY n.id",
        order_id,
    )
    return [
        CreditNote(row["id"], row["order_id"], row["points"], Money(row["money_minor"], row["currency"]))
        for row in found
    ]


async def compensated(order_id: int) -> tuple[int, int]:
    """What was given for an order's trouble so far, and of how much: the money of its pieces that did not come back.

    In minor units of the order's currency; never more than that, and of 1 when nothing is left.
    """
    found = await db.rows(
        "SELECT (SELECT total_minor FROM orders WHERE id = ?) - (SELECT COALESCE(SUM(l.money_minor), 0) FROM credit_line l"
        " JOIN credit_note n ON n.id = l.note_id WHERE n.order_id = ?) AS kept,"
        " (SELECT COALESCE(SUM(n.money_minor), 0) FROM credit_note n WHERE n.order_id = ?"
        " AND NOT EXISTS (SELECT 1 FROM credit_line l WHERE l.note_id = n.id)) AS given",
        *(order_id, order_id, order_id),
    )
    kept = int(found[0]["kept"])
    return min(int(found[0]["given"]), kept), max(kept, 1)


async def _paid_order(order_id: int) -> orders.Order:
    # Two credits of one order come one after the other, so that the last piece is seen to be the last.
    order = await orders.find(order_id, locked=True)
    if order.state not in orders.PAID_IN:
        raise orders.NotPaid(number=order.number)
    return order


def _chosen(order: orders.Order, pieces: Mapping[int, int]) -> Sequence[tuple[orders.OrderLine, int]]:
    if not pieces or not pieces.keys() <= {line.id for line in order.lines}:
        raise NotFound
    assert all(n > 0 for n in pieces.values()), "pieces come back, they are not taken"
    for line in order.lines:
        if pieces.get(line.id, 0) > line.quantity - line.credited:
            raise orders.MoreThanBought(n=line.quantity - line.credited, name=line.names)
    return [(line, pieces[line.id]) for line in order.lines if line.id in pieces]


def _back(line: orders.OrderLine, done: int, more: int, with_shipping: bool) -> Back:
    shipping = line.shipping.minor if with_shipping else 0
    return rules.back(
        line.quantity, done, more, points=line.points, money_minor=line.money.minor, shipping_minor=shipping
    )


async def _worth(order: orders.Order, formula_minor: int, more: Mapping[int, int]) -> int:
    """What pieces bring back: what was paid for them, less what coupons took off those that are kept without a right to it.

    What was withheld comes back with the last pieces. `more` are pieces that are not yet counted as back.
    """
    if order.after_return == "keep":
        return formula_minor
    lines = await db.rows("SELECT id, credited FROM order_line WHERE order_id = ?", order.id)
    back = {row["id"]: row["credited"] + more.get(row["id"], 0) for row in lines}
    kept = [promotions.Kept(line.quantity, back[line.id], line.unit.minor) for line in order.lines]
    withheld = promotions.withheld(await promotions.terms_of(order.id), kept)
    before = await db.rows(
        "SELECT (SELECT COALESCE(SUM(l.money_minor), 0) FROM credit_line l JOIN credit_note n ON n.id = l.note_id"
        " WHERE n.order_id = ?) AS formula, (SELECT COALESCE(SUM(n.money_minor), 0) FROM credit_note n WHERE n.order_id = ?"
        " AND EXISTS (SELECT 1 FROM credit_line l WHERE l.note_id = n.id)) AS given",
        *(order.id, order.id),
    )
    return max(0, int(before[0]["formula"]) + formula_minor - withheld - int(before[0]["given"]))


async def _open(order: orders.Order, key: str, actor: str, cause: str) -> int | None:
    made = await db.rows(
        "INSERT INTO credit_note (order_id, key, cause, actor, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id",
        *(order.id, key, cause, actor, clock.now()),
    )
    return int(made[0]["id"]) if made else None


async def _known(key: str) -> CreditNote:
    found = await db.rows("SELECT id, order_id FROM credit_note WHERE key = ?", key)
    return next(note for note in await credit_notes(found[0]["order_id"]) if note.id == found[0]["id"])


async def _charge(order: orders.Order) -> int | None:
    """The charge that paid the order."""
    found = await db.rows("SELECT id FROM charge WHERE order_id = ? AND state = 'applied'", order.id)
    return int(found[0]["id"]) if found else None


async def _credited(order_id: int) -> int:
    found = await db.rows("SELECT COALESCE(SUM(money_minor), 0) AS n FROM credit_note WHERE order_id = ?", order_id)
    return int(found[0]["n"])


async def _left(order: orders.Order) -> tuple[int, int]:
    """Points and money (minor units) of an order that were not given back yet."""
    found = await db.rows(
        "SELECT COALESCE(SUM(points), 0) AS points, COALESCE(SUM(money_minor), 0) AS minor FROM credit_note WHERE order_id = ?",
        order.id,
    )
    return order.points - int(found[0]["points"]), order.total.minor - int(found[0]["minor"])


async def _put_back(
    order: orders.Order, line: orders.OrderLine, here: int, pieces: int, key: str, *, restock: bool
) -> None:
    key = f"{key}:{line.id}"
    if here:
        await catalog.release_pieces(order_id=order.id, variant_id=line.variant_id, quantity=here, key=key)
    if restock and pieces > here:
        await catalog.give_back(
            variant_id=line.variant_id,
            place_id=line.place_id,
            quantity=pieces - here,
            order_id=order.id,
            key=f"{key}:returned",
        )


async def _settle(
    order: orders.Order, note_id: int, returned: int, money: int, charge: int | None, actor: str, cause: str
) -> CreditNote:
    before = await _credited(order.id)
    await db.execute("UPDATE credit_note SET points = ?, money_minor = ? WHERE id = ?", returned, money, note_id)
    if returned:
        await points.give_back(
            person_id=order.person_id,
            order_id=order.id,
            points=returned,
            key=f"credit:{note_id}",
            actor=actor,
            cause=cause,
        )
    if money:
        assert charge is not None, "money was paid by a charge"
        await _send_back(order, note_id, part(order.due.minor, before, money, order.total.minor), charge, actor, cause)
    note = CreditNote(note_id, order.id, returned, Money(money, order.total.currency))
    await events.announce(OrderCredited(order.id, order.person_id, note_id))
    return note


async def _send_back(order: orders.Order, note_id: int, amount: int, charge: int, actor: str, cause: str) -> None:
    """Reserve the money before anybody is asked for it, and wish it back; the job asks the provider."""
    if not amount:
        return
    reserved = await db.execute(
        "UPDATE charge SET refunding_minor = refunding_minor + ? WHERE id = ? AND refunding_minor + ? <= amount_minor",
        *(amount, charge, amount),
    )
    if not reserved:
        raise rules.MoreThanPaid(left=Money(0, order.total.currency), n=0, number=order.number)
    unit = order.due.currency
    hold = ledger.order_hold(order.id, unit)
    here = hold if await ledger.balance(hold, locked=True) >= amount else ledger.revenue(unit)
    await ledger.book(
        kind="credit",
        key=f"credit:{note_id}:money",
        cause=cause,
        actor=actor,
        postings=[Posting(here, -amount), Posting(ledger.to_refund(unit), amount)],
        order_id=order.id,
    )
    await db.execute(
        "INSERT INTO refund (charge_id, order_id, currency, amount_minor, state, cause, key, at)"
        " VALUES (?, ?, ?, ?, 'intended', ?, ?, ?)",
        *(charge, order.id, unit, amount, cause, f"credit:{note_id}", clock.now()),
    )
    db.after_commit(metrics.REFUND_STEPS.labels("intended").inc)
    await db.wake("refunds")
