"""The export for auditors: a table of theirs a file, each row a line of JSON, all of one moment."""

from collections.abc import Callable
from functools import partial
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import orjson

from storefront import (
    audit,
    catalog,
    groupbuy,
    ledger,
    messaging,
    orders,
    partners,
    payments,
    privacy,
    promotions,
    support,
)
from storefront.kernel import auditing

# table | its columns; `?`: may be null; `:n`: text of at most so many characters. Times are epoch ms, money is in minor units.
_SCHEMA = """
account | id kind:30 owner? unit:8 may_go_negative
entry | id seq kind:30 order_id? refund_id? reverses? idem_key:80 at prev_hash:64 hash:64
posting | id entry_id account_id amount
balance | account_id amount as_of_seq
stock | item_id on_hand reserved tracked
stock_move | id item_id kind:10 qty order_id? idem_key:80
orders | id customer state:20 total_cash total_points ship_cash group_id? placed_at expires_at? idem_key:80
order_line | id order_id item_id qty unit_cash unit_points discount_cash
order_event | id order_id from_state:20? to_state:20 cause:80 at
payment | id order_id tender:8 amount state:12 provider:20 provider_txn:60?
payment_event | id provider:20 event_id:60 payment_id? kind:12 amount state:12 times_seen signature_ok
refund | id order_id payment_id tender:8 amount state:12 requested_by approved_by? auto idem_key:80
staff | id role:12 refund_limit_cash refund_limit_points active
grp | id item_id size state:10 opened_by expires_at closed_at?
grp_member | id group_id customer order_id state:10 joined_at
coupon | id max_uses per_customer budget_cash
coupon_use | id coupon_id order_id customer amount_cash state:10
flash | id item_id cap per_customer starts_at ends_at
flash_use | id flash_id order_id customer qty at state:10
inbox | update_id chat received_at state:8 attempts
command | id scope:40 idem_key:80 request_hash:64 effect:60 update_id?
outbox | id chat seq dedupe_key:80 created_at state:10 order_id? kind:30
outbox_attempt | id outbox_id at result:12
conversation | chat state:30 version order_id?
conversation_log | id chat version from_state:30? to_state:30 update_id?
timer | id kind:20 subject:40 due_at state:10 fired_at? effects
ticket | id order_id? customer state:12 opened_at sla_due_at first_reply_at? breached_at? outcome:20?
pickup | order_id state:10 redeemed attempts max_attempts
audit | seq at actor:40 action:40 object:60 prev_hash:64 hash:64
erasure | customer done_at
pii | customer tbl:30 value:80
meta | k:20 v
"""
_CUT = 17

# column -> the most characters that it holds; None: a number
Columns = dict[str, int | None]


def tables() -> dict[str, Columns]:
    """The tables of the export and their columns, in their order."""
    lines = (line.split(" | ") for line in _SCHEMA.strip().splitlines())
    return {table: dict(map(_column, columns.split())) for table, columns in lines}


async def write(folder: Path, told: Callable[[str, int], None]) -> int:
    """Write the export of the open shop into a folder that is there; returns how many rows. `told`: a table, its rows so far.

    Memory stays flat whatever the shop's size. Raises OSError.
    """
    rows = 0
    async with ledger.sealed():
        sources = _sources()
        for table, columns in tables().items():
            rows += await _write(folder / f"{table}.jsonl", columns, sources.get(table, []), partial(told, table))
    return rows


def _sources() -> dict[str, list[auditing.Rows]]:
    """What the nouns have for each table."""
    nouns = (
        *(ledger, catalog, promotions, partners, orders, payments, groupbuy),
        *(support, messaging, audit, privacy, auditing),
    )
    found: dict[str, list[auditing.Rows]] = {}
    for noun in nouns:
        for table, rows in noun.audited().items():
            found.setdefault(table, []).append(rows)
    return found


async def _write(file: Path, columns: Columns, sources: list[auditing.Rows], told: Callable[[int], None]) -> int:
    numbers, written = count(1), 0
    with file.open("wb") as out:
        for source in sources:
            async for row in source:
                written += 1
                if "id" in columns and "id" not in row:
                    row["id"] = next(numbers)
                out.write(orjson.dumps({name: _fitting(row[name], most) for name, most in columns.items()}) + b"\n")
                if written % 1000 == 0:
                    told(written)
    told(written)
    return written


def _column(told: str) -> tuple[str, int | None]:
    name, _, most = told.removesuffix("?").partition(":")
    return name, int(most) if most else None


def _fitting(value: Any, most: int | None) -> Any:
    """A longer text is cut and ends in a digest of all of it, so that two keys stay two."""
    if most is None or value is None or len(value) <= most:
        return value
    return f"{value[: most - _CUT]}~{sha256(value.encode()).hexdigest()[: _CUT - 1]}"
