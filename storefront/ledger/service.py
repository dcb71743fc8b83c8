"""Booking: one entry, balanced per unit, once per key."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from storefront.kernel import clock, db
from storefront.kernel.errors import N_, Refusal
from storefront.ledger.accounts import Account


class Insufficient(Refusal):
    """An account that may not go below zero would have."""

    text = N_("That is more than there is. Look at your balance, then choose less.")


class Posting(NamedTuple):
    """So much into an account (positive) or out of it (negative), in the account's unit."""

    account: Account
    amount: int


@db.transaction
async def book(
    *,
    kind: str,
    key: str,
    cause: str,
    actor: str,
    postings: Sequence[Posting],
    order_id: int | None = None,
    refund_id: int | None = None,
    reverses: int | None = None,
) -> int:
    """Write one entry; returns its id, and the first one's id for a key that was booked before.

    Raises ValueError when the postings do not balance per unit, Insufficient when a guarded account would go below zero.
    """
    _must_balance(postings)
    made = await db.rows(
        "INSERT INTO ledger_entry (kind, key, cause, actor, order_id, refund_id, reverses, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING RETURNING id",
        *(kind, key, cause, actor, order_id, refund_id, reverses, clock.now()),
    )
    if not made:
        return int((await db.rows("SELECT id FROM ledger_entry WHERE key = ?", key))[0]["id"])
    entry_id = int(made[0]["id"])
    numbered = sorted([(await _number(posting.account), posting) for posting in postings], key=lambda pair: pair[0])
    await db.many(
        "INSERT INTO ledger_posting (entry_id, account_id, amount) VALUES (?, ?, ?)",
        [(entry_id, account_id, posting.amount) for account_id, posting in numbered],
    )
    for account_id, posting in numbered:
        if posting.account.guarded:
            await _move(account_id, posting.amount)
    return entry_id


async def balance(account: Account) -> int:
    """What is in an account."""
    found = await db.rows(
        "SELECT COALESCE(SUM(p.amount), 0) AS amount FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id"
        " WHERE a.kind = ? AND a.owner = ? AND a.unit = ?"
        if not account.guarded
        else "SELECT b.amount FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id"
        " WHERE a.kind = ? AND a.owner = ? AND a.unit = ?",
        *account,
    )
    return int(found[0]["amount"]) if found else 0


def _must_balance(postings: Sequence[Posting]) -> None:
    sums: dict[str, int] = {}
    for posting in postings:
        sums[posting.account.unit] = sums.get(posting.account.unit, 0) + posting.amount
    if not postings or any(sums.values()) or any(posting.amount == 0 for posting in postings):
        raise ValueError(f"an entry balances per unit: {sums}")


async def _number(account: Account) -> int:
    found: list[dict[str, Any]] = await db.rows(
        "SELECT id FROM ledger_account WHERE kind = ? AND owner = ? AND unit = ?", *account
    )
    if not found:
        found = await db.rows(
            "INSERT INTO ledger_account (kind, owner, unit, may_go_negative) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (kind, owner, unit) DO UPDATE SET kind = excluded.kind RETURNING id",
            *(*account, int(not account.guarded)),
        )
        if account.guarded:
            await db.execute(
                "INSERT INTO ledger_balance (account_id, amount) VALUES (?, 0) ON CONFLICT DO NOTHING", found[0]["id"]
            )
    return int(found[0]["id"])


async def _move(account_id: int, amount: int) -> None:
    moved = await db.execute(
        "UPDATE ledger_balance SET amount = amount + ? WHERE account_id = ? AND amount + ? >= 0",
        *(amount, account_id, amount),
    )
    if not moved:
        raise Insufficient
