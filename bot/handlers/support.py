"""When something is wrong with an order: what, why, what would make it good; then a case, on one card, changed in place."""

from telegram import Update

from bot.buttons import Keyboard, press
from bot.context import Context
from bot.handlers.orders import show_order
from bot.render import short
from storefront import orders, staff, support
from storefront.kernel.errors import NotFound
from storefront.kernel.texts import Texts, pick

_LINES = 8
_LABEL_COLUMNS = 14


def reason_name(texts: Texts, reason: str) -> str:
    """A reason as she says it."""
    _ = texts.gettext
    return {
        "missing": _("It has not come"),
        "late": _("It takes too long"),
        "damaged": _("It is damaged"),
        "wrong": _("It is something else"),
        "described": _("It is not as described"),
        "mind": _("I changed my mind"),
        "mistake": _("I ordered by mistake"),
        "other": _("Something else"),
    }[reason]


def state_name(texts: Texts, case: support.Case) -> str:
    """How a case stands, as she is told."""
    _ = texts.gettext
    if case.state == "open":
        return _("somebody looks at it") if case.staff_id is not None else _("waiting for somebody to look at it")
    return {
        "draft": _("not sent yet"),
        "waiting": _("waiting for your answer"),
        "returning": _("waiting for the goods"),
        "decided": _("settled"),
        "refused": _("refused"),
        "closed": _("closed"),
    }[case.state]


async def begin(update: Update, context: Context) -> None:
    """All that is left of an order: rf:<order>, or, rf:<order>:left, what of it has left the house.

    What is open about it already is shown instead of a new wish for an agent.
    """
    order = await orders.get(person_id=context.person.id, order_id=context.press.number(0))
    of_left = len(context.press.arguments) > 1 and support.in_parts(order)
    if of_left or support.why_not(order) is not None:
        known = await support.of_order(person_id=context.person.id, order_id=order.id)
        if open_ones := [case_id for case_id, state in known if state in support.OPEN]:
            await _show(context, open_ones[0])
            return
    await _ask_why(context, await support.begin(person_id=context.person.id, order_id=order.id, of_left=of_left))


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
    """Why: rr:<case>:<reason>; then what would make it good. Without a reason, the question."""
    asked, answered = context.press, len(context.press.arguments) > 1
    case = await (
        support.explain(person_id=context.person.id, case_id=asked.number(0), reason=asked.text(1))
        if answered
        else _case(context)
    )
    if not case.pieces:
        raise support.NothingChosen
    if not answered:
        await _ask_why(context, case)
    elif case.at_once:
        await _confirm(context, case)
    else:
        await _ask_wish(context, case)


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


async def wish(update: Update, context: Context) -> None:
    """What would make it good: rw:<case>:<wish>; with that it is with us."""
    case_id, wanted = context.press.number(0), context.press.text(1)
    if (await _case(context)).state == "draft":
        await support.wish(person_id=context.person.id, case_id=case_id, wanted=wanted)
    await _show(context, (await support.submit(person_id=context.person.id, case_id=case_id)).id, listen=True)


async def show(update: Update, context: Context) -> None:
    """One case: rv:<case>."""
    await _show(context, context.press.number(0))


async def mine(update: Update, context: Context) -> None:
    """Her cases, those that are open first."""
    found = await support.mine(person_id=context.person.id)
    _ = context.texts.gettext
    rows = [[press(f"{case.number} · {_about(context.texts, case)}"[:60], "rv", case.id)] for case in found]
    talk = [press(_("💬 Talk to somebody"), "rt")]
    await context.show("support/mine", keyboard=[*rows, talk, [press(_("‹ Menu"), "m")]], cases=found)


async def add(update: Update, context: Context) -> None:
    """What she types or sends next belongs to this case: ra:<case>."""
    case = await _case(context)
    if case.state == "draft":
        raise NotFound
    await context.ask(support.DIALOGUE, support.STEP, case_id=case.id)
    await context.say("support/ask_add", keyboard=[[_to_case(context, case)]], case=case)


async def talk(update: Update, context: Context) -> None:
    """A question about an order, or about none: rt, rt:<order>."""
    order_id = context.press.number(0) if context.press.arguments else None
    order = await orders.get(person_id=context.person.id, order_id=order_id) if order_id is not None else None
    await context.ask(support.DIALOGUE, "ask", order_id=order_id)
    back = press(context.texts.gettext("‹ Menu"), "m")
    await context.say("support/ask_question", keyboard=[[back]], order=order)


async def ask_withdraw(update: Update, context: Context) -> None:
    """Really give it up? rg:<case>."""
    case = await _case(context)
    _ = context.texts.gettext
    yes = press(_("Yes, give it up"), "rx", case.id)
    await context.show("support/ask_withdraw", keyboard=[[yes, press(_("No, go on"), "rv", case.id)]], case=case)


async def withdraw(update: Update, context: Context) -> None:
    """She wants nothing of us any more: rx:<case>."""
    await support.withdraw(person_id=context.person.id, case_id=context.press.number(0))
    await _show(context, context.press.number(0))


