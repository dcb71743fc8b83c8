"""Where a customer begins, and what she is told when we cannot follow her."""

from telegram import Message, Update

from bot import links
from bot.buttons import Keyboard, press
from bot.context import Context
from bot.handlers import account, codes
from bot.handlers import points as points_handler
from bot.handlers import promotions as promotions_handler
from storefront import cart, points, promotions, sharing, support


async def start(update: Update, context: Context) -> None:
    """/start, with or without a payload: a link opens the very thing it names."""
    message = update.effective_message
    payload = (message.text or "").partition(" ")[2].strip() if message is not None else ""
    named = links.named(payload)
    sharer = None
    if named.sharer is not None:
        sharer = await sharing.touched(code=named.sharer, person_id=context.person.id)
    if named.kind != "start":
        if not await codes.open_(context, named.kind, named.value):
            await context.say("menu/gone", keyboard=home(context))
        return
    kind, _, code = payload.partition("_")
    if kind == "b" and code:
        await account.redeem(context, code, from_link=True)
        return
    if kind == "c" and code:
        await promotions_handler.collect_from_link(context, code)
        return
    if kind == "t" and code:
        await points_handler.take(context, code)
        return
    if sharer is not None:
        await context.say("sharing/invited", keyboard=home(context), sharer=sharer.name)
        return
    balance = await points.balance(context.person.id)
    await context.say("menu/welcome", keyboard=home(context), points=balance.available)


async def show(update: Update, context: Context) -> None:
    """The menu."""
    inside = await cart.count(context.person.id)
    keyboard = list(home(context))
    if await promotions.any_sales():
        keyboard.insert(0, [press(context.texts.gettext("⚡ Flash sales"), "fl")])
    await context.show("menu/menu", keyboard=keyboard, inside=inside)


async def help_(update: Update, context: Context) -> None:
    """How the shop works."""
    talk = [press(context.texts.gettext("💬 Talk to somebody"), "rt")]
    await context.say("menu/help", keyboard=[talk, *home(context)])


async def stop(update: Update, context: Context) -> None:
    """Nothing is asked any more: whatever was, is left by coming here."""
    await context.say("menu/stopped", keyboard=home(context))


async def edited(update: Update, context: Context) -> None:
    """A message of hers was changed after we had answered it: what is said about a case is changed there too."""
    message = update.effective_message
    if message is not None:
        where = support.Said(context.bot.id, context.turn.chat_id, message.message_id)
        if await support.corrected(said=where, text=message.text or message.caption or ""):
            return
    await context.say("menu/edited")


async def unknown_command(update: Update, context: Context) -> None:
    """A command that we do not have."""
    await context.say("menu/unknown_command", keyboard=home(context))


async def not_understood(update: Update, context: Context) -> int | None:
    """A sticker, a voice message, a photo nobody asked for: what to do instead; an album is one thing. Returns the card."""
    message = update.effective_message
    album = message.media_group_id if message is not None else None
    key = f"album:{context.turn.chat_id}:{album}" if album else None
    talk = [press(context.texts.gettext("💬 Talk to somebody"), "rt")]
    kind = _kind(message) if message is not None else ""
    return await context.say("menu/not_understood", keyboard=[talk, *home(context)], key=key, kind=kind)


async def nothing(update: Update, context: Context) -> None:
    """Something that asks for no answer: a pinned message, a reaction."""


def _kind(message: Message) -> str:
    """What was sent, as far as what we say about it differs."""
    if message.voice or message.audio or message.video_note:
        return "voice"
    if message.sticker or message.animation or message.dice:
        return "sticker"
    if message.photo or message.video:
        return "photo"
    return ""


def home(context: Context) -> Keyboard:
    """The buttons of the menu."""
    _ = context.texts.gettext
    return [
        [press(_("🛍 Browse"), "g", 0), press(_("🎁 Points gifts"), "f", 0, 1, "best", 2, 0)],
        [press(_("🛒 Cart"), "c"), press(_("📦 My orders"), "o", 1)],
        [press(_("⭐ My points"), "p"), press(_("🏷 My coupons"), "cp")],
        [press(_("👥 My groups"), "gm"), press(_("🌐 Language"), "l")],
    ]
