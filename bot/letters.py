"""Letters: what the shop says unasked, written in the reader's language when it leaves."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot import group_cards, links, posted_cards
from bot.buttons import link, press
from bot.context import House
from bot.render import render, short
from storefront import (
    catalog,
    delivery,
    fulfilment,
    groupbuy,
    orders,
    payments,
    people,
    points,
    promotions,
    sharing,
    staff,
    support,
)
from storefront.kernel import ids
from storefront.kernel.errors import NotFound
from storefront.kernel.money import Money
from storefront.kernel.texts import Texts, pick

Payload = dict[str, Any]


async def write(house: House, person_id: int | None, letter: str, facts: Mapping[str, Any]) -> Payload:
    """The message for this reader now."""
    assert person_id is not None, "a letter has a reader"
    reader = await people.find(person_id)
    return await _LETTERS[letter](house, reader, letter, facts)


async def _order(house: House, reader: people.Person, letter: str, facts: Mapping[str, Any]) -> Payload:
    order = await orders.find(int(facts["order_id"]))
    texts = Texts(reader.language)
    _ = texts.gettext
    buttons = [press(_("📦 Show the order"), "od", order.id)]
    if letter == "order_delivered":
        buttons.append(press(_("⚠️ Something is wrong"), "rf", order.id))
    if letter in ("order_expired", "order_cancelled"):
        buttons.append(press(_("🔁 Order again"), "or", order.id, ids.key()))
    sent = await fulfilment.parcels(order.id)
    earned = await points.earned_by(person_id=reader.id, order_id=order.id)
    payload: Payload = {
        "text": render(
            f"letters/{letter}", texts, person=reader, house=house, order=order, earned=earned, parcels=sent
        ),
        "keyboard": [buttons, [press(_("‹ Menu"), "m")]],
    }
    shows_code = letter in ("order_paid", "order_sent_again", "group_complete", "order_reserved", "order_ready")
    if shows_code and order.pickup_code is not None and order.place is not None:
        payload["picture"] = {
            "name": f"code:{order.id}:{texts.language}",
            "code": order.pickup_code,
            "title": f"{house.settings.shop_name} · {order.number}",
            "subtitle": pick(order.place.names, texts.language),
        }
    return payload


async def _parcel(house: House, reader: people.Person, letter: str, facts: Mapping[str, Any]) -> Payload:
    order, texts = await orders.find(int(facts["order_id"])), Texts(reader.language)
    told: dict[str, Any] = {"person": reader, "house": house, "order": order, "what": facts.get("what")}
    _ = texts.gettext
    rows = [[press(_("📦 Show the order"), "od", order.id)]]
    if facts.get("shipment_id") is not None:
        told["parcel"] = await fulfilment.parcel(int(facts["shipment_id"]))
        rows[0].append(press(_("🚚 Where is it"), "op", order.id))
    if facts.get("case_id") is not None:
        told["case"] = case = await support.find(person_id=reader.id, case_id=int(facts["case_id"]))
        rows.append([press(_("💬 Answer"), "ra", case.id), press(case.number, "rv", case.id)])
    told["can_cancel"] = support.why_not(order) is None
    if letter == "order_late" and told["can_cancel"]:
        rows.append([press(_("↩️ Cancel and get it back"), "rf", order.id)])
    return {"text": render(f"letters/{letter}", texts, **told), "keyboard": rows}


async def _credit(house: House, reader: people.Person, letter: str, facts: Mapping[str, Any]) -> Payload:
    order = await orders.find(int(facts["order_id"]))
    note = next(note for note in await payments.credit_notes(order.id) if note.id == facts["note_id"])
    texts = Texts(reader.language)
    return {
        "text": render(f"letters/{letter}", texts, person=reader, house=house, order=order, note=note),
        "keyboard": [[press(texts.gettext("📦 Show the order"), "od", order.id)]],
    }


async def _money(house: House, reader: people.Person, letter: str, facts: Mapping[str, Any]) -> Payload:
    amount = Money(int(facts["amount_minor"]), str(facts["currency"]))
    texts = Texts(reader.language)
    return {
        "text": render(f"letters/{letter}", texts, person=reader, house=house, amount=amount),
        "keyboard": [[press(texts.gettext("📦 My orders"), "o", 1)]],
    }


async def _points(house: House, reader: people.Person, letter: str, facts: Mapping[str, Any]) -> Payload:
    texts = Texts(reader.language)
    friend_id = facts.get("friend_id")
    friend = (await people.find(int(friend_id))).name if friend_id is not None else ""
    text = render(f"letters/{letter}", texts, person=reader, house=house, friend=friend, **facts)
    return {"text": text, "keyboard": [[press(texts.gettext("⭐ My points"), "p")]]}


async def _friend(house: House, reader: people.Person, letter: str, facts: Mapping[str, Any]) -> Payload:
    payload = await _points(house, reader, letter, facts)
    payload["keyboard"].append([press(Texts(reader.language).gettext("👥 What came of my links"), "pf")])
    return payload


async def _flash(house: House, reader: people.Person, letter: str, facts: Mapping[str, Any]) -> Payload:
    sale = await promotions.sale(person_id=reader.id, sale_id=int(facts["sale_id"]))
    variant = await catalog.variant(sale.variant_id)
    texts = Texts(reader.language)
    return {
        "text": render(f"letters/{letter}", texts, person=reader, house=house, sale=sale, variant=variant),
        "keyboard": [[press(texts.gettext("⚡ Look at it"), "i", sale.item_id, sale.variant_id, 1)]],
    }


async def _group(house: House, reader: people.Person, letter: str, facts: Mapping[str, Any]) -> Payload:
    group, order_id = await groupbuy.find(int(facts["group_id"])), int(facts["order_id"])
    return await group_cards.card(house, reader, group, template=f"letters/{letter}", order_id=order_id)


async def _group_card(house: House, reader: people.Person, _letter: str, facts: Mapping[str, Any]) -> Payload:
    return await group_cards.card(house, reader, await groupbuy.find(int(facts["group_id"])))


async def _group_posted(house: House, poster: people.Person, _letter: str, facts: Mapping[str, Any]) -> Payload:
    group = await groupbuy.find(int(facts["group_id"]))
    variant = await catalog.any_variant(group.campaign.variant_id)
    address = await links.own(house, poster.id, sharing.group(group.code))
    return posted_cards.of_group(house, poster, group, variant, address)


async def _item_posted(house: House, poster: people.Person, _letter: str, facts: Mapping[str, Any]) -> Payload:
    item_id = int(facts["item_id"])
    found = await catalog.summaries([item_id])
    if not found:
        raise NotFound
    campaign = posted_cards.cheaper(found[0], (await groupbuy.campaigns_of([item_id])).get(item_id))
    address = await links.own(house, poster.id, sharing.item(item_id))
    return posted_cards.of_item(house, poster, found[0], campaign, address)


async def _scanned(house: House, reader: people.Person, letter: str, facts: Mapping[str, Any]) -> Payload:
    texts = Texts(reader.language)
    if letter == "link_scanned":
        address = links.plain(house, str(facts["payload"]))
        text = render("codes/link", texts, person=reader, house=house)
        return {"text": text, "keyboard": [[link(texts.gettext("Open the link"), address)]]}
    item_id = int(facts["item_id"])
    found = await catalog.summaries([item_id])
    if not found:
        raise NotFound
    campaign = posted_cards.cheaper(found[0], (await groupbuy.campaigns_of([item_id])).get(item_id))
    text = render("catalog/posted", texts, person=reader, house=house, summary=found[0], campaign=campaign)
    payload: Payload = {"text": text, "keyboard": [[press(texts.gettext("🔎 Look at it"), "i", item_id, 0, 1)]]}
    if found[0].photo:
        payload["picture"] = {"name": f"file:{found[0].photo}"}
    return payload


async def _wish(house: House, reader: people.Person, letter: str, facts: Mapping[str, Any]) -> Payload:
    found = await catalog.summaries([int(item_id) for item_id in facts["item_ids"]])
    if not found:
        raise NotFound
    texts, told = Texts(reader.language), str(facts["text"])[:100]
    buttons = [[press(short(pick(one.names, texts.language), 40), "i", one.id, 0, 1)] for one in found]
    text = render(f"letters/{letter}", texts, person=reader, house=house, text=told, summaries=found)
    return {"text": text, "keyboard": buttons}


async def _seat(house: House, reader: people.Person, letter: str, facts: Mapping[str, Any]) -> Payload:
    group = await groupbuy.of_order(int(facts["order_id"]))
    assert group is not None, "the order had a seat"
    return await group_cards.card(house, reader, group, template=f"letters/{letter}")


async def _case(house: House, reader: people.Person, letter: str, facts: Mapping[str, Any]) -> Payload:
    message = await support.message(int(facts["message_id"]))
    case = await support.find(person_id=reader.id, case_id=message.case_id)
    who = await staff.name_of(message.staff_id) if message.staff_id is not None else house.settings.shop_name
    first, photo = bool(facts["text"]), facts["photo"]
    text = render(
        f"letters/{letter}",
        Texts(reader.language),
        person=reader,
        house=house,
        message=message,
        case=case,
        who=who,
        first=first,
    )
    payload: Payload = {"text": text, "keyboard": _case_buttons(reader, letter, case) if first else []}
    if photo is not None:
        payload["picture"] = {"name": f"file:{message.photos[int(photo)]}"}
    return payload


async def _return(house: House, reader: people.Person, letter: str, facts: Mapping[str, Any]) -> Payload:
    message = await support.message(int(facts["message_id"]))
    case = await support.find(person_id=reader.id, case_id=message.case_id)
    awaited = [one for one in await support.decisions(case.id) if one.state == "returning"]
    if not awaited:
        raise NotFound
    back = await support.return_of(awaited[0].id)
    assert back is not None, "goods that are awaited have a code"
    texts = Texts(reader.language)
    text = render(
        f"letters/{letter}",
        texts,
        person=reader,
        house=house,
        case=case,
        decision=awaited[0],
        back=back,
        branches=await delivery.branches(),
        warehouse=await delivery.warehouse_address(),
    )
    subtitle = pick(case.order.lines[0].names, texts.language)
    picture = {"name": f"code:{back.code}", "code": back.code, "title": case.order.number, "subtitle": subtitle}
    sent = press(texts.gettext("📦 I have sent it"), "rk", case.id)
    return {"text": text, "picture": picture, "keyboard": [[sent], [press(case.number, "rv", case.id)]]}


def _case_buttons(reader: people.Person, letter: str, case: support.Case) -> list[list[dict[str, Any]]]:
    _ = Texts(reader.language).gettext
    if letter == "case_refused" and case.appealed_at is None:
        return [[press(_("I do not accept that"), "ro", case.id)], [press(case.number, "rv", case.id)]]
    return [[press(_("💬 Answer"), "ra", case.id), press(case.number, "rv", case.id)]]


async def _case_step(house: House, reader: people.Person, letter: str, facts: Mapping[str, Any]) -> Payload:
    case = await support.find(person_id=reader.id, case_id=int(facts["case_id"]))
    who = await staff.name_of(case.staff_id) if case.staff_id is not None else house.settings.shop_name
    gift = await support.goodwill(case.id)
    told = {"person": reader, "house": house, "case": case, "who": who, "gift": gift}
    text = render(f"letters/{letter}", Texts(reader.language), **told)
    stars = [press(f"{stars} ★", "rs", case.id, stars) for stars in range(1, 6)]
    row = stars if letter == "case_stars" else [press(case.number, "rv", case.id)]
    return {"text": text, "keyboard": [row]}


_LETTERS: Mapping[str, Callable[[House, people.Person, str, Mapping[str, Any]], Awaitable[Payload]]] = {
    "order_reserved": _order,
    "order_paid": _order,
    "group_complete": _order,
    "group_card": _group_card,
    "group_posted": _group_posted,
    "item_posted": _item_posted,
    "group_joined": _group,
    "group_nudge": _group,
    "group_failed": _group,
    "seat_lost": _seat,
    "order_shipped": _order,
    "part_shipped": _parcel,
    "order_late": _parcel,
    "parcel_missing": _parcel,
    "order_ready": _order,
    "order_delivered": _order,
    "order_cancelled": _order,
    "order_expired": _order,
    "order_credited": _credit,
    "charge_unused": _money,
    "points_ending": _points,
    "points_taken": _points,
    "points_returned": _points,
    "friend_came": _friend,
    "friend_rewarded": _friend,
    "customer_unlinked": _points,
    "refund_done": _money,
    "refund_at_desk": _money,
    "support_answer": _case,
    "case_refused": _case,
    "case_closed": _case,
    "case_taken": _case_step,
    "case_stars": _case_step,
    "case_late": _case_step,
    "case_return": _return,
    "case_lapsed": _case,
    "order_sent_again": _order,
    "flash_soon": _flash,
    "flash_offered": _flash,
    "flash_missed": _flash,
    "flash_over": _flash,
    "wish_came": _wish,
    "item_scanned": _scanned,
    "link_scanned": _scanned,
}
