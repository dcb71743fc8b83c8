"""The operator's file of group campaigns: read whole, refused whole, taken in at once; twice the same changes nothing."""

import json
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from storefront import promotions
from storefront.groupbuy.rules import SIZE_MAX
from storefront.kernel import clock, db, ids, operator_files
from storefront.kernel.operator_files import BadFile, Code, Lasting, Told
from storefront.promotions import Wrong


class StepTold(Told):
    """A further step of a ladder: from so many people on, this price."""

    people: int = Field(ge=3, le=SIZE_MAX)
    price_minor: int = Field(ge=0)


class CampaignTold(Lasting):
    """A campaign as the file has it."""

    code: Code
    sku: str
    size: int = Field(ge=2, le=SIZE_MAX)
    price_minor: int = Field(ge=0)
    ladder: list[StepTold] = Field(default_factory=list)
    minutes: int = Field(ge=5, le=43_200)
    quota: int | None = Field(None, ge=1)
    pieces: int = Field(1, ge=1, le=99)
    per_person: int = Field(1, ge=1)
    newcomers: bool = False
    points: bool = True
    strangers: bool = True
    leader_points: int = Field(0, ge=0)
    leader_percent: int = Field(0, ge=0, le=100)

    @model_validator(mode="after")
    def _is_whole(self) -> "CampaignTold":
        for (fewer, dearer), (more, cheaper) in pairwise(self.steps):
            if fewer >= more or dearer <= cheaper:
                raise ValueError("each step of a ladder takes more people and costs less")
        if self.ladder and self.points:
            # What comes back at the close comes back in money: there must be enough of it.
            raise ValueError("with a ladder, points is false")
        return self

    @property
    def steps(self) -> list[tuple[int, int]]:
        """All steps as (people, price), the fewest people first."""
        return [(self.size, self.price_minor), *((step.people, step.price_minor) for step in self.ladder)]


class CampaignsTold(Told):
    """The file. What it does not name any more stays as it is; `withdrawn` names the campaigns that end now."""

    campaigns: list[CampaignTold] = Field(default_factory=list)
    withdrawn: list[Code] = Field(default_factory=list)


def read(text: str) -> CampaignsTold:
    """The file, checked. Raises BadFile."""
    return operator_files.read(CampaignsTold, text)


@db.transaction
async def load(*, told: CampaignsTold, currency: str, timezone: str) -> None:
    """Have these campaigns, known by their codes; all of them or none. Groups that are open keep their terms.

    Raises BadFile.
    """
    zone = ZoneInfo(timezone)
    wrong = []
    for place, campaign in enumerate(told.campaigns):
        if line := await _load(campaign, currency, zone):
            wrong.append(f"campaigns.{place}.{line}")
    for place, code in enumerate(told.withdrawn):
        at = clock.now()
        if not await db.execute(
            "UPDATE group_campaign SET ends_at = CASE WHEN ends_at > ? THEN ? ELSE ends_at END,"
            " starts_at = CASE WHEN starts_at >= ? THEN ? ELSE starts_at END WHERE code = ?",
            *(at, at, at, at - 1, code),
        ):
            wrong.append(f"withdrawn.{place}: there is no campaign {code}")
    if wrong:
        raise BadFile(wrong)


async def show() -> list[dict[str, Any]]:
    """What there is and how it goes, for the operator."""
    found = await db.rows(
        "SELECT c.code, v.sku, c.steps, c.minutes, c.quota, c.taken, c.pieces, c.per_person, c.newcomers, c.points, c.strangers,"
        " c.leader_points, c.leader_percent, c.starts_at, c.ends_at, c.closed_at,"
        " COALESCE(SUM(CASE WHEN g.state = 'open' THEN 1 ELSE 0 END), 0) AS open,"
        " COALESCE(SUM(CASE WHEN g.state = 'succeeded' THEN 1 ELSE 0 END), 0) AS succeeded,"
        " COALESCE(SUM(CASE WHEN g.state = 'failed' THEN 1 ELSE 0 END), 0) AS failed"
        " FROM group_campaign c JOIN variant v ON v.id = c.variant_id LEFT JOIN group_buy g ON g.campaign_id = c.id"
        " GROUP BY c.id, v.sku ORDER BY c.id"
    )
    return [{**row, "steps": json.loads(row["steps"])} for row in found]


