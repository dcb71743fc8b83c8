"""What auditors are given is of one piece: whoever recomputes it finds nothing, and nothing of it tells who anybody is."""

import asyncio
import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shop import audit_files
from storefront import audit, ledger, people, privacy
from storefront.kernel import db
from tests.auditing.lively import counts, lively
from tests.support import tools
from tests.support.market import Market, books, given

SCHEMA = Path("/work/shared/audit_export.sql")
Books = sqlite3.Connection

# Each finds nothing in a shop in order.
WRONG = {
    "an entry balances per unit": """
        SELECT p.entry_id FROM posting p JOIN account a ON a.id = p.account_id GROUP BY p.entry_id, a.unit
        HAVING SUM(p.amount) <> 0""",
    "a balance is the sum of its postings": """
        SELECT b.account_id FROM balance b WHERE b.amount <> (SELECT COALESCE(SUM(p.amount), 0) FROM posting p
        JOIN entry e ON e.id = p.entry_id WHERE p.account_id = b.account_id AND e.seq <= b.as_of_seq)""",
    "no account goes below zero at any moment": """
        SELECT account_id FROM (SELECT p.account_id, SUM(p.amount) OVER (PARTITION BY p.account_id ORDER BY e.seq, p.id) AS s
        FROM posting p JOIN entry e ON e.id = p.entry_id JOIN account a ON a.id = p.account_id AND a.may_go_negative = 0)
        WHERE s < 0""",
    "every posting is of an entry with a number": "SELECT id FROM posting WHERE entry_id NOT IN (SELECT id FROM entry)",
    "numbers have no gap": "SELECT COUNT(*), MAX(seq) FROM entry HAVING COUNT(*) <> MAX(seq)",
    "entries are chained": "SELECT e.seq FROM entry e JOIN entry b ON b.seq = e.seq - 1 WHERE e.prev_hash <> b.hash",
    "the log is chained": "SELECT e.seq FROM audit e JOIN audit b ON b.seq = e.seq - 1 WHERE e.prev_hash <> b.hash",
    "a refund is of a payment of its order": """
        SELECT r.id FROM refund r LEFT JOIN payment p ON p.id = r.payment_id AND p.order_id = r.order_id AND p.tender = r.tender
        WHERE p.state IS NULL OR p.state <> 'captured'""",
    "no more goes back than came": """
        SELECT r.payment_id FROM refund r JOIN payment p ON p.id = r.payment_id WHERE r.state NOT IN ('failed', 'cancelled')
        GROUP BY r.payment_id, p.amount HAVING SUM(r.amount) > p.amount""",
    "each refund that is done has its one entry, of its amount": """
        SELECT r.id FROM refund r WHERE r.state = 'done' AND 1 <> (SELECT COUNT(*) FROM entry e WHERE e.kind = 'refund'
        AND e.refund_id = r.id AND e.order_id = r.order_id AND r.amount = (SELECT SUM(p.amount) FROM posting p
        WHERE p.entry_id = e.id AND p.amount > 0))""",
    "each entry of a refund has its refund": """
        SELECT e.id FROM entry e WHERE e.kind = 'refund'
        AND NOT EXISTS (SELECT 1 FROM refund r WHERE r.id = e.refund_id AND r.state = 'done')""",
    "money that is given back was let go by somebody, or by a rule": """
        SELECT id FROM refund WHERE auto = (approved_by IS NOT NULL) OR requested_by = approved_by""",
    "who agreed works here": "SELECT id FROM refund WHERE approved_by NOT IN (SELECT id FROM staff)",
    "a captured payment in money was told of once": """
        SELECT p.id FROM payment p WHERE p.tender = 'cash' AND p.state = 'captured' AND 1 <> (SELECT COUNT(*) FROM payment_event e
        WHERE e.payment_id = p.id AND e.kind = 'captured' AND e.state = 'applied' AND e.amount = p.amount)""",
    "what a provider told is applied or in review": """
        SELECT id FROM payment_event WHERE signature_ok = 1 AND state NOT IN ('applied', 'review')""",
    "stock is what moved": """
        SELECT s.item_id FROM stock s LEFT JOIN (SELECT item_id,
        SUM(CASE WHEN kind IN ('receive', 'adjust', 'return') THEN qty WHEN kind = 'sell' THEN -qty ELSE 0 END) AS h,
        SUM(CASE WHEN kind = 'reserve' THEN qty WHEN kind IN ('release', 'sell') THEN -qty ELSE 0 END) AS r
        FROM stock_move GROUP BY item_id) m ON m.item_id = s.item_id
        WHERE (s.on_hand, s.reserved) <> (COALESCE(m.h, 0), COALESCE(m.r, 0)) OR s.reserved NOT BETWEEN 0 AND s.on_hand""",
    "a group holds no more than its seats": """
        SELECT g.id FROM grp g JOIN grp_member m ON m.group_id = g.id AND m.state IN ('held', 'confirmed')
        GROUP BY g.id, g.size HAVING COUNT(*) > g.size""",
    "members of a failed group have their money back": """
        SELECT m.id FROM grp_member m JOIN grp g ON g.id = m.group_id JOIN orders o ON o.id = m.order_id
        WHERE g.state IN ('expired', 'cancelled') AND o.state NOT IN ('refunded', 'expired', 'cancelled')""",
    "an order is its lines": """
        SELECT o.id FROM orders o JOIN order_line l ON l.order_id = o.id GROUP BY o.id, o.total_cash, o.ship_cash, o.total_points
        HAVING SUM(l.qty * l.unit_cash - l.discount_cash) + o.ship_cash <> o.total_cash
        OR SUM(l.qty * l.unit_points) <> o.total_points""",
    "a paid order is paid": """
        SELECT o.id FROM orders o WHERE o.state IN ('paid', 'confirmed', 'fulfilled', 'completed') AND
        (SELECT COALESCE(SUM(p.amount), 0) FROM payment p WHERE p.order_id = o.id AND p.state = 'captured')
        <> o.total_cash + o.total_points""",
    "an order is where its last step led": """
        SELECT o.id FROM orders o WHERE o.state <> (SELECT e.to_state FROM order_event e WHERE e.order_id = o.id
        ORDER BY e.at DESC, e.id DESC LIMIT 1)""",
    "a dead order keeps nothing": """
        SELECT o.id FROM orders o JOIN payment p ON p.order_id = o.id AND p.state = 'captured'
        WHERE o.state IN ('expired', 'cancelled', 'refunded')
        AND p.amount <> (SELECT COALESCE(SUM(r.amount), 0) FROM refund r WHERE r.payment_id = p.id)
        UNION ALL SELECT o.id FROM orders o JOIN account a ON a.kind = 'order_hold' AND a.owner = o.id
        JOIN balance b ON b.account_id = a.id WHERE o.state IN ('expired', 'cancelled', 'refunded') AND b.amount <> 0""",
    "a coupon is used as often as it may be": """
        SELECT c.id FROM coupon c JOIN coupon_use u ON u.coupon_id = c.id AND u.state = 'active'
        GROUP BY c.id, c.max_uses HAVING COUNT(*) > c.max_uses""",
    "a flash sale sells no more than it has": """
        SELECT f.id FROM flash f JOIN flash_use u ON u.flash_id = f.id AND u.state = 'active' GROUP BY f.id, f.cap
        HAVING SUM(u.qty) > f.cap""",
    "messages of a chat are counted without a gap": """
        SELECT chat FROM outbox GROUP BY chat HAVING COUNT(*) <> MAX(seq) OR MIN(seq) <> 1""",
    "a timer fires once, and not early": """
        SELECT id FROM timer WHERE (state = 'fired') <> (effects = 1) OR fired_at < due_at""",
}


