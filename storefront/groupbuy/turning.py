"""What time brings to groups: nudges, deadlines, and for each seat the end that its group came to, each by itself."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from storefront import catalog, orders, payments, points
from storefront.groupbuy import queries, rules, showing
from storefront.groupbuy.events import GroupFailed, GroupNudged
from storefront.groupbuy.queries import Group
from storefront.groupbuy.service import CHANGED, pay_back
from storefront.kernel import clock, db, events

log = structlog.get_logger()

_DUE = "SELECT id FROM group_buy WHERE state = 'open' AND ends_at <= ? ORDER BY ends_at LIMIT ?"
_NUDGED = (
    "SELECT id FROM group_buy WHERE state = 'open' AND ends_at > ? AND ("  # noqa: S608  (our own numbers)
    + " OR ".join(
        f"(nudged = {n} AND (ends_at - ?) * 100 <= {percent} * (ends_at - opened_at))"
        for n, percent in enumerate(rules.NUDGES)
    )
    + ") ORDER BY ends_at LIMIT ?"
)
_UNSETTLED = (
    "SELECT s.id FROM group_seat s JOIN group_buy g ON g.id = s.group_id WHERE s.settled_at IS NULL"
    " AND s.state IN ('taken', 'paid', 'late') AND g.state <> 'open' ORDER BY s.id LIMIT ?"
)
_OVER = (
    "SELECT c.id FROM group_campaign c WHERE c.closed_at IS NULL AND c.ends_at <= ? AND NOT EXISTS"
    " (SELECT 1 FROM group_buy g WHERE g.campaign_id = c.id AND g.state = 'open') LIMIT ?"
)


async def turn(*, limit: int = 500) -> int:
    """End the groups whose time is up, and bring each seat what its group's end means; returns how many steps were taken."""
    at = clock.now()
    count = 0
    for group_id in await _of_withdrawn(limit):
        count += await _each(close, group_id, "withdrawn")
    for row in await db.rows(_DUE, at, limit):
        count += await _each(close, row["id"], "late")
    for row in await db.rows(_UNSETTLED, limit):
        count += await _each(settle, row["id"])
    for row in await db.rows(_NUDGED, *(at,) * (1 + len(rules.NUDGES)), limit):
        count += await _each(nudge, row["id"])
    for group_id in await showing.stale(limit):
        count += await _each(showing.refresh, group_id)
    for row in await db.rows(_OVER, at, limit):
        count += await _each(close_campaign, row["id"])
    return count


@db.transaction
async def close(group_id: int, cause: str) -> bool:
    """End a group: it succeeded when its time is up and enough have paid; else it failed. False when it had ended."""
    ended = await db.execute(
        "UPDATE group_buy SET state = CASE WHEN paid >= needed AND ends_at <= ? THEN 'succeeded' ELSE 'failed' END,"
        " cause = CASE WHEN paid >= needed AND ends_at <= ? THEN NULL ELSE ? END, closed_at = ?"
        " WHERE id = ? AND state = 'open' AND (ends_at <= ? OR ? = 'withdrawn')",
        *(clock.now(), clock.now(), cause, clock.now(), group_id, clock.now(), cause),
    )
    if ended:
        await db.wake(CHANGED)
    return bool(ended)


@db.transaction
async def settle(seat_id: int) -> bool:
    """Bring one seat what its group's end means: confirmed, paid back, or let go of. Once, whoever comes first."""
    seat = (await db.rows("SELECT * FROM group_seat WHERE id = ?", seat_id))[0]
    group = await queries.find(seat["group_id"])
    if group.state == "open":
        return False
    if seat["state"] == "taken":
        # Its order's end frees the seat; when it was paid at this moment, it comes back here as a late one.
        return await orders.give_up(order_id=seat["order_id"], cause="its group has ended")
    # Another runner may have brought the seat to its end since it was listed.
    settled = await db.execute(
        "UPDATE group_seat SET settled_at = ? WHERE id = ? AND settled_at IS NULL AND state = ? AND state IN ('paid', 'late')",
        *(clock.now(), seat_id, seat["state"]),
    )
    if not settled:
        return False
    if seat["state"] == "paid" and group.state == "succeeded":
        await _confirm(seat, group)
    else:
        await pay_back(seat, actor="shop", cause="its group did not come together")
        await events.announce(GroupFailed(group.id, seat["person_id"], seat["order_id"]))
    return True


