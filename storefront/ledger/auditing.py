"""The ledger as auditors are given it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from storefront.kernel import db
from storefront.kernel.auditing import Rows
from storefront.ledger.sealing import seal

_TRIES = 200
_AT_ONCE = 20_000


@asynccontextmanager
async def sealed() -> AsyncIterator[None]:
    """A `db.still` of a moment at which every entry has its number; the shop goes on selling."""
    async with AsyncExitStack() as stack:
        for _ in range(_TRIES):
            await _seal_all()
            await (_still_between if db.dialect() == "postgres" else _still)(stack)
            if not await db.look("SELECT 1 FROM ledger_unsealed LIMIT 1"):
                break
            await stack.aclose()
        else:
            raise RuntimeError("so much is booked at once that sealing does not keep up: try again later")
        yield


def audited() -> dict[str, Rows]:
    """Accounts, what was moved, and what is there."""
    return {
        "account": db.stream(
            "SELECT id, CASE WHEN kind LIKE 'gateway:%' THEN 'gateway' ELSE kind END AS kind,"
            " CASE WHEN owner = 0 THEN NULL ELSE owner END AS owner, unit, may_go_negative FROM ledger_account ORDER BY id"
        ),
        "posting": db.stream("SELECT id, entry_id, account_id, amount FROM ledger_posting ORDER BY id"),
        "balance": db.stream(
            "SELECT a.id AS account_id, COALESCE(b.amount, (SELECT SUM(p.amount) FROM ledger_posting p"
            " WHERE p.account_id = a.id), 0) AS amount, (SELECT COALESCE(MAX(seq), 0) FROM ledger_seal) AS as_of_seq"
            " FROM ledger_account a LEFT JOIN ledger_balance b ON b.account_id = a.id ORDER BY a.id"
        ),
    }


def audited_entries() -> Rows:
    """The entries in the order of their numbers; payments say which refund is whose."""
    return db.stream(
        "SELECT e.id, s.seq, e.kind, e.order_id, e.refund_id, e.reverses, e.key AS idem_key, e.at, s.prev_hash, s.hash, e.cause"
        " FROM ledger_seal s JOIN ledger_entry e ON e.id = s.entry_id ORDER BY s.seq"
    )


async def _seal_all() -> None:
    # What is booked meanwhile is the next try's.
    while await seal(limit=_AT_ONCE) == _AT_ONCE:
        pass


async def _still(stack: AsyncExitStack) -> None:
    await stack.enter_async_context(db.still())


async def _still_between(stack: AsyncExitStack) -> None:
    # Whoever would book waits for these few milliseconds: between sealing and looking nothing is booked.
    async with db.tx():
        await db.execute("LOCK TABLE ledger_entry IN SHARE MODE")
        await db.spawn(_seal_all())
        await _still(stack)
