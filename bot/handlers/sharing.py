"""A customer's own links, and what came of them."""

from telegram import Update

from bot import links
from bot.buttons import press, share
from bot.context import Context
from storefront import points, sharing


async def invite(update: Update, context: Context) -> None:
    """Her own link to the shop, for friends."""
    address = await links.own(context.house, context.person.id, sharing.SHOP)
    _ = context.texts.gettext
    text = context.texts.fill("Come shop with me at %(shop)s.", shop=context.house.settings.shop_name)
    keyboard = [[share(_("↗ Share with friends"), address, text)], [press(_("‹ My points"), "p")]]
    await context.show("sharing/invite", keyboard=keyboard, address=address, points=await points.reward_of("friend"))
