"""Verbs and reads of merchants."""

from collections.abc import Mapping
from dataclasses import dataclass

from storefront.kernel import clock, db

CODE_MAX = 40


@dataclass(frozen=True)
class Merchant:
    """Somebody whose things are sold here: the code names it in files and rules, the name is for people."""

    code: str
    name: str


@db.transaction
async def know(*, code: str, name: str | None = None) -> None:
    """Have a merchant of this code; a name replaces the one it had, and without any it goes by its code."""
    assert 0 < len(code) <= CODE_MAX, "a code fits its column"
    await db.execute(
        "INSERT INTO merchant (code, name, since) VALUES (?, ?, ?) ON CONFLICT (code) DO NOTHING",
        *(code, name or code, clock.now()),
    )
    if name:
        await db.execute("UPDATE merchant SET name = ? WHERE code = ? AND name <> ?", name, code, name)


async def known() -> Mapping[str, Merchant]:
    """The merchants by their codes."""
    found = await db.rows("SELECT code, name FROM merchant ORDER BY code")
    return {row["code"]: Merchant(row["code"], row["name"]) for row in found}
