"""Healthy or sorry: what a page lets in, what it says when something is wrong, and whether the shop is open."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from playwright.async_api import Browser
from structlog.testing import capture_logs

from storefront.app import build
from storefront.kernel import db
from storefront.kernel.settings import Settings
from tests.promotions.offers import flash
from tests.web.conftest import Shop


async def test_nothing_but_our_own_files_runs_in_a_page_and_nobody_frames_it(shop: Shop) -> None:
    await flash("rice-5", quota=2)
    for address in ("/", "/?q=rice", f"/i/{shop.items['Wuchang rice']}", "/nowhere"):
        async with shop.client.get(address) as response:
            page = await response.text()

        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        page = re.sub(r'<script type="module" src="/static/countdown\.js\?v=[0-9a-f]{12}"></script>', "", page)
        assert re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", page) is None


async def test_the_style_sheet_has_a_new_address_when_it_changes(shop: Shop) -> None:
    page = await shop.read("/")
    address = re.search(r'href="(/static/shop\.css\?v=[0-9a-f]{12})"', page)

    assert address is not None
    assert "body" in await shop.read(address[1])


@pytest.mark.parametrize("address", ["/static/../pages.py", "/static/%2e%2e/pages.py", "/static/"])
async def test_only_what_is_meant_to_be_seen_is_seen(shop: Shop, address: str) -> None:
    async with shop.client.get(address) as response:
        assert response.status in (403, 404)
        assert "import" not in await response.text()


async def test_a_crash_is_told_with_the_number_under_which_it_is_logged(shop: Shop) -> None:
    with capture_logs() as logged:
        await db.disconnect()
        async with shop.client.get("/") as response:
            page = await response.text()

    assert response.status == 500
    assert "Something went wrong on our side, and we are sorry." in page
    assert "Traceback" not in page
    crashed = next(line for line in logged if line["event"] == "page.crashed")
    assert str(crashed["reference"]) in page
    assert crashed["route"] == "/"


async def test_a_wish_that_is_not_possible_says_what_is(shop: Shop) -> None:
    async with shop.client.post("/", data={"q": "rice"}) as response:
        page = await response.text()

    assert response.status == 405
    assert response.headers["Allow"] == "GET,HEAD"
    assert "That is not possible here." in page


@pytest.mark.parametrize("address", ["/", "/healthz"])
async def test_a_page_can_be_asked_for_its_head_only(shop: Shop, address: str) -> None:
    async with shop.client.head(address) as response:
        assert (response.status, await response.read()) == (200, b"")


async def test_the_shop_is_open_once_everything_is_up(shop: Shop) -> None:
    shop.ready[0] = False
    async with shop.client.get("/healthz") as before:
        assert before.status == 503

    shop.ready[0] = True
    async with shop.client.get("/healthz") as after:
        assert (after.status, await after.json()) == (200, {"open": True})


async def test_the_shop_is_not_open_when_its_database_does_not_answer(shop: Shop) -> None:
    await db.disconnect()

    async with shop.client.get("/healthz") as response:
        assert (response.status, await response.json()) == (503, {"open": False})


@pytest.fixture
async def beside(database: str) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """A storefront with something mounted beside its pages."""
    other = web.Application()
    app = build(Settings(_env_file=None), ready=lambda: True, chat="https://t.me/pindan_bot")
    app.add_subapp("/chat/", other)
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_what_is_mounted_beside_the_pages_answers_for_itself(
    beside: TestClient[web.Request, web.Application],
) -> None:
    async with beside.get("/chat/nowhere") as response:
        assert response.status == 404
        assert "<html" not in await response.text()
        assert "Content-Security-Policy" not in response.headers


async def test_a_shop_without_a_browser_chat_leads_to_its_other_chat(
    beside: TestClient[web.Request, web.Application],
) -> None:
    async with beside.get("/") as response:
        assert 'href="https://t.me/pindan_bot"' in await response.text()


@pytest.mark.parametrize(
    ("width", "language", "scheme"), [(360, "en", "light"), (360, "ar", "dark"), (1280, "zh-Hans", "light")]
)
async def test_the_pages_fit_a_phone_and_a_desk(
    shop: Shop, browser: Browser, screenshots: Path, width: int, language: str, scheme: str
) -> None:
    context = await browser.new_context(
        viewport={"width": width, "height": 780}, locale=language, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    for name, address in (("home", "/"), ("item", f"/i/{shop.items['Wuchang rice']}")):
        await page.goto(str(shop.client.make_url(address)), wait_until="networkidle")
        await page.screenshot(path=screenshots / f"storefront-{name}-{width}-{language}.png")

        assert await page.evaluate("document.documentElement.scrollWidth") == width
        assert await page.evaluate("getComputedStyle(document.querySelector('.button')).borderRadius") == "22px"
    await context.close()

    assert complaints == []
