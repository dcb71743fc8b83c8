"""A customer's orders: the list, one of them, and what can be done about it."""

from typing import Any

from telegram import Update

from bot.buttons import Keyboard, press
from bot.context import Context
from bot.handlers.payments import pay_order_button
from storefront import fulfilment, groupbuy, orders, people, support
from storefront.kernel import ids
from storefront.kernel.money import Money
from storefront.kernel.texts import Texts, pick


def state_name(texts: Texts, state: str, deal: str | None = None) -> str:
    """What a state is called; an order with a deal that is paid waits for that."""
    if deal is not None and state == "paid":
        return texts.gettext("paid, waiting for its group")
    return texts.gettext(orders.STATES[state])


async def show(update: Update, context: Context) -> None:
    """The list, newest first."""
    page = context.press.number(0) if context.turn.press is not None and context.press.arguments else 1
    await show_list(context, page)


async def show_list(context: Context, page: int, *, hint: str = "") -> None:
    """A page of the list, with a word on what to look for in it."""
    found, pages = await orders.mine(person_id=context.person.id, page=page)
    page = min(max(page, 1), pages)
    _, texts = context.texts.gettext, context.texts
    rows = [
        [
            press(
                f"{order.number} · {texts.money(order.total)} · {state_name(texts, order.state, order.deal)}"[:60],
                "od",
                order.id,
            )
        ]
        for order in found
    ]
    turn = []
    if page > 1:
        turn.append(press(_("‹ Newer"), "o", page - 1))
    if page < pages:
        turn.append(press(_("Older ›"), "o", page + 1))
    rows.append(turn)
    if await support.any_of(context.person.id):
        rows.append([press(_("💬 What you asked us"), "rm")])
    await context.show("orders/list", keyboard=[*rows, [press(_("‹ Menu"), "m")]], orders=found, hint=hint)


async def detail(update: Update, context: Context) -> None:
    """One order whole."""
    await show_order(context, await orders.get(person_id=context.person.id, order_id=context.press.number(0)))


async def parcels(update: Update, context: Context) -> None:
    """Where it is: its parcels, and what was heard of each: op:<order>."""
    order = await orders.get(person_id=context.person.id, order_id=context.press.number(0))
    rows = [[press(context.texts.gettext("‹ Back"), "od", order.id)]]
    await context.show(
        "orders/parcels",
        keyboard=rows,
        order=order,
        parcels=await fulfilment.parcels(order.id),
        states=fulfilment.STATES,
    )


async def reorder(update: Update, context: Context) -> None:
    """The same again, into the cart."""
    done = await orders.reorder(
        person_id=context.person.id, order_id=context.press.number(0), key=context.press.text(1)
    )
    _ = context.texts.gettext
    keyboard = [[press(_("✅ Order all of it"), "co"), press(_("🛒 Cart"), "c")], [press(_("‹ My orders"), "o", 1)]]
    await context.show("orders/reordered", keyboard=keyboard, done=done)


async def ask_cancel(update: Update, context: Context) -> None:
    """Really?"""
    order = await orders.get(person_id=context.person.id, order_id=context.press.number(0))
    _ = context.texts.gettext
    keyboard = [[press(_("Yes, cancel it"), "oy", order.id), press(_("No, keep it"), "od", order.id)]]
    await context.show("orders/ask_cancel", keyboard=keyboard, order=order)


async def cancel(update: Update, context: Context) -> None:
    """It is not wanted any more."""
    await show_order(context, await orders.cancel(person_id=context.person.id, order_id=context.press.number(0)))


async def addresses(update: Update, context: Context) -> None:
    """To which other address?"""
    order = await orders.get(person_id=context.person.id, order_id=context.press.number(0))
    _ = context.texts.gettext
    rows = [
        [press(f"🚚 {address.line}"[:60], "ow", order.id, address.id)]
        for address in await people.addresses(context.person.id)
        if order.address is None or address.id != order.address.id
    ]
    others = len(rows)
    if others:
        rows.append([press(_("🗑 Remove an address"), "xa", order.id, "oa")])
    rows.append([press(_("‹ Back"), "od", order.id)])
    await context.show("orders/addresses", keyboard=rows, order=order, others=others)


async def change_address(update: Update, context: Context) -> None:
    """Send it there instead."""
    order = await orders.change_address(
        person_id=context.person.id, order_id=context.press.number(0), address_id=context.press.number(1)
    )
    context.toast(context.texts.gettext("The address is changed."))
    await show_order(context, order)


