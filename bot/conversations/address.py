"""A new address, asked once and kept.

[To a new address] -> region (a button) -> street and house -> who receives it -> phone -> summary
What is known already (the phone) is not asked again; a bad answer is asked for again, with the reason.
"""

from collections.abc import Mapping
from typing import Any

from telegram import Update

from bot.buttons import press
from bot.context import Context
from bot.handlers import checkout
from storefront import cart, delivery, people
from storefront.kernel.errors import NotFound
from storefront.kernel.texts import pick

NAME = "address"


async def begin(update: Update, context: Context) -> None:
    """Which region? It decides the fee. Raises TooManyAddresses before she has typed anything."""
    checkout_id = (await checkout.open_draft(context)).id
    await people.must_have_room(context.person.id)
    regions = await delivery.regions(context.house.settings.currency)
    rows = [
        [press(pick(rule.names, context.person.language) or rule.region, "ar", checkout_id, rule.region)]
        for rule in regions
    ]
    rows.append([press(context.texts.gettext("‹ Back"), "k", checkout_id)])
    await context.show("address/region", keyboard=rows)


async def region(update: Update, context: Context) -> None:
    """The region is chosen: ask for the street."""
    checkout_id, chosen = context.press.number(0), context.press.text(1)
    if chosen not in {rule.region for rule in await delivery.regions(context.house.settings.currency)}:
        raise NotFound
    await checkout.open_draft(context)
    await context.ask(NAME, "line", checkout_id=checkout_id, region=chosen)
    await context.show("address/line", keyboard=_leave(context, checkout_id))


async def _line(update: Update, context: Context, data: Mapping[str, Any]) -> None:
    try:
        line = people.clean_address(_text(update))
    except people.NotAnAddress as refusal:
        await _again(context, data, context.texts.refusal(refusal))
        return
    await context.ask(NAME, "recipient", **{**data, "line": line})
    await context.say("address/recipient", keyboard=_leave(context, data["checkout_id"]))


async def _recipient(update: Update, context: Context, data: Mapping[str, Any]) -> None:
    recipient = people.clean_name(_text(update))
    if not recipient:
        await context.say("address/recipient", keyboard=_leave(context, data["checkout_id"]))
        return
    told = {**data, "recipient": recipient}
    if context.person.phone is not None:
        await _save(context, told, context.person.phone)
        return
    await context.ask(NAME, "phone", **told, has_keyboard=True)
    share = context.texts.gettext("📱 Send my phone number")
    await context.say("address/phone", reply=[[{"text": share, "request_contact": True}]])


async def _phone(update: Update, context: Context, data: Mapping[str, Any]) -> None:
    message = update.effective_message
    contact = message.contact if message is not None else None
    try:
        phone = people.clean_phone(contact.phone_number if contact is not None else _text(update))
    except people.NotAPhone as refusal:
        await _again(context, data, context.texts.refusal(refusal))
        return
    await people.save_phone(person_id=context.person.id, phone=phone)
    await context.say("address/saved", reply="remove")
    await _save(context, data, phone)


async def _save(context: Context, data: Mapping[str, Any], phone: str) -> None:
    await context.end_dialogue()
    address = await people.save_address(
        person_id=context.person.id,
        recipient=data["recipient"],
        phone=phone,
        region=data["region"],
        line=data["line"],
    )
    changed = await cart.change(
        person_id=context.person.id,
        checkout_id=data["checkout_id"],
        policy=checkout.policy_of(context),
        address_id=address.id,
    )
    await checkout.show(context, changed)


async def _again(context: Context, data: Mapping[str, Any], why: str) -> None:
    await context.say("menu/plain", keyboard=_leave(context, data["checkout_id"]), text=why)


def _leave(context: Context, checkout_id: int) -> list[list[dict[str, Any]]]:
    return [[press(context.texts.gettext("‹ Back"), "k", checkout_id)]]


def _text(update: Update) -> str:
    message = update.effective_message
    return (message.text or "") if message is not None else ""


STEPS = {"line": _line, "recipient": _recipient, "phone": _phone}
