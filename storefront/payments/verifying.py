"""What was charged against what was due, and what became of it against the ledger; every difference named."""

from collections.abc import AsyncIterator, Awaitable, Callable

from storefront import ledger
from storefront.kernel import db
from storefront.payments import owing

_BATCH = 1000
_MOST = 1000
_FAR = 2**62
_OTHER_SUM = (
    "SELECT o.number, c.amount_minor, c.currency, p.amount_minor AS due, p.currency AS due_currency FROM charge c"
    " JOIN payment p ON p.order_id = c.order_id JOIN orders o ON o.id = c.order_id WHERE c.state = 'applied'"
    " AND (c.amount_minor <> p.amount_minor OR c.currency <> p.currency) LIMIT ?"
)
_UNCHARGED = (
    "SELECT o.number, p.amount_minor, p.currency FROM payment p JOIN orders o ON o.id = p.order_id"
    " WHERE p.state = 'captured' AND p.amount_minor > 0"
    " AND NOT EXISTS (SELECT 1 FROM charge c WHERE c.order_id = p.order_id AND c.state = 'applied') LIMIT ?"
)
_TWICE = (
    "SELECT o.number, COUNT(*) AS n FROM charge c JOIN orders o ON o.id = c.order_id WHERE c.state = 'applied'"
    " GROUP BY o.id, o.number HAVING COUNT(*) > 1 LIMIT ?"
)
_CHECKS = (
    (_OTHER_SUM, "order {number} took {amount_minor} {currency}, due was {due} {due_currency}"),
    (_UNCHARGED, "order {number} counts as paid with {amount_minor} {currency}, no charge says so"),
    (_TWICE, "order {number} took {n} charges"),
)


async def findings() -> AsyncIterator[str]:
    """Each order whose money is not what was due or not where it should be, and each provider's and merchant's, in a sentence."""
    for sql, told in _CHECKS:
        for row in await db.browse(sql, _MOST):
            yield told.format(**row)
    for row in await db.browse("SELECT DISTINCT provider, currency FROM charge"):
        async for finding in _off(_through, row["provider"], row["currency"]):
            yield finding
    for row in await db.browse("SELECT DISTINCT currency FROM charge"):
        async for finding in _off(_to_refund, row["currency"]):
            yield finding
    for row in await db.rows("SELECT DISTINCT currency FROM charge"):
        async for finding in _holds(row["currency"]):
            yield finding
    async for finding in owing.findings():
        yield finding


async def _off(look: Callable[..., Awaitable[str | None]], *about: str) -> AsyncIterator[str]:
    if await look(*about) is None:
        return
    # Read one after the other: something may just have been paid, or given back.
    async with db.snapshot():
        told = await look(*about)
    if told is not None:
        yield told


async def _through(provider: str, unit: str) -> str | None:
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
    return f"{provider} took {taken} {unit} and gave back {back}, the ledger says {booked}"


async def _to_refund(unit: str) -> str | None:
    found = await db.rows(
        "SELECT COALESCE(SUM(amount_minor), 0) AS minor FROM refund WHERE state <> 'done' AND currency = ?", unit
    )
    booked = await ledger.balance(ledger.to_refund(unit))
    if booked == int(found[0]["minor"]):
        return None
    return f"{found[0]['minor']} {unit} are to be given back, the ledger says {booked}"


async def _holds(unit: str) -> AsyncIterator[str]:
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
                    yield f"{own} {unit} were paid for order number {order_id} and not yet earned, the ledger says {there}"
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
