"""A Russian customer in her chat and an agent who reads Chinese at the desk, in real Chromiums: from a torn bag to the money.

On SQLite only, as the other journeys in a browser.
"""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from storefront import orders, payments, people, staff, support
from tests.journeys.conftest import OpenShop, settled
from tests.journeys.test_in_browser import AT_REST, DESK, PHONE, WAITS_MS, WORDS, Ann

pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
PASSWORD = "paper boats at dawn"


class Mei:
    """Mei at the desk, and the pictures of what she sees."""

    def __init__(self, page: Page, address: str, folder: Path, name: str) -> None:
        self.page, self.address, self.folder, self.name = page, address, folder, name
        self.complaints: list[str] = []
        page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def sign_in(self) -> None:
        await self.page.goto(f"{self.address}/desk")
        await self.page.locator("[name=login]").fill("mei")
        await self.page.locator("[name=password]").fill(PASSWORD)
        await self.keep("sign-in")
        await self.page.keyboard.press("Enter")
        await expect(self.page.locator(".views")).to_be_visible(timeout=WAITS_MS)

    async def keep(self, what: str) -> None:
        """A picture of the page, on which nothing sticks out at the side."""
        await self.page.bring_to_front()
        await self.page.evaluate(AT_REST)
        await self.page.screenshot(path=self.folder / f"desk-{self.name}-{what}.png", full_page=True)
        assert await self.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


async def hired() -> int:
    """Mei works here, and may sign in."""
    who = await staff.add(login="mei", name="Mei", role="agent")
    code = await staff.invite(staff_id=who.id, actor="operator")
    await staff.accept(code=code, password=PASSWORD, totp_secret=None, totp_code="")
    return who.id


async def test_from_a_torn_bag_to_the_money_in_two_languages(
    open_shop: OpenShop, browser: Browser, screenshots: Path
) -> None:
    async with open_shop(limits=False, desk_codes=False) as shop:
        await hired()
        phone = await browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]}, locale="ru-RU")
        ann = Ann(shop, await phone.new_page(), WORDS["ru"], screenshots, "case-ru")
        screen = await browser.new_context(viewport={"width": DESK[0], "height": DESK[1]}, locale="zh-CN")
        mei = Mei(await screen.new_page(), shop.address, screenshots, "zh")

        await ann.begin()
        await ann.search("рис")
        await ann.press("1", "Купить", picture="item")
        await ann.press("Купить", "✅", picture="summary")
        await ann.pay()
        await orders.step(order_id=1, to_state="delivered", actor="staff:1", cause="handed over")
        await ann.press("Показать заказ", "Что-то не так", picture="order")
        await ann.press("Что-то не так", "Товар повреждён", picture="why")
        await ann.press("Товар повреждён", "Вернуть уплаченное", picture="wish")
        await ann.press("Вернуть уплаченное", "Добавить", picture="case")
        await ann.page.locator("#text").fill("Пакет порван")
        await ann.page.keyboard.press("Enter")

        await mei.sign_in()
        await mei.page.goto(f"{shop.address}/desk?view=all")
        await expect(mei.page.locator(".queue a")).to_contain_text("Пакет порван", timeout=WAITS_MS)
        await mei.keep("queue")
        await mei.page.keyboard.press("j")
        await mei.page.keyboard.press("Enter")
        await expect(mei.page.locator("#messages")).to_contain_text("Пакет порван", timeout=WAITS_MS)
        await mei.page.keyboard.press("r")
        await mei.page.keyboard.type("Простите! Возвращаю сразу.")
        await mei.page.get_by_role("button", name="发送", exact=True).click()
        await ann.sees("Возвращаю сразу")
        await ann.page.locator("#text").fill("Спасибо")
        await ann.page.keyboard.press("Enter")
        # By itself: nobody loads the page again.
        await expect(mei.page.locator("#messages")).to_contain_text("Спасибо", timeout=WAITS_MS)
        await mei.page.locator("[name=percent]").select_option("50")
        await expect(mei.page.locator("#preview")).to_contain_text("23.45", timeout=WAITS_MS)
        await mei.keep("editor")
        await mei.page.locator("[name=percent]").select_option("100")
        await expect(mei.page.locator("#preview .sum")).to_contain_text("46.90", timeout=WAITS_MS)
        await mei.page.get_by_role("button", name="退款", exact=True).click()
        await expect(mei.page.locator("#head")).to_contain_text("已解决", timeout=WAITS_MS)
        await mei.keep("settled")
        await payments.refund_due()
        await ann.sees("46,90")
        await ann.press("5 ★", "C-1", picture="told")
        await settled()

        assert (await support.case(1)).stars == 5
        assert ann.complaints + mei.complaints == []
        await phone.close()
        await screen.close()


async def test_the_desk_on_a_phone_from_right_to_left_and_in_the_dark(
    open_shop: OpenShop, browser: Browser, screenshots: Path
) -> None:
    async with open_shop(limits=False, desk_codes=False) as shop:
        who = await hired()
        customer = await people.welcome(name="آن", language="ar")
        case = await support.ask(person_id=customer.id, order_id=None, text="أين طردي؟", key="1")
        await support.answer(staff_id=who, case_id=case.id, text="لحظة من فضلك", key="2")
        await support.note(staff_id=who, case_id=case.id, text="عميلة دائمة", key="3")
        pocket = await browser.new_context(
            viewport={"width": 360, "height": 740}, locale="ar", color_scheme="dark", has_touch=True, is_mobile=True
        )
        mei = Mei(await pocket.new_page(), shop.address, screenshots, "ar-phone")

        await mei.sign_in()
        await mei.keep("queue")
        await mei.page.locator(".queue a").first.click()
        await expect(mei.page.locator("#messages")).to_contain_text("أين طردي؟", timeout=WAITS_MS)
        await mei.keep("case")

        assert await mei.page.evaluate("document.documentElement.dir") == "rtl"
        assert mei.complaints == []
        await pocket.close()
