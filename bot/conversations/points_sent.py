"""How many points to a friend?

[Send points] -> amount -> [Send 200 points] -> the link
                   |  not a number, or too many: asked again
"""

from collections.abc import Mapping
from typing import Any

from telegram import Update

from bot.buttons import press
from bot.context import Context
from storefront import points
from storefront.kernel import ids
from storefront.search import fold

NAME = "points_sent"


async def begin(update: Update, context: Context) -> None:
    """Ask for the number."""
    await context.ask(NAME, "amount")
    await context.show("points/ask_send", keyboard=[[_back(context)]], most=await _most(context))


async def _amount(update: Update, context: Context, data: Mapping[str, Any]) -> None:
    message = update.effective_message
    digits = "".join(c for c in fold(message.text or "" if message else "") if c.isdigit())
    most = await _most(context)
    if not digits or len(digits) > 9 or not 1 <= int(digits) <= most:
        await context.say("points/cannot_send", keyboard=[[_back(context)]], most=most)
        return
    await context.end_dialogue()
    amount = int(digits)
    label = context.texts.fill("✅ Send %(points)s", points=context.texts.points(amount))
    await context.say(
        "points/confirm_send", keyboard=[[press(label, "pt", amount, ids.key())], [_back(context)]], points=amount
    )


async def _most(context: Context) -> int:
    balance = await points.balance(context.person.id)
    return min(balance.available, await points.sendable(context.person.id))


def _back(context: Context) -> dict[str, Any]:
    return press(context.texts.gettext("‹ Back"), "p")


STEPS = {"amount": _amount}
