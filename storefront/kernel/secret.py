"""Secrets the shop makes for itself and keeps: the same on every replica and after every restart."""

import secrets

from storefront.kernel import db


async def kept(name: str) -> str:
    """The shop's own secret of that name: 64 hexadecimal digits, made when first asked for."""
    await db.execute(
        "INSERT INTO secret (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING", name, secrets.token_hex(32)
    )
    found = await db.rows("SELECT value FROM secret WHERE name = ?", name)
    return str(found[0]["value"])
