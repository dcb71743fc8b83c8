"""Photos and documents: decoded and written anew, so that nothing hidden in them travels on."""

import asyncio
import hashlib
import io
import re
import secrets
import warnings
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageOps

from webchat.errors import ApiError, bad_request
from webchat.store import Tx

PHOTO_BYTES_MAX = 10 * 1024 * 1024
_PIXELS_MAX = 40_000_000
_SIDES_MAX = 10_000
_LARGE, _THUMB = 1280, 320
_MIME = re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,39}\Z")
_ID = re.compile(r"[\w-]{1,80}\Z", re.ASCII)


@dataclass(frozen=True)
class Picture:
    """One size of a photo."""

    content: bytes
    width: int
    height: int


async def sizes(content: bytes) -> list[Picture]:
    """A photo as JPEG, a thumbnail first. Raises ApiError for what is no photo, or one Telegram would refuse."""
    if len(content) > PHOTO_BYTES_MAX:
        raise bad_request("file is too big")
    return await asyncio.to_thread(_sizes, content)


def _sizes(content: bytes) -> list[Picture]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP", "GIF")) as image:
                width, height = image.size
                if (
                    width * height > _PIXELS_MAX
                    or width + height > _SIDES_MAX
                    or max(width, height) > 20 * min(width, height)
                ):
                    raise bad_request("PHOTO_INVALID_DIMENSIONS")
                if image.mode != "P":
                    image.thumbnail((_LARGE, _LARGE), Image.Resampling.LANCZOS)
                flat = _flat(ImageOps.exif_transpose(image))
    except ApiError:
        raise
    except Exception:  # what the decoders raise over bytes that were made to break them has no end
        raise bad_request("IMAGE_PROCESS_FAILED") from None
    return [_scaled(flat, side) for side in ([_THUMB, _LARGE] if max(flat.size) > _THUMB else [_LARGE])]


def _flat(image: Image.Image) -> Image.Image:
    if image.mode in ("RGBA", "LA", "P"):
        clear = image.convert("RGBA")
        paper = Image.new("RGB", clear.size, "white")
        paper.paste(clear, mask=clear.getchannel("A"))
        return paper
    return image.convert("RGB")


def _scaled(image: Image.Image, side: int) -> Picture:
    copy = image.copy()
    copy.info.clear()
    # A reducing gap of 1 halves it first where that is enough: a third of the time, and nobody can tell.
    copy.thumbnail((side, side), Image.Resampling.BICUBIC, reducing_gap=1.0)
    out = io.BytesIO()
    copy.save(out, "JPEG", quality=85)
    return Picture(out.getvalue(), *copy.size)


async def keep_photo(tx: Tx, chat: int, pictures: list[Picture]) -> list[dict[str, Any]]:
    """Keep the sizes of a photo and let the chat see them; the PhotoSizes of the Bot API."""
    kept = []
    for picture in pictures:
        row = await _keep(tx, picture.content, "image/jpeg", "photo.jpg", picture.width, picture.height)
        kept.append(photo_size(row))
        await see(tx, chat, row["id"])
    return kept


async def keep_document(tx: Tx, chat: int, content: bytes, mime: str, name: str) -> dict[str, Any]:
    """Keep a file as it is; a Document of the Bot API."""
    known = mime if _MIME.match(mime) else "application/octet-stream"
    row = await _keep(tx, content, known, name.replace("\x00", "")[:200], None, None)
    await see(tx, chat, row["id"])
    return _document(row)


async def known_document(tx: Tx, chat: int, file_id: str) -> dict[str, Any]:
    """A file by the number under which it was sent before. Raises ApiError."""
    found = await tx.rows("SELECT * FROM file WHERE id = ? AND width IS NULL", as_id(file_id))
    if not found:
        raise bad_request("wrong file identifier/HTTP URL specified")
    await see(tx, chat, file_id)
    return _document(found[0])


async def known_photo(tx: Tx, chat: int, file_id: str) -> list[dict[str, Any]]:
    """A photo by the number under which it was sent before. Raises ApiError."""
    found = await tx.rows("SELECT * FROM file WHERE id = ? AND width IS NOT NULL", as_id(file_id))
    if not found:
        raise bad_request("wrong file identifier/HTTP URL specified")
    await see(tx, chat, file_id)
    return [photo_size(found[0])]


async def see(tx: Tx, chat: int, file_id: str) -> None:
    """From now on this chat may look at the file."""
    await tx.execute("INSERT INTO file_seen (chat, file) VALUES (?, ?) ON CONFLICT DO NOTHING", chat, file_id)


def as_id(text: str) -> str:
    """What may be the number of a file; nothing for what cannot be one."""
    return text if _ID.match(text) else ""


def photo_size(row: dict[str, Any]) -> dict[str, Any]:
    """A PhotoSize of the Bot API."""
    return {**_file(row), "width": row["width"], "height": row["height"]}


async def _keep(tx: Tx, content: bytes, mime: str, name: str, width: int | None, height: int | None) -> dict[str, Any]:
    # The name counts: the same bytes under another name are another document.
    digest = hashlib.sha256(f"{mime}\n{name}\n".encode() + content).hexdigest()
    await tx.execute(
        "INSERT INTO file (id, hash, mime, name, width, height, size, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (hash) DO NOTHING",
        *(secrets.token_urlsafe(24), digest, mime, name, width, height, len(content), content),
    )
    found = await tx.rows("SELECT id, hash, mime, name, width, height, size FROM file WHERE hash = ?", digest)
    return found[0]


def _document(row: dict[str, Any]) -> dict[str, Any]:
    return {**_file(row), "file_name": row["name"], "mime_type": row["mime"]}


def _file(row: dict[str, Any]) -> dict[str, Any]:
    return {"file_id": row["id"], "file_unique_id": row["hash"][:16], "file_size": int(row["size"])}
