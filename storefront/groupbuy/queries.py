"""Reads of campaigns and groups, as customers see them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from storefront.groupbuy import rules
from storefront.groupbuy.rules import Step
from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound
from storefront.kernel.money import Money


@dataclass(frozen=True)
class Campaign:
    """On which terms groups are opened for a variant; `left` are the pieces set aside that are not taken, None: no quota."""

    id: int
    variant_id: int
    steps: Sequence[Step]
    currency: str
    minutes: int
    left: int | None
    place_id: int | None
    pieces: int
    newcomers: bool
    points: bool
    strangers: bool
    leader_points: int
    leader_percent: int

    @property
    def price(self) -> Money:
        """What everybody pays at first."""
        return Money(self.steps[0].price_minor, self.currency)

    @property
    def needed(self) -> int:
        """How many people make a group."""
        return self.steps[0].people


@dataclass(frozen=True)
class Group:
    """A group as anybody sees it. `taken` are seats, `paid` those of them that are paid; `leader` is a first name."""

    id: int
    code: str
    campaign: Campaign
    leader_id: int
    leader: str
    steps: Sequence[Step]
    needed: int
    size: int
    taken: int
    paid: int
    state: str
    cause: str | None
    opened_at: int
    ends_at: int
    nudged: int

    @property
    def open(self) -> bool:
        """Whether it can be joined, as far as time goes."""
        return self.state == "open" and self.ends_at > clock.now()

    @property
    def free(self) -> int:
        """How many seats nobody has taken."""
        return self.size - self.taken if self.open else 0

    @property
    def missing(self) -> int:
        """How many more people must pay for it to succeed; with a ladder, for its first step."""
        return max(0, self.needed - self.paid)

    @property
    def price(self) -> Money:
        """What everybody pays at first."""
        return Money(self.steps[0].price_minor, self.campaign.currency)

    @property
    def next_step(self) -> Step | None:
        """The step that is not reached yet."""
        return next((step for step in self.steps if self.paid < step.people), None)

    @property
    def reached(self) -> Money:
        """What a piece costs with as many as there are; at first the first step's price."""
        step = rules.reached(self.steps, self.paid) or self.steps[0]
        return Money(step.price_minor, self.campaign.currency)


@dataclass(frozen=True)
class Seat:
    """Somebody's seat in a group, with the order that took it; `state`: taken, paid, late, lost, left."""

    id: int
    group_id: int
    person_id: int
    order_id: int
    quantity: int
    state: str
    settled: bool
    back_minor: int


_CAMPAIGN = (
    "c.id AS campaign_id, c.variant_id, c.steps AS terms, c.minutes, c.quota, c.taken AS pieces_taken, c.place_id, c.pieces,"
    " c.newcomers, c.points, c.strangers, c.leader_points, c.leader_percent, v.currency"
)
_GROUP_SQL = (
    f"SELECT g.*, p.name AS leader, {_CAMPAIGN} FROM group_buy g JOIN group_campaign c ON c.id = g.campaign_id"  # noqa: S608
    " JOIN variant v ON v.id = c.variant_id JOIN person p ON p.id = g.leader_id WHERE "
)


async def campaign_of(variant_id: int) -> Campaign | None:
    """The campaign in which groups are opened for this variant now."""
    found = await _running("c.variant_id", [variant_id])
    return found[0][1] if found else None


async def campaigns_of(item_ids: Sequence[int]) -> dict[int, Campaign]:
    """For each of these items for which groups are opened now: the campaign with the lowest price."""
    found = await _running("v.item_id", item_ids)
    return dict(sorted(found, key=lambda offer: offer[1].price.minor, reverse=True))


async def prices_of(variant_ids: Sequence[int]) -> dict[int, Money]:
    """What a piece costs at first in a group, for those of these variants for which groups are opened now."""
    return {variant_id: campaign.price for variant_id, campaign in await _running("c.variant_id", variant_ids)}


async def campaign(campaign_id: int) -> Campaign:
    """A campaign that runs. Raises CampaignOver."""
    found = await _running("c.id", [campaign_id])
    if not found:
        raise rules.CampaignOver
    return found[0][1]


async def _running(column: str, numbers: Sequence[int]) -> list[tuple[int, Campaign]]:
    """The campaigns in which groups are opened now and whose column is one of these numbers, each with its number."""
    if not numbers:
        return []
    found = await db.rows(
        f"SELECT {_CAMPAIGN}, {column} AS number FROM group_campaign c JOIN variant v ON v.id = c.variant_id"  # noqa: S608
        f" WHERE {column} IN ({', '.join('?' * len(numbers))})"
        " AND c.closed_at IS NULL AND c.starts_at <= ? AND c.ends_at > ? ORDER BY c.id",
        *(*numbers, clock.now(), clock.now()),
    )
    return [(int(row["number"]), _campaign(row)) for row in found]


async def by_code(code: str) -> Group:
    """The group that a link names, in whatever case it was typed. Raises NotFound."""
    told = code.strip().upper()[:20]
    # A database takes neither half a pair of surrogates nor a zero.
    found = await db.rows(f"{_GROUP_SQL} g.code = ?", told) if told.isascii() and told.isalnum() else ()
    if not found:
        raise NotFound
    return _group(found[0])


