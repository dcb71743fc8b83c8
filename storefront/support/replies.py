"""Replies that are written often: in the customer's language, with gaps for her case; some do something too."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storefront import audit, staff
from storefront.kernel import db
from storefront.kernel.errors import NotFound
from storefront.kernel.texts import Texts, pick
from storefront.people import Person
from storefront.support import rules, stepping
from storefront.support.queries import Case

# What may stand in {braces}.
GAPS = ("name", "case", "order", "points", "money", "agent")


@dataclass(frozen=True)
class Reply:
    """A reply by its code: `texts` by language; `tag` is put on the case, `then_state` is where it goes when it is sent."""

    id: int
    code: str
    texts: Mapping[str, str]
    tag: str | None
    then_state: str | None


async def replies() -> Sequence[Reply]:
    """All of them, in the order of those who lead."""
    return [
        Reply(row["id"], row["code"], json.loads(row["texts"]), row["tag"], row["then_state"])
        for row in await db.browse("SELECT * FROM support_reply ORDER BY position, id")
    ]


@db.transaction
async def save_reply(
    *, staff_id: int, code: str, texts: Mapping[str, str], tag: str | None = None, then_state: str | None = None
) -> None:
    """Have this reply under its code; without a text it is no more. Raises NotYours, NotFound."""
    who = await staff.find(staff_id)
    if not who.leads:
        raise rules.NotYours
    told = {language: text.strip()[: rules.TEXT_MAX] for language, text in texts.items() if text.strip()}
    code = code.strip()[:40]
    if not code or then_state not in {None, "waiting", "closed"}:
        raise NotFound
    await db.execute("DELETE FROM support_reply WHERE code = ?", code)
    if told:
        await db.execute(
            "INSERT INTO support_reply (code, texts, tag, then_state) VALUES (?, ?, ?, ?)",
            *(code, json.dumps(told, ensure_ascii=False), (tag or "").strip()[:40] or None, then_state),
        )
    await audit.note(actor=who.actor, action="reply.save", subject=f"reply:{code}"[:60])


def written(reply: Reply, case: Case, customer: Person, who: staff.Staff) -> str:
    """The reply for this customer, its gaps filled; one that nobody knows stays as it is written."""
    texts = Texts(customer.language)
    gaps = {
        "name": customer.name,
        "case": case.number,
        "order": case.about.number if case.about is not None else "",
        "points": texts.points(case.points),
        "money": texts.money(case.money) if case.about is not None else "",
        "agent": who.name,
    }
    text = pick(reply.texts, customer.language)
    for name, told in gaps.items():
        text = text.replace(f"{{{name}}}", told)
    return text


@db.transaction
async def tag(*, staff_id: int, case_id: int, tag: str, on: bool = True) -> None:
    """Mark a case with a word, or take the word away. Raises NotFound."""
    await staff.find(staff_id)
    word = " ".join(tag.lower().split())[:40]
    if not word:
        return
    if on:
        await db.execute("INSERT INTO support_tag (case_id, tag) VALUES (?, ?) ON CONFLICT DO NOTHING", case_id, word)
    else:
        await db.execute("DELETE FROM support_tag WHERE case_id = ? AND tag = ?", case_id, word)
    await db.wake(stepping.CHANGED)
