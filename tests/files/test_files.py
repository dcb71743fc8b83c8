"""Files are kept once, under the hash of what is in them."""

import asyncio
from hashlib import sha256

import pytest

from storefront import files
from storefront.kernel import db
from storefront.kernel.errors import NotFound


async def test_a_photo_that_is_kept_comes_back_to_the_last_byte(database: str) -> None:
    photo = bytes(range(256)) * 8192

    name = await files.keep(content=photo, mime="image/png")

    assert name == sha256(photo).hexdigest()
    assert await files.content(name) == files.File(name, "image/png", photo)


async def test_the_same_photo_sent_by_ann_and_bob_at_once_is_kept_once(database: str) -> None:
    names = await asyncio.gather(*(files.keep(content=b"receipt", mime="image/jpeg") for _ in range(10)))

    assert len(set(names)) == 1
    assert (await db.rows("SELECT COUNT(*) AS n, MAX(size) AS size FROM file"))[0] == {"n": 1, "size": 7}


@pytest.mark.parametrize("name", ["", "0" * 64, "../../etc/passwd", "% OR 1=1"])
async def test_a_file_that_nobody_kept_is_not_found(database: str, name: str) -> None:
    with pytest.raises(NotFound):
        await files.content(name)


async def test_an_empty_file_is_a_file(database: str) -> None:
    name = await files.keep(content=b"", mime="text/plain")

    assert (await files.content(name)).content == b""