@db.transaction
async def nudge(group_id: int) -> bool:
    """Tell the members that time runs; each nudge once, and those that were missed not at all."""
    group = await queries.find(group_id)
    due = rules.nudges_due(opened_at=group.opened_at, ends_at=group.ends_at, now=clock.now())
    nudged = await db.execute(
        "UPDATE group_buy SET nudged = ? WHERE id = ? AND nudged < ? AND state = 'open'", due, group_id, due
    )
    if not nudged:
        return False
    for seat in await db.rows("SELECT * FROM group_seat WHERE group_id = ? AND state = 'paid' ORDER BY id", group_id):
        await events.announce(GroupNudged(group_id, seat["person_id"], seat["order_id"]))
    return True


@db.transaction
async def close_campaign(campaign_id: int) -> bool:
    """End a campaign without open groups: what is left of the pieces set aside is on offer again."""
    closed = await db.rows(
        "UPDATE group_campaign SET closed_at = ? WHERE id = ? AND closed_at IS NULL AND ends_at <= ?"
        " RETURNING variant_id, place_id, quota, taken",
        *(clock.now(), campaign_id, clock.now()),
    )
    if closed and closed[0]["place_id"] is not None and (left := closed[0]["quota"] - closed[0]["taken"]):
        await catalog.free_aside(
            variant_id=closed[0]["variant_id"],
            place_id=closed[0]["place_id"],
            quantity=left,
            key=f"groups:{campaign_id}:end",
        )
    return bool(closed)


async def _confirm(seat: dict[str, Any], group: Group) -> None:
    await orders.confirm(order_id=seat["order_id"], cause="its group is complete")
    order = await orders.find(seat["order_id"])
    line, step = order.lines[0], rules.reached(group.steps, group.paid)
    assert step is not None, "a group that succeeded reached a step"
    back = rules.back(money_minor=line.money.minor, unit_minor=line.unit.minor, reached_minor=step.price_minor)
    if back:
        await _give(order, back, f"ladder:{seat['id']}", "the group reached a better price")
        await db.execute("UPDATE group_seat SET back_minor = ? WHERE id = ?", back, seat["id"])
    if seat["person_id"] == group.leader_id:
        await _reward(order, group, line.money.minor - back)


async def _reward(order: orders.Order, group: Group, money_minor: int) -> None:
    if percent := money_minor * group.campaign.leader_percent // 100:
        await _give(order, percent, f"leader:{group.id}", "for opening the group")
    if group.campaign.leader_points:
        await points.pend(
            person_id=order.person_id,
            kind="leader",
            points=group.campaign.leader_points,
            by=f"campaign {group.campaign.id}",
            order_id=order.id,
            pieces=sum(line.quantity for line in order.lines),
            key=f"group leader:{group.id}",
        )


async def _give(order: orders.Order, amount_minor: int, key: str, cause: str) -> None:
    given = sum(note.money.minor for note in await payments.credit_notes(order.id))
    if left := min(amount_minor, order.total.minor - given):
        await payments.compensate(order_id=order.id, amount_minor=left, key=key, actor="shop", cause=cause)


async def _of_withdrawn(limit: int) -> list[int]:
    """The open groups for what is not sold any more."""
    of_open = "FROM group_buy g JOIN group_campaign c ON c.id = g.campaign_id WHERE g.state = 'open'"
    variants = [int(row["variant_id"]) for row in await db.rows(f"SELECT DISTINCT c.variant_id {of_open}")]
    gone: list[int] = []
    for variant_id in await catalog.withdrawn(variants):
        found = await db.rows(f"SELECT g.id {of_open} AND c.variant_id = ? ORDER BY g.id LIMIT ?", variant_id, limit)
        gone += [int(row["id"]) for row in found]
    return gone


async def _each(verb: Callable[..., Awaitable[bool]], *arguments: Any) -> bool:
    try:
        return await verb(*arguments)
    except Exception:
        # The next run tries again; the others are not held up.
        log.exception("groups.not_turned", verb=verb.__name__, of=arguments)
        return False
