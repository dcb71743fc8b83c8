"""The card of a group: what it says to this reader, and what she can press. The same whether she opens it or it comes to her."""

from dataclasses import asdict
from typing import Any

from bot import links
from bot.buttons import Keyboard, post, press, share
from bot.context import House
from bot.render import render
from storefront import catalog, groupbuy, orders, people, sharing
from storefront.groupbuy import Group, Seat
from storefront.kernel import clock, ids
from storefront.kernel.texts import Texts, pick

_NAMES = 5


async def card(
    house: House, reader: people.Person, group: Group, *, template: str = "groupbuy/group", order_id: int | None = None
) -> dict[str, Any]:
    """A message about a group for this reader; `template` says which one."""
    texts = Texts(reader.language)
    variant = await catalog.any_variant(group.campaign.variant_id)
    seat = await groupbuy.seat_of(person_id=reader.id, group_id=group.id)
    hours, minutes = groupbuy.hours_left(group.ends_at, clock.now())
    payload: dict[str, Any] = {
        "text": render(
            template,
            texts,
            person=reader,
            house=house,
            group=group,
            variant=variant,
            seat=seat,
            names=[name[:20] for name in await groupbuy.members(group.id, limit=_NAMES)],
            order=await orders.find(order_id) if order_id is not None else None,
            hours=hours,
            minutes=minutes,
        ),
        "keyboard": [row for row in await _keyboard(house, texts, reader, group, variant, seat) if row],
    }
    photo = await catalog.photo_of(variant.item_id)
    if photo is not None:
        payload["picture"] = {"name": f"file:{photo}"}
    return payload


async def share_button(house: House, reader: people.Person, group: Group, variant: catalog.Variant) -> dict[str, Any]:
    """A button that posts the group's card in a chat she chooses; where that cannot be, one that sends her link, with a word."""
    texts = Texts(reader.language)
    label = texts.gettext("📣 Share with friends")
    if house.inline:
        return post(label, sharing.group(group.code))
    told = texts.fill(
        "%(name)s for %(amount)s together", name=pick(variant.names, texts.language)[:80], amount=group.price
    )
    address = await links.own(house, reader.id, sharing.group(group.code))
    return share(label, address, told)


async def poster(house: House, reader: people.Person, group: Group) -> dict[str, Any]:
    """The picture of a group's poster, to be drawn when it leaves; its code leads to the group, and says who hung it up."""
    texts = Texts(reader.language)
    variant = await catalog.any_variant(group.campaign.variant_id)
    public, link = house.settings.public_url, await sharing.link(person_id=reader.id, to=sharing.group(group.code))
    return {
        "name": f"poster:{link.id}:{group.state}:{group.paid}:{texts.language}",
        "photo": await catalog.photo_of(variant.item_id),
        "joined": asdict(groupbuy.pictured(group, variant, texts)),
        "until": texts.fill("until %(moment)s", moment=texts.moment(group.ends_at)),
        "scan": texts.gettext("Scan the code to join in"),
        "link": f"{public}/g/{group.code}?s={link.code}" if public else f"{house.share_address}?start={link.payload}",
        "language": texts.language,
    }


async def _keyboard(
    house: House, texts: Texts, reader: people.Person, group: Group, variant: catalog.Variant, seat: Seat | None
) -> Keyboard:
    _ = texts.gettext
    alone = _alone(texts, variant)
    menu = [press(_("👥 My groups"), "gm"), press(_("‹ Menu"), "m")]
    if group.open and seat is not None:
        mine = [press(_("📦 Show the order"), "od", seat.order_id)]
        if seat.state == "paid":
            mine.append(press(_("Leave the group"), "gl", group.code))
        poster_button = press(_("🖼 Poster"), "gp", group.code, ids.key())
        return [[await share_button(house, reader, group, variant), poster_button], mine, menu]
    if group.free:
        join = press(texts.fill("✅ Join for %(amount)s", amount=group.price), "gj", group.code)
        return [[join], alone, [await share_button(house, reader, group, variant)], menu]
    if seat is not None and group.state == "succeeded":
        return [[press(_("📦 Show the order"), "od", seat.order_id)], menu]
    return [*await _others(texts, reader, group), alone, menu]


async def _others(texts: Texts, reader: people.Person, group: Group) -> list[list[dict[str, Any]]]:
    """The nearest yes: other groups for the same thing, and one of her own."""
    variant_id = group.campaign.variant_id
    rows = [
        [group_button(texts, other)] for other in await groupbuy.near_full(variant_id=variant_id, person_id=reader.id)
    ]
    campaign = await groupbuy.campaign_of(variant_id)
    if campaign is not None:
        rows.append([start_button(texts, campaign)])
    return rows


def group_button(texts: Texts, group: Group) -> dict[str, Any]:
    """A button that opens a group: whose it is, and how many it misses."""
    label = texts.fill_plural(
        "👥 Join %(name)s: %(n)s more person",
        "👥 Join %(name)s: %(n)s more people",
        max(1, group.missing),
        name=group.leader[:24],
    )
    return press(label, "gc", group.code)


def start_button(texts: Texts, campaign: groupbuy.Campaign) -> dict[str, Any]:
    """A button that begins the order which opens a group."""
    return press(texts.fill("👥 Start a group for %(amount)s", amount=campaign.price), "gs", campaign.id)


def _alone(texts: Texts, variant: catalog.Variant) -> list[dict[str, Any]]:
    if variant.price is None or variant.available <= 0:
        return []
    return [press(texts.fill("Buy alone for %(amount)s", amount=variant.price), "i", variant.item_id, variant.id, 1)]
