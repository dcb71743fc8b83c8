"""When is her birthday? Asked once; the shop asks nobody's age.

[My birthday] -> day -> thanks
                  |  not a day: asked again
"""

from collections.abc import Mapping
from typing import Any

from telegram import Update

from bot.buttons import press
from bot.context import Context
from storefront import people

NAME = "birthday"


async def begin(update: Update, context: Context) -> None:
    """Ask for month and day."""
    await context.ask(NAME, "day")
    await context.show("points/ask_birthday", keyboard=[[press(context.texts.gettext("‹ Back"), "p")]])


async def _day(update: Update, context: Context, data: Mapping[str, Any]) -> None:
    message = update.effective_message
    await people.set_birthday(person_id=context.person.id, birthday=message.text or "" if message else "")
    await context.end_dialogue()
    await context.say("points/birthday_kept", keyboard=[[press(context.texts.gettext("‹ My points"), "p")]])


STEPS = {"day": _day}
