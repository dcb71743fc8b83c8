"""What the pay sheet asks and tells: may I charge, and: charged."""

import structlog
from telegram import Bot, LabeledPrice, Update
from telegram.error import TelegramError

from bot.context import Context, House
from storefront import cart, payments, people
from storefront.kernel import clock
from storefront.kernel.errors import N_, Refusal
from storefront.kernel.settings import Settings
from storefront.kernel.texts import Texts

log = structlog.get_logger()

DEMO_TOKEN = "DEMO"  # noqa: S105  (what the browser chat's own provider goes by)


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


async def invoice_link(bot: Bot, house: House, person_id: int, checkout_id: int, revision: int) -> str:
    """The link that opens the pay sheet for a draft. Raises a Refusal for one that changed."""
    texts = Texts((await people.find(person_id)).language)
    checkout = await cart.find(person_id=person_id, checkout_id=checkout_id, policy=policy(house.settings))
    tokens = {"demo": DEMO_TOKEN, "telegram": house.settings.provider_token, "stars": ""}
    provider = next((way for way in ways_to_pay(house, checkout) if way in tokens), None)
    if provider is None:
        raise cart.StaleCheckout
    invoice = await payments.invoice(
        person_id=person_id,
        checkout_id=checkout_id,
        revision=revision,
        provider=provider,
        policy=policy(house.settings),
        language=texts.language,
        shipping_label=texts.gettext(N_("Delivery")),
    )
    return await bot.create_invoice_link(
        title=invoice.title,
        description=invoice.description,
        payload=invoice.payload,
        provider_token=tokens[provider],
        currency=invoice.currency,
        prices=[LabeledPrice(label, amount) for label, amount in invoice.prices],
    )


def policy(settings: Settings) -> cart.Policy:
    """The operator's rules for points, payment, tax and coupons."""
    return cart.Policy(
        point_minor=settings.point_minor,
        points_percent=settings.points_percent,
        minimum_charge_minor=settings.minimum_charge_minor,
        star_minor=settings.star_minor,
        tax_basis_points=settings.tax_basis_points,
        tax_added=settings.tax_added,
        after_return=settings.coupon_after_return,
    )


def ways_to_pay(house: House, checkout: cart.Checkout) -> list[str]:
    """The ways to pay this draft here, the first one first."""
    return payments.providers(
        total_minor=checkout.price.total_minor,
        kinds={line.variant.kind for line in checkout.lines},
        pickup=checkout.place is not None,
        channel=house.channel,
        has_token=house.settings.provider_token is not None,
        minimum_minor=house.settings.minimum_charge_minor,
        star_minor=house.settings.star_minor,
    )


def _provider(house: House, currency: str) -> str:
    if house.channel == "webchat":
        return "demo"
    return "stars" if currency == "XTR" else "telegram"
