"""How long a flash sale still lasts, on the page of its item: right however wrong the reader's clock is."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import Browser, expect

from storefront.kernel import clock, db
from storefront.kernel.texts import Texts, local
from tests.promotions.offers import flash, iso
from tests.web.conftest import Shop

pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)

WAITS_MS = 10_000


async def test_the_time_left_goes_by_the_servers_clock_and_at_the_end_the_page_says_the_price_of_the_list(
    shop: Shop, browser: Browser
) -> None:
    ends = clock.now() + 2 * clock.HOUR + 5 * clock.MINUTE
    await flash("rice-5", price_minor=3990, quota=2, ends=iso(ends))
    page = await (await browser.new_context(locale="en")).new_page()
    await page.clock.install(time=local(clock.now()) + timedelta(hours=5))
    left = page.locator(".countdown")

    address = str(shop.client.make_url(f"/i/{shop.items['Wuchang rice']}"))
    await page.goto(address, wait_until="domcontentloaded")
    await expect(left).to_have_text(re.compile(r"^02:0[345]:\d\d$"), timeout=WAITS_MS)
    await page.clock.fast_forward("01:00:00")
    await expect(left).to_have_text(re.compile(r"^01:0[345]:\d\d$"), timeout=WAITS_MS)
    await db.execute("UPDATE flash_sale SET ends_at = ?", clock.now())
    await page.clock.fast_forward("01:06:00")

    await expect(left).to_have_count(0, timeout=WAITS_MS)
    await expect(page.locator(".price").first).to_have_text("CN¥46.90")


async def test_without_scripts_the_end_is_named(shop: Shop, browser: Browser) -> None:
    ends = clock.now() + 2 * clock.HOUR
    await flash("rice-5", price_minor=3990, quota=2, ends=iso(ends))
    page = await (await browser.new_context(locale="en", java_script_enabled=False)).new_page()

    await page.goto(str(shop.client.make_url(f"/i/{shop.items['Wuchang rice']}")))

    await expect(page.locator(".flash")).to_contain_text(f"CN¥39.90 until {Texts('en').moment(ends)}")
    await expect(page.locator(".countdown")).to_be_hidden()
