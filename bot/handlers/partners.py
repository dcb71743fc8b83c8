"""Which bank's customer she is: a code links her, a press unlinks her."""

from telegram import Update

from bot.buttons import Keyboard, press
from bot.context import Context
from storefront import partners


async def told(context: Context, linking: partners.Linking) -> None:
    """She is linked; or she is asked first, because another link would end."""
    if linking.done:
        await context.show("partners/linked", partner=linking.partner, keyboard=_after(context))
        return
    _ = context.texts.gettext
    keyboard = [[press(_("Yes, link this chat"), "bk", linking.code_id)], [press(_("No, leave it"), "m")]]
    await context.say("partners/ask_link", partner=linking.partner, keyboard=keyboard)


async def confirm(update: Update, context: Context) -> None:
    """She wants it, although another link ends by it."""
    await told(context, await partners.confirm(person_id=context.person.id, code_id=context.press.number(0)))


async def ask_unlink(update: Update, context: Context) -> None:
    """Really?"""
    link = await _link(context, context.press.number(0))
    if link is None:
        await context.show("partners/unlinked", keyboard=_after(context))
        return
    _ = context.texts.gettext
    keyboard = [[press(_("Yes, unlink"), "by", link.partner_id)], [press(_("No, leave it"), "m")]]
    await context.show("partners/ask_unlink", partner=link.partner, keyboard=keyboard)


async def unlink(update: Update, context: Context) -> None:
    """No link with this bank any more."""
    await partners.unlink(person_id=context.person.id, partner_id=context.press.number(0))
    await context.show("partners/unlinked", keyboard=_after(context))


async def buttons(context: Context) -> Keyboard:
    """A button to unlink for each bank that she is linked with."""
    _ = context.texts.gettext
    return [
        [press(_("Unlink %(partner)s") % {"partner": link.partner}, "bu", link.partner_id)]
        for link in await partners.links_of(context.person.id)
    ]


async def _link(context: Context, partner_id: int) -> partners.Link | None:
    links = await partners.links_of(context.person.id)
    return next((link for link in links if link.partner_id == partner_id), None)


def _after(context: Context) -> Keyboard:
    _ = context.texts.gettext
    return [[press(_("⭐ My points"), "p"), press(_("‹ Menu"), "m")]]
