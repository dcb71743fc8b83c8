"""What is typed and is neither a command, nor an answer, nor a code: do it when it is harmless, offer, search, or a person.

Nothing here moves money: cancelling, giving back and changing an address open the card that has the button.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from telegram import Update

from bot.buttons import Keyboard, OldButton, Press, press
from bot.context import Context
from bot.handlers import account, catalog, groupbuy, menu, orders, points, promotions, sharing
from bot.understanding import ASIDE, INTENTS, TEXT_MAX, Decision, decide, redacted, understand
from storefront import delivery, messaging, search, support
from storefront import orders as order_book
from storefront.kernel import clock
from storefront.kernel.texts import Texts

NAME = messaging.HEARD
STEP = "heard"
# Fragments that come within this time of each other are one message.
BURST_MS = 2 * clock.SECOND
_BRANCHES = 5
# What is no longer may be the name of a thing, and is said not to have been found.
_NAME_MAX = 24

Do = Callable[[Update, Context], Coroutine[Any, Any, None]]
Fits = Callable[[order_book.Order], bool]


async def typed(update: Update, context: Context, heard: messaging.Dialogue | None) -> None:
    """Do what the text asks for; `heard`: what was typed just before and answered by a search or a choice, if anything was."""
    message = update.effective_message
    assert message is not None
    assert message.text is not None
    text, sent_at = message.text, int(message.date.timestamp())
    joined = _joined(heard, text, sent_at)
    decision = _decide(context, joined) if joined is not None else None
    if joined is not None and decision is not None and heard is not None and await _is_one(context, decision, joined):
        text = joined
        context.turn.card_id = heard.data["card"]
    else:
        decision = _decide(context, text)
    if decision.kind == "search":
        await _DECIDED[decision.kind](update, context, decision, text)
        said = {"text": text[:TEXT_MAX], "at": clock.now(), "sent_at": sent_at, "card": context.turn.shown_id}
        await context.ask(NAME, STEP, **said)
    else:
        if heard is not None:
            await context.end_dialogue()
        await _DECIDED[decision.kind](update, context, decision, text)


async def chosen(update: Update, context: Context) -> None:
    """One of those that were offered: un:<intent>."""
    intent = context.press.text(0)
    if intent not in _DO:
        raise OldButton
    # Which wish it was is nothing to a handler that reads its own arguments: a page, say.
    context.turn.press = Press(context.press.action, ())
    await _DO[intent](update, context)


def _decide(context: Context, text: str) -> Decision:
    return decide(understand(text, context.house.settings.data_dir))


# --- bursts


def _joined(heard: messaging.Dialogue | None, text: str, sent_at: int) -> str | None:
    """The text with what came just before it, unless it only says that again.

    By our clock, and by the channel's, so that what waited in line is not joined.
    """
    if heard is None or heard.data["card"] is None or not all(map(_has_words, (text, heard.data["text"]))):
        return None
    if text.casefold() in heard.data["text"].casefold():
        return None
    near = clock.now() - heard.data["at"] <= BURST_MS and sent_at - heard.data["sent_at"] <= BURST_MS // clock.SECOND
    return f"{heard.data['text']} {text}" if near else None


def _has_words(text: str) -> bool:
    return any(map(str.isalnum, text))


async def _is_one(context: Context, decision: Decision, joined: str) -> bool:
    """Fragments are one message when together they are a wish, or when something has all of their words."""
    if decision.kind == "do":
        return any(part.intent not in ASIDE for part in decision.parts)
    return decision.kind == "kept" or await _finds(context, joined)


async def _finds(context: Context, text: str) -> bool:
    found = await search.find(text=text, per_page=1, currency=context.house.settings.currency)
    return bool(found.items) and not found.relaxed


# --- what was decided


async def _do(update: Update, context: Context, decision: Decision, text: str) -> None:
    for part in decision.parts:
        if part.intent == "find":
            await catalog.look_for(context, part.text)
        else:
            await _DO[part.intent](update, context)


async def _search(update: Update, context: Context, decision: Decision, text: str) -> None:
    """What has all of the words is shown; else, when it may be no search at all, what it may be."""
    searched_id = await catalog.look_for(context, text, only_whole=bool(decision.offered))
    if searched_id is None:
        return
    await _keep(context, text, decision.offered[0])
    _ = context.texts.gettext
    looking = [press(_("🔎 Search for it"), "f", *catalog.Place(searched_id).told()), _talk(context)]
    looked_for = text if len(text) <= _NAME_MAX else ""
    if decision.offered == ("out_of_scope",):
        await context.show("understanding/out_of_scope", keyboard=[looking, *menu.home(context)], looked_for=looked_for)
        return
    rows = [[press(_label(context.texts, intent), "un", intent)] for intent in decision.offered]
    await context.show("understanding/offer", keyboard=[*rows, looking], looked_for=looked_for)


async def _kept(update: Update, context: Context, decision: Decision, text: str) -> None:
    _ = context.texts.gettext
    rows = [[press(_("📦 My orders"), "o", 1), _talk(context)], [press(_("‹ Menu"), "m")]]
    await context.show("understanding/kept", keyboard=rows)


async def _keep(context: Context, text: str, guess: str) -> None:
    """Keep what we were not sure of, for the office; nothing of who said it."""
    if told := redacted(text):
        await messaging.keep_unclear(text=told, language=context.person.language, guess=guess)


_DECIDED = {"do": _do, "search": _search, "kept": _kept}


# --- a short answer each


def _line(name: str) -> Do:
    async def say(update: Update, context: Context) -> None:
        await context.show(f"understanding/{name}", keyboard=menu.home(context))

    return say


async def _find(update: Update, context: Context) -> None:
    _ = context.texts.gettext
    await context.show("understanding/find", keyboard=[[press(_("🛍 Browse"), "g", 0), press(_("‹ Menu"), "m")]])


async def _agent(update: Update, context: Context) -> None:
    await context.show("understanding/agent", keyboard=_person(context))


async def _complaint(update: Update, context: Context) -> None:
    _ = context.texts.gettext
    rows = [[press(_("📦 My orders"), "o", 1)], *_person(context)]
    if await support.any_of(context.person.id):
        rows.insert(1, [press(_("💬 What you asked us"), "rm")])
    await context.show("understanding/complaint", keyboard=rows)


async def _hours(update: Update, context: Context) -> None:
    there = (await delivery.branches())[:_BRANCHES]
    await context.show("understanding/hours", keyboard=_person(context), branches=there)


async def _invoice(update: Update, context: Context) -> None:
    await _order(context, lambda order: order.state in order_book.PAID_IN, "invoice")


async def _order_status(update: Update, context: Context) -> None:
    await _order(context, lambda order: order.state not in {"completed", "cancelled", "expired"}, "")


async def _pick_up(update: Update, context: Context) -> None:
    await _order(context, lambda order: order.delivery == "pickup" and order.state in {"confirmed", "ready"}, "pick_up")


async def _cancel(update: Update, context: Context) -> None:
    await _order(context, lambda order: order.state == "placed" or support.why_not(order) is None, "cancel")


async def _refund(update: Update, context: Context) -> None:
    await _order(context, lambda order: support.why_no_case(order) is None, "refund")


async def _address(update: Update, context: Context) -> None:
    fits: Fits = lambda order: order.delivery == "ship" and order.state in order_book.ADDRESS_CHANGES_IN  # noqa: E731
    await _order(context, fits, "change_address")


async def _order(context: Context, fits: Fits, hint: str) -> None:
    """The card of the only order that this can be about, which has the button; else the list of them."""
    found, _pages = await order_book.mine(person_id=context.person.id, page=1)
    fitting = [order for order in found if fits(order)]
    told = _hint(context.texts, hint, len(fitting), any_orders=bool(found))
    if len(fitting) == 1:
        whole = await order_book.get(person_id=context.person.id, order_id=fitting[0].id)
        await orders.show_order(context, whole, hint=told)
    else:
        await orders.show_list(context, 1, hint=told)


def _hint(texts: Texts, wish: str, fitting: int, *, any_orders: bool) -> str:
    """What to press for it; the button itself is on the order's card."""
    _ = texts.gettext
    if not wish or not any_orders:
        return ""
    if fitting > 1:
        return _("Which order is it about? Tap it; the button is on its card.")
    if fitting == 0:
        return {
            "cancel": _(
                "None of your orders can be cancelled by a tap any more. Tap one to say what is wrong with it."
            ),
            "refund": _("There is nothing to give back for these orders."),
            "change_address": _("None of your orders can still change its address."),
            "pick_up": _("No order waits for you at a branch at the moment."),
            "invoice": _("An invoice can be had for an order that is paid."),
        }[wish]
    return {
        "cancel": _("Nothing is cancelled yet. If you want that, tap the button below."),
        "refund": _("Nothing is given back yet. Tap the button below and say what is wrong."),
        "change_address": _("The address is still the same. Tap the button below to change it."),
        "pick_up": _("Show the code at the branch."),
        "invoice": _("Tap Receipt or Tax invoice below."),
    }[wish]


