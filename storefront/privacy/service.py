"""Handing out and taking away."""

from collections.abc import Sequence
from typing import Any

from storefront import audit, files, people
from storefront.kernel import clock, db
from storefront.privacy import rules


async def export(*, person_id: int, actor: str) -> dict[str, list[dict[str, Any]]]:
    """All that the shop holds of a customer, table by table, in plain values; photos by their hashes. Raises NotFound."""
    hers = await _people(person_id)
    await audit.note(actor=actor, action="person.export", subject=f"person:{hers[0]}")
    told = {}
    for table, where in rules.OWN.items():
        rows = await db.browse(f"SELECT * FROM {table} WHERE {_filled(where, hers)}")  # noqa: S608  (ours, and numbers)
        told[table] = [dict(row) for row in rows]
    return told


async def photos(person_id: int) -> Sequence[files.File]:
    """The photos that she sent. Raises NotFound."""
    found = await db.rows(_photos_of(await _people(person_id)))
    return [await files.content(row["file_hash"]) for row in found]


async def visits(person_id: int) -> Sequence[tuple[int, int]]:
    """Where she is known in channels: bot and user number. Raises NotFound."""
    hers = ", ".join(map(str, await _people(person_id)))
    found = await db.rows(f"SELECT bot_id, user_id FROM channel WHERE person_id IN ({hers}) ORDER BY id")  # noqa: S608
    return [(int(row["bot_id"]), int(row["user_id"])) for row in found]


@db.transaction
async def erase(*, person_id: int, actor: str) -> bool:
    """Take away all that tells who a customer was; the books stay, by her number. False when that was done before.

    What she wrote and sent goes from inbox, outbox and cases too. Raises NotFound, Busy.
    """
    hers = await _people(person_id)
    if (await db.rows("SELECT erased_at FROM person WHERE id = ?", hers[0]))[0]["erased_at"] is not None:
        return False
    await _must_be_idle(hers)
    sent = [str(row["file_hash"]) for row in await db.rows(_photos_of(hers))]
    for change in rules.GOES.split(";\n"):
        await db.execute(_filled(change, hers))
    for name in sent:
        await files.forget(name)
    await audit.note(actor=actor, action="person.erase", subject=f"person:{hers[0]}")
    return True


async def _people(person_id: int) -> list[int]:
    """Her number, and those of the accounts that were joined into hers."""
    hers = [(await people.find(person_id)).id]
    for number in hers:
        found = await db.rows("SELECT id FROM person WHERE joined_into = ? ORDER BY id", number)
        hers += [int(row["id"]) for row in found if row["id"] not in hers]
    return hers


async def _must_be_idle(hers: Sequence[int]) -> None:
    numbers = ", ".join(map(str, hers))
    found = await db.rows(
        "SELECT number FROM orders WHERE state IN ('placed', 'paid', 'confirmed', 'shipped', 'ready')"  # noqa: S608
        f" AND person_id IN ({numbers})"
        " UNION ALL SELECT 'C-' || id FROM support_case WHERE state IN ('open', 'waiting', 'returning')"
        f" AND person_id IN ({numbers})"
        " UNION ALL SELECT o.number FROM refund r JOIN orders o ON o.id = r.order_id WHERE r.state <> 'done'"
        f" AND o.person_id IN ({numbers}) LIMIT 1"
    )
    if found:
        raise rules.Busy(number=found[0]["number"])


def _photos_of(hers: Sequence[int]) -> str:
    return _filled(
        "SELECT DISTINCT p.file_hash FROM support_photo p JOIN support_message m ON m.id = p.message_id"
        " JOIN support_case c ON c.id = m.case_id WHERE p.file_hash IS NOT NULL AND c.person_id IN ({people})"
        " ORDER BY p.file_hash",
        hers,
    )


def _filled(sql: str, hers: Sequence[int]) -> str:
    return sql.format(people=", ".join(map(str, hers)), now=clock.now())
