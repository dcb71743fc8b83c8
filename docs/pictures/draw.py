"""Draws the README's pictures of the chat, from a real order in a shop opened by `make demo`.

    python docs/pictures/draw.py [http://127.0.0.1:8080]

Needs what the tests need (`make venv`): Playwright, Pillow and a Chromium. Each run leaves orders in the demo shop.
"""

import asyncio
import io
import re
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageChops, ImageDraw, ImageFilter
from playwright.async_api import Browser, Page, async_playwright, expect

ADDRESS = "http://127.0.0.1:8080"
FOLDER = Path(__file__).parent
PHONE = {"width": 390, "height": 844}
SHOWN_WIDTH, GAP, ROUND = 360, 28, 26
COLOURS = 256
PAPER = "#eef1ea"


class Words(NamedTuple):
    """What is written and pressed in a language."""

    search: str
    buy: str
    points: str
    paid: str


LANGUAGES = {
    "en": ("chat.png", Words("apples under 90", "Buy", "1,200", "Paid. Order")),
    "zh-Hans": ("chat-zh.png", Words("大米 50以内", "购买", "2,000", "已付款")),
}


async def main(address: str) -> None:
    """One picture a language."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for language, (name, words) in LANGUAGES.items():
            screens = await order(browser, address, language, words)
            side_by_side(screens).save(FOLDER / name, optimize=True)
        await browser.close()


async def order(browser: Browser, address: str, language: str, words: Words) -> list[Image.Image]:
    """Results, item, summary and receipt of one order, as its customer sees them on a phone."""
    context = await browser.new_context(
        viewport=PHONE, locale=language, device_scale_factor=2, is_mobile=True, has_touch=True
    )
    page = await context.new_page()
    await page.goto(f"{address}/chat/")
    await page.locator("#start").click()
    await press_to(page, None, "🛒")
    await page.locator("#text").fill(words.search)
    await page.keyboard.press("Enter")
    screens = [
        await press_to(page, None, re.compile("^1$")),
        await press_to(page, re.compile("^1$"), words.buy),
    ]
    await press_to(page, words.buy, "✅")
    screens.append(await press_to(page, words.points, f"● {words.points}"))
    await page.locator(".key", has_text="✅").last.click()
    await page.locator("dialog .primary").click()
    await expect(page.locator(".row.theirs .text", has_text=words.paid)).to_be_visible()
    await expect(page.locator("dialog")).to_have_count(0)
    screens.append(await picture(page))
    await context.close()
    return screens


async def press_to(page: Page, label: str | re.Pattern[str] | None, then: str | re.Pattern[str]) -> Image.Image:
    """Press a key, wait for a key of the answer, and look."""
    if label:
        await page.locator(".key", has_text=label).last.click()
    await expect(page.locator(".key", has_text=then).last).to_be_visible()
    return await picture(page)


async def picture(page: Page) -> Image.Image:
    """The screen, with nothing in motion and nothing in focus."""
    await page.evaluate("document.activeElement.blur()")
    await page.mouse.move(1, 1)
    await page.evaluate("Promise.all([...document.images].map((image) => image.decode().catch(() => {})))")
    await page.wait_for_timeout(600)
    return Image.open(io.BytesIO(await page.screenshot())).convert("RGB")


def side_by_side(screens: list[Image.Image]) -> Image.Image:
    """Rounded screens with soft shadows in a row, in few colours so that they weigh little."""
    height = round(SHOWN_WIDTH * screens[0].height / screens[0].width)
    whole = Image.new("RGB", (GAP + len(screens) * (SHOWN_WIDTH + GAP), height + 2 * GAP), PAPER)
    for place, screen in enumerate(screens):
        left, box = GAP + place * (SHOWN_WIDTH + GAP), Image.new("L", whole.size, 0)
        ImageDraw.Draw(box).rounded_rectangle((left, GAP, left + SHOWN_WIDTH - 1, GAP + height - 1), ROUND, fill=255)
        shadow = ImageChops.offset(box.filter(ImageFilter.GaussianBlur(10)), 0, 6).point(lambda light: light // 5)
        whole.paste("#22332a", mask=shadow)
        layer = Image.new("RGB", whole.size)
        layer.paste(screen.resize((SHOWN_WIDTH, height), Image.Resampling.LANCZOS), (left, GAP))
        whole.paste(layer, mask=box)
    return whole.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, kmeans=4, dither=Image.Dither.NONE)


if __name__ == "__main__":
    asyncio.run(main(*(sys.argv[1:] or [ADDRESS])))
