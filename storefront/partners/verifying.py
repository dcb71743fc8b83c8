"""What `pindan verify` recomputes of partners: each grant has its entry in the ledger, and each such entry its grant."""

from collections.abc import AsyncIterator, Sequence

from storefront import ledger
from storefront.kernel import db
from storefront.kernel.checks import Checks, Finding, Findings, every
from storefront.ledger import Posting

_BATCH = 1000
# As `granting` names them.
_PREFIX = "grant:partner_grant:"


def findings() -> Findings:
    """Each grant that the ledger does not have as it was taken, and each that only the ledger has, in a sentence."""
    return every(CHECKS)


async def _grants() -> Findings:
    # A grant and its entry are committed together: what is read first decides what must be there when the other is read.
    after = 0
    while batch := await db.rows("SELECT * FROM partner_grant WHERE id > ? ORDER BY id LIMIT ?", after, _BATCH):
        moved = await ledger.postings([f"{_PREFIX}{row['id']}" for row in batch])
        for row in batch:
            given = _given(moved.get(f"{_PREFIX}{row['id']}", []), row["person_id"])
            if given != row["points"]:
                told = "grant number {id} is of {points} points to person {person_id}, the ledger gave {given}"
                yield Finding(told, given=given, **{name: row[name] for name in ("id", "points", "person_id")})
        after = int(batch[-1]["id"])
    async for number in _strangers():
        yield Finding("the ledger has a grant number {number}, which no partner made", number=number)


def _given(postings: Sequence[Posting], person_id: int) -> int:
    """What a person had of it: to spend, or against what she owed."""
    spendable, owed = ledger.customer_points(person_id), ledger.points_debt(person_id)
    return sum(
        amount if account == spendable else -amount for account, amount in postings if account in {spendable, owed}
    )


async def _strangers() -> AsyncIterator[str]:
    after = 0
    while page := await ledger.keys("grant", _PREFIX, after_id=after, limit=_BATCH):
        numbers = [key.removeprefix(_PREFIX) for _, key in page]
        known = await db.rows(
            f"SELECT id FROM partner_grant WHERE id IN ({', '.join('?' * len(numbers))})",  # noqa: S608  (places only)
            *map(int, numbers),
        )
        for number in sorted(set(numbers) - {str(row["id"]) for row in known}):
            yield number
        after = page[-1][0]


CHECKS: Checks = {"partners' grants are booked": _grants}