async def appeal(update: Update, context: Context) -> None:
    """She does not accept a refusal: ro:<case>; she says why, and a lead looks at it."""
    case = await _case(context)
    if case.appealed_at is not None:
        raise support.AppealedAlready
    if case.state != "refused":
        raise NotFound
    await context.ask(support.DIALOGUE, "appeal", case_id=case.id)
    await context.say("support/ask_appeal", keyboard=[[_to_case(context, case)]], case=case)


async def sent(update: Update, context: Context) -> None:
    """She has sent the goods: rk:<case>; by which parcel?"""
    case = await _case(context)
    if case.state != "returning":
        raise NotFound
    await context.ask(support.DIALOGUE, "sent", case_id=case.id)
    await context.say("support/ask_tracking", keyboard=[[_to_case(context, case)]], case=case)


async def rate(update: Update, context: Context) -> None:
    """How it was: rs:<case>:<stars>."""
    case = await support.rate(
        person_id=context.person.id, case_id=context.press.number(0), stars=context.press.number(1)
    )
    await context.show("support/rated", keyboard=[[_to_case(context, case)]], case=case)


async def _case(context: Context) -> support.Case:
    return await support.find(person_id=context.person.id, case_id=context.press.number(0))


async def _show(context: Context, case_id: int, *, listen: bool = False) -> None:
    case = await support.find(person_id=context.person.id, case_id=case_id)
    if case.state == "draft":
        await _ask_why(context, case)
        return
    if listen and case.state in support.OPEN:
        await context.ask(support.DIALOGUE, support.STEP, case_id=case.id)
    # What the shop says by itself is for her too, but for what it tells those who work here.
    every = [(one.author, one.text) for one in await support.messages(case.id) if one.text and one.author != "note"]
    await context.show(
        "support/case",
        keyboard=_case_keyboard(context, case),
        case=case,
        about=_about(context.texts, case),
        state=state_name(context.texts, case),
        who=await staff.name_of(case.staff_id) if case.staff_id is not None else None,
        said=[(author, text) for author, text in every if author != "shop" or text not in support.OWN_WORDS][-3:],
        listening=listen and case.state in support.OPEN,
    )


def _case_keyboard(context: Context, case: support.Case) -> Keyboard:
    _ = context.texts.gettext
    rows: list[list[dict[str, str]]] = []
    if case.state in support.OPEN:
        rows.append([press(_("💬 Add something"), "ra", case.id), press(_("Give it up"), "rg", case.id)])
    elif case.state == "refused" and case.appealed_at is None:
        rows.append([press(_("I do not accept that"), "ro", case.id)])
    else:
        rows.append([press(_("💬 Write again"), "ra", case.id)])
    if case.state == "returning":
        rows.insert(0, [press(_("📦 I have sent it"), "rk", case.id)])
    if case.about is not None:
        rows.append([press(_("📦 Show the order"), "od", case.about.id)])
    return [*rows, [press(_("‹ What you asked us"), "rm"), press(_("‹ Menu"), "m")]]


def _about(texts: Texts, case: support.Case) -> str:
    if case.about is None:
        return texts.gettext("a question")
    return f"{case.about.number} {pick(case.about.lines[0].names, texts.language)}"


def _to_case(context: Context, case: support.Case) -> dict[str, str]:
    return press(f"‹ {case.number}", "rv", case.id)


async def _confirm(context: Context, case: support.Case) -> None:
    _ = context.texts.gettext
    yes = press(_("Yes, cancel it"), "ry", case.id, case.points, case.money.minor)
    await context.show("support/confirm", keyboard=[[yes], [press(_("No, keep it"), "od", case.order.id)]], case=case)


async def _ask_why(context: Context, case: support.Case) -> None:
    _, texts = context.texts.gettext, context.texts
    reasons = support.reasons(case.order, of_left=case.of_left)
    rows = [[press(reason_name(texts, reason), "rr", case.id, reason)] for reason in reasons]
    if sum(case.choosable.values()) > 1:
        rows.append([press(_("Only some of it…"), "rl", case.id, 1)])
    rows.append([press(_("‹ Back"), "od", case.order.id)])
    await context.show("support/why", keyboard=rows, case=case, rest=support.in_parts(case.order))


async def _ask_wish(context: Context, case: support.Case) -> None:
    _ = context.texts.gettext
    rows = [
        [press(_("Give back what I paid"), "rw", case.id, "refund")],
        [press(_("Send another one"), "rw", case.id, "replace")],
        [press(_("I keep it for less"), "rw", case.id, "partial")],
        [press(_("💬 Talk to somebody"), "rw", case.id, "answer")],
        [press(_("‹ Back"), "rr", case.id)],
    ]
    reason = reason_name(context.texts, case.reason or "other")
    await context.show("support/wish", keyboard=rows, case=case, reason=reason)


async def _choose(context: Context, case: support.Case, page: int) -> None:
    _, texts = context.texts.gettext, context.texts
    free = case.choosable
    open_lines = [line for line in case.order.lines if line.id in free]
    pages = max(1, -(-len(open_lines) // _LINES))
    page = min(max(page, 1), pages)
    rows: list[list[dict[str, str]]] = []
    for line in open_lines[(page - 1) * _LINES : page * _LINES]:
        chosen, left = case.pieces.get(line.id, 0), free[line.id]
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
