"""For whom shall the tax invoice be made out?

[Tax invoice] -> name -> tax number -> kept
"""

from collections.abc import Mapping
from typing import Any

from telegram import Update

from bot.buttons import press
from bot.context import Context
from storefront import orders, people

NAME = "tax"


async def begin(update: Update, context: Context) -> None:
    """Ask for the name."""
    order = await orders.get(person_id=context.person.id, order_id=context.press.number(0))
    await context.ask(NAME, "title", order_id=order.id)
    await context.show("orders/ask_tax_title", keyboard=_leave(context, order.id), order=order)


async def _title(update: Update, context: Context, data: Mapping[str, Any]) -> None:
    title = people.clean_name(_text(update))
    if not title:
        await context.say(
            "menu/plain",
            keyboard=_leave(context, data["order_id"]),
            text=context.texts.gettext("Send the name as text."),
        )
        return
    await context.ask(NAME, "number", order_id=data["order_id"], title=title)
    await context.say("orders/ask_tax_number", keyboard=_leave(context, data["order_id"]))


async def _number(update: Update, context: Context, data: Mapping[str, Any]) -> None:
    number = "".join(c for c in _text(update) if c.isalnum())[:40]
    if len(number) < 5:
        await context.say("orders/ask_tax_number", keyboard=_leave(context, data["order_id"]))
        return
    await context.end_dialogue()
    await orders.request_tax_invoice(
        person_id=context.person.id, order_id=data["order_id"], title=data["title"], tax_number=number
    )
    order = await orders.get(person_id=context.person.id, order_id=data["order_id"])
    await context.say("orders/tax_kept", keyboard=_leave(context, order.id), order=order)


def _leave(context: Context, order_id: int) -> list[list[dict[str, Any]]]:
    return [[press(context.texts.gettext("‹ Back"), "od", order_id)]]


def _text(update: Update) -> str:
    message = update.effective_message
    return (message.text or "") if message is not None else ""


STEPS = {"title": _title, "number": _number}
