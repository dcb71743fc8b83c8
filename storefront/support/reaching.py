"""How what we say reaches her: letters in her chat, and what she types next is her answer."""

from storefront import messaging
from storefront.kernel import db
from storefront.support.queries import Case

# The dialogue in which what she types goes to her case; its data: case_id.
DIALOGUE, STEP = "support", "say"
ANSWER = "support_answer"
# Telegram lets a photo have 1,024 characters, of which our name for ourselves takes some.
_CAPTION_MAX = 900


async def reach(of: Case, message_id: int, *, text: str = "", photos: int = 0, letter: str = ANSWER) -> None:
    """Bring her what we say, a photo a letter; what she types next is her answer, unless she is asked something else."""
    first = first_photo(text, photos)
    rest = range(0 if first is None else 1, photos)
    for part, photo in enumerate([first, *rest]):
        facts = {"message_id": message_id, "photo": photo, "text": part == 0}
        card = await messaging.tell(
            person_id=of.person_id, letter=letter, facts=facts, key=f"support:{message_id}:{part}"
        )
        if part == 0 and card is not None:
            await db.execute("UPDATE support_message SET card_id = ? WHERE id = ?", card, message_id)
    await _listen(of)


def first_photo(text: str, photos: int) -> int | None:
    """Which photo goes along with the words, None when they are too long for that, or there is none."""
    return 0 if photos and len(text) <= _CAPTION_MAX else None


async def _listen(of: Case) -> None:
    where = next((one for one in await messaging.channels_of(of.person_id) if not one.blocked), None)
    if where is None:
        return
    asked = await messaging.dialogue(bot_id=where.bot_id, chat_id=where.user_id)
    if asked is not None and asked.name != messaging.HEARD:
        return
    await messaging.ask(bot_id=where.bot_id, chat_id=where.user_id, name=DIALOGUE, step=STEP, data={"case_id": of.id})
