"""Reads of the ledger: a balance, an account's statement, the balances of many."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storefront.kernel import db
from storefront.ledger.accounts import Account
from storefront.ledger.service import Posting

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


async def totals(account: Account, *, begins: Sequence[int]) -> list[Mapping[str, int]]:
    """What an account moved in each of the periods that begin at these moments (epoch ms, in order), by kind of entry."""
    found = await db.rows(
        "SELECT e.kind, p.amount, e.at FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id"
        " JOIN ledger_entry e ON e.id = p.entry_id WHERE a.kind = ? AND a.owner = ? AND a.unit = ? AND e.at >= ?",
        *(*account, begins[0]),
    )
    periods: list[Counter[str]] = [Counter() for _ in begins]
    for row in found:
        periods[bisect_right(begins, row["at"]) - 1][row["kind"]] += row["amount"]
    return list(periods)


async def balances(kind: str, unit: str, *, after_owner: int, limit: int) -> dict[int, int]:
    """The balances of one guarded kind, by owner, in their order, from after this owner on."""
    found = await db.rows(
        "SELECT a.owner, b.amount FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id"
        " WHERE a.kind = ? AND a.unit = ? AND a.owner > ? ORDER BY a.owner LIMIT ?",
        *(kind, unit, after_owner, limit),
    )
    return {int(row["owner"]): int(row["amount"]) for row in found}


async def keys(kind: str, prefix: str, *, after_id: int, limit: int) -> list[tuple[int, str]]:
    """(id, key) of the entries of a kind whose keys begin so, in their order, from after this id on."""
    found = await db.rows(
        "SELECT id, key FROM ledger_entry WHERE id > ? AND kind = ? AND SUBSTR(key, 1, ?) = ? ORDER BY id LIMIT ?",
        *(after_id, kind, len(prefix), prefix, limit),
    )
    return [(int(row["id"]), str(row["key"])) for row in found]


async def postings(wanted: Sequence[str]) -> dict[str, list[Posting]]:
    """What the entries with these keys moved; an entry that is not there is left out."""
    found = await db.rows(
        "SELECT e.key, a.kind, a.owner, a.unit, p.amount FROM ledger_entry e JOIN ledger_posting p ON p.entry_id = e.id"  # noqa: S608
        f" JOIN ledger_account a ON a.id = p.account_id WHERE e.key IN ({', '.join('?' * len(wanted))}) ORDER BY p.id",
        *wanted,
    )
    moved: dict[str, list[Posting]] = {}
    for row in found:
        account = Account(row["kind"], row["owner"], row["unit"])
        moved.setdefault(row["key"], []).append(Posting(account, int(row["amount"])))
    return moved


async def by_order(kind: str, entries: Sequence[str], *, after_order: int, limit: int) -> dict[int, int]:
    """What entries of these kinds moved on accounts of one kind, by order, in their order, from after this order on."""
    places = ", ".join("?" * len(entries))
    found = await db.rows(
        "SELECT e.order_id, SUM(p.amount) AS amount FROM ledger_entry e JOIN ledger_posting p ON p.entry_id = e.id"  # noqa: S608
        " JOIN ledger_account a ON a.id = p.account_id"
        f" WHERE e.order_id > ? AND e.kind IN ({places}) AND a.kind = ? GROUP BY e.order_id ORDER BY e.order_id LIMIT ?",
        *(after_order, *entries, kind, limit),
    )
    return {int(row["order_id"]): int(row["amount"]) for row in found}


async def of_orders(
    kinds: Sequence[str], entries: Sequence[str], *, after_order: int, last_order: int
) -> dict[int, dict[Account, int]]:
    """What entries of these kinds moved on accounts of these kinds, by order, after one order and up to another."""
    found = await db.rows(
        # In this order, so that SQLite does not read all that these accounts ever had for each few orders.
        "SELECT e.order_id, a.kind, a.owner, a.unit, SUM(p.amount) AS amount FROM ledger_entry e"  # noqa: S608  (places only)
        " CROSS JOIN ledger_posting p CROSS JOIN ledger_account a WHERE p.entry_id = e.id AND a.id = p.account_id"
        f" AND e.order_id > ? AND e.order_id <= ? AND e.kind IN ({', '.join('?' * len(entries))})"
        f" AND a.kind IN ({', '.join('?' * len(kinds))}) GROUP BY e.order_id, a.kind, a.owner, a.unit"
        " HAVING SUM(p.amount) <> 0",
        *(after_order, last_order, *entries, *kinds),
    )
    moved: dict[int, dict[Account, int]] = {}
    for row in found:
        account = Account(row["kind"], int(row["owner"]), row["unit"])
        moved.setdefault(int(row["order_id"]), {})[account] = int(row["amount"])
    return moved


async def sums(kind: str) -> dict[Account, int]:
    """What is in each account of a kind."""
    return await _sums(kind, "")


async def apart_from_orders(kind: str) -> dict[Account, int]:
    """What entries that belong to no order moved on each account of a kind."""
    return await _sums(kind, " JOIN ledger_entry e ON e.id = p.entry_id AND e.order_id IS NULL")


async def _sums(kind: str, of_which: str) -> dict[Account, int]:
    found = await db.rows(
        "SELECT a.owner, a.unit, SUM(p.amount) AS amount FROM ledger_account a"  # noqa: S608  (constants)
        f" JOIN ledger_posting p ON p.account_id = a.id{of_which} WHERE a.kind = ? GROUP BY a.owner, a.unit",
        kind,
    )
    return {Account(kind, int(row["owner"]), row["unit"]): int(row["amount"]) for row in found}
