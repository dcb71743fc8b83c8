"""The page of an item, and its pictures."""

import re

import pytest

from storefront import files
from storefront.kernel import db
from storefront.kernel.money import Money
from storefront.kernel.texts import Texts
from tests.promotions.offers import flash
from tests.web.conftest import PNG, Shop


async def test_an_item_shows_its_choices_and_opens_in_the_chat(shop: Shop) -> None:
    rice = shop.items["Wuchang rice"]

    page = await shop.read(f"/i/{rice}")

    assert "5 kg" in page
    assert "10 kg" in page
    assert "CN¥86.90" in page
    assert f'href="/chat/?start=i_{rice}"' in page
    assert "From Wuchang" in page


async def test_a_shared_link_has_a_picture_a_name_and_a_price(shop: Shop) -> None:
    page = await shop.read(f"/i/{shop.items['Wuchang rice']}")

    assert '<meta property="og:title" content="Wuchang rice">' in page
    assert f'<meta property="og:image" content="https://shop.example/files/{shop.photo}">' in page
    assert '<meta property="product:price:amount" content="46.90">' in page
    assert '<meta property="product:price:currency" content="CNY">' in page


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_what_anybody_pays_is_told_beside_the_struck_price_of_the_list(shop: Shop, language: str) -> None:
    texts = Texts(language)
    flash_price, listed, members = (texts.money(Money(minor, "CNY")) for minor in (3990, 4690, 8000))
    await flash("rice-5", price_minor=3990, quota=2)
    await db.execute("UPDATE variant SET member_price_minor = 8000 WHERE sku = 'rice-10'")

    page = await shop.read(f"/i/{shop.items['Wuchang rice']}?lang={language}")

    assert re.search(f'<span class="price">{flash_price}</span>\\s*<s class="quiet">{listed}</s>', page)
    assert page.count("<s ") == 1, "a page does not know who is a member"
    assert texts.gettext("Members pay %(amount)s.") % {"amount": members} in page
    assert '<meta property="product:price:amount" content="39.90">' in page
    assert 'class="group">' + texts.gettext("in a group %(amount)s") % {"amount": flash_price} not in page


async def test_a_gift_is_told_in_points(shop: Shop) -> None:
    page = await shop.read(f"/i/{shop.items['Tea for points']}")

    assert "1,200 points" in page
    assert "CN¥0" not in page
    assert "product:price" not in page


async def test_what_is_sold_out_can_still_be_looked_at_in_the_chat(shop: Shop) -> None:
    assert "Sold out: look at it in the chat" in await shop.read(f"/i/{shop.items['Iron pan']}")


async def test_markup_in_a_description_is_text(shop: Shop) -> None:
    page = await shop.read(f"/i/{shop.items['Wuchang rice']}")

    assert '<meta name="description" content="Long grain, &#34;milled&#34; &amp; washed.">' in page


@pytest.mark.parametrize(
    "address", ["/i/404", "/i/999999999999999999", "/i/0", "/i/x", "/i/-1", "/i/٣", "/i/", "/i/1/2"]
)
async def test_an_item_that_is_not_there_says_what_to_do_next(shop: Shop, address: str) -> None:
    async with shop.client.get(address) as response:
        page = await response.text()

    assert response.status == 404
    assert 'href="/"' in page
    assert 'href="/chat/"' in page


async def test_a_withdrawn_item_is_gone(shop: Shop) -> None:
    await db.execute("UPDATE item SET withdrawn_at = 1")

    async with shop.client.get(f"/i/{shop.items['Iron pan']}") as response:
        assert response.status == 404


async def test_a_picture_is_kept_for_ever(shop: Shop) -> None:
    async with shop.client.get(f"/files/{shop.photo}") as response:
        assert await response.read() == PNG

    assert response.content_type == "image/png"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["ETag"] == f'"{shop.photo}"'
    async with shop.client.get(f"/files/{shop.photo}", headers={"If-None-Match": f'"x", W/"{shop.photo}"'}) as again:
        assert (again.status, await again.read()) == (304, b"")


async def test_what_somebody_managed_to_have_kept_runs_nothing(shop: Shop) -> None:
    evil = await files.keep(content=b"<svg onload='alert(1)'/>", mime="image/svg+xml")

    async with shop.client.get(f"/files/{evil}") as response:
        assert "sandbox" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["0" * 64, "x", "../shop.sqlite3", "0" * 63 + "G"])
async def test_a_picture_that_is_not_there_is_not_found(shop: Shop, name: str) -> None:
    async with shop.client.get(f"/files/{name}") as response:
        assert response.status == 404
