"""Every page in the reader's language: asked for, chosen before, or the browser's."""

import pytest

from storefront.web.languages import accepted
from tests.web.conftest import Shop


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", None),
        ("*", None),
        ("fr-FR, de;q=0.8", None),
        ("en-GB", "en"),
        ("ar,en-US;q=0.9,en;q=0.8", "ar"),
        ("ru,en;q=0.9", "ru"),
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh_Hans"),
        ("fr, ru;q=0.7, en;q=0.3", "ru"),
        ("en;q=0.1, ru;q=0.9", "ru"),
        ("en; q=0.2, ar; q=0.4", "ar"),
        ("ru;q=nonsense, en;q=0.1", "en"),
        (",,;q=,", None),
    ],
)
def test_the_browsers_best_wish_that_we_speak_is_taken(header: str, language: str | None) -> None:
    assert accepted(header) == language


async def test_names_are_told_in_the_browsers_language(shop: Shop) -> None:
    page = await shop.read("/", **{"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"})

    assert 'lang="zh-Hans"' in page
    assert "五常稻花香" in page
    assert "本地特产" in page


async def test_a_reader_of_arabic_reads_from_the_right(shop: Shop) -> None:
    page = await shop.read("/", **{"Accept-Language": "ar,en;q=0.5"})

    assert '<html lang="ar" dir="rtl">' in page
    assert "أرز ووتشانغ" in page


async def test_a_reader_of_no_language_of_ours_is_told_in_the_shops(shop: Shop) -> None:
    assert '<html lang="en" dir="ltr">' in await shop.read("/", **{"Accept-Language": "fr"})


async def test_a_chosen_language_is_remembered(shop: Shop) -> None:
    async with shop.client.get("/?lang=ru") as response:
        kept = response.cookies["pindan_language"]

    assert response.headers["Content-Language"] == "ru"
    assert (kept["samesite"], kept["httponly"], kept["secure"]) == ("Lax", True, True)
    page = await shop.read("/", Cookie="pindan_language=ru", **{"Accept-Language": "en"})
    assert '<html lang="ru"' in page


@pytest.mark.parametrize("asked", ["xx", "../en", "EN", ""])
async def test_a_language_that_we_do_not_speak_changes_nothing(shop: Shop, asked: str) -> None:
    async with shop.client.get("/", params={"lang": asked}) as response:
        assert response.headers["Content-Language"] == "en"
        assert "Set-Cookie" not in response.headers


async def test_changing_the_language_keeps_the_place(shop: Shop) -> None:
    page = await shop.read("/?q=rice&sort=up")

    assert 'href="/?q=rice&amp;sort=up&amp;lang=ar" hreflang="ar"' in page


async def test_the_language_links_stay_on_this_host(shop: Shop) -> None:
    address = shop.client.make_url("/").with_path("//evil.example/path", encoded=True)
    async with shop.client.session.get(address) as response:
        page = await response.text()

    assert response.url.path == "//evil.example/path"
    assert 'href="/evil.example/path?lang=ar"' in page
    assert 'href="//' not in page
