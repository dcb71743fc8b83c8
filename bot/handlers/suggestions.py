"""What goes with a thing, why it is shown, and whether what she buys may be used for it."""

from telegram import Update

from bot.buttons import press
from bot.context import Context
from bot.handlers.catalog import Place, strip
from storefront import catalog, people, search
from storefront.kernel.texts import Texts, pick


async def show(update: Update, context: Context) -> None:
    """What goes with an item: sl:<item>:<where it was found>."""
    asked = context.press
    place = Place.read(asked, 1) if len(asked.arguments) > 1 else None
    shown = await catalog.item(asked.number(0))
    person = context.person
    agreed = await people.agreed(person_id=person.id, purpose=people.SUGGESTIONS)
    found = await search.suggest(
        item_id=shown.id,
        text=pick(shown.names, person.language),
        category_id=shown.categories[-1].id if shown.categories else None,
        person_id=person.id if agreed else None,
    )
    why = {one.item_id: reason(context.texts, one.why) for one in found}
    summaries = await catalog.summaries(list(why))
    back = place.told() if place is not None else ()
    _ = context.texts.gettext
    leave = press(_("Do not use what I buy"), "sn", shown.id, *back)
    await context.show(
        "catalog/suggested",
        keyboard=[
            [press(str(number), "i", one.id, 0, 1, *back) for number, one in enumerate(summaries, 1)],
            [leave if agreed else press(_("Use what I buy for this"), "sa", shown.id, *back)],
            [press(_("‹ Back"), "i", shown.id, 0, 1, *back)],
        ],
        picture=strip(context.texts, summaries),
        item=shown,
        agreed=agreed,
        suggested=[(number, one, why[one.id]) for number, one in enumerate(summaries, 1)],
    )


async def agree(update: Update, context: Context) -> None:
    """What she buys may be used for it: sa:<item>:<where it was found>."""
    await people.agree(person_id=context.person.id, purpose=people.SUGGESTIONS)
    await show(update, context)


async def withdraw(update: Update, context: Context) -> None:
    """It may not any more: sn:<item>:<where it was found>."""
    await people.withdraw(person_id=context.person.id, purpose=people.SUGGESTIONS)
    await show(update, context)


def reason(texts: Texts, why: search.Why) -> str:
    """Why a thing is shown."""
    _ = texts.gettext
    return {
        search.Why.TOGETHER: _("Often bought together"),
        search.Why.GROUP: _("Bought by people who were in a group with you"),
        search.Why.ALIKE: _("Something like it"),
    }[why]
