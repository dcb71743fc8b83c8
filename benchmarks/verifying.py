"""How fast `pindan verify` and `pindan export` read a shop of a million entries, and in how much memory."""

import resource
import time
from pathlib import Path

from benchmarks.figures import databases, figure, folder, remark
from shop import audit_files
from shop.audit_commands import CHECKS
from storefront import ledger
from storefront.kernel import db

_PEOPLE = 10_000
# Half of the entries give points, a quarter hold them for an order, a quarter pay it. {n} orders, {p} customers.
_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
_ENTRY = "INSERT INTO ledger_entry (id, kind, key, cause, actor, order_id, at) "
_POSTING = "INSERT INTO ledger_posting (entry_id, account_id, amount) "
_ACCOUNT = "INSERT INTO ledger_account (id, kind, owner, unit, may_go_negative) "
_BALANCE = "INSERT INTO ledger_balance (account_id, amount) "
_LOT = "INSERT INTO point_lot (id, person_id, granted, remaining, cause, key, at) "
_ORDER = (
    "INSERT INTO orders (id, number, person_id, state, currency, goods_minor, points, total_minor, delivery, key, placed_at,"
    " expires_at) "
)
_LINE = (
    "INSERT INTO order_line (order_id, variant_id, place_id, position, names, options, quantity, list_unit_minor, unit_minor,"
    " points, money_minor) "
)
_MOVE = "INSERT INTO stock_move (variant_id, place_id, kind, quantity, order_id, key, at) "
_ITEM = "INSERT INTO item (id, code, names, descriptions, attributes, origins, tags, created_at, changed_at) "
_BY_PERSON = (
    "INSERT INTO person (id, name, language, created_at) {numbers} SELECT i, 'Ann', 'en', 0 FROM n",
    _ACCOUNT + "{numbers} SELECT 1 + i, 'customer_points', i, 'PTS', 0 FROM n",
    _ACCOUNT + "{numbers} SELECT 1 + {p} + i, 'points_held', i, 'PTS', 0 FROM n",
    _BALANCE + "{numbers} SELECT 1 + {p} + i, 0 FROM n",
)
_BY_GRANT = (
    _ENTRY + "{numbers} SELECT i, 'grant', 'grant:' || i, 'a benchmark', 'shop', NULL, 0 FROM n",
    _POSTING + "{numbers} SELECT i, 1, -100 FROM n",
    _POSTING + "{numbers} SELECT i, 2 + i % {p}, 100 FROM n",
    _LOT
    + "{numbers} SELECT i, 1 + i % {p}, 100, CASE WHEN i <= {n} THEN 90 ELSE 100 END, 'a benchmark', 'grant:' || i, 0 FROM n",
)
_BY_ORDER = (
    _ACCOUNT + "{numbers} SELECT 1 + 2 * {p} + i, 'order_hold', i, 'PTS', 0 FROM n",
    _BALANCE + "{numbers} SELECT 1 + 2 * {p} + i, 10 FROM n",
    _ORDER
    + "{numbers} SELECT i, 'A-' || i, 1 + i % {p}, 'confirmed', 'CNY', 0, 10, 0, 'pickup', 'order:' || i, 0, 0 FROM n",
    _LINE + "{numbers} SELECT i, 1, 1, 0, '', '', 1, 0, 0, 10, 0 FROM n",
    _MOVE + "{numbers} SELECT 1, 1, 'hold', 1, i, 'hold:' || i, 0 FROM n",
    "INSERT INTO point_use (lot_id, order_id, amount) {numbers} SELECT i, i, 10 FROM n",
    _ENTRY + "{numbers} SELECT 2 * {n} + i, 'hold', 'hold:' || i, 'a benchmark', 'shop', i, 0 FROM n",
    _POSTING + "{numbers} SELECT 2 * {n} + i, 2 + i % {p}, -10 FROM n",
    _POSTING + "{numbers} SELECT 2 * {n} + i, 2 + {p} + i % {p}, 10 FROM n",
    _ENTRY + "{numbers} SELECT 3 * {n} + i, 'capture', 'capture:' || i, 'a benchmark', 'shop', i, 0 FROM n",
    _POSTING + "{numbers} SELECT 3 * {n} + i, 2 + {p} + i % {p}, -10 FROM n",
    _POSTING + "{numbers} SELECT 3 * {n} + i, 1 + 2 * {p} + i, 10 FROM n",
)
_ONCE = (
    "INSERT INTO place (id, code, kind, names, address, hours, region) VALUES (1, 'south', 'branch', '', '', '', 'city')",
    _ITEM + "VALUES (1, 'gift', '', '', '', '', '', 0, 0)",
    "INSERT INTO variant (id, item_id, sku, options, currency, points_price) VALUES (1, 1, 'gift', '', 'CNY', 10)",
    "INSERT INTO stock (variant_id, place_id, on_hand, held) VALUES (1, 1, {n}, {n})",
    _MOVE + "VALUES (1, 1, 'receive', {n}, NULL, 'receive', 0)",
    _ACCOUNT + "VALUES (1, 'points_issued', 0, 'PTS', 1)",
)
_LAST = (
    _BALANCE + "SELECT 1 + person_id, SUM(remaining) FROM point_lot GROUP BY person_id",
    "ANALYZE",
)


async def measure(entries: int = 1_000_000) -> None:
    """Print how fast entries are sealed and verified, and how many times a bare SUM over all postings that takes."""
    with folder() as place:
        async with databases(place) as found:
            for dialect, url in found.items():
                await db.connect(url, synchronous="NORMAL")
                await db.migrate()
                await _fill(entries)
                began = time.monotonic()
                while await ledger.seal():
                    pass
                figure(f"{dialect}_sealing", entries / (time.monotonic() - began), "entries/s")
                summed = await _summed()
                figure(f"{dialect}_sum_over_all_postings", summed * 1000, "ms")
                before = _peak_mb()
                began, worked = time.monotonic(), time.process_time()
                await _verify()
                took, worked = time.monotonic() - began, time.process_time() - worked
                figure(f"{dialect}_verify", took * 1000, "ms", summed * 1000)
                grown = _peak_mb() - before
                remark(
                    f"{dialect}: {entries} entries, {worked:.1f} s of CPU in this process, {grown:.0f} MB more at the peak"
                )
                before, began = _peak_mb(), time.monotonic()
                rows = await _export(place / f"{dialect} for auditors")
                figure(f"{dialect}_export", rows / (time.monotonic() - began), "rows/s")
                remark(f"{dialect}: {rows} rows exported, {_peak_mb() - before:.0f} MB more at the peak")
                await db.disconnect()


async def _fill(entries: int) -> None:
    count = entries // 4
    people = min(_PEOPLE, count)
    for statements, size in ((_ONCE, 1), (_BY_PERSON, people), (_BY_GRANT, 2 * count), (_BY_ORDER, count), (_LAST, 1)):
        for statement in statements:
            numbers = _NUMBERS.format(count=size)
            await db.execute(statement.format(numbers=numbers, n=count, p=people))


async def _summed() -> float:
    began = time.monotonic()
    assert (await db.rows("SELECT SUM(amount) AS n FROM ledger_posting"))[0]["n"] == 0
    return time.monotonic() - began


async def _verify() -> None:
    for check in CHECKS.values():
        assert [finding async for finding in check()] == []


async def _export(place: Path) -> int:
    place.mkdir()
    return await audit_files.write(place, lambda _table, _rows: None)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
