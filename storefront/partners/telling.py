"""What partners are told: events, written in the transaction of what happened, numbered after its commit.

A number given inside the transaction could be seen after a higher one, and whoever asks `after` that one would miss it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound
from storefront.points.events import PointsEnded, PointsGivenBack, PointsRedeemed

EVENTS = "partner events"
REDEMPTIONS = ("points.redeemed", "points.returned", "points.expired")
_AT_ONCE = 1000


@dataclass(frozen=True)
class Event:
    """What a partner is told: its place in the partner's list, and what happened to which customer (`at` in epoch ms)."""

    id: int
    seq: int
    kind: str
    customer: str
    facts: Mapping[str, Any]
    at: int


@dataclass(frozen=True)
class Sending:
    """How the telling of an event went so far."""

    id: int
    partner: str
    customer: str
    kind: str
    state: str
    attempts: int
    error: str | None
    at: int


async def note_redeemed(fact: PointsRedeemed) -> None:
    """The partners of whoever paid with points hear of it."""
    facts = {"points": fact.points, "order": fact.order_id}
    await tell(person_id=fact.person_id, kind="points.redeemed", facts=facts, key=f"redeemed:{fact.order_id}")


async def note_given_back(fact: PointsGivenBack) -> None:
    """The partners of whoever has points back from an order hear of it."""
    facts = {"points": fact.points, "order": fact.order_id}
    await tell(person_id=fact.person_id, kind="points.returned", facts=facts, key=f"returned:{fact.key}")


async def note_ended(fact: PointsEnded) -> None:
    """The partners of whoever's points ended hear of it."""
    facts = {"points": fact.points, "order": None}
    await tell(person_id=fact.person_id, kind="points.expired", facts=facts, key=f"expired:{fact.key}")


@db.transaction
async def tell(*, person_id: int, kind: str, facts: Mapping[str, Any], key: str, only: int | None = None) -> None:
    """Write an event for each partner that the person is linked with (or for `only` this one), once per key."""
    written = await db.execute(
        "INSERT INTO partner_event (partner_id, customer, kind, facts, key, state, at)"
        " SELECT l.partner_id, l.customer, CAST(? AS VARCHAR(30)), CAST(? AS TEXT), CAST(? AS VARCHAR(160)),"
        " CASE WHEN e.partner_id IS NULL THEN 'kept' ELSE 'intended' END, CAST(? AS BIGINT)"
        " FROM customer_link l LEFT JOIN webhook_endpoint e ON e.partner_id = l.partner_id"
        " WHERE l.person_id = ? AND l.ended_at IS NULL AND (l.partner_id = ? OR ? = 0) ON CONFLICT DO NOTHING",
        *(kind, json.dumps(facts), key, clock.now(), person_id, only or 0, only or 0),
    )
    if written:
        await db.wake(EVENTS)


@db.transaction
async def lock(partner_id: int) -> None:
    """Let nobody else number this partner's events, or link its customers, until the commit."""
    await db.execute("UPDATE partner SET next_seq = next_seq WHERE id = ?", partner_id)


async def number(partner_id: int) -> None:
    """Give the events that have no number theirs, in the order in which they happened."""
    unnumbered = "SELECT 1 FROM partner_event WHERE partner_id = ? AND seq IS NULL LIMIT 1"
    while await db.rows(unnumbered, partner_id):
        await _number_some(partner_id=partner_id)


@db.transaction
async def _number_some(*, partner_id: int) -> None:
    await lock(partner_id)
    found = await db.rows(
        "SELECT id FROM partner_event WHERE partner_id = ? AND seq IS NULL ORDER BY id LIMIT ?", partner_id, _AT_ONCE
    )
    if not found:
        return
    after = await db.rows(
        "UPDATE partner SET next_seq = next_seq + ? WHERE id = ? RETURNING next_seq", len(found), partner_id
    )
    first = after[0]["next_seq"] - len(found)
    await db.many(
        "UPDATE partner_event SET seq = ? WHERE id = ?", [(first + place, row["id"]) for place, row in enumerate(found)]
    )


async def redemptions(*, partner_id: int, after: int, limit: int) -> Sequence[Event]:
    """What became of the points of a partner's customers, from after this number on, also where webhooks tell it."""
    await number(partner_id)
    found = await db.rows(
        "SELECT id, seq, kind, customer, facts, at FROM partner_event WHERE partner_id = ? AND seq > ?"
        " AND kind IN (?, ?, ?) ORDER BY seq LIMIT ?",
        *(partner_id, after, *REDEMPTIONS, limit),
    )
    return [event(row) for row in found]


def event(row: Mapping[str, Any]) -> Event:
    """The event of a row."""
    facts = json.loads(row["facts"])
    return Event(row["id"], row["seq"], row["kind"], row["customer"], facts, row["at"])


def told(event: Event) -> dict[str, Any]:
    """An event as a partner reads it, in a webhook and in the list alike."""
    return {
        "id": webhook_id(event.id),
        "seq": event.seq,
        "type": event.kind,
        "timestamp": datetime.fromtimestamp(event.at / clock.SECOND, UTC).isoformat().replace("+00:00", "Z"),
        "data": {"customer": event.customer, **event.facts},
    }


def webhook_id(event_id: int) -> str:
    """The number of an event that stays the same however often it is sent."""
    return f"evt_{event_id}"


async def sendings(*, state: str | None = None, limit: int = 50) -> Sequence[Sending]:
    """How the telling of the newest events went, or of those in this state."""
    found = await db.rows(
        "SELECT e.id, p.name AS partner, e.customer, e.kind, e.state, e.attempts, e.error, e.at FROM partner_event e"
        " JOIN partner p ON p.id = e.partner_id WHERE e.state = ? OR ? = '' ORDER BY e.id DESC LIMIT ?",
        *(state or "", state or "", limit),
    )
    return [Sending(**row) for row in found]


@db.transaction
async def retry(*, event_id: int) -> None:
    """Tell an event that was given up again, with the number it had. Raises NotFound."""
    again = await db.execute(
        "UPDATE partner_event SET state = 'intended', attempts = 0, not_before = 0 WHERE id = ? AND state = 'failed'",
        event_id,
    )
    if not again:
        raise NotFound
    await db.wake(EVENTS)
