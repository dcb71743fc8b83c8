"""What is sent as a photo is read as a photo or not at all, and nothing but its pixels is kept."""

import io
import struct
import time
import zlib

import pytest
from PIL import Image

from storefront import files


def png(width: int, height: int) -> bytes:
    """A file that says it is that large, with hardly anything in it."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1_000_000, 9))
        + chunk(b"IEND", b"")
    )


def photo(kind: str = "JPEG", **told: object) -> bytes:
    """A photo as a telephone makes it."""
    out = io.BytesIO()
    Image.effect_noise((64, 48), 90).convert("RGB").save(out, kind, **told)
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"\xff\xd8\xff", b"GIF89a", b"%PDF-1.7 /JS (app.alert(1))", b"MZ\x90", b"PK\x03\x04", b"\x00" * 1000),
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>',
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%id) (r) file",
        *(png(60_000, 60_000), png(2**31 - 1, 2**31 - 1), png(50_000, 1000), photo()[:200], photo("PNG")[:60]),
        *(photo("TIFF"), photo("BMP"), photo("ICO"), photo() + b"\0" * files.PHOTO_BYTES_MAX),
    ],
)  # fmt: skip
def test_what_is_no_photo_or_unpacks_to_too_much_is_refused_at_once(content: bytes) -> None:
    began = time.process_time()
    with pytest.raises(files.NotAPhoto):
        files.clean_photo(content)

    assert time.process_time() - began < 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_that_rides_on_a_photo_is_kept(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "<script>alert(1)</script>"
    exif.get_ifd(0x8825)[1] = "N"
    ridden = (
        photo(kind, exif=exif.tobytes()) + b"PK\x03\x04 evil.zip <script>alert(2)</script><?php system($_GET[0]); ?>"
    )

    kept = files.clean_photo(ridden)

    assert kept.startswith(b"\xff\xd8\xff")
    assert not any(part in kept for part in (b"<script", b"<?php", b"PK\x03\x04", b"Exif"))
    with Image.open(io.BytesIO(kept)) as image:
        assert (image.format, image.size, dict(image.getexif())) == ("JPEG", (64, 48), {})
