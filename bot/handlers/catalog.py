"""Finding and looking: a page of results, the shelves, the card of an item. One message, changed in place."""

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from babel.numbers import get_currency_precision
from telegram import Update

from bot import group_cards, links
from bot.buttons import Keyboard, OldButton, Press, press, share
from bot.context import Context
from bot.handlers.checkout import policy_of, providers_of
from bot.handlers.payments import pay_draft_button
from bot.render import short
from storefront import cart, catalog, groupbuy, promotions, search, sharing
from storefront.kernel import db, ids
from storefront.kernel.errors import Refusal
from storefront.kernel.money import Money
from storefront.kernel.texts import Texts, pick

PER_PAGE = 6
STOCK, GIFTS, AS_TYPED, GROUPS = 1, 2, 4, 8
_CHIPS_MAX = 6
_SORTS = (search.Sort.BEST, search.Sort.PRICE_UP, search.Sort.PRICE_DOWN, search.Sort.NEWEST)


@dataclass(frozen=True)
class Place:
    """Where the customer is in results: the search, the page, the order, the filters (bits), the shelf."""

    searched_id: int = 0
    page: int = 1
    sort: search.Sort = search.Sort.BEST
    flags: int = 0
    category_id: int = 0

    @classmethod
    def read(cls, press: Press, first: int) -> "Place":
        """From a button's arguments. Raises OldButton."""
        try:
            sort = search.Sort(press.text(first + 2))
        except ValueError:
            raise OldButton from None
        numbers = [press.number(first + place) for place in (0, 1, 3, 4)]
        return cls(numbers[0], numbers[1], sort, numbers[2], numbers[3])

    def told(self, **changes: Any) -> tuple[int | str, ...]:
        """As a button's arguments."""
        place = Place(**{**self.__dict__, **changes})
        return place.searched_id, place.page, str(place.sort), place.flags, place.category_id


async def look_for(context: Context, text: str, *, only_whole: bool = False) -> int | None:
    """Search for this text; what is found is shown.

    `only_whole`: unless nothing has all of the words; then nothing is shown, and the search's number is returned.
    """
    searched_id = await search.remember(person_id=context.person.id, text=text)
    place, told = Place(searched_id), search.Searched(text)
    found = await find(context, place, told)
    if only_whole and (found.relaxed or not found.items):
        return searched_id
    await _show(context, place, told, found, fresh=True)
    return None


async def page(update: Update, context: Context) -> None:
    """Another page, order or filter of the results."""
    place = Place.read(context.press, 0)
    await show_results(context, place, await searched(context, place))


async def take_out(update: Update, context: Context) -> None:
    """The same search without one of the wishes that were read in it: sx:<which>:<where she is>."""
    place = Place.read(context.press, 1)
    told = await searched(context, place)
    chips = await _read_chips(told.text)
    number = context.press.number(0)
    if not 0 <= number < len(chips):
        raise OldButton
    await search_anew(context, place, replace(told, text=search.without(told.text, chips[number])))


async def search_anew(context: Context, place: Place, told: search.Searched) -> None:
    """Show what is found when she searches for something else from the same place."""
    searched_id = await search.remember(person_id=context.person.id, text=told.text, filters=told.filters)
    await show_results(context, replace(place, searched_id=searched_id, page=1), told)


async def wish(update: Update, context: Context) -> None:
    """Tell me when it comes: sw:<search>. Raises NotFound, TooManyWishes."""
    text = await search.wish(
        person_id=context.person.id, searched_id=context.press.number(0), currency=context.house.settings.currency
    )
    _ = context.texts.gettext
    keyboard = [[press(_("🛍 Browse"), "g", 0), press(_("‹ Menu"), "m")]]
    await context.show("catalog/wished", keyboard=keyboard, text=text[:100])


async def categories(update: Update, context: Context) -> None:
    """The shelves; one without shelves below opens its items."""
    parent_id = context.press.number(0)
    shelves = await catalog.categories(parent_id or None)
    if not shelves:
        await show_results(context, Place(category_id=parent_id), search.Searched())
        return
    _ = context.texts.gettext
    language = context.person.language
    buttons = [press(f"{pick(shelf.names, language)} · {shelf.items}", "g", shelf.id) for shelf in shelves[:40]]
    keyboard = [buttons[place : place + 2] for place in range(0, len(buttons), 2)]
    if parent_id:
        shelf = await catalog.category(parent_id)
        keyboard.append([press(_("All of it"), "f", *Place(category_id=parent_id).told())])
        keyboard.append([press(_("‹ Back"), "g", shelf.parent_id or 0)])
        await context.show("catalog/categories", keyboard=keyboard, shelf=shelf)
        return
    keyboard.append([press(_("‹ Menu"), "m")])
    await context.show("catalog/categories", keyboard=keyboard, shelf=None)


