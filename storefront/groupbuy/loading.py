"""The operator's file of group campaigns: read whole, refused whole, taken in at once; twice the same changes nothing."""

import json
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from storefront import catalog
from storefront.groupbuy.rules import SIZE_MAX
from storefront.kernel import clock, db, ids

Code = Annotated[str, AfterValidator(str.upper), Field(pattern=r"^[A-Za-z0-9_-]{3,40}$")]


class BadCampaigns(Exception):
    """The file was not taken; each line says where and why."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class StepTold(BaseModel):
    """A further step of a ladder: from so many people on, this price."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    people: int = Field(ge=3, le=SIZE_MAX)
    price_minor: int = Field(ge=0)


class CampaignTold(BaseModel):
    """A campaign as the file has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: Code
    sku: str
    size: int = Field(ge=2, le=SIZE_MAX)
    price_minor: int = Field(ge=0)
    ladder: list[StepTold] = []
    minutes: int = Field(ge=5, le=43_200)
    quota: int | None = Field(None, ge=1)
    pieces: int = Field(1, ge=1, le=99)
    per_person: int = Field(1, ge=1)
    newcomers: bool = False
    points: bool = True
    strangers: bool = True
    leader_points: int = Field(0, ge=0)
    leader_percent: int = Field(0, ge=0, le=100)
    starts: datetime
    ends: datetime

    @model_validator(mode="after")
    def _is_whole(self) -> "CampaignTold":
        if self.starts.replace(tzinfo=None) >= self.ends.replace(tzinfo=None):
            raise ValueError("ends comes after starts")
        steps = self.steps
        for (fewer, dearer), (more, cheaper) in pairwise(steps):
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


class CampaignsTold(BaseModel):
    """The file. What it does not name any more stays as it is; `withdrawn` names the campaigns that end now."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    campaigns: list[CampaignTold] = []
    withdrawn: list[Code] = []


def read(text: str) -> CampaignsTold:
    """The file, checked. Raises BadCampaigns."""
    try:
        return CampaignsTold.model_validate_json(text)
    except ValidationError as error:
        raise BadCampaigns([f"{_path(one['loc'])}: {_reason(one['msg'])}" for one in error.errors()]) from None


@db.transaction
async def load(*, told: CampaignsTold, currency: str, timezone: str) -> None:
    """Have these campaigns, known by their codes; all of them or none. Groups that are open keep their terms.

    Raises BadCampaigns.
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
        raise BadCampaigns(wrong)


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
    found = await db.rows(
        "SELECT id, currency, price_minor FROM variant WHERE sku = ? AND withdrawn_at IS NULL AND points_price IS NULL",
        told.sku,
    )
    if not found or found[0]["price_minor"] is None or found[0]["currency"] != currency:
        return f"sku: {told.sku} is not sold for {currency}"
    if told.price_minor >= found[0]["price_minor"]:
        return f"price_minor: the list says {found[0]['price_minor']}, a group's price is lower"
    variant_id, starts_at, ends_at = found[0]["id"], _at(told.starts, zone), _at(told.ends, zone)
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
        place_id, line = await _set_aside(variant_id, told.quota, f"groups:{told.code}:quota", None)
        if line is not None:
            return line
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
    key = f"groups:{known['id']}:quota:{ids.key()}"
    if more < 0:
        await catalog.free_aside(variant_id=known["variant_id"], place_id=known["place_id"], quantity=-more, key=key)
        return None
    return (await _set_aside(known["variant_id"], more, key, known["place_id"]))[1]


async def _set_aside(variant_id: int, pieces: int, key: str, place_id: int | None) -> tuple[int, str | None]:
    """Where the pieces lie that are set aside, and what is wrong with that."""
    try:
        async with db.savepoint():
            lies_at = await catalog.hold(
                variant_id=variant_id, quantity=pieces, order_id=None, key=key, prefer_place_id=place_id
            )
    except catalog.SoldOut:
        return 0, "quota: not one piece is free"
    except catalog.OutOfStock as short:
        return 0, f"quota: only {short.facts['n']} pieces are free at one place"
    if place_id is not None and lies_at != place_id:
        return 0, "quota: the place of this campaign has no more free pieces"
    return lies_at, None


def _at(told: datetime, zone: ZoneInfo) -> int:
    """A time without an offset is the shop's."""
    return int((told if told.tzinfo is not None else told.replace(tzinfo=zone)).timestamp() * clock.SECOND)


def _path(loc: tuple[int | str, ...]) -> str:
    return ".".join(map(str, loc)) or "the file"


def _reason(message: str) -> str:
    return message.removeprefix("Value error, ")
