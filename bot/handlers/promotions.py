"""Coupons and flash sales in the chat: which she has, which count for an order, what is on sale and what she waits for."""

from typing import Any

from telegram import Update

from bot.buttons import Keyboard, press
from bot.context import Context
from bot.handlers import catalog, checkout
from storefront import cart, promotions
from storefront import catalog as shelves
from storefront.kernel.money import Money
from storefront.kernel.texts import Texts, pick

_BEST, _NONE = 0, -1
_SHOWN = 10


async def coupons(update: Update, context: Context) -> None:
    """The coupons that she has, and those that she may collect."""
    await show_coupons(context)


async def collect(update: Update, context: Context) -> None:
    """One of those that are offered: cc:<code>."""
    await promotions.collect(person_id=context.person.id, code=context.press.text(0))
    context.toast(context.texts.gettext("It is yours. The best of your coupons is used by itself."))
    await show_coupons(context)


async def collect_from_link(context: Context, code: str) -> None:
    """She came by a coupon's link. Raises NoSuchCoupon, CouponOver, CouponUsedUp, ForNewCustomers."""
    await promotions.collect(person_id=context.person.id, code=code)
    await show_coupons(context)


async def show_coupons(context: Context) -> None:
    """The card of her coupons."""
    _ = context.texts.gettext
    held = await promotions.held(context.person.id)
    offered = await promotions.offered(context.person.id)
    rows: list[list[dict[str, Any]]] = [
        [press(f"+ {pick(one.names, context.person.language)}"[:60], "cc", one.code)] for one in offered[:_SHOWN]
    ]
    rows.append([press(_("Type a code"), "ct"), press(_("‹ Menu"), "m")])
    await context.show(
        "promotions/coupons",
        keyboard=rows,
        held=[(one, does(context.texts, one.coupon)) for one in held[:_SHOWN]],
        offered=[(one, does(context.texts, one)) for one in offered[:_SHOWN]],
    )


async def of_order(update: Update, context: Context) -> None:
    """The coupons for this order: kd:<checkout>."""
    draft = await cart.find(
        person_id=context.person.id, checkout_id=context.press.number(0), policy=checkout.policy_of(context)
    )
    used = {taken.coupon.id: Money(taken.minor, draft.currency) for taken in draft.price.coupons}
    held = draft.held[:_SHOWN]
    await context.show(
        "promotions/of_order",
        keyboard=_choices(context, draft, used),
        held=[(one, does(context.texts, one.coupon), used.get(one.coupon.id), _missing(one, draft)) for one in held],
    )


async def choose(update: Update, context: Context) -> None:
    """Use this coupon for the order, or not: ku:<checkout>:<coupon; 0 the best, -1 none>. Raises SpendMore, NotForThese."""
    draft = await cart.find(
        person_id=context.person.id, checkout_id=context.press.number(0), policy=checkout.policy_of(context)
    )
    wanted = context.press.number(1)
    used = {taken.coupon.stack: taken.coupon.id for taken in draft.price.coupons}
    one = next((held for held in draft.held if held.coupon.id == wanted), None)
    if wanted == _NONE:
        used = {}
    elif one is not None and used.get(one.coupon.stack) == wanted:
        used.pop(one.coupon.stack)
    elif one is not None:
        _must_count(one, draft)
        used[one.coupon.stack] = wanted
    changed = await cart.change(
        person_id=context.person.id,
        checkout_id=draft.id,
        policy=checkout.policy_of(context),
        coupon_ids=None if wanted == _BEST else list(used.values()),
        best_coupons=wanted == _BEST,
    )
    await checkout.show(context, changed)


async def flash(update: Update, context: Context) -> None:
    """What is on sale, and what will be."""
    _ = context.texts.gettext
    sales = (await promotions.sales(person_id=context.person.id))[:_SHOWN]
    variants = {variant.id: variant for variant in await shelves.variants([sale.variant_id for sale in sales])}
    shown = [(sale, variants[sale.variant_id]) for sale in sales if sale.variant_id in variants]
    numbers = [
        press(str(number), "i", sale.item_id, sale.variant_id, 1) for number, (sale, _variant) in enumerate(shown, 1)
    ]
    rows = [numbers[at : at + 5] for at in range(0, len(numbers), 5)]
    await context.show("promotions/flash", keyboard=[*rows, [press(_("‹ Menu"), "m")]], shown=list(enumerate(shown, 1)))


async def wait(update: Update, context: Context) -> None:
    """Stand in line for a piece: fw:<sale>. Raises NotFound, FlashHad, FlashHasPieces."""
    sale = await promotions.wait(person_id=context.person.id, sale_id=context.press.number(0))
    context.toast(
        context.texts.gettext("You are in line. When a piece comes back and it is your turn, we write to you.")
    )
    await catalog.show_item(context, sale.item_id, variant_id=sale.variant_id)


async def alarm(update: Update, context: Context) -> None:
    """Be told ten minutes before it starts: fa:<sale>. Raises NotFound."""
    sale = await promotions.alarm(person_id=context.person.id, sale_id=context.press.number(0))
    context.toast(context.texts.gettext("We write to you ten minutes before it starts."))
    await catalog.show_item(context, sale.item_id, variant_id=sale.variant_id)


def does(texts: Texts, coupon: promotions.Coupon) -> str:
    """What a coupon does, in a sentence."""
    if coupon.kind == "percent" and coupon.most is not None:
        return texts.fill("%(percent)s%% off, at most %(most)s", percent=coupon.value, most=coupon.most)
    if coupon.kind == "percent":
        return texts.fill("%(percent)s%% off", percent=coupon.value)
    if coupon.kind == "fixed":
        return texts.fill("%(amount)s off", amount=coupon.amount)
    if coupon.most is not None:
        return texts.fill("Delivery up to %(most)s is free", most=coupon.most)
    return texts.gettext("Delivery is free")


def _choices(context: Context, draft: cart.Checkout, used: dict[int, Money]) -> Keyboard:
    _, language = context.texts.gettext, context.person.language
    rows = [
        [
            press(
                f"{'● ' if one.coupon.id in used else ''}{pick(one.coupon.names, language)}"[:60],
                "ku",
                draft.id,
                one.coupon.id,
            )
        ]
        for one in draft.held[:_SHOWN]
        if one.begun
    ]
    if draft.chosen:
        rows.append([press(_("The best for me"), "ku", draft.id, _BEST)])
    if used:
        rows.append([press(_("No coupon"), "ku", draft.id, _NONE)])
    return [*rows, [press(_("‹ Back"), "k", draft.id)]]


def _missing(one: promotions.Held, draft: cart.Checkout) -> Money | None:
    """What must be added for it to count, when that is all it takes."""
    short = promotions.missing(one.coupon, draft.goods, draft.currency)
    return short if one.begun and short is not None and short.minor else None


def _must_count(one: promotions.Held, draft: cart.Checkout) -> None:
    short = promotions.missing(one.coupon, draft.goods, draft.currency)
    if short is None:
        raise promotions.NotForThese(code=one.coupon.code)
    if short.minor:
        raise promotions.SpendMore(amount=short, code=one.coupon.code)