async def item(update: Update, context: Context) -> None:
    """The card of an item: i:<item>:<variant or 0>:<quantity>:<where it was found>."""
    asked = context.press
    place = Place.read(asked, 3) if len(asked.arguments) > 3 else None
    if place is not None and place.searched_id and not asked.number(1):
        await search.note_opened(person_id=context.person.id, searched_id=place.searched_id, item_id=asked.number(0))
    await show_item(context, asked.number(0), variant_id=asked.number(1), quantity=asked.number(2), place=place)


async def show_item(
    context: Context, item_id: int, *, variant_id: int = 0, quantity: int = 1, place: Place | None = None
) -> None:
    """Show the card of an item with what can be done about it. Raises NotFound."""
    shown = await catalog.item(item_id)
    chosen = next((variant for variant in shown.variants if variant.id == variant_id), None)
    if chosen is None:
        chosen = next((variant for variant in shown.variants if variant.available > 0), None) or shown.variants[0]
    look = await cart.look(person_id=context.person.id, variant=chosen, quantity=quantity)
    express = await _express(context, look)
    campaign = await groupbuy.campaign_of(chosen.id)
    photo = next((photo.file_hash for photo in shown.photos if photo.file_hash), None)
    await context.show(
        "catalog/item",
        keyboard=_item_keyboard(
            *(context, shown, look, place, express, await _groups(context, chosen, campaign)),
            await links.own(context.house, context.person.id, sharing.item(shown.id)),
        ),
        picture={"name": f"file:{photo}"} if photo else None,
        item=shown,
        chosen=chosen,
        look=look,
        sale=look.line.sale,
        campaign=campaign,
        quantity=look.line.quantity,
        total=_times(look.unit, look.line.quantity),
        pictured=photo is not None,
    )


async def searched(context: Context, place: Place) -> search.Searched:
    """What she searched for there, nothing on a shelf. Raises NotFound, also for somebody else's."""
    if not place.searched_id:
        return search.Searched()
    return await search.recall(person_id=context.person.id, searched_id=place.searched_id)


async def find(context: Context, place: Place, told: search.Searched, *, facets: bool = False) -> search.Results:
    """What is found there; with `facets` also what can be chosen."""
    settings = context.house.settings
    return await search.find(
        text=told.text,
        filters=replace(
            told.filters,
            category_id=place.category_id or None,
            in_stock=bool(place.flags & STOCK),
            gifts=bool(place.flags & GIFTS),
            groups=bool(place.flags & GROUPS),
        ),
        sort=place.sort,
        page=place.page,
        per_page=PER_PAGE,
        currency=settings.currency,
        point_minor=settings.point_minor,
        facets=facets,
        as_typed=bool(place.flags & AS_TYPED),
    )


async def show_results(context: Context, place: Place, told: search.Searched) -> None:
    """One page of results."""
    await _show(context, place, told, await find(context, place, told))


async def _show(
    context: Context, place: Place, told: search.Searched, found: search.Results, *, fresh: bool = False
) -> None:
    """`fresh`: just typed, and counted when the shop has no such thing."""
    settings, text, query = context.house.settings, told.text, search.read(told.text)
    summaries = await catalog.summaries(found.items)
    missing = found.relaxed or not summaries
    if fresh and missing:
        await search.miss(text)
        await search.note_vain(person_id=context.person.id, searched_id=place.searched_id)
    chips = [
        *_as_typed(context, place, found),
        *_rows([*await _chips(context, place, text, query), *await _chosen(context, place, told.filters)]),
    ]
    further = await _further(context, place, text, found) if missing else []
    if not summaries:
        keyboard = [*chips, *further, *_nothing_keyboard(context, place)]
        await context.show("catalog/nothing", keyboard=keyboard, text=text[:100])
        return
    shelf = await catalog.category(place.category_id) if place.category_id else None
    limit = found.price_max_hundredths
    await context.show(
        "catalog/results",
        keyboard=[*chips, *_results_keyboard(context, place, query, found, summaries), *further],
        picture=strip(context.texts, summaries),
        found=found,
        words=" ".join(found.words)[:60],
        limit=_money(limit, settings.currency),
        typed=_typed(found),
        meant=" ".join(meant for _typed, meant in found.corrected)[:60],
        shelf=shelf,
        gifts=bool(place.flags & GIFTS),
        summaries=[(number, summary) for number, summary in enumerate(summaries, 1)],
        close_from=found.whole - (found.page - 1) * PER_PAGE + 1 if found.whole else None,
    )