async def receipt(update: Update, context: Context) -> None:
    """The receipt, as a picture; the same button pressed twice gives it once."""
    order = await orders.get(person_id=context.person.id, order_id=context.press.number(0))
    if order.state not in orders.PAID_IN:
        raise orders.NotPaid(number=order.number)
    await context.say(
        "orders/receipt",
        picture=receipt_picture(context.texts, context.house.settings.shop_name, order),
        key=f"receipt:{order.id}:{context.press.text(1)}",
        order=order,
    )
    await show_order(context, order)


async def show_order(context: Context, order: orders.Order, *, hint: str = "") -> None:
    """The card of an order, as it is now, with a word on what can be done there."""
    sent = await fulfilment.parcels(order.id)
    rows = [await _group_row(context, order)]
    if sent:
        rows.append([press(context.texts.gettext("🚚 Where is it"), "op", order.id)])
    await context.show(
        "orders/order",
        keyboard=[await pay_order_button(context, order), *_keyboard(context, order, rows)],
        order=order,
        parcels=sent,
        parcel_states=fulfilment.STATES,
        hint=hint,
        state=state_name(context.texts, order.state, order.deal),
        steps=[(state_name(context.texts, event.to_state), event.at) for event in order.events],
    )


async def _group_row(context: Context, order: orders.Order) -> list[dict[str, Any]]:
    group = await groupbuy.of_order(order.id) if order.deal is not None else None
    return [] if group is None else [press(context.texts.gettext("👥 Show the group"), "gc", group.code)]


def _keyboard(context: Context, order: orders.Order, own: list[list[dict[str, Any]]]) -> Keyboard:
    _ = context.texts.gettext
    rows: list[list[dict[str, Any]]] = [[press(_("🔁 Order again"), "or", order.id, ids.key())], *own]
    if order.state == "placed":
        rows[0].append(press(_("Cancel it"), "oc", order.id))
    elif order.state in orders.PAID_IN:
        rows.append([press(_("🧾 Receipt"), "rc", order.id, ids.key()), press(_("Tax invoice"), "tx", order.id)])
    if support.in_parts(order):
        rows.append([press(_("↩️ Cancel the rest and get it back"), "rf", order.id)])
        rows.append([press(_("⚠️ Something is wrong"), "rf", order.id, "left")])
    elif support.why_not(order) is None:
        rows.append([press(_("↩️ Cancel and get it back"), "rf", order.id)])
    elif support.why_no_case(order) is None:
        rows.append([press(_("⚠️ Something is wrong"), "rf", order.id)])
    if order.delivery == "ship" and order.state in orders.ADDRESS_CHANGES_IN:
        rows.append([press(_("Change the address"), "oa", order.id)])
    rows.append([press(_("‹ My orders"), "o", 1), press(_("‹ Menu"), "m")])
    return rows


def receipt_picture(texts: Texts, shop: str, order: orders.Order) -> dict[str, Any]:
    """What the receipt says, to be drawn when it leaves."""
    _ = texts.gettext
    lines = [[f"{line.quantity} × {pick(line.names, texts.language)}", _cost(texts, line)] for line in order.lines]
    delivery = Money(order.shipping.minor + order.shipping_coupon.minor, order.shipping.currency)
    if delivery.minor:
        lines.append([_("Delivery"), texts.money(delivery)])
    lines += [[pick(names, texts.language), f"−{texts.money(amount)}"] for _code, names, amount in order.coupons]
    if order.tax_added:
        lines.append([_("Tax"), texts.money(order.tax)])
    totals = [[_("Paid in money"), texts.money(order.total)]]
    if order.points:
        worth = f" = {texts.money(order.points_worth)}" if order.points_worth.minor else ""
        totals.insert(0, [_("Paid with points"), texts.points(order.points) + worth])
    if order.tax.minor and not order.tax_added:
        totals.append([_("Tax in these prices"), texts.money(order.tax)])
    if order.tax_title:
        totals.append([_("Tax invoice for"), order.tax_title])
    name = f"receipt:{order.id}:{texts.language}:{order.state}:{order.tax_title or ''}"[:120]
    return {
        "name": name,
        "title": f"{shop} · {order.number}",
        "subtitle": texts.moment(order.placed_at),
        "lines": lines,
        "totals": totals,
        "language": texts.language,
    }


def _cost(texts: Texts, line: orders.OrderLine) -> str:
    if line.unit_points:
        return texts.points(line.unit_points * line.quantity)
    return texts.money(Money(line.unit.minor * line.quantity, line.unit.currency))
