"""Codes in photos are read however they lie, and nothing that is sent as a photo breaks the reader."""

import io

import pytest
import segno
from PIL import Image

from storefront import files

LINK = "https://t.me/shop?start=g_ABCDEFGH2345-x9Y"


def code(text: str = LINK, scale: int = 8) -> Image.Image:
    out = io.BytesIO()
    segno.make(text).save(out, kind="png", scale=scale, border=4)
    return Image.open(out).convert("RGB")


def sent(image: Image.Image, kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def on_a_table(degrees: float) -> Image.Image:
    table = Image.new("RGB", (1280, 960), (120, 90, 60))
    turned = code().convert("RGBA").rotate(degrees, expand=True)
    table.paste(turned, (300, 200), turned)
    return table


@pytest.mark.parametrize("degrees", [0, 30, 90, 180])
def test_a_code_is_read_however_it_lies(degrees: float) -> None:
    assert files.codes_in(sent(on_a_table(degrees))) == [LINK]


def test_at_most_eight_codes_are_read_and_each_is_cut() -> None:
    wall = Image.new("RGB", (1500, 1500), "white")
    for place in range(9):
        wall.paste(code("a" * 10 + str(place), scale=6), (place % 3 * 300, place // 3 * 300))

    assert len(files.codes_in(sent(wall, "PNG"))) == 8
    assert files.codes_in(sent(code("a" * 900, scale=6), "PNG")) == ["a" * 500]


def test_a_photo_without_a_code_says_nothing() -> None:
    assert files.codes_in(sent(Image.new("RGB", (640, 480), "brown"))) == []


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a", sent(Image.new("1", (20_000, 20_000)), "PNG"), sent(code())[:400], b"\x00" * 100]
)
def test_what_is_no_photo_or_too_large_is_refused_before_it_is_unpacked(content: bytes) -> None:
    with pytest.raises(files.NotAPhoto):
        files.codes_in(content)
