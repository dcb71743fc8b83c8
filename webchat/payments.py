"""Invoices, and the demo payment provider that stands behind them: it takes test cards and gives money back."""

import asyncio
import contextlib
import json
import re
import secrets
from typing import Any

from webchat.chats import Chats, Visitor
from webchat.errors import ApiError, PageError, bad_request
from webchat.files import as_id
from webchat.store import Tx
from webchat.texts import N_
from webchat.wire import flag

PRE_CHECKOUT_S = 10.0
DECLINED_CARD, EMPTY_CARD = "4000000000000002", "4000000000009995"
_SLUG = re.compile(r"[\w-]{8,40}\Z", re.ASCII)
_CURRENCY = re.compile(
    r"(?:AED|AFN|ALL|AMD|ARS|AUD|AZN|BAM|BDT|BGN|BHD|BND|BOB|BRL|BYN|CAD|CHF|CLP|CNY|COP|CRC|CZK|DKK|DOP|DZD|EGP|ETB|"
    r"EUR|GBP|GEL|GHS|GTQ|HKD|HNL|HRK|HUF|IDR|ILS|INR|IQD|IRR|ISK|JMD|JOD|JPY|KES|KGS|KRW|KZT|LBP|LKR|MAD|MDL|MMK|"
    r"MNT|MOP|MUR|MVR|MXN|MYR|MZN|NGN|NIO|NOK|NPR|NZD|PAB|PEN|PHP|PKR|PLN|PYG|QAR|RON|RSD|RUB|SAR|SEK|SGD|SYP|THB|"
    r"TJS|TMT|TND|TRY|TTD|TWD|TZS|UAH|UGX|USD|UYU|UZS|VEF|VES|VND|XAF|XOF|XPF|YER|ZAR|ZMW|XTR)\Z"
)
_NEEDS = ("need_name", "need_phone_number", "need_email", "need_shipping_address", "is_flexible")
_AMOUNT_MAX = 9999_9999_9999


def read_invoice(values: dict[str, Any]) -> dict[str, Any]:
    """What a call says of an invoice. Raises ApiError in Telegram's words."""
    for name, most in (("title", 32), ("description", 255)):
        if not 1 <= len(str(values.get(name) or "")) <= most:
            raise bad_request(
                f"PRODUCT_{name.upper()}_INVALID" if values.get(name) else f"invoice {name} must be non-empty"
            )
    if not 1 <= len(str(values.get("payload") or "").encode()) <= 128:
        raise bad_request("INVOICE_PAYLOAD_INVALID")
    currency, prices = str(values.get("currency") or ""), values.get("prices") or []
    if not _CURRENCY.match(currency):
        raise bad_request("CURRENCY_INVALID")
    total = _total(prices)
    if currency == "XTR" and (values.get("provider_token") or len(prices) != 1):
        raise bad_request("STARS_INVOICE_INVALID")
    if currency != "XTR" and not values.get("provider_token"):
        raise bad_request("PAYMENT_PROVIDER_INVALID")
    if unknown := [name for name in _NEEDS if flag(values, name)]:
        raise bad_request(f"{unknown[0]} is not supported: this pay sheet asks for a card and nothing else")
    kept = {name: values[name] for name in ("title", "description", "payload", "photo_url") if values.get(name)}
    return {**kept, "currency": currency, "prices": prices, "total_amount": total}


def _total(prices: Any) -> int:
    if not isinstance(prices, list) or not prices:
        raise bad_request("there must be at least one price")
    for price in prices:
        if not isinstance(price, dict) or not isinstance(price.get("amount"), int) or not str(price.get("label") or ""):
            raise bad_request("can't parse LabeledPrice")
    total = sum(int(price["amount"]) for price in prices)
    if not 0 < total <= _AMOUNT_MAX or any(abs(price["amount"]) > _AMOUNT_MAX for price in prices):
        raise bad_request("CURRENCY_TOTAL_AMOUNT_INVALID")
    return total


def read_refund(wish: Any) -> dict[str, Any]:
    """What the demo provider is asked to give back. Raises ApiError."""
    wish = wish if isinstance(wish, dict) else {}
    amount = wish.get("amount")
    texts = {name: wish.get(name) for name in ("provider_payment_charge_id", "currency", "idempotency_key")}
    if not all(isinstance(text, str) and re.fullmatch(r"[!-~]{1,120}", text) for text in texts.values()):
        raise ApiError(400, "provider_payment_charge_id, currency and idempotency_key are texts of 1 to 120 characters")
    if not isinstance(amount, int) or isinstance(amount, bool) or not 0 < amount <= _AMOUNT_MAX:
        raise ApiError(400, "amount is a whole number above zero")
    return {**texts, "amount": amount}


async def make_slug(tx: Tx, invoice: dict[str, Any], now_ms: int) -> str:
    """Keep an invoice for a link; its slug cannot be guessed."""
    slug = secrets.token_urlsafe(12)
    await tx.execute("INSERT INTO invoice (slug, body, at) VALUES (?, ?, ?)", slug, json.dumps(invoice), now_ms)
    return slug


