"""A customer's points: what they are, where they came from, and what can be done with them."""

import hashlib
import json
from typing import Any

from telegram import Update

from bot.buttons import Keyboard, press, share
from bot.context import Context
from storefront import orders, people, points
from storefront.kernel.texts import Texts

_LINES = 8


async def show(update: Update, context: Context) -> None:
    """The balance, what is coming and what ends, a chart of the last months, and the movements page by page."""
    before = context.press.number(0) if context.turn.press is not None and context.press.arguments else None
    await _show(context, before)


async def check_in(update: Update, context: Context) -> None:
    """She is here today."""
    done = await points.check_in(person_id=context.person.id)
    texts = context.texts
    told = texts.fill_plural(
        "+%(points)s. %(n)s day in a row.",
        "+%(points)s. %(n)s days in a row.",
        done.streak,
        points=texts.points(done.points),
    )
    context.toast(told)
    await _show(context, None)


async def send(update: Update, context: Context) -> None:
    """The points she chose are on their way; the link is shown once."""
    gift = await points.send(
        person_id=context.person.id,
        points=context.press.number(0),
        key=f"{context.person.id}:{context.press.text(1)}",
    )
    _ = context.texts.gettext
    if gift.code is None:
        context.toast(_("These points are on their way already."))
        return
    address = f"{context.house.share_address}?start=t_{gift.code}"
    text = context.texts.fill(
        "%(points)s for you at %(shop)s.",
        points=context.texts.points(gift.points),
        shop=context.house.settings.shop_name,
    )
    keyboard = [[share(_("↗ Give it to a friend"), address, text)], [press(_("‹ My points"), "p")]]
    await context.show("points/sent", keyboard=keyboard, gift=gift, address=address)


async def take(context: Context, code: str) -> None:
    """A friend's points, by her link."""
    taken, sender_id = await points.take(person_id=context.person.id, code=code)
    sender = await people.find(sender_id)
    _ = context.texts.gettext
    keyboard = [[press(_("🎁 Points gifts"), "f", 0, 1, "best", 2, 0), press(_("⭐ My points"), "p")]]
    await context.say("points/taken", keyboard=keyboard, points=taken, sender=sender.name)


async def _show(context: Context, before: int | None) -> None:
    person_id = context.person.id
    told = await points.statement(person_id)
    lines = await points.history(person_id, before_id=before, limit=_LINES + 1)
    page = lines[:_LINES]
    of = {line.order_id for line in page} | {waiting.order_id for waiting in told.pending}
    await context.show(
        "points/statement",
        keyboard=await _keyboard(context, page[-1].id if len(lines) > _LINES else None, before is not None),
        picture=await _chart(context) if lines or before is not None else None,
        told=told,
        lines=page,
        numbers=await orders.numbers(person_id=person_id, order_ids=[number for number in of if number is not None]),
    )


async def _keyboard(context: Context, older: int | None, paged: bool) -> Keyboard:
    _ = context.texts.gettext
    kinds = {rule.kind for rule in await points.earn_rules()}
    offer = await points.check_in_offer(context.person.id)
    rows: list[list[dict[str, Any]]] = [[], [press(_("🎁 Points gifts"), "f", 0, 1, "best", 2, 0)], [], []]
    if offer is not None:
        rows[0].append(press(context.texts.fill("✅ Check in: +%(points)s", points=offer.points), "pi"))
    if points.terms().send_daily:
        rows[1].append(press(_("↗ Send points"), "ps"))
    rows[2].append(press(_("👥 Invite a friend"), "pf"))
    if "birthday" in kinds and await people.birthday(context.person.id) is None:
        rows[2].append(press(_("🎂 My birthday"), "pb"))
    if paged:
        rows[3].append(press(_("‹ Newest"), "p"))
    if older is not None:
        rows[3].append(press(_("Older ›"), "p", older))
    return [*rows, [press(_("‹ Menu"), "m")]]


async def _chart(context: Context) -> dict[str, Any]:
    texts = context.texts
    months = [
        [texts.month(begin), earned, used, texts.number(earned), texts.number(used)]
        for begin, earned, used in await points.by_month(context.person.id)
    ]
    return chart_picture(texts, months)


def chart_picture(texts: Texts, months: list[list[Any]]) -> dict[str, Any]:
    """What the chart says, to be drawn when it leaves; what looks the same is drawn once."""
    _ = texts.gettext
    told = {
        "title": _("Your points, month by month"),
        "legend": [_("earned"), _("used")],
        "months": months,
        "language": texts.language,
    }
    digest = hashlib.sha256(json.dumps(told).encode()).hexdigest()
    return {"name": f"chart:{digest}", **told}
