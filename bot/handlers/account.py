"""Language, and one account in several chats."""

from telegram import ChatMember, Update

from bot.buttons import press
from bot.context import Context
from bot.handlers import menu
from bot.handlers import partners as partner_links
from storefront import messaging, partners, people
from storefront.kernel import db

# Each language is written as its readers write it.
OWN_NAMES = {"en": "English", "zh_Hans": "简体中文", "ru": "Русский", "ar": "العربية"}


async def languages(update: Update, context: Context) -> None:
    """Which language shall it be?"""
    keyboard = [
        [press(("✓ " if code == context.person.language else "") + OWN_NAMES[code], "lc", code)]
        for code in people.LANGUAGES
    ]
    await context.show("account/languages", keyboard=keyboard)


async def choose_language(update: Update, context: Context) -> None:
    """This language; the menu comes in it at once."""
    person = await people.choose_language(person_id=context.person.id, language=context.press.text(0))
    context.turn.person = person
    await menu.show(update, context)


async def membership(update: Update, context: Context) -> None:
    """She blocked the bot: letters go another way, or wait until she is back."""
    changed = update.my_chat_member
    assert changed is not None
    if changed.new_chat_member.status == ChatMember.BANNED:
        await messaging.blocked(bot_id=context.bot.id, user_id=context.turn.chat_id)


async def link(update: Update, context: Context) -> None:
    """/link makes a code; /link CODE uses one that was made in another chat."""
    message = update.effective_message
    code = (message.text or "").partition(" ")[2].strip() if message is not None else ""
    if code:
        await redeem(context, code)
        return
    made = await people.link_code(person_id=context.person.id)
    shown = "-".join(made[place : place + 4] for place in range(0, len(made), 4))
    linked = await partner_links.buttons(context)
    await context.say("account/link", code=shown, days=people.LINK_CODE_DAYS, keyboard=linked)


async def redeem(context: Context, code: str, *, from_link: bool = False) -> None:
    """Link the customer of the partner that made the code, or make this chat the account of whoever made it.

    A link makes no account another's: whoever is sent it would lose hers by a tap, to whoever sent it.
    """
    await people.tried(person_id=context.person.id)
    try:
        async with db.savepoint():
            linking = await partners.redeem(person_id=context.person.id, code=code)
            if linking is not None:
                await partner_links.told(context, linking)
                return
            if from_link:
                raise people.WrongLinkCode
            person = await people.join(person_id=context.person.id, code=code)
    except (partners.WrongCode, people.WrongLinkCode, people.OwnLinkCode) as refusal:
        # Said here, so that the try stays counted: a refusal that leaves the handler undoes everything.
        await context.say("menu/plain", text=context.texts.refusal(refusal))
        return
    context.turn.person = person
    await context.say("account/linked", keyboard=menu.home(context))
