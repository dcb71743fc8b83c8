"""Places and fees as the operator set them."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from storefront.delivery.rules import EVERYWHERE, FeeRule, distance, fee_of
from storefront.kernel import db
from storefront.kernel.errors import NotFound
from storefront.kernel.money import Money


@dataclass(frozen=True)
class Branch:
    """Where customers pick up; texts by language."""

    id: int
    code: str
    names: Mapping[str, str]
    address: Mapping[str, str]
    hours: Mapping[str, str]
    region: str
    latitude: float | None
    longitude: float | None


async def branches(near: tuple[float, float] | None = None) -> list[Branch]:
    """The branches that are open, the nearest to (latitude, longitude) first, else in the operator's order."""
    found = [
        _branch(row)
        for row in await db.rows("SELECT * FROM place WHERE kind = 'branch' AND closed_at IS NULL ORDER BY id")
    ]
    return sorted(found, key=lambda branch: _distance(branch, near)) if near is not None else found


async def branch(place_id: int) -> Branch:
    """One branch, also one that has closed since. Raises NotFound."""
    found = await db.rows("SELECT * FROM place WHERE kind = 'branch' AND id = ?", place_id)
    if not found:
        raise NotFound
    return _branch(found[0])


async def warehouse_address() -> Mapping[str, str] | None:
    """Where parcels for the shop go, by language; None when it has no warehouse."""
    found = await db.rows(
        "SELECT address FROM place WHERE kind = 'warehouse' AND closed_at IS NULL ORDER BY id LIMIT 1"
    )
    told: Mapping[str, str] | None = json.loads(found[0]["address"]) if found else None
    return told or None


async def fee(*, region: str, weight_g: int, goods: Money) -> Money:
    """What it costs to bring goods to a region. Raises NoDelivery."""
    return fee_of(await _rules(goods.currency), region=region, weight_g=weight_g, goods=goods)


async def regions(currency: str) -> list[FeeRule]:
    """The regions that have a rule of their own, with its fees, in the operator's order."""
    return [rule for rule in await _rules(currency) if rule.region != EVERYWHERE]


@db.transaction
async def add_place(
    *,
    code: str,
    kind: str,
    names: Mapping[str, str],
    address: Mapping[str, str],
    hours: Mapping[str, str],
    region: str,
    latitude: float | None = None,
    longitude: float | None = None,
) -> None:
    """Open a branch or a warehouse, or tell anew what is known of it."""
    await db.execute(
        "INSERT INTO place (code, kind, names, address, hours, region, latitude, longitude)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (code) DO UPDATE SET names = excluded.names,"
        " address = excluded.address, hours = excluded.hours, region = excluded.region,"
        " latitude = excluded.latitude, longitude = excluded.longitude",
        *(code, kind, _json(names), _json(address), _json(hours), region, latitude, longitude),
    )


@db.transaction
async def set_fees(*, currency: str, rules: Sequence[FeeRule]) -> None:
    """Put these rules in the place of all there were for this currency; the first that fits counts."""
    await db.execute("DELETE FROM fee_rule WHERE currency = ?", currency)
    await db.many(
        "INSERT INTO fee_rule (region, currency, base_minor, per_kg_minor, free_above_minor, names, position)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(rule.region, currency, rule.base_minor, rule.per_kg_minor, rule.free_above_minor),
                *(_json(rule.names), position),
            )
            for position, rule in enumerate(rules)
        ],
    )


async def _rules(currency: str) -> list[FeeRule]:
    found = await db.rows("SELECT * FROM fee_rule WHERE currency = ? ORDER BY position", currency)
    return [
        FeeRule(
            row["region"], row["base_minor"], row["per_kg_minor"], row["free_above_minor"], json.loads(row["names"])
        )
        for row in found
    ]


def _branch(row: dict[str, Any]) -> Branch:
    return Branch(
        id=row["id"],
        code=row["code"],
        names=json.loads(row["names"]),
        address=json.loads(row["address"]),
        hours=json.loads(row["hours"]),
        region=row["region"],
        latitude=row["latitude"],
        longitude=row["longitude"],
    )


def _distance(branch: Branch, near: tuple[float, float]) -> float:
    if branch.latitude is None or branch.longitude is None:
        return math.inf
    return distance(near, (branch.latitude, branch.longitude))


def _json(texts: Mapping[str, str]) -> str:
    return json.dumps(dict(texts), ensure_ascii=False, sort_keys=True)
