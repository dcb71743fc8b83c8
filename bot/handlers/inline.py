"""Inline mode: what the shop has, found from any chat by `@bot honey` and posted there."""

import asyncio
import re
from collections.abc import Sequence
from typing import Any

import structlog
from telegram import Update
from telegram.error import RetryAfter, TelegramError

from bot import links, posted_cards
from bot.context import STRANGER, Context
from bot.request import call, seconds_to_wait
from storefront import catalog, groupbuy, messaging, search, sharing
from storefront.groupbuy import Campaign, Group
from storefront.kernel.errors import NP_, NotFound
from storefront.kernel.texts import Texts, pick

log = structlog.get_logger()

# Together they stay below the fifty results that an answer may have.
_ITEMS_MAX = _GROUPS_MAX = 20
# Groups change: an answer is as old as a group's card may be.
_KEPT_S = 10
_ALIVE_S = 25.0
_OFFSET = re.compile(r"[1-9][0-9]{0,3}")
_TOGETHER = NP_("%(amount)s together with %(num)s more person", "%(amount)s together with %(num)s more people")
_GROUP = re.compile(r"g_([0-9A-Za-z]{6,20})")
_ITEM, _NUMBER = re.compile(r"[0-9]{1,18}"), re.compile(r"[0-9A-Za-z_=+/-]{1,200}")


async def answer(update: Update, context: Context) -> None:
    """What `@bot honey` finds, at once and for whoever asks: groups that wait for somebody, then items."""
    asked = update.inline_query
    assert asked is not None
    page = int(asked.offset) if _OFFSET.fullmatch(asked.offset) else 1
    results, more = await _found(context, asked.query.strip(), page)
    told: dict[str, Any] = {
        "inline_query_id": asked.id,
        "results": results,
        "cache_time": _KEPT_S,
        "is_personal": True,
        "next_offset": str(page + 1) if more else "",
    }
    if not results and page == 1:
        label = context.texts.gettext("Nothing found. Look around in the shop")
        told["button"] = {"text": label, "start_parameter": "inline"}
    await _tell(context, told)


async def chosen(update: Update, context: Context) -> None:
    """She posted a card: from now on it is kept current, and who comes by its button comes because of her."""
    result = update.chosen_inline_result
    assert result is not None
    number, (kind, _, name) = result.inline_message_id or "", result.result_id.partition("_")
    if not _NUMBER.fullmatch(number):
        return
    if kind == "g":
        try:
            group = await groupbuy.by_code(name)
        except NotFound:
            return
        facts = {"group_id": group.id, "state": group.state, "taken": group.taken, "paid": group.paid}
        card_id = await _keep(context, number, groupbuy.POSTED, {"letter": "group_posted", "facts": facts})
        if card_id is not None and group.open:
            await groupbuy.watch(card_id=card_id, group=group, posted=True)
    elif kind == "i" and _ITEM.fullmatch(name):
        await _keep(context, number, "catalog/posted", {"letter": "item_posted", "facts": {"item_id": int(name)}})


async def _keep(context: Context, number: str, kind: str, payload: dict[str, Any]) -> int | None:
    return await messaging.post(
        bot_id=context.bot.id, inline_message_id=number, person_id=context.person.id, kind=kind, payload=payload
    )


async def _tell(context: Context, told: dict[str, Any]) -> None:
    try:
        async with asyncio.timeout(_ALIVE_S):
            while not await _told(context, told):
                pass
    except TimeoutError:
        log.warning("inline.unanswered", error="told to wait for longer than a query lives")
    except TelegramError as error:
        # Most often she has typed on, and this query is too old.
        log.warning("inline.unanswered", error=str(error))


async def _told(context: Context, told: dict[str, Any]) -> bool:
    try:
        await call(context.bot, "answerInlineQuery", told)
    except RetryAfter as error:
        await asyncio.sleep(seconds_to_wait(error))
        return False
    return True


