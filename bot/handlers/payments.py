"""What the pay sheet asks and tells: may I charge, and: charged."""

from typing import Any

import structlog
from telegram import Bot, Update
from telegram.error import TelegramError

from bot.buttons import pay
from bot.context import Context, House
from bot.request import call
from storefront import cart, catalog, orders, payments
from storefront.kernel import clock
from storefront.kernel.errors import Refusal
from storefront.kernel.settings import Settings
from storefront.kernel.texts import Texts, pick

log = structlog.get_logger()

DEMO_TOKEN = "DEMO"  # noqa: S105  (what the browser chat's own provider goes by)
_SHEETS = ("demo", "telegram", "stars")
_TITLE_MAX, _DESCRIPTION_MAX, _LABEL_MAX = 32, 255, 60


async def before_charge(update: Update, context: Context) -> None:
    """The provider asks; within ten seconds it is told yes, or why not. The order is placed by that."""
    query = update.pre_checkout_query
    assert query is not None
    settings, error = context.house.settings, None
    try:
        await payments.before_charge(
            person_id=context.person.id,
            payload=query.invoice_payload,
            currency=query.currency,
            amount_minor=query.total_amount,
            provider=_provider(context.house, query.currency),
            policy=policy(settings),
            hold_ms=settings.payment_minutes * clock.MINUTE,
        )
    except Refusal as refusal:
        error = context.texts.refusal(refusal)
    except Exception:
        log.exception("pre_checkout.crashed")
        error = context.texts.gettext("Something went wrong on our side. Nothing was charged. Try again in a minute.")
    try:
        await context.bot.answer_pre_checkout_query(query.id, ok=error is None, error_message=error)
    except TelegramError as failed:
        log.warning("pre_checkout.unanswered", error=str(failed))


async def charged(update: Update, context: Context) -> None:
    """Money was taken: keep it as a fact; the order takes it right after."""
    assert update.effective_message is not None
    paid = update.effective_message.successful_payment
    assert paid is not None
    await payments.record_charge(
        provider=_provider(context.house, paid.currency),
        charge_id=paid.provider_payment_charge_id or paid.telegram_payment_charge_id,
        telegram_charge_id=paid.telegram_payment_charge_id,
        payload=paid.invoice_payload,
        person_id=context.person.id,
        currency=paid.currency,
        amount_minor=paid.total_amount,
    )


async def invoice_link(bot: Bot, house: House, *, provider: str, **sheet: Any) -> str:
    """The link that opens a pay sheet."""
    # The token is a secret: it is not kept with what the shop says.
    tokens = {"demo": DEMO_TOKEN, "telegram": house.settings.provider_token, "stars": ""}
    made = await call(bot, "createInvoiceLink", {**sheet, "provider_token": tokens[provider]})
    return str(made)


async def pay_order_button(context: Context, order: orders.Order) -> list[dict[str, Any]]:
    """The row that pays an order which waits for its money; empty for any other, and where it cannot be paid."""
    way = await way_to_pay_order(context.house, order) if order.state == "placed" else None
    if way is None:
        return []
    sheet = _sheet(context.texts, payments.invoice_of(order), way)
    return [pay(context.texts.fill("✅ Pay %(amount)s", amount=order.due), sheet)]


def pay_draft_button(context: Context, label: str, checkout: cart.Checkout, *, provider: str) -> dict[str, Any]:
    """The button that pays a draft as it was just priced. Raises StaleCheckout."""
    invoice = payments.invoice(checkout, provider=provider, star_minor=context.house.settings.star_minor)
    return pay(label, _sheet(context.texts, invoice, provider))


async def way_to_pay_order(house: House, order: orders.Order) -> str | None:
    """Whose pay sheet takes what is due for an order here; None when there is none."""
    variants = await catalog.variants([line.variant_id for line in order.lines])
    offered = _ways(
        house,
        total_minor=order.total.minor,
        kinds={"digital"} if order.delivery == "digital" else {variant.kind for variant in variants},
        pickup=order.place is not None,
        waits=order.deal is not None,
    )
    way = next((way for way in offered if way in _SHEETS), None)
    # What is due was counted when it was ordered: in Stars, it is paid where Stars are.
    return way if (way == "stars") == (order.due.currency == "XTR") else None


