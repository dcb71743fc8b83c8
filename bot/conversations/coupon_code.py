"""Which code? Whoever has read one somewhere types it.

[Type a code] -> code -> her coupons
                   |  no such coupon: told so, asked still
"""

from collections.abc import Mapping
from typing import Any

from telegram import Update

from bot.buttons import press
from bot.context import Context
from bot.handlers.promotions import show_coupons
from storefront import promotions

NAME = "coupon"


async def begin(update: Update, context: Context) -> None:
    """Ask for the code."""
    await context.ask(NAME, "code")
    await context.show("promotions/ask_code", keyboard=[[press(context.texts.gettext("‹ Back"), "cp")]])


async def _code(update: Update, context: Context, data: Mapping[str, Any]) -> None:
    message = update.effective_message
    await promotions.collect(person_id=context.person.id, code=(message.text or "")[:100] if message else "")
    await context.end_dialogue()
    await show_coupons(context)


STEPS = {"code": _code}
