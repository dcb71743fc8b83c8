"""Ann pays on the pay sheet: one tap, a refusal that says what to do, and never twice."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from tests.webchat.page.conftest import Ann, Opening, Shop

INVOICE: dict[str, Any] = {
    "title": "Five-year rice, 5 kg",
    "description": "Pick up tomorrow at the South Street branch",
    "payload": "order-1",
    "provider_token": "demo",
    "currency": "CNY",
    "prices": [{"label": "Rice, 5 kg", "amount": 4690}, {"label": "2,000 points", "amount": -2000}],
}


async def agree(shop: Shop, *, error: str | None = None) -> dict[str, Any]:
    query = await shop.next("pre_checkout_query")
    refusal = {"error_message": error} if error else {}
    await shop.call("answerPreCheckoutQuery", pre_checkout_query_id=query["id"], ok=error is None, **refusal)
    return query


async def open_link(ann: Ann, shop: Shop, **changes: Any) -> None:
    link = await shop.call("createInvoiceLink", **{**INVOICE, **changes})
    await ann.answers("Your order", reply_markup={"inline_keyboard": [[{"text": "Pay CN¥26.90", "url": link}]]})
    await ann.page.get_by_role("button", name="Pay CN¥26.90").click()
    await expect(ann.page.get_by_role("dialog", name="Payment")).to_be_visible()


@pytest.mark.parametrize(("name", "width"), [("phone", 390), ("desktop", 1280)])
async def test_one_tap_on_the_sheet_pays(visit: Opening, shop: Shop, screenshots: Path, name: str, width: int) -> None:
    ann = await visit(width=width, height=844, phone=width < 500)
    await ann.begin()
    await open_link(ann, shop)
    sheet = ann.page.get_by_role("dialog", name="Payment")
    await expect(sheet.locator(".sum")).to_contain_text("CN¥26.90")
    await ann.page.wait_for_timeout(350)
    await ann.page.screenshot(path=screenshots / f"chat-pay-{name}.png")

    await sheet.get_by_role("button", name="Pay CN¥26.90").dblclick()
    query = await agree(shop)
    assert (query["total_amount"], query["invoice_payload"]) == (2690, "order-1")
    await expect(sheet).to_contain_text("Paid CN¥26.90")
    await ann.page.wait_for_timeout(300)
    await ann.page.screenshot(path=screenshots / f"chat-paid-{name}.png")

    paid = await shop.next("message")
    assert paid["successful_payment"]["total_amount"] == 2690
    await expect(sheet).to_have_count(0)
    await expect(ann.page.locator(".row.service")).to_have_text("Paid CN¥26.90")
    assert shop.updates.empty()


async def test_a_declined_card_says_so_and_another_one_pays(ann: Ann, shop: Shop, screenshots: Path) -> None:
    await open_link(ann, shop)
    sheet = ann.page.get_by_role("dialog", name="Payment")
    await sheet.get_by_label("Card number").fill("4000 0000 0000 0002")
    await ann.page.keyboard.press("Enter")
    await agree(shop)
    await expect(sheet.get_by_role("alert")).to_have_text("Your card was declined. Try another one.")
    await ann.page.screenshot(path=screenshots / "chat-pay-declined.png")
    ann.complaints.clear()

    await sheet.get_by_label("Card number").fill("4242 4242 4242 4242")
    await sheet.get_by_role("button", name="Pay CN¥26.90").click()
    await agree(shop)
    assert "successful_payment" in await shop.next("message")


async def test_the_shops_refusal_is_read_on_the_sheet(ann: Ann, shop: Shop) -> None:
    await open_link(ann, shop)
    sheet = ann.page.get_by_role("dialog", name="Payment")
    await sheet.get_by_role("button", name="Pay CN¥26.90").click()
    await agree(shop, error="Only 2 are left. Take 2?")
    await expect(sheet.get_by_role("alert")).to_have_text("Only 2 are left. Take 2?")
    await ann.page.keyboard.press("Escape")
    await expect(sheet).to_have_count(0)
    ann.complaints.clear()


async def test_an_invoice_in_the_chat_becomes_a_receipt(ann: Ann, shop: Shop, screenshots: Path) -> None:
    await shop.call("sendInvoice", chat_id=ann.id, **INVOICE)
    await ann.page.get_by_role("button", name="Pay CN¥26.90").click()
    sheet = ann.page.get_by_role("dialog", name="Payment")
    await sheet.get_by_role("button", name="Pay CN¥26.90").click()
    await agree(shop)

    await expect(sheet).to_have_count(0)
    await expect(ann.page.get_by_role("button", name="Receipt")).to_be_visible()
    await ann.page.screenshot(path=screenshots / "chat-invoice.png")
    await ann.page.get_by_role("button", name="Receipt").click()
    receipt = ann.page.get_by_role("dialog", name="Receipt")
    await expect(receipt).to_contain_text("Paid CN¥26.90")
    await expect(receipt.get_by_role("button", name="Pay")).to_have_count(0)


async def test_money_has_the_digits_of_its_currency(ann: Ann, shop: Shop) -> None:
    await open_link(ann, shop, currency="JPY", prices=[{"label": "Tea", "amount": 1500}])
    await expect(ann.page.get_by_role("dialog", name="Payment").locator(".sum")).to_contain_text("¥1,500")