async def _load(told: CampaignTold, currency: str, zone: ZoneInfo) -> str | None:
    variant_id = await promotions.sold(
        sku=told.sku, currency=currency, price_minor=told.price_minor, offer="a group's price"
    )
    if isinstance(variant_id, Wrong):
        return variant_id.line
    starts_at, ends_at = told.span(zone)
    if await db.rows(
        "SELECT 1 FROM group_campaign WHERE variant_id = ? AND code <> ? AND closed_at IS NULL AND starts_at < ? AND ends_at > ?",
        *(variant_id, told.code, ends_at, starts_at),
    ):
        return f"starts: {told.sku} has another campaign at that time"
    cells = {
        "steps": json.dumps(told.steps),
        "minutes": told.minutes,
        "pieces": told.pieces,
        "per_person": told.per_person,
        "newcomers": int(told.newcomers),
        "points": int(told.points),
        "strangers": int(told.strangers),
        "leader_points": told.leader_points,
        "leader_percent": told.leader_percent,
        "starts_at": starts_at,
        "ends_at": ends_at,
    }
    known = await db.rows("SELECT * FROM group_campaign WHERE code = ?", told.code)
    if not known:
        return await _add(told, variant_id, cells)
    return await _change(told, known[0], variant_id, cells)


async def _add(told: CampaignTold, variant_id: int, cells: dict[str, Any]) -> str | None:
    if cells["ends_at"] <= clock.now():
        return "ends: this is past"
    place_id = None
    if told.quota is not None:
        place_id = await promotions.set_aside(variant_id=variant_id, pieces=told.quota, key=f"groups:{told.code}:quota")
        if isinstance(place_id, Wrong):
            return place_id.line
    await db.execute(
        f"INSERT INTO group_campaign (code, variant_id, quota, place_id, {', '.join(cells)})"  # noqa: S608  (our own names)
        f" VALUES (?, ?, ?, ?{', ?' * len(cells)})",
        *(told.code, variant_id, told.quota, place_id, *cells.values()),
    )
    return None


async def _change(told: CampaignTold, known: dict[str, Any], variant_id: int, cells: dict[str, Any]) -> str | None:
    if known["closed_at"] is not None:
        return f"code: {told.code} is over; give the next one another code" if cells["ends_at"] > clock.now() else None
    if known["variant_id"] != variant_id:
        return f"sku: {told.code} is for another thing; give this one another code"
    if (known["quota"] is None) != (told.quota is None):
        return f"quota: {told.code} keeps what it began with; give this one another code"
    changes = ", ".join(f"{name} = ?" for name in cells)
    await db.execute(f"UPDATE group_campaign SET {changes} WHERE id = ?", *cells.values(), known["id"])  # noqa: S608
    return await _change_quota(known, told.quota) if told.quota is not None else None


async def _change_quota(known: dict[str, Any], quota: int) -> str | None:
    more = quota - known["quota"]
    if more == 0:
        return None
    changed = await db.execute(
        "UPDATE group_campaign SET quota = ? WHERE id = ? AND quota = ? AND taken <= ?",
        *(quota, known["id"], known["quota"], quota),
    )
    if not changed:
        return f"quota: {known['taken']} are taken already"
    wrong = await promotions.set_more_aside(
        variant_id=known["variant_id"],
        place_id=known["place_id"],
        more=more,
        key=f"groups:{known['id']}:quota:{ids.key()}",
        whose="campaign",
    )
    return wrong.line if wrong is not None else None
