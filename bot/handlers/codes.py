"""What is named by a code or a link is opened: an order, a group, an item. Nothing is done with it; its card has the buttons."""

from telegram import Update

from bot import links
from bot.buttons import link, press
from bot.context import Context
from bot.handlers import catalog, menu
from bot.handlers import groupbuy as groups
from bot.handlers import orders as orders_handler
from storefront import orders, search, sharing
from storefront.kernel.errors import NotFound


async def typed(update: Update, context: Context) -> bool:
    """A code or a link was written; False when there is none, or what looked like one names nothing: it is searched for."""
    message = update.effective_message
    text = (message.text or "") if message is not None else ""
    codes = search.read(text).codes
    for code in codes:
        if code.kind == "link":
            named = links.read(context.house, code.value)
            if named is not None:
                await _follow(context, named)
                return True
        elif code.alone and await open_(context, code.kind, code.value):
            return True
    if not (codes and codes[0].alone and codes[0].sure):
        return False
    if codes[0].kind == "link":
        await context.say("codes/elsewhere", keyboard=menu.home(context))
    else:
        await _unknown(context, text, codes[0])
    return True


async def open_(context: Context, kind: str, value: str) -> bool:
    """Show the card of an `item`, a `group`, or an `order` or `pickup` of this customer; False when there is none."""
    try:
        if kind == "item":
            await catalog.show_item(context, int(value))
        elif kind == "group":
            await groups.show_group(context, value)
        else:
            order = await (
                orders.called(person_id=context.person.id, number=value)
                if kind == "order"
                else orders.to_pick_up(person_id=context.person.id, code=value)
            )
            if order is None:
                return False
            await orders_handler.show_order(context, order)
    except NotFound:
        return False
    return True


async def pictured(update: Update, context: Context) -> None:
    """A photo that nobody asked for: what she is told changes into what a code in it names, when there is one."""
    message = update.effective_message
    assert message is not None
    card_id = await menu.not_understood(update, context)
    if card_id is not None and message.photo:
        await search.scan(
            bot_id=context.bot.id,
            chat_id=context.turn.chat_id,
            person_id=context.person.id,
            card_id=card_id,
            file_id=message.photo[-1].file_id,
        )


async def _follow(context: Context, named: links.Named) -> None:
    if named.sharer is not None:
        await sharing.touched(code=named.sharer, person_id=context.person.id)
    if named.kind == "start":
        # Some of these give points or coupons away: a tap of hers does that, not a text.
        here = link(context.texts.gettext("Open the link"), links.plain(context.house, named.value))
        await context.say("codes/link", keyboard=[[here], *menu.home(context)])
    elif not await open_(context, named.kind, named.value):
        await context.say("menu/gone", keyboard=menu.home(context))


async def _unknown(context: Context, text: str, code: search.Code) -> None:
    searched_id = await search.remember(person_id=context.person.id, text=text)
    _ = context.texts.gettext
    keyboard = [
        [press(_("📦 My orders"), "o", 1)],
        [press(_("🔎 Search for it"), "f", *catalog.Place(searched_id).told())],
        [press(_("💬 Talk to somebody"), "rt")],
    ]
    await context.say("codes/unknown", keyboard=keyboard, code=code)