class Till:
    """The pay sheet's other side: asks the bot, charges the card, tells both."""

    def __init__(self, chats: Chats) -> None:
        self._chats = chats

    async def invoice(self, visitor: Visitor, slug: Any, message_id: Any) -> dict[str, Any]:
        """The invoice of a link, or of a message of this visitor's chat. Raises PageError."""
        found: Any = None
        if slug and _SLUG.match(str(slug)):
            rows = await self._chats.store.rows("SELECT body FROM invoice WHERE slug = ?", str(slug))
            found = json.loads(rows[0]["body"]) if rows else None
        elif message_id:
            message = await self._chats.message(visitor.id, message_id)
            found = (message or {}).get("_invoice")
        if found is None:
            raise PageError(404, N_("This invoice does not exist any more."))
        return dict(found)

    async def answer(self, query_id: str, error: str | None) -> None:
        """The bot's answer to a pre-checkout query. Raises ApiError for one that nobody waits for."""
        async with self._chats.store.write() as tx:
            answered = await tx.execute(
                "UPDATE asked SET answered = 1, error = ? WHERE id = ? AND answered = 0 AND at > ?",
                *(error, as_id(query_id), self._chats.now_ms() - int(PRE_CHECKOUT_S * 1000)),
            )
            if not answered:
                raise bad_request("query is too old and response timeout expired or query ID is invalid")
            tx.tell({"asked": query_id})

    async def pay(self, visitor: Visitor, invoice: dict[str, Any], wish: dict[str, Any], card: str) -> dict[str, Any]:
        """Take the money if the bot agrees. Raises PageError with what the payer is told, DoneBefore for a wish done."""
        message_id = None if wish.get("slug") else wish.get("message_id")
        await self._unpaid(visitor, message_id)
        await self._ask_bot(visitor, invoice)
        if card == DECLINED_CARD:
            raise PageError(402, N_("Your card was declined. Try another one."))
        if card == EMPTY_CARD:
            raise PageError(402, N_("There is not enough money on this card. Try another one."))
        charge = f"demo_{secrets.token_hex(12)}"
        paid = {
            "currency": invoice["currency"],
            "total_amount": invoice["total_amount"],
            "invoice_payload": invoice["payload"],
            "telegram_payment_charge_id": f"tg_{secrets.token_hex(12)}",
            "provider_payment_charge_id": charge,
        }
        async with self._chats.store.write() as tx:
            await tx.execute(
                "INSERT INTO charge (id, chat, currency, amount, at) VALUES (?, ?, ?, ?, ?)",
                *(charge, visitor.id, invoice["currency"], invoice["total_amount"], self._chats.now_ms()),
            )
            message = await self._chats.append(tx, visitor, {"successful_payment": paid}, by_bot=False)
            await self._chats.put_update(tx, "message", message)
            await self._chats.keep_answer(tx, visitor.id, wish["client_id"], {"ok": True})
            # After the append, which lets nobody else write to this chat until the end.
            settled = await self._unpaid(visitor, message_id, tx)
            if settled is not None:
                await self._chats.replace(tx, visitor.id, {**settled, "_paid": True})
        return {"ok": True}

    async def _unpaid(self, visitor: Visitor, message_id: Any, tx: Tx | None = None) -> dict[str, Any] | None:
        message = await self._chats.message(visitor.id, message_id, tx)
        if message is not None and message.get("_paid"):
            raise PageError(404, N_("This invoice does not exist any more."))
        return message

    async def refund(self, wish: dict[str, Any]) -> dict[str, Any]:
        """Give money back, once per key and never more than was taken. Raises ApiError."""
        charge, amount, key = wish["provider_payment_charge_id"], wish["amount"], wish["idempotency_key"]
        async with self._chats.store.write() as tx:
            first = await tx.execute(
                "INSERT INTO charge_refund (key, charge, amount) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                *(key, charge, amount),
            )
            if not first:
                known = await tx.rows("SELECT charge, amount FROM charge_refund WHERE key = ?", key)
                if (known[0]["charge"], known[0]["amount"]) != (charge, amount):
                    raise ApiError(409, "This key was used for another refund")
                return {"status": "done", "amount": amount}
            given = await tx.execute(
                "UPDATE charge SET refunded = refunded + ? WHERE id = ? AND currency = ? AND refunded + ? <= amount",
                *(amount, charge, wish["currency"], amount),
            )
            if not given:
                raise ApiError(400, "No such charge, or more than is left of it")
        return {"status": "done", "amount": amount}

    async def _ask_bot(self, visitor: Visitor, invoice: dict[str, Any]) -> None:
        query_id = str(secrets.randbits(62))
        query = {
            "id": query_id,
            "from": visitor.user,
            "currency": invoice["currency"],
            "total_amount": invoice["total_amount"],
            "invoice_payload": invoice["payload"],
        }
        answered = self._chats.asked[query_id] = asyncio.Event()
        try:
            async with self._chats.store.write() as tx:
                await tx.execute("INSERT INTO asked (id, at) VALUES (?, ?)", query_id, self._chats.now_ms())
                await self._chats.put_update(tx, "pre_checkout_query", query)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PRE_CHECKOUT_S):
                    while not await self._is_answered(query_id):
                        await answered.wait()
                        answered.clear()
        finally:
            del self._chats.asked[query_id]
        async with self._chats.store.write() as tx:
            # Nobody waits for it any more: an answer that comes now is too late.
            answer = (await tx.rows("DELETE FROM asked WHERE id = ? RETURNING answered, error", query_id))[0]
        if not answer["answered"]:
            raise PageError(504, N_("The shop did not answer in time. Nothing was charged. Try again."))
        if answer["error"] is not None:
            raise PageError(409, answer["error"])

    async def _is_answered(self, query_id: str) -> bool:
        return bool(await self._chats.store.rows("SELECT 1 FROM asked WHERE id = ? AND answered = 1", query_id))
