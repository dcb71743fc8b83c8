"""Invoices, the pay sheet, and the demo provider behind it: charged once, given back once."""

import asyncio
import time
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.webchat.conftest import Clock, Guest, House

CARD, DECLINED, EMPTY = "4242 4242 4242 4242", "4000000000000002", "4000000000009995"
INVOICE: dict[str, Any] = {
    "title": "Rice, 5 kg",
    "description": "Pick up tomorrow",
    "payload": "checkout:1:1",
    "provider_token": "demo",
    "currency": "CNY",
    "prices": [{"label": "Rice", "amount": 4690}, {"label": "2,000 points", "amount": -2000}],
}


async def slug(house: House, **changes: Any) -> str:
    link = await house.does("createInvoiceLink", **{**INVOICE, **changes})
    return str(link).removeprefix("https://t.me/$")


async def agrees(house: House, error: str | None = None) -> dict[str, Any]:
    query = await house.hears("pre_checkout_query")
    told = {"ok": True} if error is None else {"ok": False, "error_message": error}
    await house.does("answerPreCheckoutQuery", pre_checkout_query_id=query["id"], **told)
    return query


async def pays(house: House, who: Guest, error: str | None = None, **wish: Any) -> tuple[int, dict[str, Any]]:
    paying = asyncio.create_task(who.wish("pay", **{"card": CARD, **wish}))
    await agrees(house, error)
    return await paying


async def charge(house: House, ann: Guest) -> str:
    assert (await pays(house, ann, slug=await slug(house)))[0] == 200
    paid = (await house.hears("message"))["successful_payment"]
    return str(paid["provider_payment_charge_id"])


async def give_back(
    house: House, charge: Any, amount: Any, key: Any, currency: Any = "CNY"
) -> tuple[int, dict[str, Any]]:
    wish = {"provider_payment_charge_id": charge, "amount": amount, "currency": currency, "idempotency_key": key}
    async with house.session.post(f"{house.api}/demo-provider/refunds", json=wish) as response:
        return response.status, await response.json()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": ""}, "invoice title must be non-empty"),
        ({"title": "x" * 33}, "PRODUCT_TITLE_INVALID"),
        ({"description": "x" * 256}, "PRODUCT_DESCRIPTION_INVALID"),
        ({"payload": ""}, "INVOICE_PAYLOAD_INVALID"),
        ({"payload": "米" * 43}, "INVOICE_PAYLOAD_INVALID"),
        ({"currency": "XYZ"}, "CURRENCY_INVALID"),
        ({"currency": "cny"}, "CURRENCY_INVALID"),
        ({"prices": []}, "there must be at least one price"),
        ({"prices": "[]"}, "there must be at least one price"),
        ({"prices": [{"label": "x", "amount": 1.5}]}, "can't parse LabeledPrice"),
        ({"prices": [{"label": "x", "amount": 0}]}, "CURRENCY_TOTAL_AMOUNT_INVALID"),
        ({"prices": [{"label": "x", "amount": 2**70}]}, "CURRENCY_TOTAL_AMOUNT_INVALID"),
        ({"provider_token": ""}, "PAYMENT_PROVIDER_INVALID"),
        ({"currency": "XTR"}, "STARS_INVOICE_INVALID"),
    ],
)
async def test_an_invoice_that_telegram_refuses_is_refused(
    house: House, ann: Guest, changes: dict[str, Any], words: str
) -> None:
    by_link = await house.refuses("createInvoiceLink", **{**INVOICE, **changes})
    by_message = await house.refuses("sendInvoice", chat_id=ann.id, **{**INVOICE, **changes})

    assert by_link == by_message == words


async def test_the_pay_button_stands_first_under_an_invoice(house: House, ann: Guest) -> None:
    pay, other = {"text": "Pay", "pay": True}, {"text": "Help", "callback_data": "help"}
    place = {"chat_id": ann.id, **INVOICE}

    late = await house.refuses("sendInvoice", reply_markup={"inline_keyboard": [[other, pay]]}, **place)
    missing = await house.refuses("sendInvoice", reply_markup={"inline_keyboard": [[other]]}, **place)

    assert (late, missing) == ("BUTTON_POS_INVALID", "REPLY_MARKUP_BUY_EMPTY")
    assert await house.does("sendInvoice", reply_markup={"inline_keyboard": [[pay, other]]}, **place)


