"""Verbs and reads of files."""

from dataclasses import dataclass
from hashlib import sha256

from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound


@dataclass(frozen=True)
class File:
    """A kept file; its hash is its name for ever."""

    hash: str
    mime: str
    content: bytes


@db.transaction
async def keep(*, content: bytes, mime: str, private: bool = False) -> str:
    """Keep a file; returns its SHA-256, by which the same content is kept once.

    A `private` one is not shown to everybody, unless everybody sees the same content elsewhere.
    """
    name = sha256(content).hexdigest()
    await db.execute(
        "INSERT INTO file (hash, mime, size, content, private, at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (hash)"
        " DO UPDATE SET private = CASE WHEN excluded.private < file.private THEN excluded.private ELSE file.private END",
        *(name, mime, len(content), content, int(private), clock.now()),
    )
    return name


async def content(name: str, *, public: bool = False) -> File:
    """The file of that hash; `public`: only when everybody may see it. Raises NotFound."""
    found = await db.rows("SELECT hash, mime, content, private FROM file WHERE hash = ?", name)
    if not found or (public and found[0]["private"]):
        raise NotFound
    return File(found[0]["hash"], found[0]["mime"], bytes(found[0]["content"]))


async def seen(name: str | None) -> bytes | None:
    """A photo for a picture that is drawn, which is drawn without it when there is none of that hash."""
    try:
        return (await content(name)).content if name is not None else None
    except NotFound:
        return None


@db.transaction
async def forget(name: str) -> None:
    """Keep a private file no more; what everybody may see stays."""
    await db.execute("DELETE FROM file WHERE hash = ? AND private = 1", name)
