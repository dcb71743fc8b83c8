"""Points from outside: each grant once per key, whoever sends it how often; the API and the import of files share this."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from storefront import points
from storefront.kernel import clock, db
from storefront.partners import linking, rules
from storefront.partners.rules import Grant, Outcome

# So many share a commit: fewer would wait for the disk each, more would keep everybody else who writes waiting.
_AT_ONCE = 50


@dataclass(frozen=True)
class Result:
    """What became of a grant, and why when it was refused."""

    key: str
    outcome: Outcome
    reason: str | None = None


async def grant(*, partner_id: int, grants: Sequence[Grant]) -> list[Result]:
    """Give a partner's customers points, each grant once per key; a result per grant in their order, a bad one stops nobody."""
    results: list[Result] = []
    for start in range(0, len(grants), _AT_ONCE):
        results += await _give(partner_id=partner_id, grants=grants[start : start + _AT_ONCE])
    return results


@db.transaction
async def _give(*, partner_id: int, grants: Sequence[Grant]) -> list[Result]:
    clean = [replace(one, cause=rules.clean_cause(one.cause)) for one in grants]
    persons = await linking.persons(partner_id, {one.customer for one in clean}, locked=True)
    known = await _known(partner_id, [one.key for one in clean if rules.malformed(one) is None])
    results = {place: await _give_one(partner_id, clean[place], persons, known) for place in _order(clean)}
    return [results[place] for place in range(len(clean))]


async def _give_one(partner_id: int, one: Grant, persons: Mapping[str, int], known: dict[str, Grant]) -> Result:
    if reason := rules.malformed(one):
        return Result(one.key, Outcome.REFUSED, reason)
    if one.key not in known:
        if reason := rules.too_late(one, clock.now()):
            return Result(one.key, Outcome.REFUSED, reason)
        if one.customer not in persons:
            return Result(one.key, Outcome.UNKNOWN_CUSTOMER)
        if await _book(partner_id, one, persons[one.customer]):
            known[one.key] = one
            return Result(one.key, Outcome.GRANTED)
        known |= await _known(partner_id, [one.key])
    return Result(one.key, Outcome.REPEATED if known[one.key] == one else Outcome.CONFLICT)


async def _book(partner_id: int, one: Grant, person_id: int) -> bool:
    made = await db.rows(
        "INSERT INTO partner_grant (partner_id, key, customer, person_id, points, cause, expires_at, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id",
        *(partner_id, one.key, one.customer, person_id, one.points, one.cause, one.expires_at, clock.now()),
    )
    if made:
        await points.grant(
            person_id=person_id,
            points=one.points,
            cause=one.cause,
            key=f"partner_grant:{made[0]['id']}",
            actor=f"partner:{partner_id}",
            expires_at=one.expires_at,
        )
    return bool(made)


async def _known(partner_id: int, keys: Sequence[str]) -> dict[str, Grant]:
    if not keys:
        return {}
    found = await db.rows(
        "SELECT key, customer, points, cause, expires_at FROM partner_grant"  # noqa: S608  (places only)
        f" WHERE partner_id = ? AND key IN ({', '.join('?' * len(keys))})",
        *(partner_id, *keys),
    )
    return {row["key"]: Grant(**row) for row in found}


def _order(grants: Sequence[Grant]) -> list[int]:
    # By customer, so that two batches lock the balances in one order; but of two with one key the first comes first.
    first: dict[str, str] = {}
    for one in grants:
        first.setdefault(one.key, one.customer)
    return sorted(range(len(grants)), key=lambda place: (first[grants[place].key], grants[place].key, place))