async def _found(context: Context, text: str, page: int) -> tuple[list[dict[str, Any]], bool]:
    """A page of results, and whether there are more."""
    if named := _GROUP.fullmatch(text):
        return await _named(context, named[1]), False
    currency = context.house.settings.currency
    point_minor = context.house.settings.point_minor
    found = await search.find(text=text, page=page, per_page=_ITEMS_MAX, currency=currency, point_minor=point_minor)
    if found.page != page:
        return [], False
    groups: Sequence[Group] = ()
    if text or page == 1:
        of_items = found.items if text else None
        groups = await groupbuy.open_now(person_id=context.person.id, item_ids=of_items, limit=_GROUPS_MAX)
    campaigns = await groupbuy.campaigns_of(found.items)
    items = [
        _item(context, summary, posted_cards.cheaper(summary, campaigns.get(summary.id)))
        for summary in await catalog.summaries(found.items)
    ]
    return [*await _groups(context, groups), *items], page < found.pages


async def _named(context: Context, code: str) -> list[dict[str, Any]]:
    """The group whose card she comes from: hers to pass on, whether or not strangers are shown it."""
    try:
        group = await groupbuy.by_code(code)
    except NotFound:
        return []
    if context.person.id == STRANGER:
        return await _groups(context, [group])
    return await _groups(context, [group], await links.own(context.house, context.person.id, sharing.group(group.code)))


async def _groups(context: Context, groups: Sequence[Group], address: str | None = None) -> list[dict[str, Any]]:
    variants = {one.id: one for one in await catalog.variants([group.campaign.variant_id for group in groups])}
    photos = {one.id: one.photo for one in await catalog.summaries([one.item_id for one in variants.values()])}
    shown = [(group, variants[group.campaign.variant_id]) for group in groups if group.campaign.variant_id in variants]
    return [_group(context, group, variant, photos.get(variant.item_id), address) for group, variant in shown]


def _group(
    context: Context, group: Group, variant: catalog.Variant, photo: str | None, address: str | None
) -> dict[str, Any]:
    texts, to = context.texts, sharing.group(group.code)
    left = texts.moment(group.ends_at)
    if n := group.missing:
        until = texts.ngettext("%(num)s more person until %(moment)s", "%(num)s more people until %(moment)s", n)
        until %= {"num": n, "moment": left}
    else:
        until = texts.fill("Enough people are in. More can come until %(moment)s.", moment=left)
    name, option = pick(variant.names, texts.language)[:80], variant.option(texts.language)[:40]
    card = posted_cards.of_group(
        context.house, context.person, group, variant, address or links.plain(context.house, to)
    )
    price = texts.fill("%(amount)s together", amount=group.price)
    return _article(context, to, f"👥 {name} · {option}" if option else f"👥 {name}", f"{price} · {until}", card, photo)


def _item(context: Context, summary: catalog.Summary, campaign: Campaign | None) -> dict[str, Any]:
    texts, to = context.texts, sharing.item(summary.id)
    told = [_price(texts, summary)]
    if campaign is not None:
        n, one, many = campaign.needed - 1, *_TOGETHER
        told.append(texts.ngettext(one, many, n) % {"amount": texts.money(campaign.price), "num": n})
    card = posted_cards.of_item(context.house, context.person, summary, campaign, links.plain(context.house, to))
    return _article(context, to, pick(summary.names, texts.language)[:120], " · ".join(told), card, summary.photo)


def _price(texts: Texts, summary: catalog.Summary) -> str:
    if summary.available <= 0:
        return texts.gettext("sold out")
    if summary.points_price is not None:
        return texts.points(summary.points_price)
    return texts.money(summary.price) if summary.price is not None else texts.gettext("not for sale yet")


def _article(
    context: Context, name: str, title: str, told: str, card: dict[str, Any], photo: str | None
) -> dict[str, Any]:
    """A line to choose from. Not a photo: of those, clients show a wall of pictures without a price."""
    public = context.house.settings.public_url
    content = {"message_text": card["text"], "parse_mode": "HTML", "link_preview_options": card["preview"]}
    article: dict[str, Any] = {
        "type": "article",
        "id": name,
        "title": title,
        "description": told,
        "input_message_content": content,
        "reply_markup": {"inline_keyboard": card["keyboard"]},
    }
    if public is not None and photo is not None:
        article["thumbnail_url"] = f"{public}/files/{photo}"
    return article
