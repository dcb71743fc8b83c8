"""What auditors are given (`pindan export --audit`): each noun yields its rows in their words, read in one `db.still`.

Where two tables of ours are one of theirs, the second one's numbers begin at `ASIDE` or `ASIDE_TOO`, so that they do not meet.
"""

from collections.abc import AsyncIterator, Collection
from typing import TypeAlias

from storefront.kernel import clock, db
from storefront.kernel.db import Row

Rows: TypeAlias = AsyncIterator[Row]

ASIDE_TOO, ASIDE = 2**29, 2**30
# What there is no limit for.
NO_LIMIT_UNITS, NO_LIMIT_MINOR = 2**31 - 1, 2**53 - 1

_AT_ONCE = 500


def audited() -> dict[str, Rows]:
    """The wishes that came with a key, and of which moment the export is."""
    return {
        "command": db.stream(
            "SELECT id, scope, key AS idem_key, '' AS request_hash, scope AS effect, NULL AS update_id FROM command ORDER BY id"
        ),
        "meta": _meta(),
    }


async def batches(rows: Rows) -> AsyncIterator[list[Row]]:
    """Rows by the hundreds, to look up at once what belongs to them."""
    batch: list[Row] = []
    async for row in rows:
        batch.append(row)
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


async def found_by(sql: str, column: str, numbers: Collection[int]) -> dict[int, Row]:
    """The rows of a SELECT with `{places}` for these numbers, by the column that they stand in."""
    if not numbers:
        return {}
    wanted = sorted(set(numbers))
    rows = await db.look(sql.replace("{places}", ", ".join("?" * len(wanted))), *wanted)
    return {int(row[column]): row for row in rows}


async def _meta() -> Rows:
    yield {"k": "now", "v": clock.now()}
    yield {"k": "schema", "v": (await db.look("SELECT MAX(number) AS n FROM migration"))[0]["n"]}
