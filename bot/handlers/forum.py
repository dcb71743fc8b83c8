"""What agents say and press in their group: a reply to the customer answers her, anything else is a note among them."""

from telegram import Message, Update

from bot.context import Answer, House
from storefront import staff, support
from storefront.kernel import clock
from storefront.kernel.texts import Texts

_PRESENT_MS = 30 * clock.MINUTE


async def hear(house: House, bot_id: int, update: Update) -> Answer:
    """Something happened in the agents' group; returns what the presser is told. Raises what the verbs refuse."""
    if update.callback_query is not None:
        return await _press(house, update)
    message = update.effective_message
    if message is not None and message.from_user is not None and not message.from_user.is_bot:
        await _said(bot_id, message, f"{bot_id}:{update.update_id}", edited=update.edited_message is not None)
    return Answer()


async def _said(bot_id: int, message: Message, key: str, *, edited: bool) -> None:
    text = message.text or message.caption or ""
    photos = [message.photo[-1].file_id] if message.photo else []
    thread = message.message_thread_id
    topic = await support.topic_of_thread(thread) if thread is not None else None
    if topic is None or message.from_user is None:
        return
    replied = message.reply_to_message.message_id if message.reply_to_message is not None else None
    said = await support.message_of_post(replied) if replied is not None else None
    answers = said is not None and said[1] == "customer"
    if not (text or photos or answers):
        # A sticker among them, or Telegram's word that somebody came.
        return
    who = await _who(message.from_user.id)
    if edited:
        written = await support.message_of_post(message.message_id)
        if written is not None:
            await support.correct(staff_id=who.id, message_id=written[0], text=text)
        return
    if replied is not None and replied == topic.card_number and topic.mode is not None:
        await _reason(who.id, topic, text, key)
        return
    verb = support.answer if answers else support.note
    where = support.Said(bot_id, message.chat_id, message.message_id)
    message_id = await verb(staff_id=who.id, case_id=topic.case_id, text=text, coming=photos, said=where, key=key)
    await support.own_post(message_id=message_id, number=message.message_id)


async def _reason(staff_id: int, topic: support.Topic, text: str, key: str) -> None:
    if topic.mode == "refuse":
        await support.refuse(staff_id=staff_id, case_id=topic.case_id, text=text, key=key)
    elif topic.mode == "decline":
        for one in await support.decisions(topic.case_id):
            if one.state == "proposed":
                await support.decline(staff_id=staff_id, decision_id=one.id, text=text, key=key)
    await support.ask_on_card(case_id=topic.case_id, mode=None)


async def _press(house: House, update: Update) -> Answer:
    query = update.callback_query
    assert query is not None, "a press"
    who = await _who(query.from_user.id)
    action, *told = (query.data or "").split(":")
    numbers = [int(one) for one in told if one.isascii() and one.isdigit() and len(one) < 19]
    if not numbers:
        return Answer()
    case_id = numbers[0]
    texts = Texts(house.settings.default_language)
    if action == "fc":
        await support.claim(staff_id=who.id, case_id=case_id)
        return Answer(texts.gettext("It is yours."))
    if action == "fa" and len(numbers) == 2:
        await support.approve(staff_id=who.id, decision_id=numbers[1])
    elif action == "fy" and len(numbers) == 3:
        await _give(who.id, case_id, (numbers[1], numbers[2]))
    modes = {"fg": "confirm", "fr": "refuse", "fd": "decline"}
    await support.ask_on_card(case_id=case_id, mode=modes.get(action))
    return Answer()


async def _who(user_id: int) -> staff.Staff:
    """Who writes or presses: as she does, she is here. Raises NotYours."""
    who = await support.by_telegram(user_id)
    await staff.be_present(staff_id=who.id, until=clock.now() + _PRESENT_MS)
    return who


async def _give(staff_id: int, case_id: int, shown: support.Shown) -> None:
    case = await support.case(case_id)
    # The wish is the card's: pressed twice, by two, it is one.
    key = f"forum:{case.id}:{case.opened_at}:{len(await support.decisions(case.id))}"
    await support.refund(staff_id=staff_id, case_id=case.id, pieces=case.pieces, key=key, shown=shown)
