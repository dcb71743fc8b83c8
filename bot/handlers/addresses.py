"""The address book in the chat: what is in it is taken out here, asked about once before it goes.

Reached from where addresses are chosen, and back there again: `kw` for a draft, `oa` for an order, whose id goes first.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from telegram import Update

from bot.buttons import OldButton, press
from bot.context import Context
from bot.handlers import checkout, orders
from storefront import people

_CHOOSING: dict[str, Callable[[Update, Context], Coroutine[Any, Any, None]]] = {
    "kw": checkout.ways,
    "oa": orders.addresses,
}


async def book(update: Update, context: Context) -> None:
    """Which address is not wanted any more: xa:<draft or order>:<kw or oa>."""
    wanted_by, back = _where(context)
    rows = [
        [press(f"🗑 {address.line}"[:60], "xq", wanted_by, back, address.id)]
        for address in await people.addresses(context.person.id)
    ]
    rows.append([press(context.texts.gettext("‹ Back"), back, wanted_by)])
    await context.show("address/book", keyboard=rows, saved=len(rows) - 1)


async def ask_remove(update: Update, context: Context) -> None:
    """Really this one: xq:<draft or order>:<kw or oa>:<address>. Raises NotFound."""
    wanted_by, back = _where(context)
    address = await people.address(person_id=context.person.id, address_id=context.press.number(2))
    _ = context.texts.gettext
    keyboard = [
        [press(_("Yes, remove it"), "xy", wanted_by, back, address.id), press(_("No, keep it"), back, wanted_by)]
    ]
    await context.show("address/ask_remove", keyboard=keyboard, address=address)


async def remove(update: Update, context: Context) -> None:
    """Out of the book: xy:<draft or order>:<kw or oa>:<address>. Raises NotFound."""
    _wanted_by, back = _where(context)
    await people.remove_address(person_id=context.person.id, address_id=context.press.number(2))
    context.toast(context.texts.gettext("The address is removed."))
    await _CHOOSING[back](update, context)


def _where(context: Context) -> tuple[int, str]:
    back = context.press.text(1)
    if back not in _CHOOSING:
        raise OldButton
    return context.press.number(0), back
