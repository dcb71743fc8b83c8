"""Which link an order came by: the last that its customer touched, within its time. An order has one, whatever comes later."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from storefront.kernel import clock, db
from storefront.sharing import rules
from storefront.sharing.matching import flagged


@dataclass(frozen=True)
class Credit:
    """Who gets something for a confirmed order: who brought its customer, and whose link it came by.

    Nobody who may be that customer herself.
    """

    inviter_id: int | None = None
    sharer_id: int | None = None


@db.transaction
async def note_paid(*, order_id: int, person_id: int, joined: bool) -> None:
    """An order is paid: the link that its customer touched last has brought it. `joined`: it took a seat in a group.

    Done twice, it is done once.
    """
    await db.execute(
        "INSERT INTO share_order (order_id, link_id, person_id, joined, at)"
        " SELECT ?, s.link_id, s.person_id, ?, ? FROM share_start s JOIN share_link l ON l.id = s.link_id"
        " WHERE s.person_id = ? AND s.last_at > ? AND l.person_id <> s.person_id"
        " ORDER BY s.last_at DESC, s.link_id DESC LIMIT 1 ON CONFLICT (order_id) DO NOTHING",
        *(order_id, int(joined), clock.now(), person_id, clock.now() - rules.TOUCH_DAYS * clock.DAY),
    )


@db.transaction
async def confirm(*, order_id: int, person_id: int) -> Credit:
    """An order will be fulfilled: says whom it is owed to."""
    brought = await db.rows(
        "UPDATE share_order SET confirmed_at = COALESCE(confirmed_at, ?) WHERE order_id = ? RETURNING link_id",
        *(clock.now(), order_id),
    )
    sharers = await db.rows("SELECT person_id FROM share_link WHERE id = ?", brought[0]["link_id"]) if brought else []
    inviters = await db.rows("SELECT inviter_id AS person_id FROM invite WHERE person_id = ?", person_id)
    return Credit(
        inviter_id=await _another(inviters, person_id),
        sharer_id=await _another(sharers, person_id),
    )


async def _another(found: Sequence[dict[str, Any]], person_id: int) -> int | None:
    giver_id = int(found[0]["person_id"]) if found else None
    return giver_id if giver_id is not None and not await flagged(giver_id, person_id) else None
