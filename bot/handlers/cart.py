"""The cart in the chat."""

from collections.abc import Sequence

from telegram import Update

from bot.buttons import Keyboard, press
from bot.context import Context
from bot.handlers.catalog import Place, show_item
from bot.render import short
from storefront import cart, catalog
from storefront.kernel.money import Money
from storefront.kernel.texts import pick

# A third of a phone's width, without a second line.
_LABEL_COLUMNS = 10


async def show(update: Update, context: Context) -> None:
    """What is in the cart, and what it comes to."""
    lines = await cart.lines(context.person.id)
    looks = await cart.looks(person_id=context.person.id, wanted=[(line.variant, line.quantity) for line in lines])
    there = [look for look in looks if look.most > 0 and look.unit is not None]
    await context.show(
        "cart/cart",
        keyboard=_keyboard(context, lines),
        lines=list(zip(lines, looks, strict=True)),
        totals=_totals(there),
        gift_points=sum((look.line.variant.points_price or 0) * look.line.quantity for look in there),
    )


async def add(update: Update, context: Context) -> None:
    """Into the cart: a:<variant>:<quantity>:<key>:<where it was found>; a key adds once, and the card gets a new one."""
    asked = context.press
    variant_id, quantity, key = asked.number(0), asked.number(1), asked.text(2)
    inside = await cart.add(person_id=context.person.id, variant_id=variant_id, quantity=max(1, quantity), key=key)
    place = Place.read(asked, 3) if len(asked.arguments) > 3 else None
    item_id = (await catalog.variant(variant_id)).item_id
    await show_item(context, item_id, variant_id=variant_id, quantity=quantity, place=place)
    texts = context.texts
    context.toast(texts.fill_plural("In your cart: %(n)s piece.", "In your cart: %(n)s pieces.", inside))


async def change(update: Update, context: Context) -> None:
    """So many of a thing; none takes it out."""
    variant_id, quantity = context.press.number(0), context.press.number(1)
    await cart.set_quantity(person_id=context.person.id, variant_id=variant_id, quantity=quantity)
    await show(update, context)


async def clear(update: Update, context: Context) -> None:
    """Take everything out."""
    await cart.clear(person_id=context.person.id)
    await show(update, context)


def _totals(there: Sequence[cart.Look]) -> list[Money]:
    """What the summary will say for goods: of each currency one sum."""
    totals: dict[str, int] = {}
    for look in there:
        assert look.unit is not None
        totals[look.unit.currency] = totals.get(look.unit.currency, 0) + look.unit.minor * look.line.quantity
    return [Money(minor, currency) for currency, minor in totals.items()]


def _keyboard(context: Context, lines: list[cart.CartLine]) -> Keyboard:
    _, language = context.texts.gettext, context.person.language
    if not lines:
        return [[press(_("🛍 Browse"), "g", 0), press(_("‹ Menu"), "m")]]
    rows = [
        [
            press("−", "cq", line.variant.id, line.quantity - 1),
            press(
                f"{number}. {short(pick(line.variant.names, language), _LABEL_COLUMNS)}",
                "i",
                line.variant.item_id,
                line.variant.id,
                1,
            ),
            press("+", "cq", line.variant.id, line.quantity + 1),
        ]
        for number, line in enumerate(lines[:20], 1)
    ]
    rows.append([press(_("✅ Order all of it"), "co")])
    rows.append([press(_("Empty the cart"), "cx"), press(_("‹ Menu"), "m")])
    return rows
