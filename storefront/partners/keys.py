"""Partners and their API keys.

A key is 32 random bytes, so that its plain SHA-256 gives nothing away: there is no list of likely keys to try, and a slow
hash would only make each call slow.
"""

import hmac
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from storefront.kernel import clock, db, ids
from storefront.kernel.errors import NotFound
from storefront.partners import rules
from storefront.partners.rules import Scope

_PREFIX_LENGTH = 8


@dataclass(frozen=True)
class Partner:
    """A system outside that we talk to."""

    id: int
    name: str


@dataclass(frozen=True)
class Caller:
    """Who calls: by which key, and what the key may be used for."""

    partner_id: int
    key_id: int
    scopes: frozenset[Scope]


@dataclass(frozen=True)
class Key:
    """What is shown of a key: never the key itself. Times are epoch ms."""

    partner: str
    prefix: str
    scopes: Sequence[str]
    made_at: int
    used_at: int | None
    revoked_at: int | None


async def find(name: str) -> Partner:
    """The partner of that name. Raises NotFound."""
    found = await db.rows("SELECT id, name FROM partner WHERE name = ?", name)
    if not found:
        raise NotFound
    return Partner(found[0]["id"], found[0]["name"])


@db.transaction
async def add(*, name: str, scopes: Collection[Scope]) -> str:
    """Let a partner in; returns its first key, which is never shown again. Raises NameTaken."""
    made = await db.rows(
        "INSERT INTO partner (name, made_at) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING id", name, clock.now()
    )
    if not made:
        raise rules.NameTaken
    return await _make_key(int(made[0]["id"]), scopes)


@db.transaction
async def add_key(*, name: str, scopes: Collection[Scope]) -> str:
    """One more key for a partner, so that keys can be changed without a gap. Raises NotFound."""
    return await _make_key((await find(name)).id, scopes)


@db.transaction
async def revoke(*, prefix: str) -> None:
    """This key opens nothing from now on. Raises NotFound."""
    revoked = await db.execute(
        "UPDATE partner_key SET revoked_at = ? WHERE prefix = ? AND revoked_at IS NULL", clock.now(), prefix
    )
    if not revoked:
        raise NotFound


async def keys() -> list[Key]:
    """All keys of all partners, by partner."""
    found = await db.rows(
        "SELECT p.name AS partner, k.prefix, k.scopes, k.made_at, k.used_at, k.revoked_at FROM partner_key k"
        " JOIN partner p ON p.id = k.partner_id ORDER BY p.name, k.id"
    )
    return [Key(**{**row, "scopes": row["scopes"].split()}) for row in found]


async def identify(key: str) -> Caller:
    """Whose key this is; that it was used is noted once a minute. Raises WrongKey."""
    prefix = key.split("_")[1] if key.count("_") >= 2 else ""
    found = await db.rows(
        "SELECT id, partner_id, key_hash, scopes, used_at FROM partner_key WHERE prefix = ? AND revoked_at IS NULL",
        prefix if prefix.isascii() and prefix.isalnum() else "",
    )
    row = found[0] if found else None
    if not hmac.compare_digest(_digest(key), row["key_hash"] if row else "") or row is None:
        raise rules.WrongKey
    if row["used_at"] is None or row["used_at"] <= clock.now() - rules.USED_EVERY_MS:
        await db.execute("UPDATE partner_key SET used_at = ? WHERE id = ?", clock.now(), row["id"])
    return Caller(row["partner_id"], row["id"], frozenset(Scope(scope) for scope in row["scopes"].split()))


async def _make_key(partner_id: int, scopes: Collection[Scope]) -> str:
    prefix = ids.code(_PREFIX_LENGTH)
    key = f"pk_{prefix}_{secrets.token_urlsafe(32)}"
    await db.execute(
        "INSERT INTO partner_key (partner_id, prefix, key_hash, scopes, made_at) VALUES (?, ?, ?, ?, ?)",
        *(partner_id, prefix, _digest(key), " ".join(sorted(scopes)), clock.now()),
    )
    return key


def _digest(key: str) -> str:
    # What a caller sends may hold anything; what cannot be encoded is no key of ours.
    return ids.digest(key.encode(errors="replace").decode())