async def test_ann_pays_and_the_shop_hears_exactly_what(house: House, ann: Guest) -> None:
    link = await slug(house)
    shown = await ann.told(f"invoice/{link}")
    paying = asyncio.create_task(ann.wish("pay", slug=link, card=CARD, order_info={"name": "not asked for"}))
    query = await agrees(house)
    message = await house.hears("message")

    assert (shown["total_amount"], shown["currency"]) == (2690, "CNY")
    assert "payload" not in shown
    assert (await paying) == (200, {"ok": True})
    paid = message["successful_payment"]
    same = {"currency": "CNY", "total_amount": 2690, "invoice_payload": "checkout:1:1"}
    assert query == {"id": query["id"], "from": query["from"], **same}
    assert paid.items() >= same.items()
    assert paid["telegram_payment_charge_id"] != paid["provider_payment_charge_id"]
    assert (message["from"]["id"], query["from"]["id"]) == (ann.id, ann.id)


@pytest.mark.parametrize(
    "name", ["need_name", "need_phone_number", "need_email", "need_shipping_address", "is_flexible"]
)
async def test_an_invoice_that_wants_more_than_a_card_is_refused_for_the_sheet_asks_for_nothing_else(
    house: House, ann: Guest, name: str
) -> None:
    refused = await house.refuses("createInvoiceLink", **{**INVOICE, name: True})

    assert refused == f"{name} is not supported: this pay sheet asks for a card and nothing else"
    assert await house.refuses("sendInvoice", chat_id=ann.id, **{**INVOICE, name: "true"}) == refused
    assert await house.does("createInvoiceLink", **{**INVOICE, name: False})


@pytest.mark.parametrize(
    ("card", "sentence"),
    [
        (DECLINED, "Your card was declined. Try another one."),
        (EMPTY, "There is not enough money on this card. Try another one."),
    ],
)
async def test_a_card_that_does_not_pay_charges_nothing(house: House, ann: Guest, card: str, sentence: str) -> None:
    link = await slug(house)

    status, answer = await pays(house, ann, slug=link, card=card)

    assert (status, answer["error"]) == (402, sentence)
    assert await ann.history() == []
    assert (await pays(house, ann, slug=link))[0] == 200


async def test_the_shop_refuses_in_its_own_sentence_and_nothing_is_charged(house: House, ann: Guest) -> None:
    status, answer = await pays(house, ann, "Only 2 are left. Take 2?", slug=await slug(house))

    assert (status, answer) == (409, {"ok": False, "error": "Only 2 are left. Take 2?"})
    assert await ann.history() == []


async def test_a_refusal_needs_a_sentence_and_an_answer_comes_once(house: House, ann: Guest) -> None:
    paying = asyncio.create_task(ann.wish("pay", slug=await slug(house), card=CARD))
    query_id = (await house.hears("pre_checkout_query"))["id"]

    silent = await house.refuses("answerPreCheckoutQuery", pre_checkout_query_id=query_id, ok=False)
    await house.sends("answerPreCheckoutQuery", {}, pre_checkout_query_id=query_id, ok="true")
    again = await house.refuses("answerPreCheckoutQuery", pre_checkout_query_id=query_id, ok=True)

    assert silent == "pre-checkout query error message must be non-empty"
    assert again == "query is too old and response timeout expired or query ID is invalid"
    assert (await paying)[0] == 200


async def test_a_shop_that_is_silent_for_ten_seconds_gets_nothing(tmp_path: Path) -> None:
    # On one database: it is ten seconds of waiting, and nothing is kept.
    async with House(f"sqlite:///{tmp_path}/webchat.sqlite3", Clock()) as house:
        ann = await house.comes()
        begun = time.monotonic()
        status, answer = await ann.wish("pay", slug=await slug(house), card=CARD)

        assert (status, answer["error"]) == (504, "The shop did not answer in time. Nothing was charged. Try again.")
        assert time.monotonic() - begun > 9.5
        query_id = (await house.hears("pre_checkout_query"))["id"]
        late = await house.refuses("answerPreCheckoutQuery", pre_checkout_query_id=query_id, ok=True)
        assert late.startswith("query is too old")


async def test_one_wish_pays_once_however_often_it_is_sent(house: House, ann: Guest) -> None:
    wish = {"slug": await slug(house), "card": CARD, "client_id": str(uuid.uuid4())}
    paying = [asyncio.create_task(ann.wish("pay", **wish)) for _ in range(3)]
    await agrees(house)
    answers = [await each for each in paying]
    later = await ann.wish("pay", **wish)

    assert answers == [(200, {"ok": True})] * 3
    assert later == (200, {"ok": True})
    assert len(await ann.history()) == 1
    assert [update.keys() - {"update_id"} for update in await house.does("getUpdates")] == [{"message"}]


