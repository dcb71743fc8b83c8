"""What was charged against what was due, and what became of it against the ledger; every difference named."""

from collections.abc import Awaitable, Callable

from storefront import ledger
from storefront.kernel import clock, db
from storefront.kernel.checks import Checks, Finding, Findings, every, queries
from storefront.payments import owing

_BATCH = 1000
_FAR = 2**62
_OTHER_SUM = (
    "SELECT c.id, o.number, c.amount_minor, c.currency, p.amount_minor AS due, p.currency AS due_currency FROM charge c"
    " JOIN payment p ON p.order_id = c.order_id JOIN orders o ON o.id = c.order_id WHERE c.state = 'applied'"
    " AND (c.amount_minor <> p.amount_minor OR c.currency <> p.currency) LIMIT ?"
)
_UNCHARGED = (
    "SELECT p.id, o.number, p.amount_minor, p.currency FROM payment p JOIN orders o ON o.id = p.order_id"
    " WHERE p.state = 'captured' AND p.amount_minor > 0"
    " AND NOT EXISTS (SELECT 1 FROM charge c WHERE c.order_id = p.order_id AND c.state = 'applied') LIMIT ?"
)
_TWICE = (
    "SELECT o.id AS order_id, o.number, COUNT(*) AS n FROM charge c JOIN orders o ON o.id = c.order_id WHERE c.state = 'applied'"
    " GROUP BY o.id, o.number HAVING COUNT(*) > 1 LIMIT ?"
)
_UNDECIDED = (
    "SELECT c.id FROM charge c JOIN job j ON j.name = 'charges advance' WHERE c.state = 'received'"
    " AND c.at < j.last_at - {patience} AND c.at < {now} - {patience} LIMIT ?"
)
_APPLIED_TO_NOTHING = (
    "SELECT c.id FROM charge c WHERE c.state = 'applied'"
    " AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.order_id = c.order_id AND p.state = 'captured') LIMIT ?"
)
_KEPT = (
    "SELECT c.id, c.amount_minor, c.currency, COALESCE(SUM(r.amount_minor), 0) AS back FROM charge c LEFT JOIN refund r"
    " ON r.charge_id = c.id WHERE c.state = 'to_refund' GROUP BY c.id, c.amount_minor, c.currency"
    " HAVING COALESCE(SUM(r.amount_minor), 0) <> c.amount_minor LIMIT ?"
)
_TOO_MUCH = (
    "SELECT c.id, c.amount_minor, c.currency, c.refunding_minor, COALESCE(SUM(r.amount_minor), 0) AS back FROM charge c"
    " LEFT JOIN refund r ON r.charge_id = c.id GROUP BY c.id, c.amount_minor, c.currency, c.refunding_minor"
    " HAVING COALESCE(SUM(r.amount_minor), 0) <> c.refunding_minor OR COALESCE(SUM(r.amount_minor), 0) > c.amount_minor LIMIT ?"
)
_TOO_MANY = (
    "SELECT o.id, o.number, o.total_minor, o.points, SUM(n.money_minor) AS minor, SUM(n.points) AS back FROM credit_note n"
    " JOIN orders o ON o.id = n.order_id GROUP BY o.id, o.number, o.total_minor, o.points"
    " HAVING SUM(n.money_minor) > o.total_minor OR SUM(n.points) > o.points LIMIT ?"
)
_MONEY_OF_DEAD = (
    "SELECT o.id, o.number, c.amount_minor - c.refunding_minor AS minor, c.currency FROM orders o JOIN charge c"
    " ON c.order_id = o.id AND c.state = 'applied' WHERE o.state IN ('cancelled', 'expired')"
    " AND c.refunding_minor < c.amount_minor LIMIT ?"
)
_PIECES_OF_DEAD = (
    "SELECT o.id, o.number, m.variant_id, SUM(CASE WHEN m.kind = 'hold' THEN m.quantity WHEN m.kind IN ('release', 'sell')"
    " THEN -m.quantity ELSE 0 END) AS held FROM orders o JOIN stock_move m ON m.order_id = o.id"
    " WHERE o.state IN ('cancelled', 'expired') GROUP BY o.id, o.number, m.variant_id"
    " HAVING SUM(CASE WHEN m.kind = 'hold' THEN m.quantity WHEN m.kind IN ('release', 'sell') THEN -m.quantity ELSE 0 END) <> 0"
    " LIMIT ?"
)
_FLASH_OF_DEAD = (
    "SELECT o.id, o.number, u.sale_id, u.quantity FROM orders o JOIN flash_use u ON u.order_id = o.id AND u.state = 'active'"
    " WHERE o.state = 'expired' OR (o.state = 'cancelled' AND NOT EXISTS"
    " (SELECT 1 FROM order_event e WHERE e.order_id = o.id AND e.to_state = 'paid')) LIMIT ?"
)
_PATIENCE_MS = 10 * clock.MINUTE


def findings() -> Findings:
    """Each order whose money is not what was due or not where it should be, and each provider's and merchant's, in a sentence."""
    return every(CHECKS)


async def _providers() -> Findings:
    for row in await db.browse("SELECT DISTINCT provider, currency FROM charge"):
        async for finding in _off(_through, row["provider"], row["currency"]):
            yield finding


async def _to_give_back() -> Findings:
    for row in await db.browse("SELECT DISTINCT currency FROM charge"):
        async for finding in _off(_to_refund, row["currency"]):
            yield finding


async def _of_orders() -> Findings:
    for row in await db.rows("SELECT DISTINCT currency FROM charge"):
        async for finding in _holds(row["currency"]):
            yield finding