async def exported(folder: Path) -> Path:
    """The export of the open shop."""
    await audit.seal()
    await audit_files.write(folder, lambda _table, _rows: None)
    return folder


def new(folder: Path) -> Path:
    """A folder that is made."""
    folder.mkdir()
    return folder


def loaded(folder: Path) -> Books:
    """The export in a database as its schema says."""
    if not SCHEMA.exists():
        tools.absent("the schema of the audit export")
    made = sqlite3.connect(":memory:", isolation_level=None)
    made.executescript(SCHEMA.read_text(encoding="utf-8"))
    for file in folder.iterdir():
        for row in rows(file):
            places = ", ".join("?" * len(row))
            made.execute(f"INSERT INTO {file.stem} ({', '.join(row)}) VALUES ({places})", list(row.values()))
    return made


def rows(file: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file of an export."""
    return (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())


async def test_whoever_recomputes_the_export_of_a_lively_shop_finds_nothing(market: Market, tmp_path: Path) -> None:
    await lively(market)

    made = loaded(await exported(new(tmp_path / "audit")))

    assert await books() == []
    assert {told: found for told, sql in WRONG.items() if (found := made.execute(sql).fetchall())} == {}
    filled = {table for table in audit_files.tables() if made.execute(f"SELECT 1 FROM {table}").fetchone()}
    assert audit_files.tables().keys() - filled == {"conversation_log", "erasure", "pickup"}
    states = {str(row[0]) for row in made.execute("SELECT DISTINCT state FROM orders")}
    assert states == {"pending", "paid", "confirmed", "fulfilled", "cancelled", "expired", "refunded"}
    assert made.execute("SELECT COUNT(*) FROM entry").fetchone()[0] == await counts("ledger_entry")


def test_the_columns_are_the_schemas() -> None:
    if not SCHEMA.exists():
        tools.absent("the schema of the audit export")
    told = dict(re.findall(r"create table (\w+)\((.*)\);", SCHEMA.read_text(encoding="utf-8")))
    columns = {
        table: {
            column.split()[0]: int(size[1]) if (size := re.search(r"varchar\((\d+)\)", column)) else None
            for column in body.split(", ")
        }
        for table, body in told.items()
    }

    assert audit_files.tables() == columns


async def test_an_erased_customer_is_in_no_file_and_the_others_only_in_one(market: Market, tmp_path: Path) -> None:
    for person, name in ((market.ann, "Ann Secret"), (market.bob, "Bob Secret")):
        await people.rename(person_id=person, name=name)
        await people.save_address(
            person_id=person, recipient=name, phone="+8613800138000", region="chengdu", line=f"{name} Road"
        )
    await privacy.erase(person_id=market.ann, actor="operator")

    folder = await exported(new(tmp_path / "audit"))

    told = {file.stem: file.read_text(encoding="utf-8") for file in folder.iterdir()}
    assert "Ann Secret" not in str(told)
    assert [table for table, text in told.items() if "Bob Secret" in text] == ["pii"]
    assert {row["customer"] for row in rows(folder / "pii.jsonl")} == {market.bob}
    assert [row["customer"] for row in rows(folder / "erasure.jsonl")] == [market.ann]


async def test_an_export_while_points_are_given_is_of_one_moment(market: Market, tmp_path: Path) -> None:
    going = True

    async def gives(person_id: int) -> None:
        number = 0
        while going:
            number += 1
            await given(person_id, number)

    givers = [asyncio.create_task(gives(person)) for person in (market.ann, market.bob)]
    await asyncio.sleep(0.2)
    folders = [await exported(new(tmp_path / f"audit{number}")) for number in range(3)]
    going = False
    await asyncio.gather(*givers)

    for folder in folders:
        entries = list(rows(folder / "entry.jsonl"))
        postings = list(rows(folder / "posting.jsonl"))
        balances = {row["account_id"]: row["amount"] for row in rows(folder / "balance.jsonl")}
        assert [row["seq"] for row in entries] == list(range(1, len(entries) + 1))
        assert {row["entry_id"] for row in postings} == {row["id"] for row in entries}
        assert sum(balances.values()) == 0
        for account, amount in balances.items():
            assert amount == sum(row["amount"] for row in postings if row["account_id"] == account)
    assert not [finding async for finding in ledger.findings()]


async def test_what_is_longer_than_its_column_is_cut_and_stays_another(database: str, tmp_path: Path) -> None:
    for end in "ab":
        await db.execute("INSERT INTO command (scope, key, at) VALUES ('cart.add', ?, 0)", "k" * 100 + end)

    folder = await exported(new(tmp_path / "audit"))

    keys = [row["idem_key"] for row in rows(folder / "command.jsonl")]
    assert {len(key) for key in keys} == {80}
    assert len(set(keys)) == 2


@pytest.mark.parametrize("damage", ["UPDATE refund SET amount_minor = amount_minor + 1"])
async def test_the_auditors_find_what_was_tampered_with(market: Market, tmp_path: Path, damage: str) -> None:
    await lively(market)
    await db.execute(damage)

    made = loaded(await exported(new(tmp_path / "audit")))

    assert made.execute(WRONG["each refund that is done has its one entry, of its amount"]).fetchall()
