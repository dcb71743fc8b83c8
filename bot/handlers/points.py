"""What a customer's points are and where they came from."""

from telegram import Update

from bot.buttons import press
from bot.context import Context
from storefront import points


async def show(update: Update, context: Context) -> None:
    """The balance and the latest movements."""
    _ = context.texts.gettext
    await context.show(
        "points/statement",
        keyboard=[[press(_("🎁 Points gifts"), "f", 0, 1, "best", 2, 0)], [press(_("‹ Menu"), "m")]],
        balance=await points.balance(context.person.id),
        lines=await points.history(context.person.id),
    )