def _typed(found: search.Results) -> str:
    """The words that no thing has."""
    return " ".join(typed for typed, _meant in found.corrected)[:60]


def _as_typed(context: Context, place: Place, found: search.Results) -> list[list[dict[str, Any]]]:
    """The way from a word that was taken for another one to the word itself, and back."""
    if found.corrected and found.items:
        label = context.texts.fill("🔎 Only “%(typed)s”", typed=short(_typed(found), 30))
        return [[press(label, "f", *place.told(flags=place.flags | AS_TYPED, page=1))]]
    if place.flags & AS_TYPED:
        label = context.texts.gettext("Also words that are written nearly so")
        return [[press(label, "f", *place.told(flags=place.flags ^ AS_TYPED, page=1))]]
    return []


async def _read_chips(text: str) -> list[search.Chip]:
    """What was read in the sentence, and which brands and shelves it names."""
    return [*search.read(text).chips, *await search.named(text)]


async def _chips(context: Context, place: Place, text: str, query: search.Query) -> list[dict[str, Any]]:
    """What was read in the sentence, each to be taken out by a press."""
    return [
        press(f"✕ {label}", "sx", number, *place.told(page=1))
        for number, chip in enumerate(await _read_chips(text))
        if (label := _chip_label(context, query, chip, text[chip.start : chip.end]))
    ][:_CHIPS_MAX]


async def _chosen(context: Context, place: Place, filters: search.Filters) -> list[dict[str, Any]]:
    """What she has chosen among the results, each to be taken back by a press."""
    _, language = context.texts.gettext, context.person.language
    told: list[tuple[str, tuple[int | str, ...]]] = []
    if place.searched_id and place.category_id:
        shelf = await catalog.category(place.category_id)
        told.append((pick(shelf.names, language), ("f", *place.told(category_id=0, page=1))))
    if filters.brand_id is not None:
        names = (await catalog.brands([filters.brand_id])).get(filters.brand_id, {})
        told.append((pick(names, language), ("fs", "b", 0, 0, *place.told(page=1))))
    price = limits(context, filters.price_min_hundredths, filters.price_max_hundredths)
    if price:
        told.append((price, ("fs", "p", 0, 0, *place.told(page=1))))
    if filters.origins is not None:
        told.append((pick(filters.origins, language), ("fs", "o", 0, 0, *place.told(page=1))))
    flags = ((GROUPS, _("with a group price")), (GIFTS if place.searched_id else 0, _("for points")))
    told += [(label, ("f", *place.told(flags=place.flags ^ one, page=1))) for one, label in flags if place.flags & one]
    return [press(f"✕ {short(label, 30)}", str(action), *arguments) for label, (action, *arguments) in told]


