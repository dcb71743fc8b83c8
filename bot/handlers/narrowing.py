"""What can be chosen among results: shelves, brands, prices, origins, with points, in stock, with a group price."""

from collections.abc import Iterator
from dataclasses import replace

from babel.numbers import get_currency_precision
from telegram import Update

from bot.buttons import OldButton, press
from bot.context import Context
from bot.handlers.catalog import GIFTS, GROUPS, STOCK, Place, find, limits, search_anew, searched
from bot.render import short
from storefront import catalog
from storefront.kernel.texts import pick
from storefront.search import Facets, Filters

_EACH_MAX = 4
# Label, how many, and what the button carries.
Choice = tuple[str, int, tuple[int | str, ...]]
_HUNDREDTHS_MAX = 10**12


async def show(update: Update, context: Context) -> None:
    """What can be chosen, and how many there are of each: ff:<where she is>."""
    place = Place.read(context.press, 0)
    told = await searched(context, place)
    found = await find(context, place, told, facets=True)
    assert found.facets is not None
    choices = [
        press(f"{short(label, 30)} · {context.texts.number(count)}", str(action), *arguments)
        for label, count, (action, *arguments) in await _choices(context, place, told.filters, found.facets)
        if 0 < count < found.total
    ]
    rows = [choices[at : at + 2] for at in range(0, len(choices), 2)]
    rows.append([press(context.texts.gettext("‹ Back"), "f", *place.told())])
    await context.show("catalog/filters", keyboard=rows, total=found.total, words=" ".join(found.words)[:60])


async def choose(update: Update, context: Context) -> None:
    """Only these, or with 0 all again: fs:b:<brand>:0, fs:o:<item that comes from there>:0 or
    fs:p:<from>:<to, in hundredths>, and where she is.
    """
    asked = context.press
    place = Place.read(asked, 3)
    told = await searched(context, place)
    first, second = asked.number(1), asked.number(2)
    if not (0 <= first <= _HUNDREDTHS_MAX and 0 <= second <= _HUNDREDTHS_MAX):
        raise OldButton
    match asked.text(0):
        case "b":
            chosen = replace(told.filters, brand_id=first or None)
        case "o":
            chosen = replace(told.filters, origins=(await catalog.item(first)).origins if first else None)
        case "p":
            chosen = replace(told.filters, price_min_hundredths=first or None, price_max_hundredths=second or None)
        case _:
            raise OldButton
    await search_anew(context, place, replace(told, filters=chosen))


async def _choices(context: Context, place: Place, chosen: Filters, facets: Facets) -> list[Choice]:
    """Nothing of what is chosen already."""
    _, language = context.texts.gettext, context.person.language
    found = list[Choice]()
    for shelf_id, count in list(facets.categories.items())[:_EACH_MAX]:
        names = (await catalog.category(shelf_id)).names
        found.append((f"🗂 {pick(names, language)}", count, ("f", *place.told(category_id=shelf_id))))
    if chosen.brand_id is None:
        brands = await catalog.brands(list(facets.brands)[:_EACH_MAX])
        found += [
            (pick(names, language), facets.brands[brand_id], ("fs", "b", brand_id, 0, *place.told()))
            for brand_id, names in brands.items()
        ]
    if chosen.price_min_hundredths is None and chosen.price_max_hundredths is None:
        found += _prices(context, place, facets)
    if chosen.origins is None:
        found += [
            (f"📍 {pick(one.names, language)}", one.count, ("fs", "o", one.item_id, 0, *place.told()))
            for one in facets.origins[:_EACH_MAX]
        ]
    counted = (
        (STOCK, _("in stock"), facets.in_stock),
        (GIFTS, _("for points"), facets.gifts),
        (GROUPS, _("with a group price"), facets.groups),
    )
    found += [(label, count, ("f", *place.told(flags=place.flags | flag))) for flag, label, count in counted]
    return found


def _prices(context: Context, place: Place, facets: Facets) -> Iterator[Choice]:
    for band in facets.bands:
        low, high = (_hundredths(context, minor) for minor in (band.low_minor, (band.high_minor or 1) - 1))
        if label := limits(context, low or None, high or None):
            yield label, band.count, ("fs", "p", low, high, *place.told())


def _hundredths(context: Context, minor: int) -> int:
    return int(minor * 100 // 10 ** get_currency_precision(context.house.settings.currency))
