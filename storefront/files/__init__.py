"""What people send and items show, kept as rows by the hash of their content."""

from dataclasses import dataclass
from hashlib import sha256

from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound

__all__ = ["File", "content", "keep", "seen"]


@dataclass(frozen=True)
class File:
    """A kept file; its hash is its name for ever."""

    hash: str
    mime: str
    content: bytes


@db.transaction
async def keep(*, content: bytes, mime: str) -> str:
    """Keep a file; returns its SHA-256, by which the same content is kept once."""
    name = sha256(content).hexdigest()
    await db.execute(
        "INSERT INTO file (hash, mime, size, content, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        *(name, mime, len(content), content, clock.now()),
    )
    return name


async def content(name: str) -> File:
    """The file of that hash. Raises NotFound."""
    found = await db.rows("SELECT hash, mime, content FROM file WHERE hash = ?", name)
    if not found:
        raise NotFound
    return File(found[0]["hash"], found[0]["mime"], bytes(found[0]["content"]))


async def seen(name: str | None) -> bytes | None:
    """A photo for a picture that is drawn, which is drawn without it when there is none of that hash."""
    try:
        return (await content(name)).content if name is not None else None
    except NotFound:
        return None
