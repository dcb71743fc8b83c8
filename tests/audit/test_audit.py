"""Who did what is on record, and a change after the fact is seen."""

import asyncio

import pytest

from storefront import audit
from storefront.kernel import db


async def test_the_log_is_chained_and_a_change_after_the_fact_is_named(database: str) -> None:
    for number in range(3):
        await audit.note(actor="staff:1", action="case.refund", subject=f"case:{number}", points=number)
    await asyncio.gather(audit.seal(), audit.seal())
    await audit.seal()
    well = [finding async for finding in audit.findings()]

    trigger = "audit_entry_kept" if db.dialect() == "sqlite" else "audit_entry_kept ON audit_entry"
    await db.execute(f"DROP TRIGGER {trigger}")
    await db.execute("UPDATE audit_entry SET actor = 'staff:2' WHERE id = 2")

    assert well == []
    assert (await db.rows("SELECT COUNT(*) AS n FROM audit_seal"))[0]["n"] == 3
    assert [finding async for finding in audit.findings()] == ["the audit log's chain breaks at number 2 (entry 2)"]
    assert [(entry.actor, dict(entry.facts)) for entry in await audit.of("case:0")] == [("staff:1", {"points": 0})]


async def test_what_stands_in_the_log_is_neither_changed_nor_deleted(database: str) -> None:
    await audit.note(actor="staff:1", action="case.refund", subject="case:1")

    for change in ("UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry"):
        with pytest.raises(Exception, match="append-only"):
            await db.execute(change)


async def test_who_looks_at_a_person_is_on_record_once_an_hour(database: str) -> None:
    for _ in range(3):
        await audit.seen(actor="staff:1", subject="person:7")
    await audit.seen(actor="staff:2", subject="person:7")

    assert [entry.actor for entry in await audit.of("person:7")] == ["staff:2", "staff:1"]