async def find(group_id: int) -> Group:
    """A group. Raises NotFound."""
    found = await db.rows(f"{_GROUP_SQL} g.id = ?", group_id)
    if not found:
        raise NotFound
    return _group(found[0])


async def near_full(*, variant_id: int, person_id: int | None = None, limit: int = 3) -> list[Group]:
    """Open groups that strangers may join, the one first that misses the fewest; none in which this customer is."""
    found = await db.rows(
        f"{_GROUP_SQL} c.variant_id = ? AND c.strangers = 1 AND g.state = 'open' AND g.ends_at > ? AND g.paid > 0"  # noqa: S608
        " AND g.taken < g.size AND NOT EXISTS (SELECT 1 FROM group_seat s WHERE s.group_id = g.id AND s.person_id = ?"
        " AND s.state IN ('taken', 'paid', 'late')) ORDER BY g.needed - g.paid, g.ends_at, g.id LIMIT ?",
        *(variant_id, clock.now(), person_id or 0, limit),
    )
    return [_group(row) for row in found]


async def open_now(*, person_id: int, item_ids: Sequence[int] | None = None, limit: int = 20) -> list[Group]:
    """Open groups that this customer may pass on: her own, then those that strangers may join; of these items, if given."""
    if item_ids is not None and not item_ids:
        return []
    hers = (
        "EXISTS (SELECT 1 FROM group_seat s WHERE s.group_id = g.id AND s.person_id = ?"
        " AND s.state IN ('taken', 'paid', 'late'))"
    )
    of_items = "" if item_ids is None else f" AND v.item_id IN ({', '.join('?' * len(item_ids))})"
    found = await db.rows(
        f"{_GROUP_SQL} g.state = 'open' AND g.ends_at > ? AND g.paid > 0 AND g.taken < g.size{of_items}"
        f" AND (c.strangers = 1 OR {hers})"
        f" ORDER BY CASE WHEN {hers} THEN 0 ELSE 1 END, g.needed - g.paid, g.ends_at, g.id LIMIT ?",
        *(clock.now(), *(item_ids or ()), person_id, person_id, limit),
    )
    return [_group(row) for row in found]


async def mine(*, person_id: int, limit: int = 10) -> list[tuple[Group, Seat]]:
    """The groups a customer is in or was in, with her seat, the newest first; seats that she lost or left are not hers."""
    found = await db.rows(
        "SELECT * FROM group_seat WHERE person_id = ? AND state IN ('taken', 'paid', 'late') ORDER BY id DESC LIMIT ?",
        *(person_id, limit),
    )
    return [(await find(row["group_id"]), _seat(row)) for row in found]


async def seat_of(*, person_id: int, group_id: int) -> Seat | None:
    """A customer's seat in a group, when she has one."""
    found = await db.rows(
        "SELECT * FROM group_seat WHERE person_id = ? AND group_id = ? AND state IN ('taken', 'paid', 'late') ORDER BY id",
        *(person_id, group_id),
    )
    return _seat(found[0]) if found else None


async def of_order(order_id: int) -> Group | None:
    """The group that an order has, or had, a seat in."""
    found = await db.rows("SELECT group_id FROM group_seat WHERE order_id = ?", order_id)
    return await find(found[0]["group_id"]) if found else None


async def members(group_id: int, *, limit: int = 20) -> list[str]:
    """The names of those who paid, in the order in which they came."""
    found = await db.rows(
        "SELECT p.name FROM group_seat s JOIN person p ON p.id = s.person_id WHERE s.group_id = ? AND s.state = 'paid'"
        " ORDER BY s.id LIMIT ?",
        *(group_id, limit),
    )
    return [str(row["name"]) for row in found]


def _campaign(row: dict[str, Any]) -> Campaign:
    return Campaign(
        id=row["campaign_id"],
        variant_id=row["variant_id"],
        steps=_steps(row["terms"]),
        currency=row["currency"],
        minutes=row["minutes"],
        left=None if row["quota"] is None else row["quota"] - row["pieces_taken"],
        place_id=row["place_id"],
        pieces=row["pieces"],
        newcomers=bool(row["newcomers"]),
        points=bool(row["points"]),
        strangers=bool(row["strangers"]),
        leader_points=row["leader_points"],
        leader_percent=row["leader_percent"],
    )


def _group(row: dict[str, Any]) -> Group:
    return Group(
        id=row["id"],
        code=row["code"],
        campaign=_campaign(row),
        leader_id=row["leader_id"],
        leader=row["leader"],
        steps=_steps(row["steps"]),
        needed=row["needed"],
        size=row["size"],
        taken=row["taken"],
        paid=row["paid"],
        state=row["state"],
        cause=row["cause"],
        opened_at=row["opened_at"],
        ends_at=row["ends_at"],
        nudged=row["nudged"],
    )


def _seat(row: dict[str, Any]) -> Seat:
    return Seat(
        id=row["id"],
        group_id=row["group_id"],
        person_id=row["person_id"],
        order_id=row["order_id"],
        quantity=row["quantity"],
        state=row["state"],
        settled=row["settled_at"] is not None,
        back_minor=row["back_minor"],
    )


def _steps(told: str) -> list[Step]:
    return [Step(people, price_minor) for people, price_minor in json.loads(told)]
