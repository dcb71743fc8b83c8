"""What she says about a case goes to those who work here, until she turns to something else.

Add something, or our answer -> say ... say            (text and photos)
Talk to somebody             -> ask -> say ...
I do not accept that         -> appeal -> say ...
I have sent it               -> sent: the parcel's number
"""

from collections.abc import Mapping
from typing import Any

from telegram import Message, Update

from bot.buttons import press
from bot.context import Context
from storefront import staff, support

NAME = support.DIALOGUE


async def replied(update: Update, context: Context) -> bool:
    """She replies to something that we said about a case, whatever is being asked: it is said there. False when she does not."""
    message = update.effective_message
    if message is None or message.reply_to_message is None:
        return False
    case_id = await support.case_of_message(
        person_id=context.person.id,
        bot_id=context.bot.id,
        chat_id=context.turn.chat_id,
        message_id=message.reply_to_message.message_id,
    )
    if case_id is None:
        return False
    await _hear(context, message, case_id)
    return True


async def _say(update: Update, context: Context, data: Mapping[str, Any]) -> None:
    await _hear(context, _said(update), int(data["case_id"]))


async def _ask(update: Update, context: Context, data: Mapping[str, Any]) -> None:
    said = _words(context, _said(update))
    await _heard(context, await support.ask(person_id=context.person.id, order_id=data["order_id"], **said))


async def _appeal(update: Update, context: Context, data: Mapping[str, Any]) -> None:
    said = _words(context, _said(update))
    await _heard(context, await support.appeal(person_id=context.person.id, case_id=int(data["case_id"]), **said))


async def _sent(update: Update, context: Context, data: Mapping[str, Any]) -> None:
    case = await support.sent_back(
        person_id=context.person.id, case_id=int(data["case_id"]), tracking=_said(update).text or ""
    )
    await context.end_dialogue()
    await context.say("support/sent", keyboard=[[press(f"‹ {case.number}", "rv", case.id)]], case=case)


async def _hear(context: Context, message: Message, case_id: int) -> None:
    said = _words(context, message)
    message_id = await support.say(person_id=context.person.id, case_id=case_id, **said)
    # What has ended long ago is another case from now on.
    now_in = (await support.message(message_id)).case_id
    await _heard(context, await support.find(person_id=context.person.id, case_id=now_in))


async def _heard(context: Context, case: support.Case) -> None:
    """What she says next belongs there. Once for all that she says until we answer: that it is here, and with whom."""
    await context.ask(NAME, support.STEP, case_id=case.id)
    who = await staff.name_of(case.staff_id) if case.staff_id is not None else None
    buttons = [[press(f"‹ {case.number}", "rv", case.id), press(context.texts.gettext("‹ Menu"), "m")]]
    await context.say(
        "support/heard", keyboard=buttons, key=f"heard:{case.id}:{case.asked_at}:{case.level}", case=case, who=who
    )


def _said(update: Update) -> Message:
    assert update.effective_message is not None, "a step is answered by a message"
    return update.effective_message


def _words(context: Context, message: Message) -> dict[str, Any]:
    """What she says, as the verbs take it."""
    return {
        "text": message.text or message.caption or "",
        "photos": (message.photo[-1].file_id,) if message.photo else (),
        "key": context.key,
        "said": support.Said(context.bot.id, context.turn.chat_id, message.message_id),
    }


STEPS = {support.STEP: _say, "ask": _ask, "appeal": _appeal, "sent": _sent}
# These take a photo for an answer too.
PICTURED = {support.STEP, "ask", "appeal"}