async def _booked() -> Findings:
    """A refund and its entry are committed together: what is read first decides what must be there when the other is read."""
    money = "SELECT id, amount_minor AS amount FROM refund WHERE state = 'done' AND id > ? ORDER BY id LIMIT ?"
    points = "SELECT id, points AS amount FROM credit_note WHERE points > 0 AND id > ? ORDER BY id LIMIT ?"
    for what, sql, key in (
        ("refund", money, "refund:{id}"),
        ("credit note", points, "refund:credit:{id}:points"),
    ):
        after = 0
        while batch := await db.browse(sql, after, _BATCH):
            keys = {row["id"]: key.format(id=row["id"]) for row in batch}
            moved = await ledger.postings(list(keys.values()))
            for row in batch:
                booked = sum(max(amount, 0) for _, amount in moved.get(keys[row["id"]], ()))
                if booked != row["amount"]:
                    told = "{what} {id} gave back {amount}, the ledger says {booked}"
                    yield Finding(told, what=what, booked=booked, **row)
            after = int(batch[-1]["id"])


async def _off(look: Callable[..., Awaitable[Finding | None]], *about: str) -> Findings:
    if await look(*about) is None:
        return
    # Read one after the other: something may just have been paid, or given back.
    async with db.snapshot():
        told = await look(*about)
    if told is not None:
        yield told


async def _through(provider: str, unit: str) -> Finding | None:
    found = await db.rows(
        "SELECT (SELECT COALESCE(SUM(amount_minor), 0) FROM charge"
        "  WHERE provider = ? AND currency = ? AND state <> 'received') AS taken,"
        " (SELECT COALESCE(SUM(r.amount_minor), 0) FROM refund r JOIN charge c ON c.id = r.charge_id"
        "  WHERE c.provider = ? AND r.currency = ? AND r.state = 'done') AS given_back",
        *(provider, unit, provider, unit),
    )
    taken, back = int(found[0]["taken"]), int(found[0]["given_back"])
    booked = -await ledger.balance(ledger.gateway(provider, unit))
    if booked == taken - back:
        return None
    told = "{provider} took {taken} {unit} and gave back {back}, the ledger says {booked}"
    return Finding(told, provider=provider, unit=unit, taken=taken, back=back, booked=booked)


async def _to_refund(unit: str) -> Finding | None:
    found = await db.rows(
        "SELECT COALESCE(SUM(amount_minor), 0) AS minor FROM refund WHERE state <> 'done' AND currency = ?", unit
    )
    booked = await ledger.balance(ledger.to_refund(unit))
    if booked == int(found[0]["minor"]):
        return None
    told = "{minor} {unit} are to be given back, the ledger says {booked}"
    return Finding(told, minor=int(found[0]["minor"]), unit=unit, booked=booked)


async def _holds(unit: str) -> Findings:
    after = 0
    while True:
        booked = await ledger.balances("order_hold", unit, after_owner=after, limit=_BATCH)
        last = max(booked) if len(booked) == _BATCH else _FAR
        held = await _held(unit, after, last)
        for order_id in sorted(booked.keys() | held.keys()):
            if booked.get(order_id, 0) != held.get(order_id, 0):
                # Read one after the other: it may just have been paid, or given back.
                async with db.tx():
                    there = await ledger.balance(ledger.order_hold(order_id, unit), locked=True)
                    own = (await _held(unit, order_id - 1, order_id)).get(order_id, 0)
                if there != own:
                    told = (
                        "{own} {unit} were paid for order number {order_id} and not yet earned, the ledger says {there}"
                    )
                    yield Finding(told, order_id=order_id, unit=unit, own=own, there=there)
        if last == _FAR:
            return
        after = last


async def _held(unit: str, after: int, last: int) -> dict[int, int]:
    found = await db.rows(
        "SELECT c.order_id, SUM(c.amount_minor - c.refunding_minor) AS minor FROM charge c JOIN orders o ON o.id = c.order_id"
        " WHERE c.state = 'applied' AND o.state <> 'completed' AND c.currency = ? AND c.order_id > ? AND c.order_id <= ?"
        " GROUP BY c.order_id",
        *(unit, after, last),
    )
    return {int(row["order_id"]): int(row["minor"]) for row in found}


CHECKS: Checks = {
    "charges are what was due": queries(
        ("order {number} took {amount_minor} {currency}, due was {due} {due_currency}", _OTHER_SUM),
        ("order {number} counts as paid with {amount_minor} {currency}, no charge says so", _UNCHARGED),
        ("order {number} took {n} charges", _TWICE),
    ),
    "every charge is applied, or goes back": queries(
        ("charge {id} came, nothing was made of it", _UNDECIDED),
        ("charge {id} counts as applied, no order is paid by it", _APPLIED_TO_NOTHING),
        ("charge {id} of {amount_minor} {currency} is nobody's, {back} go back", _KEPT),
        patience=lambda: _PATIENCE_MS,
        now=clock.now,
    ),
    "no more goes back than was paid": queries(
        (
            "charge {id} of {amount_minor} {currency}: {back} go back, reserved for that are {refunding_minor}",
            _TOO_MUCH,
        ),
        ("order {number} of {total_minor} and {points} points gave back {minor} and {back}", _TOO_MANY),
    ),
    "what was given back is booked, once": _booked,
    "a dead order keeps nothing": queries(
        ("order {number} has ended, {minor} {currency} of it stay", _MONEY_OF_DEAD),
        ("order {number} has ended, {held} pieces of variant {variant_id} are held for it", _PIECES_OF_DEAD),
        ("order {number} was never paid, {quantity} pieces of flash sale {sale_id} are its", _FLASH_OF_DEAD),
    ),
    "providers took and gave back what is booked": _providers,
    "what is to be given back is booked": _to_give_back,
    "what orders hold is booked": _of_orders,
    "merchants are owed their shares": owing.findings,
}
