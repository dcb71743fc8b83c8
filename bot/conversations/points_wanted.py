"""How many points? A number of her own instead of a step.

[Other…] -> number -> summary
              |  not a number: asked again
"""

from collections.abc import Mapping
from typing import Any

from telegram import Update

from bot.buttons import press
from bot.context import Context
from bot.handlers import checkout
from storefront import cart
from storefront.search import fold

NAME = "points"


async def begin(update: Update, context: Context) -> None:
    """Ask for the number."""
    draft = await checkout.open_draft(context)
    await context.ask(NAME, "number", checkout_id=draft.id)
    back = press(context.texts.gettext("‹ Back"), "k", draft.id)
    await context.show("checkout/ask_points", keyboard=[[back]], most=draft.price.points_most)


async def _number(update: Update, context: Context, data: Mapping[str, Any]) -> None:
    message = update.effective_message
    digits = "".join(c for c in fold(message.text or "" if message else "") if c.isdigit())
    if not digits or len(digits) > 9:
        back = press(context.texts.gettext("‹ Back"), "k", data["checkout_id"])
        await context.say("checkout/not_a_number", keyboard=[[back]])
        return
    await context.end_dialogue()
    changed = await cart.change(
        person_id=context.person.id,
        checkout_id=data["checkout_id"],
        policy=checkout.policy_of(context),
        points_wanted=int(digits),
    )
    await checkout.show(context, changed)


STEPS = {"number": _number}
