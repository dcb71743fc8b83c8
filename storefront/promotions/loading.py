"""An operator's file of promotions: checked as a whole, each error with its path, then taken in; twice changes nothing."""

import json
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from storefront import merchants
from storefront.kernel import clock, db, ids, operator_files
from storefront.kernel.operator_files import BadFile, Code, Lasting, Told
from storefront.promotions import flash
from storefront.promotions.aside import Wrong, set_aside, set_more_aside, sold


class CouponTold(Lasting):
    """A coupon as the file has it."""

    code: Code
    names: dict[str, str] = Field(min_length=1)
    percent: int | None = Field(None, ge=1, le=100)
    off_minor: int | None = Field(None, ge=1)
    free_shipping: Literal[True] | None = None
    most_minor: int | None = Field(None, ge=1)
    minimum_minor: int = Field(0, ge=0)
    category: str = ""
    merchant: str = Field("", max_length=merchants.CODE_MAX)
    new_customers: bool = False
    collectable: bool = True
    stack: int = Field(1, ge=1, le=4)
    total: int | None = Field(None, ge=1)
    per_person: int = Field(1, ge=1)

    @model_validator(mode="after")
    def _does_one_thing(self) -> "CouponTold":
        if [self.percent, self.off_minor, self.free_shipping].count(None) != 2:
            raise ValueError("a coupon has one of percent, off_minor and free_shipping")
        return self

    @property
    def does(self) -> tuple[str, int]:
        """The kind and its value."""
        if self.percent is not None:
            return "percent", self.percent
        return ("fixed", self.off_minor) if self.off_minor is not None else ("shipping", 0)


class FlashTold(Lasting):
    """A flash sale as the file has it."""

    code: Code
    sku: str
    price_minor: int = Field(ge=0)
    quota: int = Field(ge=1)
    per_person: int = Field(1, ge=1)
    offer_minutes: int = Field(10, ge=1, le=1440)


class PromotionsTold(Told):
    """The file. What it does not name any more stays as it is; `withdrawn` names the coupons that end now."""

    coupons: list[CouponTold] = Field(default_factory=list)
    flash_sales: list[FlashTold] = Field(default_factory=list)
    withdrawn: list[Code] = Field(default_factory=list)


def read(text: str) -> PromotionsTold:
    """The file, checked. Raises BadFile."""
    return operator_files.read(PromotionsTold, text)


@db.transaction
async def load(*, told: PromotionsTold, currency: str, timezone: str) -> None:
    """Have these coupons and flash sales, known by their codes; all of them or none. Raises BadFile."""
    zone = ZoneInfo(timezone)
    wrong = []
    for place, coupon in enumerate(told.coupons):
        if line := await _load_coupon(coupon, currency, zone):
            wrong.append(f"coupons.{place}.{line}")
    for place, sale in enumerate(told.flash_sales):
        if line := await _load_sale(sale, currency, zone):
            wrong.append(f"flash_sales.{place}.{line}")
    for place, code in enumerate(told.withdrawn):
        if not await db.execute(
            "UPDATE coupon SET withdrawn_at = COALESCE(withdrawn_at, ?) WHERE code = ?", clock.now(), code
        ):
            wrong.append(f"withdrawn.{place}: there is no coupon {code}")
    if wrong:
        raise BadFile(wrong)


async def show() -> dict[str, list[dict[str, Any]]]:
    """What there is and how it goes, for the operator."""
    coupons = await db.rows(
        "SELECT code, kind, value, minimum_minor, stack, total, per_person, used,"
        " (SELECT COUNT(*) FROM coupon_holder h WHERE h.coupon_id = c.id) AS held, starts_at, ends_at, withdrawn_at"
        " FROM coupon c ORDER BY c.id"
    )
    sales = await db.rows(
        "SELECT s.code, v.sku, s.price_minor, s.quota, s.taken, s.offered, s.per_person, s.starts_at, s.ends_at, s.closed_at,"
        " (SELECT COUNT(*) FROM flash_waiter w WHERE w.sale_id = s.id AND w.state = 'waiting') AS waiting"
        " FROM flash_sale s JOIN variant v ON v.id = s.variant_id ORDER BY s.id"
    )
    return {"coupons": coupons, "flash_sales": sales}


