"""A customer's own links, and what came of them."""

from telegram import Update

from bot import links
from bot.buttons import press, share
from bot.context import Context
from storefront import points, sharing


async def show(update: Update, context: Context) -> None:
    """Her own link to the shop, and what came of all of hers."""
    address = await links.own(context.house, context.person.id, sharing.SHOP)
    usable, pending = await points.earned_as(context.person.id, sharing.REWARDS)
    _ = context.texts.gettext
    text = context.texts.fill("Come shop with me at %(shop)s.", shop=context.house.settings.shop_name)
    await context.show(
        "sharing/links",
        keyboard=[
            [share(_("↗ Share with friends"), address, text)],
            [press(_("🛍 Browse"), "g", 0), press(_("‹ My points"), "p")],
        ],
        address=address,
        friend=await points.reward_of("friend"),
        shared=any(rule.kind == "share" for rule in await points.earn_rules()),
        came=await sharing.what_came(context.person.id),
        usable=usable,
        pending=pending,
    )
