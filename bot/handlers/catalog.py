"""Finding and looking: a page of results, the shelves, the card of an item. One message, changed in place."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from telegram import Update

from bot import group_cards, links
from bot.buttons import Keyboard, OldButton, Press, press, share
from bot.context import Context
from bot.handlers.checkout import policy_of, providers_of
from bot.handlers.payments import pay_draft_button
from storefront import cart, catalog, groupbuy, promotions, search, sharing
from storefront.kernel import db, ids
from storefront.kernel.errors import Refusal
from storefront.kernel.money import Money
from storefront.kernel.texts import Texts, pick

PER_PAGE = 6
_STOCK, _GIFTS = 1, 2
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


async def typed(update: Update, context: Context) -> None:
    """Anything that is written is searched for."""
    message = update.effective_message
    assert message is not None
    assert message.text is not None
    await look_for(context, message.text)


async def look_for(context: Context, text: str) -> None:
    """Search for this text; what is found is shown."""
    searched_id = await search.remember(person_id=context.person.id, text=text)
    await _results(context, Place(searched_id), text)


async def page(update: Update, context: Context) -> None:
    """Another page, order or filter of the results."""
    place = Place.read(context.press, 0)
    text = await search.recall(person_id=context.person.id, searched_id=place.searched_id) if place.searched_id else ""
    await _results(context, place, text)


async def categories(update: Update, context: Context) -> None:
    """The shelves; one without shelves below opens its items."""
    parent_id = context.press.number(0)
    shelves = await catalog.categories(parent_id or None)
    if not shelves:
        await _results(context, Place(category_id=parent_id), "")
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


async def _results(context: Context, place: Place, text: str) -> None:
    found = await search.find(
        text=text,
        filters=search.Filters(
            category_id=place.category_id or None,
            in_stock=bool(place.flags & _STOCK),
            gifts=bool(place.flags & _GIFTS),
        ),
        sort=place.sort,
        page=place.page,
        per_page=PER_PAGE,
        currency=context.house.settings.currency,
    )
    summaries = await catalog.summaries(found.items)
    shelf = await catalog.category(place.category_id) if place.category_id else None
    if not summaries:
        await context.show("catalog/nothing", keyboard=_nothing_keyboard(context, place), text=text[:100])
        return
    limit = found.price_max_hundredths
    await context.show(
        "catalog/results",
        keyboard=_results_keyboard(context, place, found, summaries),
        picture=_strip(context.texts, summaries),
        found=found,
        words=" ".join(found.words)[:60],
        limit=Money(limit, context.house.settings.currency) if limit is not None else None,
        shelf=shelf,
        gifts=bool(place.flags & _GIFTS),
        summaries=[(number, summary) for number, summary in enumerate(summaries, 1)],
    )


def _results_keyboard(
    context: Context, place: Place, found: search.Results, summaries: list[catalog.Summary]
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
    following = _SORTS[(_SORTS.index(place.sort) + 1) % len(_SORTS)]
    stock = _("In stock ✓") if place.flags & _STOCK else _("In stock")
    rows.append(
        [
            press(names[place.sort], "f", *place.told(sort=following, page=1)),
            press(stock, "f", *place.told(flags=place.flags ^ _STOCK, page=1)),
        ]
    )
    rows.append([press(_("‹ Shelves"), "g", 0), press(_("🛒 Cart"), "c")])
    return rows


def _nothing_keyboard(context: Context, place: Place) -> Keyboard:
    _ = context.texts.gettext
    wider = [press(_("Also what is sold out"), "f", *place.told(flags=place.flags ^ _STOCK, page=1))]
    talk = [press(_("💬 Talk to somebody"), "rt")]
    return [wider if place.flags & _STOCK else [], [press(_("🛍 Browse"), "g", 0), press(_("‹ Menu"), "m")], talk]


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


def _strip(texts: Texts, summaries: list[catalog.Summary]) -> dict[str, Any] | None:
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
