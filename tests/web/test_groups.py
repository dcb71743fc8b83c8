"""The page of a group: what a friend sees who opens its link outside the chat, and the picture of its preview."""

import io
import json
import re
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from PIL import Image
from playwright.async_api import Browser

from shop.demo import pictures
from storefront import catalog, delivery, files, messaging, people
from storefront.app import build
from storefront.groupbuy import Group
from storefront.kernel import events
from storefront.kernel.settings import Settings
from storefront.reactions import reactions
from tests.groupbuy.groups import campaign, joined, opened
from tests.web.conftest import Shop

TELEGRAM = "https://t.me/shop_bot"


async def somebody(name: str) -> int:
    person = await people.welcome(name=name, language="en")
    await messaging.connect(bot_id=1, user_id=person.id, person_id=person.id, username=None)
    return person.id


async def open_group(size: int = 3) -> Group:
    """Ann has opened a group for rice."""
    events.listen(reactions(welcome_points=0))
    names = {"en": "South"}
    await delivery.add_place(code="South", kind="branch", names=names, address=names, hours={}, region="city")
    return await opened(await somebody("Ann"), await campaign("rice-5", size=size))


async def test_a_group_says_what_it_costs_who_is_missing_and_how_to_join(shop: Shop) -> None:
    group = await open_group()

    page = await shop.read(f"/g/{group.code}")

    assert "Ann buys this together with others." in page
    assert "CN¥39.90 together" in page
    assert "CN¥46.90 alone" in page
    assert "2 more people until" in page
    assert f'href="/chat/?start=g_{group.code}"' in page
    assert "Open in Telegram" not in page


async def test_a_shared_group_has_a_title_a_price_and_a_picture_that_changes_with_it(shop: Shop) -> None:
    group = await open_group()
    before = await shop.read(f"/g/{group.code}")
    await joined(await somebody("Bob"), group)

    page = await shop.read(f"/g/{group.code.lower()}")

    assert '<meta property="og:title" content="Wuchang rice · CN¥39.90 together">' in page
    assert '<meta property="product:price:amount" content="39.90">' in page
    pictures = [re.findall(r'og:image" content="([^"]+)"', told) for told in (before, page)]
    assert pictures[0] != pictures[1]
    described = json.loads(re.findall(r'ld\+json">(.+?)</script>', page)[0])
    assert described["offers"] | {"priceValidUntil": "", "url": ""} == {
        "@type": "Offer",
        "url": "",
        "price": "39.90",
        "priceCurrency": "CNY",
        "availability": "https://schema.org/InStock",
        "priceValidUntil": "",
        "eligibleQuantity": {"@type": "QuantitativeValue", "minValue": 3},
    }


async def test_the_page_is_in_the_readers_language(shop: Shop) -> None:
    group = await open_group()

    page = await shop.read(f"/g/{group.code}", **{"Accept-Language": "ar"})

    assert 'dir="rtl"' in page
    assert "أرز ووتشانغ" in page
    assert "انضم 1 من 3" in page


async def test_the_picture_is_drawn_in_each_language_and_kept_until_somebody_joins(
    shop: Shop, screenshots: Path
) -> None:
    group = await open_group()
    photo = pictures.draw({"picture": {"shape": "sack", "color": "#d9b26a", "label": "大米"}})
    kept = await files.keep(content=photo, mime="image/jpeg")
    await catalog.set_photo(item_id=shop.items["Wuchang rice"], position=0, file_hash=kept)
    for language in ("en", "zh-CN", "ar"):
        async with shop.client.get(f"/g/{group.code}.jpg", headers={"Accept-Language": language}) as response:
            drawn = await response.read()
        (screenshots / f"group-{language}.jpg").write_bytes(drawn)
        with Image.open(io.BytesIO(drawn)) as image:
            assert image.size == (1200, 630)
    known = {"If-None-Match": response.headers["ETag"], "Accept-Language": "ar"}

    async with shop.client.get(f"/g/{group.code}.jpg", headers=known) as same:
        assert same.status == 304
    await joined(await somebody("Bob"), group)
    async with shop.client.get(f"/g/{group.code}.jpg", headers=known) as fresh:
        assert (fresh.status, fresh.content_type) == (200, "image/jpeg")


async def test_a_photo_that_is_no_picture_leaves_the_rest_of_the_picture(shop: Shop) -> None:
    group = await open_group(size=12)

    async with shop.client.get(f"/g/{group.code}.jpg") as response:
        with Image.open(io.BytesIO(await response.read())) as image:
            assert image.size == (1200, 630)


async def test_a_full_group_leads_to_one_that_is_open(shop: Shop) -> None:
    group = await open_group(size=2)
    bob = await somebody("Bob")
    await joined(bob, group)
    other = await opened(bob, await campaign("rice-5", size=2, per_person=2))

    page = await shop.read(f"/g/{group.code}")

    assert "This group is complete." in page
    assert f'href="/g/{other.code}"' in page
    assert "start=g_" not in page


@pytest.mark.parametrize("code", ["NOSUCHGROUP2", "0000", "x", "A" * 21, "%27", "../x"])
async def test_a_group_that_is_not_there_says_what_to_do_next(shop: Shop, code: str) -> None:
    for address in (f"/g/{code}", f"/g/{code}.jpg"):
        async with shop.client.get(address) as response:
            assert response.status == 404
            assert 'href="/chat/"' in await response.text()


async def test_with_a_bot_in_telegram_both_ways_are_open(shop: Shop) -> None:
    group = await open_group()
    settings = Settings(_env_file=None)
    async with TestClient(TestServer(build(settings, ready=lambda: True, telegram=lambda: TELEGRAM))) as client:
        page = await (await client.get(f"/g/{group.code}")).text()

    assert f'href="{TELEGRAM}?start=g_{group.code}"' in page
    assert f'href="/chat/?start=g_{group.code}"' in page


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_the_page_fits_a_phone_and_needs_no_script(
    shop: Shop, browser: Browser, screenshots: Path, language: str
) -> None:
    group = await open_group()
    context = await browser.new_context(
        viewport={"width": 375, "height": 740}, java_script_enabled=False, locale=language
    )
    page = await context.new_page()

    await page.goto(str(shop.client.make_url(f"/g/{group.code}?lang={language}")))
    await page.screenshot(path=screenshots / f"group-page-{language}.png")

    button = page.locator(f"a[href='/chat/?start=g_{group.code}']")
    box = await button.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 375
    assert box["height"] >= 44
    assert (await page.locator(".together img").bounding_box() or {})["width"] <= 375
