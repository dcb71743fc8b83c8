"""Booking: one entry, balanced per unit, once per key."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

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


class Entry(NamedTuple):
    """A booked entry; `fresh` is False when its key had been booked before, and nothing moved this time."""

    id: int
    fresh: bool


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
) -> Entry:
    """Write one entry, once per key; the accounts that may not go below zero stay locked until the transaction ends.

    Raises ValueError when the postings do not balance per unit, Insufficient when a guarded account would go below zero.
    """
    _must_balance(postings)
    made = await db.rows(
        "INSERT INTO ledger_entry (kind, key, cause, actor, order_id, refund_id, reverses, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id",
        *(kind, key, cause, actor, order_id, refund_id, reverses, clock.now()),
    )
    if not made:
        booked = await db.rows("SELECT id FROM ledger_entry WHERE key = ? OR reverses = ?", key, reverses)
        return Entry(int(booked[0]["id"]), fresh=False)
    entry_id = int(made[0]["id"])
    numbers = await _numbers({posting.account for posting in postings})
    # The rows that others wait for come in one order for all, so that nobody waits for each other.
    for posting in sorted(postings, key=lambda posting: (numbers[posting.account], posting.amount)):
        if posting.account.guarded:
            await _move(numbers[posting.account], posting.amount)
    # Last, while the balances are locked: so the postings of each are numbered in the order in which they happened.
    await db.many(
        "INSERT INTO ledger_posting (entry_id, account_id, amount) VALUES (?, ?, ?)",
        [(entry_id, numbers[posting.account], posting.amount) for posting in postings],
    )
    return Entry(entry_id, fresh=True)


@db.transaction
async def reverse(*, entry_id: int, key: str, cause: str, actor: str) -> Entry:
    """Undo an entry by its mirror image, once whatever the keys; the past itself is never changed.

    Raises LookupError for an entry that is not there, Insufficient when what it brought was spent.
    """
    moved = await db.rows(
        "SELECT a.kind, a.owner, a.unit, p.amount, e.order_id, e.refund_id FROM ledger_entry e"
        " JOIN ledger_posting p ON p.entry_id = e.id JOIN ledger_account a ON a.id = p.account_id"
        " WHERE e.id = ? ORDER BY p.id",
        entry_id,
    )
    if not moved:
        raise LookupError(f"no entry {entry_id}")
    return await book(
        kind="reversal",
        key=key,
        cause=cause,
        actor=actor,
        postings=[Posting(Account(row["kind"], row["owner"], row["unit"]), -row["amount"]) for row in moved],
        order_id=moved[0]["order_id"],
        refund_id=moved[0]["refund_id"],
        reverses=entry_id,
    )


def _must_balance(postings: Sequence[Posting]) -> None:
    sums: dict[str, int] = {}
    for posting in postings:
        sums[posting.account.unit] = sums.get(posting.account.unit, 0) + posting.amount
    if not postings or any(sums.values()) or any(posting.amount == 0 for posting in postings):
        raise ValueError(f"an entry balances per unit: {sums}")


async def _numbers(accounts: Collection[Account]) -> Mapping[Account, int]:
    wanted = sorted(accounts)
    either = " OR ".join(["(kind = ? AND owner = ? AND unit = ?)"] * len(wanted))
    found = await db.rows(
        f"SELECT id, kind, owner, unit FROM ledger_account WHERE {either}",  # noqa: S608  (places only)
        *(value for account in wanted for value in account),
    )
    numbers = {Account(row["kind"], row["owner"], row["unit"]): int(row["id"]) for row in found}
    for account in wanted:
        if account not in numbers:
            numbers[account] = await _open(account)
    return numbers


async def _open(account: Account) -> int:
    made = await db.rows(
        "INSERT INTO ledger_account (kind, owner, unit, may_go_negative) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING RETURNING id",
        *(*account, int(not account.guarded)),
    )
    # Somebody else may have opened it at this moment: then the id is hers. It is read, not updated: an update would wait
    # for everybody who has postings in it, and they for us.
    if not made:
        made = await db.rows("SELECT id FROM ledger_account WHERE kind = ? AND owner = ? AND unit = ?", *account)
    account_id = int(made[0]["id"])
    if account.guarded:
        await db.execute(
            "INSERT INTO ledger_balance (account_id, amount) VALUES (?, 0) ON CONFLICT DO NOTHING", account_id
        )
    return account_id


async def _move(account_id: int, amount: int) -> None:
    moved = await db.execute(
        "UPDATE ledger_balance SET amount = amount + ? WHERE account_id = ? AND amount + ? >= 0",
        *(amount, account_id, amount),
    )
    if not moved:
        raise Insufficient
