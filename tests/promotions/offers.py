"""Promotions as an operator loads them, for tests."""

from datetime import UTC, datetime
from typing import Any

from storefront import promotions
from storefront.kernel import clock, db


def iso(at: int) -> str:
    """A time as the file has it."""
    return datetime.fromtimestamp(at / clock.SECOND, UTC).isoformat()


def lasting(days: float = 1, begins_in: int = -clock.MINUTE) -> dict[str, str]:
    """From so many milliseconds from now on, for so many days."""
    return {"starts": iso(clock.now() + begins_in), "ends": iso(clock.now() + int(days * clock.DAY))}


async def load(**told: Any) -> None:
    """Take in a file of promotions."""
    await promotions.load(told=promotions.PromotionsTold.model_validate(told), currency="CNY", timezone="UTC")


async def coupon(code: str = "TEN", **told: Any) -> str:
    """A coupon: 10 % when nothing else is said."""
    does = {} if {"off_minor", "free_shipping", "percent"} & told.keys() else {"percent": 10}
    await load(coupons=[{"code": code, "names": {"en": code}, **lasting(), **does, **told}])
    return code


async def flash(sku: str, *, price_minor: int = 1000, quota: int = 5, **told: Any) -> int:
    """A flash sale that is open when nothing else is said; returns its id."""
    sale = {"code": f"flash-{sku}", "sku": sku, "price_minor": price_minor, "quota": quota, **lasting(), **told}
    await load(flash_sales=[sale])
    return int((await db.rows("SELECT id FROM flash_sale WHERE code = ?", f"FLASH-{sku.upper()}"))[0]["id"])


async def counted(sale_id: int) -> tuple[int, int]:
    """How many of a sale's pieces are taken, and how many are offered to those who wait."""
    row = (await db.rows("SELECT taken, offered FROM flash_sale WHERE id = ?", sale_id))[0]
    return row["taken"], row["offered"]
