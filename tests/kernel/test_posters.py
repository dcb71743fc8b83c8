"""Posters: a picture with a code that leads back, in every direction of writing."""

import io

import pytest
from PIL import Image

from storefront.kernel import posters
from storefront.kernel.posters import Joined, Poster
from tests.support import qr

JOINED = Joined("Wuchang rice", "CN¥39.90", "CN¥46.90 alone", "2 of 3 have joined", 2, 3)


@pytest.mark.parametrize("right_to_left", [False, True])
@pytest.mark.parametrize(
    "link",
    [
        "https://t.me/shop_bot?start=g_ABCDEFGHJKLM",
        "https://shop.example/g/ABCDEFGHJKLM",
        f"https://{'x' * 60}.example/g/A",
    ],
)
def test_the_code_on_a_poster_leads_where_it_should(link: str, right_to_left: bool) -> None:
    told = Poster(JOINED, until="until tomorrow", scan="Scan the code to join in", link=link)

    drawn = posters.poster(told, photo=None, right_to_left=right_to_left)

    with Image.open(io.BytesIO(drawn)) as picture:
        assert (picture.format, picture.size) == ("PNG", (1080, 1440))
        assert qr.read(picture) == link


def test_a_code_for_another_place_is_told_apart() -> None:
    told = Poster(JOINED, until="", scan="", link="https://shop.example/g/SOMETHINGELSE")

    with Image.open(io.BytesIO(posters.poster(told, photo=None, right_to_left=False))) as picture:
        assert qr.read(picture) != "https://shop.example/g/ABCDEFGHJKLM"
