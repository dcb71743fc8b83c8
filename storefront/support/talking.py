"""What is said about a case: by her, by those who work here, and among them."""

from collections.abc import Sequence
from dataclasses import dataclass

from storefront import messaging, staff
from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound
from storefront.support import evidence, opening, rules, stepping
from storefront.support.events import CaseAnswered, CustomerSaid
from storefront.support.queries import Case, case, find, message
from storefront.support.reaching import ANSWER, first_photo, reach


@dataclass(frozen=True)
class Said:
    """Where something was said: a message in a chat with that bot."""

    bot_id: int
    chat_id: int
    message_id: int


@db.transaction
async def say(
    *, person_id: int, case_id: int, text: str, key: str, photos: Sequence[str] = (), said: Said | None = None
) -> int:
    """She says something about her case, with photos (their numbers at her channel), once per key; returns the message.

    What has come to its end is open again, for two weeks. Raises NotFound, NothingSaid.
    """
    found = await find(person_id=person_id, case_id=case_id, locked=True)
    if found.state == "draft":
        raise NotFound
    if not text.strip() and not photos:
        raise rules.NothingSaid
    found = await opening.live(found)
    message_id, fresh = await _write(found, "customer", text, key, coming=photos, said=said)
    if not fresh:
        return message_id
    await _hear(found)
    await stepping.tell(CustomerSaid(found.id, person_id))
    return message_id


@db.transaction
async def corrected(*, said: Said, text: str) -> bool:
    """She changed what she had said; False when that belongs to no case."""
    changed = await db.execute(
        "UPDATE support_message SET text = ?, edited_at = ? WHERE bot_id = ? AND chat_id = ? AND message_id = ?",
        *(rules.clean_text(text), clock.now(), said.bot_id, said.chat_id, said.message_id),
    )
    if changed:
        await db.wake(stepping.CHANGED)
    return changed > 0


@db.transaction
async def answer(
    *,
    staff_id: int,
    case_id: int,
    text: str,
    key: str,
    photos: Sequence[str] = (),
    coming: Sequence[str] = (),
    said: Said | None = None,
    waits: bool = False,
) -> int:
    """Answer a customer, with kept photos (their hashes), once per key; returns the message.

    `coming`: photos by their numbers at the channel where it was said; it goes to her when they are fetched.
    `waits`: the case waits for what she says next. What nobody has is the answerer's from now on.
    Raises NotFound, NothingSaid, Taken, ForLead, Ended.
    """
    who, found = await stepping.held(staff_id, case_id)
    message_id, fresh = await _write(found, "staff", text, key, by=who, photos=photos, coming=coming, said=said)
    if not fresh:
        return message_id
    if not coming:
        await reach(found, message_id, text=text, photos=len(photos))
    at = clock.now()
    told = {"asked_at": None, "answered_at": found.answered_at or at, "snoozed_until": None}
    if waits and found.state != "waiting":
        await stepping.move(found, "waiting", actor=who.actor, cause="asked her", **told)
    else:
        await stepping.change(found.id, **told)
    await stepping.tell(CaseAnswered(found.id, found.person_id))
    return message_id


@db.transaction
async def correct(*, staff_id: int, message_id: int, text: str) -> None:
    """Change what one has written, in the customer's chat too. Raises NotFound, NothingSaid."""
    who, told = await staff.find(staff_id), await message(message_id)
    if told.staff_id != who.id or told.author not in {"staff", "note"}:
        raise NotFound
    if not text.strip():
        raise rules.NothingSaid
    await db.execute(
        "UPDATE support_message SET text = ?, edited_at = ? WHERE id = ?",
        *(rules.clean_text(text), clock.now(), message_id),
    )
    card = (await db.rows("SELECT card_id FROM support_message WHERE id = ?", message_id))[0]["card_id"]
    if card is not None:
        photo = first_photo(text, len(told.photos))
        # With its time, so that it differs from what was sent.
        facts = {"message_id": message_id, "photo": photo, "text": True, "edited_at": clock.now()}
        again = {"letter": ANSWER, "facts": facts}
        await messaging.refresh(card_id=card, kinds=(ANSWER,), kind=ANSWER, payload=again)
    await db.wake(stepping.CHANGED)


@db.transaction
async def note(
    *,
    staff_id: int,
    case_id: int,
    text: str,
    key: str,
    photos: Sequence[str] = (),
    coming: Sequence[str] = (),
    said: Said | None = None,
) -> int:
    """Say something to one another that she does not see, once per key; anybody here may. Raises NotFound, NothingSaid.

    `photos` and `coming` as for an answer.
    """
    who, found = await staff.find(staff_id), await case(case_id)
    message_id, _ = await _write(found, "note", text, key, by=who, photos=photos, coming=coming, said=said)
    await db.wake(stepping.CHANGED)
    return message_id


async def write_for_shop(of: Case, text: str, key: str, by: staff.Staff | None = None) -> tuple[int, bool]:
    """Keep what the shop, or somebody here, tells her with a decision; and whether it was new."""
    return await _write(of, "staff" if by is not None else "shop", text, key, by=by)


async def _write(
    of: Case,
    author: str,
    text: str,
    key: str,
    *,
    by: staff.Staff | None = None,
    photos: Sequence[str] = (),
    coming: Sequence[str] = (),
    said: Said | None = None,
) -> tuple[int, bool]:
    if not (text.strip() or photos or coming) and author in {"staff", "note"}:
        raise rules.NothingSaid
    made = await db.rows(
        "INSERT INTO support_message (case_id, author, staff_id, text, key, bot_id, chat_id, message_id, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING RETURNING id",
        *(of.id, author, by.id if by is not None else None, rules.clean_text(text), f"{author}:{key}"),
        *((said.bot_id, said.chat_id, said.message_id) if said is not None else (None, None, None)),
        clock.now(),
    )
    if not made:
        known = await db.rows("SELECT id, case_id FROM support_message WHERE key = ?", f"{author}:{key}")
        return int(known[0]["id"]), False
    message_id = int(made[0]["id"])
    await db.many(
        "INSERT INTO support_photo (message_id, file_hash) VALUES (?, ?)", [(message_id, photo) for photo in photos]
    )
    await evidence.want(message_id, coming)
    return message_id, True


async def _hear(of: Case) -> None:
    at = clock.now()
    asked_at = of.asked_at or at
    actor = f"person:{of.person_id}"
    if of.state in {"open", "returning"}:
        await stepping.change(of.id, asked_at=asked_at, snoozed_until=None)
    elif of.state == "waiting":
        await stepping.move(of, "open", actor=actor, cause="she answered", asked_at=asked_at, snoozed_until=None)
    else:
        await stepping.move(of, "open", actor=actor, cause="she wrote again", asked_at=at, ended_at=None)