def policy(settings: Settings) -> cart.Policy:
    """The operator's rules for points, payment, tax, coupons and commission."""
    return cart.Policy(
        point_minor=settings.point_minor,
        points_percent=settings.points_percent,
        minimum_charge_minor=settings.minimum_charge_minor,
        star_minor=settings.star_minor,
        tax_basis_points=settings.tax_basis_points,
        tax_added=settings.tax_added,
        after_return=settings.coupon_after_return,
        commission_basis_points=settings.commission_basis_points,
    )


def ways_to_pay(house: House, checkout: cart.Checkout) -> list[str]:
    """The ways to pay this draft here, the first one first."""
    return _ways(
        house,
        total_minor=checkout.price.total_minor,
        kinds={line.variant.kind for line in checkout.lines},
        pickup=checkout.place is not None,
        waits=checkout.deal is not None,
    )


def _ways(house: House, *, total_minor: int, kinds: set[str], pickup: bool, waits: bool) -> list[str]:
    """What waits for a deal is paid only in ways that give the money back when the deal is off."""
    ways = payments.providers(
        total_minor=total_minor,
        kinds=kinds,
        pickup=pickup,
        channel=house.channel,
        has_token=house.settings.provider_token is not None,
        minimum_minor=house.settings.minimum_charge_minor,
        star_minor=house.settings.star_minor,
    )
    return [way for way in ways if payments.gives_back(way)] if waits else ways


def _sheet(texts: Texts, invoice: payments.Invoice, provider: str) -> dict[str, Any]:
    return {
        "provider": provider,
        "title": _title(texts, invoice),
        "description": _description(texts, invoice),
        "payload": invoice.payload,
        "currency": invoice.due.currency,
        "prices": _prices(texts, invoice),
    }


def _title(texts: Texts, invoice: payments.Invoice) -> str:
    """What it is."""
    if len(invoice.things) == 1:
        return _cut(pick(invoice.things[0][0].names, texts.language), _TITLE_MAX)
    return texts.fill_plural("Your order: %(n)s thing", "Your order: %(n)s things", len(invoice.things))


def _description(texts: Texts, invoice: payments.Invoice) -> str:
    """Where it goes, and which points it takes besides."""
    if invoice.place is not None:
        told = [texts.fill("Pick up: %(place)s", place=invoice.place.names)]
    elif invoice.address is not None:
        told = [
            texts.fill("To: %(recipient)s, %(line)s", recipient=invoice.address.recipient, line=invoice.address.line)
        ]
    else:
        told = [texts.gettext("Delivered in this chat.")]
    if invoice.points:
        told.insert(0, texts.fill("Paid besides: %(points)s", points=texts.points(invoice.points)))
    return _cut(" · ".join(told), _DESCRIPTION_MAX)


def _prices(texts: Texts, invoice: payments.Invoice) -> list[dict[str, Any]]:
    """How many of which for how much; the title has named a single thing already. Stars come as one sum."""
    if invoice.due.currency == "XTR":
        pieces = sum(quantity for _, quantity, _ in invoice.things)
        return [_price(texts.fill_plural("%(n)s piece", "%(n)s pieces", pieces), invoice.due.minor)]
    alone = len(invoice.things) == 1
    prices = [
        _price(_label(texts, thing, quantity, alone=alone), money.minor)
        for thing, quantity, money in invoice.things
        if money.minor
    ]
    if invoice.shipping.minor:
        prices.append(_price(texts.gettext("Delivery"), invoice.shipping.minor))
    return prices


def _price(label: str, minor: int) -> dict[str, Any]:
    return {"label": label, "amount": minor}


def _label(texts: Texts, thing: catalog.Variant | orders.OrderLine, quantity: int, *, alone: bool) -> str:
    name = "" if alone else _cut(pick(thing.names, texts.language), _LABEL_MAX // 2)
    told = " · ".join(part for part in (name, thing.option(texts.language)) if part)
    if not told:
        return texts.fill_plural("%(n)s piece", "%(n)s pieces", quantity)
    return _cut(f"{texts.number(quantity)} × {told}", _LABEL_MAX)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _provider(house: House, currency: str) -> str:
    if house.channel == "webchat":
        return "demo"
    return "stars" if currency == "XTR" else "telegram"