def _talk(context: Context) -> dict[str, Any]:
    return press(context.texts.gettext("💬 Talk to somebody"), "rt")


def _person(context: Context) -> Keyboard:
    return [[_talk(context)], [press(context.texts.gettext("‹ Menu"), "m")]]


def _label(texts: Texts, intent: str) -> str:
    """A wish as a button."""
    _ = texts.gettext
    return {
        "find": _("🔎 Search for it"),
        "order_status": _("📦 Where is my order?"),
        "cancel": _("Cancel an order"),
        "refund": _("↩️ Give something back"),
        "change_address": _("Change the address"),
        "points_balance": _("⭐ My points"),
        "expiring_points": _("⏳ When do my points end?"),
        "coupons": _("🏷 My coupons"),
        "group_status": _("👥 My groups"),
        "invite": _("👥 Invite a friend"),
        "pick_up": _("📍 Pick up an order"),
        "opening_hours": _("🕘 Branches and hours"),
        "language": _("🌐 Language"),
        "invoice": _("🧾 Receipt or invoice"),
        "complaint": _("⚠️ Something is wrong"),
        "agent": _("💬 Talk to somebody"),
        "greeting": _("👋 Just saying hello"),
        "thanks": _("🙏 Just saying thanks"),
        "goodbye": _("👋 That is all"),
        "yes": _("Yes"),
        "no": _("No"),
        "help": _("❓ How this shop works"),
        "who_are_you": _("Who are you?"),
        "out_of_scope": _("Something else"),
    }[intent]


_DO: dict[str, Do] = {
    "find": _find,
    "order_status": _order_status,
    "cancel": _cancel,
    "refund": _refund,
    "change_address": _address,
    "points_balance": points.show,
    "expiring_points": points.show,
    "coupons": promotions.coupons,
    "group_status": groupbuy.mine,
    "invite": sharing.show,
    "pick_up": _pick_up,
    "opening_hours": _hours,
    "language": account.languages,
    "invoice": _invoice,
    "complaint": _complaint,
    "agent": _agent,
    "greeting": _line("greeting"),
    "thanks": _line("thanks"),
    "goodbye": _line("goodbye"),
    "yes": _line("nothing_asked"),
    "no": _line("nothing_asked"),
    "help": menu.help_,
    "who_are_you": _line("who_are_you"),
    "out_of_scope": _find,
}
assert set(_DO) == set(INTENTS)
