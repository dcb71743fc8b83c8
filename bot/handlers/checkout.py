"""The summary of an order about to be placed: where it goes, which points, how it is paid. One card, changed in place."""

from typing import Any

from telegram import Update

from bot.buttons import Keyboard, press
from bot.context import Context
from bot.handlers.payments import pay_draft_button, policy, ways_to_pay
from storefront import cart, delivery, orders, payments, people
from storefront.kernel import clock
from storefront.kernel.texts import pick


def policy_of(context: Context) -> cart.Policy:
    """The operator's rules for points."""
    return policy(context.house.settings)


def providers_of(context: Context, checkout: cart.Checkout) -> list[str]:
    """The ways to pay this draft here."""
    return ways_to_pay(context.house, checkout)


async def open_draft(context: Context) -> cart.Checkout:
    """The draft that the button names, priced now. Raises NotFound, and StaleCheckout for one that was ordered."""
    checkout = await _find(context)
    if checkout.order_id is not None:
        raise cart.StaleCheckout
    return checkout


async def buy(update: Update, context: Context) -> None:
    """Buy one thing right away."""
    variant_id, quantity = context.press.number(0), context.press.number(1)
    checkout = await cart.draft(
        person_id=context.person.id, policy=policy_of(context), variant_id=variant_id, quantity=max(1, quantity)
    )
    await show(context, checkout)


async def from_cart(update: Update, context: Context) -> None:
    """Order what is in the cart."""
    await show(context, await cart.draft(person_id=context.person.id, policy=policy_of(context)))


async def summary(update: Update, context: Context) -> None:
    """Back to the summary, with the prices of now."""
    await show(context, await _change(context))


async def quantity(update: Update, context: Context) -> None:
    """So many of it."""
    await show(context, await _change(context, quantity=context.press.number(1)))


async def points(update: Update, context: Context) -> None:
    """Pay so much of it with points."""
    await show(context, await _change(context, points_wanted=context.press.number(1)))


async def ways(update: Update, context: Context) -> None:
    """Where shall it go: the branches, the addresses, a new address."""
    checkout, texts = await open_draft(context), context.texts
    _ = texts.gettext
    language = context.person.language
    rows = [
        [press(f"🏠 {pick(branch.names, language)}"[:60], "kb", checkout.id, branch.id)]
        for branch in (await delivery.branches())[:10]
    ]
    addresses = await people.addresses(context.person.id)
    rows += [[press(f"🚚 {address.line}"[:60], "ka", checkout.id, address.id)] for address in addresses]
    rows.append([press(_("🚚 To a new address"), "kn", checkout.id)])
    if addresses:
        rows.append([press(_("🗑 Remove an address"), "xa", checkout.id, "kw")])
    rows.append([press(_("‹ Back"), "k", checkout.id)])
    await context.show("checkout/ways", keyboard=rows, branches=(await delivery.branches())[:10])


async def branch(update: Update, context: Context) -> None:
    """Pick it up there."""
    await show(context, await _change(context, place_id=context.press.number(1)))


async def address(update: Update, context: Context) -> None:
    """Bring it there."""
    await show(context, await _change(context, address_id=context.press.number(1)))


async def place(update: Update, context: Context) -> None:
    """Order what needs no pay sheet: py:<checkout>:<revision>:<provider>."""
    asked = context.press
    checkout = await _find(context)
    if checkout.changed and checkout.order_id is None:
        context.toast(context.texts.gettext("The price has changed. Look once more, then pay."))
        await show(context, await _change(context))
        return
    order = await orders.place(
        person_id=context.person.id,
        checkout_id=checkout.id,
        revision=asked.number(1),
        provider=_allowed(context, checkout, asked.text(2)),
        policy=policy_of(context),
        hold_ms=context.house.settings.payment_minutes * clock.MINUTE,
    )
    _ = context.texts.gettext
    await context.show("checkout/placed", keyboard=[[press(_("📦 Show the order"), "od", order.id)]], order=order)


async def show(context: Context, checkout: cart.Checkout) -> None:
    """The summary with its buttons."""
    await context.show(
        "checkout/summary",
        keyboard=_keyboard(context, checkout),
        checkout=checkout,
        ways=providers_of(context, checkout),
    )


def _allowed(context: Context, checkout: cart.Checkout, provider: str) -> str:
    # An order that was placed already is found by its key, whatever may be offered for its draft now.
    if checkout.order_id is None and provider not in providers_of(context, checkout):
        raise cart.StaleCheckout
    return provider if provider in ("points", "branch") else "points"


def _keyboard(context: Context, checkout: cart.Checkout) -> Keyboard:
    _, texts = context.texts.gettext, context.texts
    rows: list[list[dict[str, Any]]] = []
    if checkout.delivery != "digital":
        rows.append([press(_("📍 Change where it goes"), "kw", checkout.id)])
    if checkout.held:
        rows.append([press(_("🏷 Coupons"), "kd", checkout.id)])
    steps = checkout.price.steps
    used = checkout.price.points - checkout.price.gift_points
    if len(steps) > 1:
        choices = [
            press(
                ("● " if step == used else "") + (texts.points(step) if step else _("No points")),
                "kp",
                checkout.id,
                step,
            )
            for step in steps
        ]
        if used not in steps:
            choices.append(press("● " + texts.points(used), "kp", checkout.id, used))
        choices.append(press(_("Other…"), "kc", checkout.id))
        rows += [choices[at : at + 3] for at in range(0, len(choices), 3)]
    if len(checkout.lines) == 1:
        count = checkout.lines[0].quantity
        rows.append(
            [
                press("−", "kq", checkout.id, count - 1),
                press(texts.number(count), "k", checkout.id),
                press("+", "kq", checkout.id, count + 1),
            ]
        )
    if checkout.complete:
        for way in providers_of(context, checkout):
            rows.append([_pay_button(context, checkout, way)])
    rows.append([press(_("‹ Menu"), "m"), press(_("🛒 Cart"), "c")])
    return rows


def _pay_button(context: Context, checkout: cart.Checkout, way: str) -> dict[str, Any]:
    texts = context.texts
    if way == "points":
        label = texts.fill("✅ Pay %(points)s", points=texts.points(checkout.price.points))
        return press(label, "py", checkout.id, checkout.revision, way)
    if way == "branch":
        label = texts.fill("Pay %(amount)s at the branch", amount=checkout.total)
        return press(label, "py", checkout.id, checkout.revision, way)
    due = payments.due(checkout.total, provider=way, star_minor=context.house.settings.star_minor)
    return pay_draft_button(context, texts.fill("✅ Pay %(amount)s", amount=due), checkout, provider=way)


async def _find(context: Context) -> cart.Checkout:
    return await cart.find(person_id=context.person.id, checkout_id=context.press.number(0), policy=policy_of(context))


async def _change(
    context: Context,
    *,
    quantity: int | None = None,
    place_id: int | None = None,
    address_id: int | None = None,
    points_wanted: int | None = None,
) -> cart.Checkout:
    return await cart.change(
        person_id=context.person.id,
        checkout_id=context.press.number(0),
        policy=policy_of(context),
        quantity=quantity,
        place_id=place_id,
        address_id=address_id,
        points_wanted=points_wanted,
    )
