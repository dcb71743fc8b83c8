"""Reads of the ledger: a balance, an account's statement, the balances of many."""

from collections.abc import Sequence
from dataclasses import dataclass

from storefront.kernel import db
from storefront.ledger.accounts import Account

_GUARDED = (
    "SELECT b.amount FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id"
    " WHERE a.kind = ? AND a.owner = ? AND a.unit = ?"
)
_LOCK = " FOR UPDATE OF b"


@dataclass(frozen=True)
class Movement:
    """One line of an account's statement: what an entry moved into it (positive) or out of it, why, when (epoch ms)."""

    id: int
    kind: str
    cause: str
    amount: int
    order_id: int | None
    at: int


async def balance(account: Account, *, locked: bool = False) -> int:
    """What is in an account, 0 for one that was never used.

    `locked` (of a guarded account) keeps everybody else from moving it until the transaction ends.
    """
    if account.guarded:
        lock = _LOCK if locked and db.dialect() == "postgres" else ""
        found = await db.rows(_GUARDED + lock, *account)
        return int(found[0]["amount"]) if found else 0
    found = await db.rows(
        "SELECT COALESCE(SUM(p.amount), 0) AS amount FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id"
        " WHERE a.kind = ? AND a.owner = ? AND a.unit = ?",
        *account,
    )
    return int(found[0]["amount"])


async def statement(account: Account, *, before_id: int | None = None, limit: int = 10) -> Sequence[Movement]:
    """The latest movements of an account, newest first; `before_id` is the last one's of the page before."""
    found = await db.rows(
        "SELECT p.id, e.kind, e.cause, p.amount, e.order_id, e.at FROM ledger_account a"
        " JOIN ledger_posting p ON p.account_id = a.id JOIN ledger_entry e ON e.id = p.entry_id"
        " WHERE a.kind = ? AND a.owner = ? AND a.unit = ? AND p.id < ? ORDER BY p.id DESC LIMIT ?",
        *(*account, before_id if before_id is not None else 2**62, limit),
    )
    return [Movement(**row) for row in found]


async def balances(kind: str, unit: str, *, after_owner: int, limit: int) -> dict[int, int]:
    """The balances of one guarded kind, by owner, in their order, from after this owner on."""
    found = await db.rows(
        "SELECT a.owner, b.amount FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id"
        " WHERE a.kind = ? AND a.unit = ? AND a.owner > ? ORDER BY a.owner LIMIT ?",
        *(kind, unit, after_owner, limit),
    )
    return {int(row["owner"]): int(row["amount"]) for row in found}