async def test_an_invoice_message_is_paid_once(house: House, ann: Guest, bob: Guest) -> None:
    message = await house.does("sendInvoice", chat_id=ann.id, **INVOICE)
    number = {"message_id": message["message_id"]}
    paying = [asyncio.create_task(ann.wish("pay", card=CARD, **number)) for _ in range(2)]
    asked = [await house.hears("pre_checkout_query") for _ in paying]
    for query in asked:
        await house.does("answerPreCheckoutQuery", pre_checkout_query_id=query["id"], ok=True)

    statuses = sorted([(await each)[0] for each in paying])
    assert statuses == [200, 404]
    assert (await ann.wish("pay", card=CARD, **number))[0] == 404
    assert (await bob.wish("pay", card=CARD, **number))[0] == 404, "it stands in Ann's chat"
    assert sum("successful_payment" in said for said in await ann.history()) == 1


@pytest.mark.parametrize(
    "wish", [{}, {"slug": "x"}, {"slug": ["x"]}, {"slug": "%27--aaaaaaaa"}, {"message_id": {}}, {"slug": "\0" * 9}]
)
async def test_what_is_no_invoice_cannot_be_paid(house: House, ann: Guest, wish: dict[str, Any]) -> None:
    status, answer = await ann.wish("pay", card=CARD, **wish)

    assert (status, answer["error"]) == (404, "This invoice does not exist any more.")


async def test_what_is_no_card_number_is_said_before_the_shop_is_asked(house: House, ann: Guest) -> None:
    for card in ("", "1234", "x" * 16, None, {"number": CARD}):
        assert (await ann.wish("pay", slug=await slug(house), card=card))[0] == 400

    assert await house.does("getUpdates") == []


async def test_stars_need_no_card(house: House, ann: Guest) -> None:
    stars = {"currency": "XTR", "provider_token": "", "prices": [{"label": "E-book", "amount": 5}]}

    assert (await pays(house, ann, slug=await slug(house, **stars), card=""))[0] == 200


async def test_a_refund_is_done_once_for_its_key(house: House, ann: Guest) -> None:
    paid = await charge(house, ann)

    answers = await asyncio.gather(*(give_back(house, paid, 2000, "refund-1") for _ in range(4)))

    assert answers == [(200, {"status": "done", "amount": 2000})] * 4
    assert (await give_back(house, paid, 690, "refund-2"))[0] == 200
    assert (await give_back(house, paid, 1, "refund-3"))[0] == 400
    assert (await give_back(house, paid, 1, "refund-1"))[0] == 409


async def test_refunds_at_once_never_give_more_than_was_taken(house: House, ann: Guest) -> None:
    paid = await charge(house, ann)

    answers = await asyncio.gather(*(give_back(house, paid, 1000, f"refund-{number}") for number in range(5)))

    assert sorted(status for status, _ in answers) == [200, 200, 400, 400, 400]


@pytest.mark.parametrize(
    ("amount", "key", "currency"),
    [(0, "k", "CNY"), (-5, "k", "CNY"), (1.5, "k", "CNY"), (True, "k", "CNY"), (2**70, "k", "CNY"), ("1", "k", "CNY"),
     (1, "", "CNY"), (1, None, "CNY"), (1, "k" * 121, "CNY"), (1, "k\0", "CNY"), (1, "k", "USD"), (1, "k", None)],
)  # fmt: skip
async def test_an_odd_refund_gives_nothing_back(house: House, ann: Guest, amount: Any, key: Any, currency: Any) -> None:
    paid = await charge(house, ann)

    status, _ = await give_back(house, paid, amount, key, currency)

    assert status == 400
    assert (await give_back(house, paid, 2690, "all"))[0] == 200


async def test_the_chat_closes_although_somebody_who_left_is_still_paying(own_database: str) -> None:
    async with House(own_database, Clock()) as house:
        ann = await house.comes()
        paying = asyncio.create_task(ann.wish("pay", card=CARD, slug=await slug(house)))
        await house.hears("pre_checkout_query")
        paying.cancel()
        await asyncio.wait([paying])

    assert [task for task in asyncio.all_tasks() if "PageApi" in repr(task)] == []


async def test_an_invoice_that_is_edited_while_it_is_paid_stays_paid(house: House, ann: Guest) -> None:
    message = await house.does("sendInvoice", chat_id=ann.id, **INVOICE)
    keyboard = {"inline_keyboard": [[{"text": "Pay now", "pay": True}]]}
    chats = house.chat._chats
    async with chats.store.write() as tx:
        # The payment, whose write has begun when the edit has read the message.
        await chats.note(tx, ann.id, "edit", message["message_id"])
        unpaid = await chats.message(ann.id, message["message_id"], tx)
        assert unpaid is not None
        place = {"chat_id": ann.id, "message_id": message["message_id"]}
        edit = asyncio.create_task(house.does("editMessageReplyMarkup", **place, reply_markup=keyboard))
        await asyncio.wait([edit], timeout=1)
        await chats.rewrite(tx, ann.id, {**unpaid, "_paid": True})
    edited = await edit

    assert edited["reply_markup"] == keyboard
    assert (await ann.wish("pay", card=CARD, message_id=message["message_id"]))[0] == 404
