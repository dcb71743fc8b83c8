"""The shop in a real Chromium: from its first page to a paid order, at a desk and on a phone, in every language.

On SQLite only: the database is the other journeys' concern, what people see is the same on both.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from shop.running import Shop
from storefront import catalog, search
from storefront.catalog import Row
from storefront.kernel import db

pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)

DESK, PHONE = (1280, 860), (390, 844)
WAITS_MS = 10_000
# What moves for a moment has come to its end; what turns for ever does not count.
AT_REST = """Promise.all(document.getAnimations()
    .filter((one) => one.effect.getTiming().iterations !== Infinity).map((one) => one.finished.catch(() => {})))"""


class Words(NamedTuple):
    """What Ann reads and writes in her language."""

    open_chat: str
    start: str
    buy: str
    take: str
    paid: str
    rice: str
    tea: str
    mug: str


WORDS = {
    "en": Words("Open the chat", "Start", "Buy", "Take it", "Paid. Order", "rice", "jasmine", "mug"),
    "zh_Hans": Words("打开聊天", "开始", "购买", "兑换", "已付款", "大米", "茉莉花茶", "搪瓷杯"),
    "ru": Words("Открыть чат", "Начать", "Купить", "Взять", "Оплачено", "рис", "жасминовый", "кружка"),
    "ar": Words("افتح المحادثة", "ابدأ", "شراء", "خذه", "تم الدفع", "أرز", "ياسمين", "كوب"),
}


class Ann:
    """Ann before her browser, and the pictures of what she sees."""

    def __init__(self, shop: Shop, page: Page, words: Words, folder: Path, name: str) -> None:
        self.shop, self.page, self.words, self.folder, self.name = shop, page, words, folder, name
        self.complaints: list[str] = []
        self._pictures = 0
        page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def begin(self) -> None:
        """From the first page into the chat, and be greeted."""
        await self.page.goto(self.shop.address)
        await self.keep("home")
        await self.page.get_by_role("link", name=self.words.open_chat).first.click()
        await self.page.locator("body.ready").wait_for(state="attached")
        await self.keep("chat")
        await self.page.get_by_role("button", name=self.words.start, exact=True).click()
        await expect(self.page.locator(".row.theirs .key").first).to_be_visible(timeout=WAITS_MS)
        await self.keep("welcome")

    async def search(self, text: str) -> None:
        await self.page.locator("#text").fill(text)
        await self.page.keyboard.press("Enter")
        await expect(self.key("1")).to_be_visible(timeout=WAITS_MS)
        await self.keep("found")

    async def press(self, label: str | re.Pattern[str], then: str | re.Pattern[str], *, picture: str) -> None:
        """Press a key, and wait for the key that the answer bears."""
        await self.key(label).click()
        await expect(self.key(then)).to_be_visible(timeout=WAITS_MS)
        await self.keep(picture)

    async def pay(self) -> None:
        """Open the pay sheet and pay with the card that is filled in."""
        await self.key("✅").click()
        await expect(self.sheet.locator(".sum")).to_be_visible(timeout=WAITS_MS)
        await self.keep("sheet")
        await self.sheet.locator(".primary").click()
        await self.sees(self.words.paid)
        await expect(self.sheet).to_have_count(0, timeout=WAITS_MS)
        await self.keep("paid")

    async def sees(self, text: str) -> None:
        await expect(self.page.locator(".row.theirs .text", has_text=text).last).to_be_visible(timeout=WAITS_MS)

    def key(self, label: str | re.Pattern[str]) -> Locator:
        """The newest key with this label: a number wholly, words in part."""
        whole = re.compile(f"^{label}$") if isinstance(label, str) and label.isdigit() else label
        return self.page.locator(".key", has_text=whole).last

    @property
    def sheet(self) -> Locator:
        return self.page.get_by_role("dialog")

    async def keep(self, what: str) -> None:
        """A picture of the screen, on which nothing sticks out at the side."""
        self._pictures += 1
        await self.page.bring_to_front()
        await self.page.evaluate(AT_REST)
        await self.page.screenshot(path=self.folder / f"journey-{self.name}-{self._pictures:02d}-{what}.png")
        assert await self.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


Arrival = Callable[..., Awaitable[Ann]]


@pytest.fixture
async def arrive(shop: Shop, browser: Browser, screenshots: Path) -> AsyncIterator[Arrival]:
    """Somebody comes: `await arrive("a-name", language="ar", size=PHONE, dark=True)`."""
    contexts: list[BrowserContext] = []
    visitors: list[Ann] = []

    async def come(name: str, *, language: str = "en", size: tuple[int, int] = PHONE, dark: bool = False) -> Ann:
        phone = size == PHONE
        context = await browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale=language.replace("_", "-"),
            color_scheme="dark" if dark else "light",
            is_mobile=phone,
            has_touch=phone,
            device_scale_factor=2 if phone else 1,
        )
        contexts.append(context)
        visitors.append(Ann(shop, await context.new_page(), WORDS[language], screenshots, name))
        return visitors[-1]

    yield come
    for context in contexts:
        await context.close()
    assert [line for ann in visitors for line in ann.complaints] == []


@pytest.mark.parametrize(
    ("language", "size", "dark"),
    [("en", DESK, False), ("en", PHONE, False), ("zh_Hans", PHONE, True)],
    ids=["desk-en", "phone-en", "phone-zh_Hans-dark"],
)
async def test_ann_buys_rice_with_points_and_money(
    arrive: Arrival, language: str, size: tuple[int, int], dark: bool
) -> None:
    ann = await arrive(f"mixed-{language}-{size[0]}", language=language, size=size, dark=dark)
    await ann.begin()

    await ann.search(ann.words.rice)
    await ann.press("1", ann.words.buy, picture="card")
    await ann.press(ann.words.buy, "✅", picture="summary")
    await ann.press(re.compile(r"^2.000"), re.compile(r"^● 2.000"), picture="points")
    await ann.pay()

    assert await _paid() == [("confirmed", 2690, 2000)]


async def test_ann_buys_tea_with_money_only_in_russian(arrive: Arrival) -> None:
    ann = await arrive("money-ru", language="ru")
    await ann.begin()

    await ann.search(ann.words.tea)
    await ann.press("1", ann.words.buy, picture="card")
    await ann.press(ann.words.buy, "✅", picture="summary")
    await ann.pay()

    assert await _paid() == [("confirmed", 2980, 0)]


async def test_ann_takes_a_gift_for_points_only_in_arabic(arrive: Arrival) -> None:
    ann = await arrive("points-ar", language="ar")
    await ann.begin()

    await ann.search(ann.words.mug)
    await ann.press("1", ann.words.take, picture="card")
    await ann.press(ann.words.take, "✅", picture="summary")
    await ann.key("✅").click()
    await ann.sees(ann.words.paid)
    await ann.keep("paid")

    assert await ann.page.locator("html").get_attribute("dir") == "rtl"
    assert await _paid() == [("confirmed", 0, 900)]


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_six_results_with_their_pictures_and_keys_fit_a_phone(arrive: Arrival, language: str) -> None:
    await _seven_long_lamps()
    ann = await arrive(f"fits-{language}", language=language)
    await ann.page.goto(f"{ann.shop.address}/chat/")
    await ann.page.get_by_role("button", name=ann.words.start, exact=True).click()
    await expect(ann.page.locator(".row.theirs .key").first).to_be_visible(timeout=WAITS_MS)

    await ann.search("lamp")

    message = ann.page.locator(".row.theirs").last
    await expect(message.locator("img")).to_be_visible(timeout=WAITS_MS)
    await expect(message.locator(".text")).to_contain_text("Lamp number 7")
    await expect(message).to_be_in_viewport(ratio=1)
    await expect(message.locator(".key").last).to_be_in_viewport(ratio=1)


async def test_two_tabs_show_one_chat_and_pay_one_order(arrive: Arrival) -> None:
    ann = await arrive("tabs")
    await ann.begin()
    other = Ann(ann.shop, await ann.page.context.new_page(), ann.words, ann.folder, "tabs-other")
    await other.page.goto(f"{ann.shop.address}/chat/")
    await ann.search("jasmine")
    await ann.press("1", "Buy", picture="card")
    await ann.press("Buy", "✅", picture="summary")

    await expect(other.key("✅")).to_be_visible(timeout=WAITS_MS)
    for tab in (ann, other):
        await tab.page.bring_to_front()
        await tab.key("✅").click()
        await expect(tab.sheet.locator(".sum")).to_be_visible(timeout=WAITS_MS)
    await ann.page.bring_to_front()
    await ann.sheet.locator(".primary").click()
    await ann.sees("Paid. Order")
    await other.page.bring_to_front()
    await other.sheet.locator(".primary").click()

    await expect(other.sheet.get_by_role("alert")).to_contain_text("is paid already", timeout=WAITS_MS)
    await other.keep("refused")
    await other.sees("Paid. Order")
    assert await _paid() == [("confirmed", 2980, 0)]


async def test_a_reload_shows_the_chat_as_it_was_and_her_keys_still_work(arrive: Arrival) -> None:
    ann = await arrive("reload")
    await ann.begin()
    await ann.search("jasmine")
    await ann.press("1", "Buy", picture="card")
    before = await ann.page.locator(".row[data-id] .text").all_inner_texts()

    await ann.page.reload()
    await ann.page.locator("body.ready").wait_for(state="attached")

    assert await ann.page.locator(".row[data-id] .text").all_inner_texts() == before
    await ann.press("Buy", "✅", picture="summary")
    await ann.pay()
    assert await _paid() == [("confirmed", 2980, 0)]


async def test_a_link_on_the_items_page_opens_that_item_in_the_chat(arrive: Arrival) -> None:
    ann = await arrive("link")
    await ann.page.goto(f"{ann.shop.address}/?q=jasmine")
    await ann.page.locator(".items a").first.click()
    await ann.page.get_by_role("link", name="Buy in the chat").click()
    await ann.page.get_by_role("button", name="Start", exact=True).click()

    await ann.sees("Jasmine tea")

    await expect(ann.key("Buy")).to_be_visible(timeout=WAITS_MS)
    await ann.keep("card")


async def _seven_long_lamps() -> None:
    """More than a page of them, with pictures; one is sold out."""
    rows = [
        (
            n,
            Row(
                n,
                f"lamp-{n}",
                f"lamp-{n}",
                names={"en": f"Lamp number {n} of brass, glass and paper, for a large desk"},
                price_minor=123_400 + n,
                stock=n - 1,
                photos=["demo:lamp"],
            ),
        )
        for n in range(1, 8)
    ]
    await catalog.import_rows(rows, on_items=search.index)
    drawn = await db.rows("SELECT file_hash FROM photo WHERE file_hash IS NOT NULL LIMIT 1")
    for photo in await catalog.photos_without_file(10):
        await catalog.set_photo(item_id=photo.item_id, position=photo.position, file_hash=drawn[0]["file_hash"])


async def _paid() -> list[tuple[str, int, int]]:
    """Each order's state, money and points."""
    return [
        (row["state"], row["total_minor"], row["points"]) for row in await db.rows("SELECT * FROM orders ORDER BY id")
    ]
