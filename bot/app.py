"""THE list: which update, command, press and dialogue goes to which function."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from telegram import Update
from telegram.ext import (
    ApplicationBuilder,
    CallbackQueryHandler,
    ChatMemberHandler,
    ChosenInlineResultHandler,
    CommandHandler,
    ContextTypes,
    ExtBot,
    InlineQueryHandler,
    MessageHandler,
    PreCheckoutQueryHandler,
    TypeHandler,
    filters,
)

from bot.buttons import OldButton
from bot.context import Context, ShopApplication
from bot.conversations import address, birthday, coupon_code, points_sent, points_wanted, tax_invoice
from bot.conversations import support as support_talk
from bot.handlers import (
    account,
    addresses,
    cart,
    catalog,
    checkout,
    codes,
    groupbuy,
    inline,
    menu,
    narrowing,
    orders,
    partners,
    payments,
    points,
    promotions,
    sharing,
    suggestions,
    support,
    understanding,
)
from bot.intake import keep_error
from bot.request import AiohttpRequest
from storefront import messaging
from storefront.cart import StaleCheckout
from storefront.kernel import db
from storefront.kernel.errors import N_, NotFound
from storefront.orders import NotPaid
from storefront.people import TooManyAddresses

Handler = Callable[[Update, Context], Coroutine[Any, Any, None]]
Step = Callable[[Update, Context, dict[str, Any]], Coroutine[Any, Any, None]]

COMMANDS: Mapping[str, tuple[Handler, str]] = {
    "start": (menu.start, N_("Open the shop")),
    "menu": (menu.show, N_("What you can do here")),
    "cart": (cart.show, N_("Your cart")),
    "orders": (orders.show, N_("Your orders")),
    "points": (points.show, N_("Your points")),
    "coupons": (promotions.coupons, N_("Your coupons")),
    "cases": (support.mine, N_("What you asked us, and how it stands")),
    "groups": (groupbuy.mine, N_("Your groups")),
    "invite": (sharing.show, N_("Your link for friends, and what came of it")),
    "language": (account.languages, N_("Choose a language")),
    "link": (account.link, N_("Use this account in another chat")),
    "help": (menu.help_, N_("How this shop works")),
    "stop": (menu.stop, N_("Leave what is being asked")),
}

PRESSES: Mapping[str, Handler] = {
    "m": menu.show,
    "g": catalog.categories,
    "f": catalog.page,
    "ff": narrowing.show,
    "fs": narrowing.choose,
    "i": catalog.item,
    "sx": catalog.take_out,
    "sw": catalog.wish,
    "sl": suggestions.show,
    "sa": suggestions.agree,
    "sn": suggestions.withdraw,
    "a": cart.add,
    "c": cart.show,
    "cq": cart.change,
    "cx": cart.clear,
    "b": checkout.buy,
    "co": checkout.from_cart,
    "k": checkout.summary,
    "kq": checkout.quantity,
    "kp": checkout.points,
    "kc": points_wanted.begin,
    "kw": checkout.ways,
    "kb": checkout.branch,
    "ka": checkout.address,
    "kd": promotions.of_order,
    "ku": promotions.choose,
    "kn": address.begin,
    "ar": address.region,
    "xa": addresses.book,
    "xq": addresses.ask_remove,
    "xy": addresses.remove,
    "py": checkout.place,
    "o": orders.show,
    "od": orders.detail,
    "or": orders.reorder,
    "oc": orders.ask_cancel,
    "oy": orders.cancel,
    "oa": orders.addresses,
    "ow": orders.change_address,
    "op": orders.parcels,
    "rc": orders.receipt,
    "rf": support.begin,
    "rr": support.explain,
    "rl": support.pieces,
    "rn": support.choose,
    "ry": support.settle,
    "rw": support.wish,
    "rv": support.show,
    "rm": support.mine,
    "ra": support.add,
    "rt": support.talk,
    "rg": support.ask_withdraw,
    "rx": support.withdraw,
    "ro": support.appeal,
    "rk": support.sent,
    "rs": support.rate,
    "tx": tax_invoice.begin,
    "un": understanding.chosen,
    "l": account.languages,
    "lc": account.choose_language,
    "bk": partners.confirm,
    "bu": partners.ask_unlink,
    "by": partners.unlink,
    "p": points.show,
    "cp": promotions.coupons,
    "cc": promotions.collect,
    "ct": coupon_code.begin,
    "gs": groupbuy.start,
    "gj": groupbuy.join,
    "gc": groupbuy.show,
    "gp": groupbuy.poster,
    "gl": groupbuy.ask_leave,
    "gy": groupbuy.leave,
    "gm": groupbuy.mine,
    "fl": promotions.flash,
    "fw": promotions.wait,
    "fa": promotions.alarm,
    "pi": points.check_in,
    "pf": sharing.show,
    "ps": points_sent.begin,
    "pt": points.send,
    "pb": birthday.begin,
}

# These leave every card as it is asked: a question that waits for an answer goes on waiting.
ASIDE = {"gp", "a", "rc"}

# What a question was about may be gone when it is answered: ordered in another tab, say; no answer makes room in a full book.
GONE = (NotFound, StaleCheckout, NotPaid, TooManyAddresses)

DIALOGUES: Mapping[str, Mapping[str, Step]] = {
    address.NAME: address.STEPS,
    birthday.NAME: birthday.STEPS,
    coupon_code.NAME: coupon_code.STEPS,
    points_sent.NAME: points_sent.STEPS,
    points_wanted.NAME: points_wanted.STEPS,
    support_talk.NAME: support_talk.STEPS,
    tax_invoice.NAME: tax_invoice.STEPS,
}


def build(*, token: str, api: str) -> ShopApplication:
    """The bot, ready to be initialized: handlers, transport, and the Bot API server at `api` (no slash at the end)."""
    application: ShopApplication = (
        ApplicationBuilder()
        .bot(
            ExtBot(
                token,
                base_url=f"{api}/bot",
                base_file_url=f"{api}/file/bot",
                request=AiohttpRequest(),
                get_updates_request=AiohttpRequest(connections=4),
            )
        )
        .updater(None)
        .job_queue(None)
        .context_types(ContextTypes(context=Context))
        .build()
    )
    private = filters.ChatType.PRIVATE
    # A card of ours that she posted in our own chat: nothing that she says to us.
    application.add_handler(MessageHandler(filters.ViaBot(int(token.partition(":")[0])), menu.nothing))
    for name, (handler, _) in COMMANDS.items():
        application.add_handler(
            CommandHandler(name, _leaving_dialogue(handler), filters=private & filters.UpdateType.MESSAGE)
        )
    application.add_handler(PreCheckoutQueryHandler(payments.before_charge))
    application.add_handler(InlineQueryHandler(inline.answer))
    application.add_handler(ChosenInlineResultHandler(inline.chosen))
    application.add_handler(CallbackQueryHandler(press))
    application.add_handler(ChatMemberHandler(account.membership, ChatMemberHandler.MY_CHAT_MEMBER))
    application.add_handler(MessageHandler(filters.UpdateType.EDITED_MESSAGE, menu.edited))
    application.add_handler(MessageHandler(filters.SUCCESSFUL_PAYMENT, payments.charged))
    application.add_handler(MessageHandler(filters.StatusUpdate.ALL, menu.nothing))
    application.add_handler(MessageHandler(filters.COMMAND, menu.unknown_command))
    application.add_handler(MessageHandler(filters.TEXT | filters.CONTACT | filters.LOCATION, typed))
    application.add_handler(MessageHandler(filters.PHOTO, pictured))
    application.add_handler(MessageHandler(filters.ALL, menu.not_understood))
    application.add_handler(TypeHandler(Update, menu.nothing))
    application.add_error_handler(keep_error)
    return application


async def press(update: Update, context: Context) -> None:
    """A button was pressed: its action says which function answers. Raises OldButton for one we do not know."""
    action = context.press.action
    handler = PRESSES.get(action)
    if handler is None:
        raise OldButton
    if action not in ASIDE:
        await context.leave_dialogue()
    await handler(update, context)


async def typed(update: Update, context: Context) -> None:
    """Something was written: to a case, the answer to what a dialogue asked, a code, else something to understand."""
    if await support_talk.replied(update, context):
        return
    asked = await messaging.dialogue(bot_id=context.bot.id, chat_id=context.turn.chat_id)
    step = DIALOGUES.get(asked.name, {}).get(asked.step) if asked is not None else None
    if asked is not None and step is not None:
        await _answered(step, update, context, asked.data)
    elif update.effective_message is not None and update.effective_message.text:
        if not await codes.typed(update, context):
            heard = asked if asked is not None and asked.name == understanding.NAME else None
            await understanding.typed(update, context, heard)
    else:
        await menu.not_understood(update, context)


async def pictured(update: Update, context: Context) -> None:
    """A photo was sent: to a case, when she is talking about one; else a code is looked for in it."""
    if await support_talk.replied(update, context):
        return
    asked = await messaging.dialogue(bot_id=context.bot.id, chat_id=context.turn.chat_id)
    if asked is not None and asked.name == support_talk.NAME and asked.step in support_talk.PICTURED:
        await _answered(support_talk.STEPS[asked.step], update, context, asked.data)
    else:
        await codes.pictured(update, context)


async def _answered(step: Step, update: Update, context: Context, data: dict[str, Any]) -> None:
    try:
        async with db.savepoint():
            await step(update, context, data)
    except GONE as refusal:
        # Asking again would never end; any other refusal leaves the question open for a better answer.
        await context.leave_dialogue()
        await context.say("menu/plain", keyboard=menu.home(context), text=context.texts.refusal(refusal))


def _leaving_dialogue(handler: Handler) -> Handler:
    async def run(update: Update, context: Context) -> None:
        await context.leave_dialogue()
        await handler(update, context)

    return run