def _rows(buttons: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    return [buttons[at : at + 2] for at in range(0, len(buttons), 2)]


def limits(context: Context, low_hundredths: int | None, high_hundredths: int | None) -> str:
    """`up to CN¥50.00` and the like, or nothing."""
    texts, currency = context.texts, context.house.settings.currency
    low, high = (_money(limit, currency) for limit in (low_hundredths, high_hundredths))
    if low is not None and high is not None:
        return texts.fill("%(low)s to %(high)s", low=low, high=high)
    if high is not None:
        return texts.fill("up to %(amount)s", amount=high)
    return "" if low is None else texts.fill("%(amount)s and more", amount=low)


def _chip_label(context: Context, query: search.Query, chip: search.Chip, told: str) -> str:
    texts, high, low = context.texts, query.price_max_hundredths, query.price_min_hundredths
    match chip.kind:
        case search.Kind.PRICE:
            return limits(context, low, high)
        case search.Kind.PRICE_MAX:
            return limits(context, None, high)
        case search.Kind.PRICE_MIN:
            return limits(context, low, None)
        case search.Kind.POINTS:
            points = texts.points(query.points_max or 0)
            if high is None:
                return texts.fill("up to %(points)s", points=points)
            return texts.fill(
                "up to %(points)s and %(amount)s", points=points, amount=_money(high, context.house.settings.currency)
            )
        case search.Kind.STOCK:
            return texts.gettext("in stock")
        case search.Kind.NEWEST:
            return texts.gettext("newest first")
        case search.Kind.CHEAPEST:
            return texts.gettext("cheapest first")
        case search.Kind.COLOUR | search.Kind.SIZE | search.Kind.BRAND | search.Kind.SHELF:
            return " ".join(told.split())[:20]
    return ""


def _money(hundredths: int | None, currency: str) -> Money | None:
    return None if hundredths is None else Money(hundredths * 10 ** get_currency_precision(currency) // 100, currency)


async def _further(context: Context, place: Place, text: str, found: search.Results) -> list[list[dict[str, Any]]]:
    """Where to go on when the shop has no such thing: the nearest shelf, and being told when it comes."""
    rows = []
    near = await search.shelf_near(text=text, items=found.items) if text else None
    if near is not None and near != place.category_id:
        shelf = await catalog.category(near)
        label = f"🗂 {short(pick(shelf.names, context.person.language), 40)} · {shelf.items}"
        if shelf.items:
            rows.append([press(label, "f", *Place(category_id=shelf.id).told())])
    if place.searched_id and found.words and not (place.flags or place.category_id):
        rows.append([press(context.texts.gettext("🔔 Tell me when it comes"), "sw", place.searched_id)])
    return rows


def _results_keyboard(
    context: Context, place: Place, query: search.Query, found: search.Results, summaries: list[catalog.Summary]
) -> Keyboard:
    _ = context.texts.gettext
    rows = [
        [press(str(number), "i", summary.id, 0, 1, *place.told()) for number, summary in enumerate(summaries, 1)],
    ]
    turn = []
    if found.page > 1:
        turn.append(press(_("‹ Previous"), "f", *place.told(page=found.page - 1)))
    if found.page < found.pages:
        turn.append(press(_("More ›"), "f", *place.told(page=found.page + 1)))
    rows.append(turn)
    names = {
        search.Sort.BEST: _("Sort: best first"),
        search.Sort.PRICE_UP: _("Sort: cheapest first"),
        search.Sort.PRICE_DOWN: _("Sort: dearest first"),
        search.Sort.NEWEST: _("Sort: newest first"),
    }
    sort = search.sort_of(query, place.sort)
    following = _SORTS[(_SORTS.index(sort) + 1) % len(_SORTS)]
    rows.append([press(names[sort], "f", *place.told(sort=following, page=1))])
    if not query.in_stock:
        stock = _("In stock ✓") if place.flags & STOCK else _("In stock")
        rows[-1].append(press(stock, "f", *place.told(flags=place.flags ^ STOCK, page=1)))
    rows.append([press(_("‹ Shelves"), "g", 0), press(_("🛒 Cart"), "c")])
    if found.total > 1:
        rows[-1].insert(1, press(_("Filters"), "ff", *place.told(page=1)))
    return rows


def _nothing_keyboard(context: Context, place: Place) -> Keyboard:
    _ = context.texts.gettext
    wider = [press(_("Also what is sold out"), "f", *place.told(flags=place.flags ^ STOCK, page=1))]
    talk = [press(_("💬 Talk to somebody"), "rt")]
    return [wider if place.flags & STOCK else [], [press(_("🛍 Browse"), "g", 0), press(_("‹ Menu"), "m")], talk]


def _item_keyboard(
    context: Context,
    shown: catalog.Item,
    look: cart.Look,
    place: Place | None,
    express: list[dict[str, Any]],
    groups: list[list[dict[str, Any]]],
    address: str,
) -> Keyboard:
    _, texts = context.texts.gettext, context.texts
    chosen, quantity = look.line.variant, look.line.quantity
    back = place.told() if place is not None else ()
    rows: list[list[dict[str, Any]]] = []
    if len(shown.variants) > 1:
        choices = [
            press(
                ("● " if variant.id == chosen.id else "") + (variant.option(context.person.language) or variant.sku),
                "i",
                *(shown.id, variant.id, 1, *back),
            )
            for variant in shown.variants[:12]
        ]
        rows += [choices[at : at + 3] for at in range(0, len(choices), 3)]
    if look.unit is not None and look.most > 0:
        less, more = max(1, quantity - 1), min(quantity + 1, look.most, cart.PIECES_MAX)
        rows.append(
            [
                press("−", "i", shown.id, chosen.id, less, *back),
                press(texts.number(quantity), "i", shown.id, chosen.id, quantity, *back),
                press("+", "i", shown.id, chosen.id, more, *back),
            ]
        )
        if express:
            rows.append(express)
        total = _times(look.unit, quantity)
        assert total is not None
        if chosen.points_price is not None:
            label = texts.fill("Take it for %(points)s", points=texts.points(chosen.points_price * quantity))
        else:
            label = texts.fill("Buy %(amount)s", amount=total)
        rows.append(
            [
                press(label, "b", chosen.id, quantity),
                press(_("+ Cart"), "a", chosen.id, quantity, ids.key(), *back),
            ]
        )
    rows += groups
    rows.append(_flash_buttons(context, look.line.sale))
    rows.append([press(_("✨ What goes with it"), "sl", shown.id, *back)])
    rows.append([share(_("Share"), address, pick(shown.names, context.person.language)), press(_("🛒 Cart"), "c")])
    rows.append([press(_("‹ Back"), "f", *back) if place is not None else press(_("‹ Menu"), "m")])
    return rows


async def _groups(
    context: Context, variant: catalog.Variant, campaign: groupbuy.Campaign | None
) -> list[list[dict[str, Any]]]:
    """Start a group, or join the one that misses the fewest."""
    if campaign is None:
        return []
    near = await groupbuy.near_full(variant_id=variant.id, person_id=context.person.id, limit=1)
    return [
        [group_cards.start_button(context.texts, campaign)],
        *([group_cards.group_button(context.texts, group)] for group in near),
    ]


def _flash_buttons(context: Context, sale: promotions.Sale | None) -> list[dict[str, Any]]:
    """Before it starts: be told; when all is taken: wait for a piece."""
    _ = context.texts.gettext
    if sale is None:
        return []
    if not sale.open:
        return [] if sale.alarmed else [press(_("🔔 Tell me when it starts"), "fa", sale.id)]
    if sale.left <= 0 and sale.mine <= 0 and not sale.waiting:
        return [press(_("⏳ Wait for a piece"), "fw", sale.id)]
    return []


async def _express(context: Context, look: cart.Look) -> list[dict[str, Any]]:
    """For a customer who bought before: straight to the pay sheet, everything as last time."""
    chosen, quantity = look.line.variant, look.line.quantity
    if chosen.price is None or look.most < quantity or not await cart.has_habit(context.person.id):
        return []
    try:
        async with db.savepoint():
            made = await cart.draft(
                person_id=context.person.id, policy=policy_of(context), variant_id=chosen.id, quantity=quantity
            )
    except Refusal:
        return []
    providers = providers_of(context, made)
    if not made.complete or not providers or providers[0] not in ("demo", "telegram"):
        return []
    texts = context.texts
    where = pick(made.place.names, context.person.language) if made.place is not None else ""
    if made.address is not None:
        where = made.address.line[:24]
    if made.price.points:
        label = texts.fill("⚡ %(amount)s + %(points)s", amount=made.total, points=texts.points(made.price.points))
    else:
        label = texts.fill("⚡ %(amount)s", amount=made.total)
    return [pay_draft_button(context, f"{label} · {where}" if where else label, made, provider=providers[0])]


def strip(texts: Texts, summaries: list[catalog.Summary]) -> dict[str, Any] | None:
    """The pictures of a page of things, numbered, as one; None when none has a picture."""
    if not any(summary.photo for summary in summaries):
        return None
    tiles = [
        {"photo": summary.photo, "badge": number, "label": _price_label(texts, summary)}
        for number, summary in enumerate(summaries, 1)
    ]
    name = sha256(repr((texts.language, tiles)).encode()).hexdigest()[:32]
    return {"name": f"strip:{name}", "tiles": tiles, "language": texts.language}


def _price_label(texts: Texts, summary: catalog.Summary) -> str:
    if summary.points_price is not None:
        return texts.points(summary.points_price)
    return texts.money(summary.price) if summary.price is not None else ""


def _times(price: Money | None, quantity: int) -> Money | None:
    return None if price is None else Money(price.minor * quantity, price.currency)
