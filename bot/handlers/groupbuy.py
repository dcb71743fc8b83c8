"""Group buys in the chat: a group's card, opening one, joining one, leaving one, those she is in."""

from telegram import Update

from bot import group_cards
from bot.buttons import press
from bot.context import Context
from bot.handlers import checkout
from storefront import catalog, groupbuy, orders


async def show(update: Update, context: Context) -> None:
    """The card of a group: gc:<code>."""
    await show_group(context, context.press.text(0))


async def show_group(context: Context, code: str) -> None:
    """The card of a group, also for who comes by its link. Raises NotFound."""
    group = await groupbuy.by_code(code)
    card_id = await context.show_card(groupbuy.CARD, await group_cards.card(context.house, context.person, group))
    if card_id is not None and group.open:
        await groupbuy.watch(card_id=card_id, group=group)


async def start(update: Update, context: Context) -> None:
    """Open a group with an order: gs:<campaign>. Raises CampaignOver, PiecesGone, EnoughGroups."""
    draft = await groupbuy.start(
        person_id=context.person.id, campaign_id=context.press.number(0), policy=checkout.policy_of(context)
    )
    await checkout.show(context, draft)


async def join(update: Update, context: Context) -> None:
    """Join a group with an order: gj:<code>. Raises NotFound, AlreadyIn, GroupEnded, GroupFull, ForNewcomers, EnoughGroups."""
    draft = await groupbuy.join(
        person_id=context.person.id, code=context.press.text(0), policy=checkout.policy_of(context)
    )
    await checkout.show(context, draft)


async def poster(update: Update, context: Context) -> None:
    """A picture with a code to scan, for where links do not travel: gp:<code>:<key>; pressed twice, it comes once."""
    group = await groupbuy.by_code(context.press.text(0))
    await context.say(
        "groupbuy/poster",
        picture=await group_cards.poster(context.house, context.person, group),
        key=f"poster:{context.person.id}:{group.id}:{context.press.text(1)[:20]}",
        group=group,
    )


async def ask_leave(update: Update, context: Context) -> None:
    """Really? gl:<code>."""
    _, code = context.texts.gettext, (await groupbuy.by_code(context.press.text(0))).code
    keyboard = [[press(_("Yes, leave"), "gy", code), press(_("No, stay"), "gc", code)]]
    await context.show("groupbuy/ask_leave", keyboard=keyboard)


async def leave(update: Update, context: Context) -> None:
    """Leave a group and be paid back: gy:<code>. Raises NotFound, GroupEnded."""
    group = await groupbuy.by_code(context.press.text(0))
    seat = await groupbuy.seat_of(person_id=context.person.id, group_id=group.id)
    await groupbuy.leave(person_id=context.person.id, group_id=group.id)
    if seat is None:
        await show_group(context, group.code)
        return
    _ = context.texts.gettext
    await context.show(
        "groupbuy/left",
        keyboard=[[press(_("👥 My groups"), "gm"), press(_("‹ Menu"), "m")]],
        order=await orders.get(person_id=context.person.id, order_id=seat.order_id),
    )


async def mine(update: Update, context: Context) -> None:
    """The groups she is in, the newest first."""
    found = await groupbuy.mine(person_id=context.person.id)
    there = {one.id: one for one in await catalog.variants([group.campaign.variant_id for group, _ in found])}
    shown = [
        (number, group, there.get(group.campaign.variant_id), seat) for number, (group, seat) in enumerate(found, 1)
    ]
    numbers = [press(str(number), "gc", group.code) for number, group, _variant, _seat in shown]
    rows = [numbers[at : at + 5] for at in range(0, len(numbers), 5)]
    _ = context.texts.gettext
    await context.show("groupbuy/mine", keyboard=[*rows, [press(_("‹ Menu"), "m")]], shown=shown)
