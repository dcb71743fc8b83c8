"""Giving something of an order back: what, why, what comes back for it. One card, changed in place, then the order again."""

from telegram import Update

from bot.buttons import Keyboard, press
from bot.context import Context
from bot.handlers.orders import show_order
from bot.render import short
from storefront import orders, support
from storefront.kernel.texts import Texts, pick

_LINES = 8
_LABEL_COLUMNS = 14


def _reasons(texts: Texts) -> dict[str, str]:
    _ = texts.gettext
    return {
        "late": _("It takes too long"),
        "mind": _("I changed my mind"),
        "mistake": _("I ordered by mistake"),
        "other": _("Something else"),
    }


async def begin(update: Update, context: Context) -> None:
    """All that is left of an order: rf:<order>."""
    order = await orders.get(person_id=context.person.id, order_id=context.press.number(0))
    if (refusal := support.why_not(order)) is not None:
        raise refusal
    await _ask(context, await support.begin(person_id=context.person.id, order_id=order.id))


async def pieces(update: Update, context: Context) -> None:
    """Which pieces: rl:<case>:<page>."""
    await _choose(context, await _case(context), context.press.number(1))


async def choose(update: Update, context: Context) -> None:
    """So many of a line: rn:<case>:<line>:<pieces>:<page>."""
    asked = context.press
    case = await support.choose(
        person_id=context.person.id, case_id=asked.number(0), line_id=asked.number(1), quantity=asked.number(2)
    )
    await _choose(context, case, asked.number(3))


async def explain(update: Update, context: Context) -> None:
    """Why: rr:<case>:<reason>; then only yes is left to say. Without a reason, the question."""
    asked, answered = context.press, len(context.press.arguments) > 1
    case = await (
        support.explain(person_id=context.person.id, case_id=asked.number(0), reason=asked.text(1))
        if answered
        else _case(context)
    )
    if not case.pieces:
        raise support.NothingChosen
    if not answered:
        await _ask(context, case)
        return
    await _confirm(context, case)


async def settle(update: Update, context: Context) -> None:
    """Yes: ry:<case>:<points>:<money>, to what she was told. A letter says what comes back; the card is the order's again."""
    asked = context.press
    case = await _case(context)
    if case.state == "draft" and (case.points, case.money.minor) != (asked.number(1), asked.number(2)):
        # Chosen anew in another tab, say.
        context.toast(context.texts.gettext("Something has changed. Look once more, then say yes."))
        await _confirm(context, case)
        return
    case = await support.settle(person_id=context.person.id, case_id=case.id)
    await show_order(context, await orders.get(person_id=context.person.id, order_id=case.order.id))


async def _case(context: Context) -> support.Case:
    return await support.find(person_id=context.person.id, case_id=context.press.number(0))


async def _confirm(context: Context, case: support.Case) -> None:
    _ = context.texts.gettext
    yes = press(_("Yes, cancel it"), "ry", case.id, case.points, case.money.minor)
    await context.show("support/confirm", keyboard=[[yes], [press(_("No, keep it"), "od", case.order.id)]], case=case)


async def _ask(context: Context, case: support.Case) -> None:
    _ = context.texts.gettext
    rows = [[press(label, "rr", case.id, reason)] for reason, label in _reasons(context.texts).items()]
    if sum(line.quantity - line.credited for line in case.order.lines) > 1:
        rows.append([press(_("Only some of it…"), "rl", case.id, 1)])
    rows.append([press(_("‹ Back"), "od", case.order.id)])
    await context.show("support/why", keyboard=rows, case=case)


async def _choose(context: Context, case: support.Case, page: int) -> None:
    _, texts = context.texts.gettext, context.texts
    open_lines = [line for line in case.order.lines if line.quantity > line.credited]
    pages = max(1, -(-len(open_lines) // _LINES))
    page = min(max(page, 1), pages)
    rows: list[list[dict[str, str]]] = []
    for line in open_lines[(page - 1) * _LINES : page * _LINES]:
        chosen, left = case.pieces.get(line.id, 0), line.quantity - line.credited
        name = short(pick(line.names, texts.language), _LABEL_COLUMNS)
        label = texts.fill("%(name)s: %(chosen)s of %(left)s", name=name, chosen=chosen, left=left)
        rows.append([press(label, "rn", case.id, line.id, 0 if chosen == left else left, page)])
        if left > 1:
            fewer = press("−", "rn", case.id, line.id, chosen - 1, page)
            rows.append([fewer, press("+", "rn", case.id, line.id, chosen + 1, page)])
    await context.show("support/pieces", keyboard=[*rows, *_around(context, case, page, pages)], case=case)


def _around(context: Context, case: support.Case, page: int, pages: int) -> Keyboard:
    _ = context.texts.gettext
    turn = []
    if page > 1:
        turn.append(press("‹", "rl", case.id, page - 1))
    if page < pages:
        turn.append(press("›", "rl", case.id, page + 1))
    return [turn, [press(_("✅ These"), "rr", case.id)], [press(_("‹ Back"), "od", case.order.id)]]