async def _load_coupon(told: CouponTold, currency: str, zone: ZoneInfo) -> str | None:
    used = await db.rows("SELECT used FROM coupon WHERE code = ?", told.code)
    if used and told.total is not None and used[0]["used"] > told.total:
        return f"total: {used[0]['used']} were used already"
    kind, value = told.does
    starts_at, ends_at = told.span(zone)
    cells = {
        "names": json.dumps(told.names, ensure_ascii=False, sort_keys=True),
        "kind": kind,
        "currency": currency,
        "value": value,
        "most_minor": told.most_minor,
        "minimum_minor": told.minimum_minor,
        "path": told.category.strip("/"),
        "merchant": told.merchant,
        "newcomers": int(told.new_customers),
        "collectable": int(told.collectable),
        "stack": told.stack,
        "total": told.total,
        "per_person": told.per_person,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "withdrawn_at": None,
    }
    changes = ", ".join(f"{name} = excluded.{name}" for name in cells)
    await db.execute(
        f"INSERT INTO coupon (code, {', '.join(cells)}) VALUES (?{', ?' * len(cells)})"  # noqa: S608  (our own names)
        f" ON CONFLICT (code) DO UPDATE SET {changes}",
        *(told.code, *cells.values()),
    )
    return None


async def _load_sale(told: FlashTold, currency: str, zone: ZoneInfo) -> str | None:
    variant_id = await sold(sku=told.sku, currency=currency, price_minor=told.price_minor, offer="a flash price")
    if isinstance(variant_id, Wrong):
        return variant_id.line
    starts_at, ends_at = told.span(zone)
    if await db.rows(
        "SELECT 1 FROM flash_sale WHERE variant_id = ? AND code <> ? AND closed_at IS NULL AND starts_at < ? AND ends_at > ?",
        *(variant_id, told.code, ends_at, starts_at),
    ):
        return f"starts: {told.sku} has another flash sale at that time"
    known = await db.rows("SELECT * FROM flash_sale WHERE code = ?", told.code)
    if not known:
        return await _open_sale(told, variant_id, starts_at, ends_at)
    if known[0]["closed_at"] is not None and ends_at > clock.now():
        return f"code: {told.code} is over; give the next one another code"
    if known[0]["variant_id"] != variant_id:
        return f"sku: {told.code} sells another thing; give this one another code"
    await db.execute(
        "UPDATE flash_sale SET price_minor = ?, per_person = ?, offer_minutes = ?, starts_at = ?, ends_at = ? WHERE id = ?",
        *(told.price_minor, told.per_person, told.offer_minutes, starts_at, ends_at, known[0]["id"]),
    )
    return await _change_quota(known[0], told.quota) if known[0]["closed_at"] is None else None


async def _open_sale(told: FlashTold, variant_id: int, starts_at: int, ends_at: int) -> str | None:
    if ends_at <= clock.now():
        return "ends: this is past"
    place_id = await set_aside(variant_id=variant_id, pieces=told.quota, key=f"flash:{told.code}:quota")
    if isinstance(place_id, Wrong):
        return place_id.line
    await db.execute(
        "INSERT INTO flash_sale (code, variant_id, place_id, price_minor, quota, per_person, offer_minutes, starts_at,"
        " ends_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(told.code, variant_id, place_id, told.price_minor, told.quota, told.per_person, told.offer_minutes),
        *(starts_at, ends_at),
    )
    return None


async def _change_quota(sale: dict[str, Any], quota: int) -> str | None:
    more = quota - sale["quota"]
    if more == 0:
        return None
    changed = await db.execute(
        "UPDATE flash_sale SET quota = ? WHERE id = ? AND quota = ? AND taken + offered <= ?",
        *(quota, sale["id"], sale["quota"], quota),
    )
    if not changed:
        return f"quota: {sale['taken'] + sale['offered']} are sold or promised already"
    wrong = await set_more_aside(
        variant_id=sale["variant_id"],
        place_id=sale["place_id"],
        more=more,
        key=f"flash:{sale['id']}:quota:{ids.key()}",
        whose="sale",
    )
    if wrong is not None:
        return wrong.line
    if more > 0:
        await flash.offer(sale["id"])
    return None
