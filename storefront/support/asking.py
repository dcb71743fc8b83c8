"""What customers do: wish something back, ask, say, give up, object, and tell how it was.

A wish is a draft first: its row is the key, so that whatever is pressed twice gives back once.
"""

from collections.abc import Sequence

from storefront import orders
from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound
from storefront.support import deciding, opening, rules, ruling, stepping, talking
from storefront.support.queries import Case, find
from storefront.support.talking import Said


@db.transaction
async def begin(*, person_id: int, order_id: int, of_left: bool = False) -> Case:
    """Something is wrong with an order, or she does not want it any more: all that is left of it, until she chooses less.

    Of an order of which a part has left it is about what is here still, or, `of_left`, about that part.
    Raises NotFound, and what the rule refuses.
    """
    order = await orders.get(person_id=person_id, order_id=order_id)
    if (refusal := rules.why_no_case(order)) is not None:
        raise refusal
    of_left = of_left and rules.in_parts(order)
    made = await db.rows(
        "INSERT INTO support_case (order_id, person_id, of_left, at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (order_id) WHERE state = 'draft' DO UPDATE SET reason = NULL, wanted = NULL, at = excluded.at,"
        " of_left = excluded.of_left RETURNING id",
        *(order.id, person_id, int(of_left), clock.now()),
    )
    case_id = int(made[0]["id"])
    await db.execute("DELETE FROM support_case_line WHERE case_id = ?", case_id)
    await db.many(
        "INSERT INTO support_case_line (case_id, order_line_id, quantity) VALUES (?, ?, ?)",
        [(case_id, line_id, pieces) for line_id, pieces in rules.choosable(order, of_left=of_left).items()],
    )
    return await find(person_id=person_id, case_id=case_id)


@db.transaction
async def choose(*, person_id: int, case_id: int, line_id: int, quantity: int) -> Case:
    """So many pieces of this line; none leaves it out, and no more than are left of it count. Raises NotFound."""
    draft = await find(person_id=person_id, case_id=case_id)
    if draft.state != "draft":
        raise NotFound
    if line_id not in {line.id for line in draft.order.lines}:
        raise NotFound
    wanted = max(0, min(quantity, draft.choosable.get(line_id, 0)))
    await db.execute("DELETE FROM support_case_line WHERE case_id = ? AND order_line_id = ?", case_id, line_id)
    if wanted:
        await db.execute(
            "INSERT INTO support_case_line (case_id, order_line_id, quantity) VALUES (?, ?, ?)",
            *(case_id, line_id, wanted),
        )
    return await find(person_id=person_id, case_id=case_id)


@db.transaction
async def explain(*, person_id: int, case_id: int, reason: str) -> Case:
    """Why, one of `REASONS`. Raises NotFound."""
    return await _fill(person_id, case_id, "reason", reason, rules.REASONS)


@db.transaction
async def wish(*, person_id: int, case_id: int, wanted: str) -> Case:
    """What would make it good, one of `WISHES`. Raises NotFound."""
    return await _fill(person_id, case_id, "wanted", wanted, rules.WISHES)


@db.transaction
async def settle(*, person_id: int, case_id: int) -> Case:
    """She means it: what the rule gives back is given back now, once, points at once and money the way it came.

    With the last piece the order is cancelled, or, when a part has left, that is all of it.
    Raises NotFound, NothingChosen, MoreThanBought, and what the rule refuses.
    """
    # Whoever ships it, and whoever gives something of it back, comes before this or after it.
    draft = await find(person_id=person_id, case_id=case_id, locked=True)
    if draft.state == "decided":
        return draft
    if (refusal := rules.why_not(draft.order)) is not None:
        raise refusal
    if draft.of_left:
        raise rules.LeftTheHouse(number=draft.order.number)
    _must_be_whole(draft)
    await deciding.give_back_at_once(draft, actor=f"person:{person_id}", cause=f"not shipped: {draft.reason}")
    return await find(person_id=person_id, case_id=case_id)


@db.transaction
async def submit(*, person_id: int, case_id: int, text: str = "") -> Case:
    """She asks somebody here to settle it, with a word of her own or without; pressed twice, it is one case.

    Raises NotFound, NothingChosen, OpenAlready, and what no case can be about.
    """
    draft = await find(person_id=person_id, case_id=case_id, locked=True)
    if draft.state != "draft":
        return draft
    if (refusal := rules.why_no_case(draft.order)) is not None:
        raise refusal
    _must_be_whole(draft)
    if await opening.open_of(person_id=person_id, order_id=draft.order.id) is not None:
        raise rules.OpenAlready(number=draft.order.number)
    at = clock.now()
    actor, wanted = f"person:{person_id}", draft.wanted or "refund"
    await stepping.move(draft, "open", actor=actor, cause="asked", opened_at=at, asked_at=at, wanted=wanted)
    if text.strip():
        await talking.say(person_id=person_id, case_id=case_id, text=text, key=f"case:{case_id}:text")
    await ruling.rule(case_id=case_id)
    return await find(person_id=person_id, case_id=case_id)


@db.transaction
async def ask(
    *,
    person_id: int,
    order_id: int | None,
    text: str,
    key: str,
    photos: Sequence[str] = (),
    said: Said | None = None,
) -> Case:
    """She has a question, about an order or about none: it opens a case, or joins the one that is open, once per key.

    Raises NotFound, NothingSaid.
    """
    if order_id is not None:
        await orders.get(person_id=person_id, order_id=order_id)
    if not text.strip() and not photos:
        raise rules.NothingSaid
    case_id = await opening.open_of(person_id=person_id, order_id=order_id)
    if case_id is None:
        case_id = await opening.question(person_id=person_id, order_id=order_id)
    await talking.say(person_id=person_id, case_id=case_id, text=text, key=key, photos=photos, said=said)
    return await find(person_id=person_id, case_id=case_id)


@db.transaction
async def withdraw(*, person_id: int, case_id: int) -> Case:
    """She does not want anything of us any more; pressed twice, or too late, it changes nothing. Raises NotFound."""
    found = await find(person_id=person_id, case_id=case_id, locked=True)
    if found.state in rules.OPEN:
        await stepping.end(found, "closed", actor=f"person:{person_id}", cause="withdrawn")
    return await find(person_id=person_id, case_id=case_id)


@db.transaction
async def appeal(
    *, person_id: int, case_id: int, text: str, key: str, photos: Sequence[str] = (), said: Said | None = None
) -> Case:
    """She does not accept a refusal: a lead looks at it, once, and says why herself. Raises NotFound, AppealedAlready."""
    found = await find(person_id=person_id, case_id=case_id, locked=True)
    if found.state != "refused":
        if found.appealed_at is not None and found.state in rules.OPEN:
            await talking.say(person_id=person_id, case_id=found.id, text=text, key=key, photos=photos, said=said)
            return await find(person_id=person_id, case_id=found.id)
        raise NotFound
    if found.appealed_at is not None:
        raise rules.AppealedAlready
    at = clock.now()
    nobody = {"staff_id": None, "claimed_at": None}
    await stepping.move(
        found,
        "open",
        actor=f"person:{person_id}",
        cause="appealed",
        appealed_at=at,
        asked_at=at,
        ended_at=None,
        level="lead",
        **nobody,
    )
    if text.strip() or photos:
        await talking.say(person_id=person_id, case_id=found.id, text=text, key=key, photos=photos, said=said)
    return await find(person_id=person_id, case_id=found.id)


@db.transaction
async def rate(*, person_id: int, case_id: int, stars: int) -> Case:
    """She says how it was, 1 to 5, once for a case; one or two stars open it again, for a lead. Raises NotFound."""
    found = await find(person_id=person_id, case_id=case_id, locked=True)
    if stars not in range(1, 6) or found.state not in rules.ENDED:
        raise NotFound
    if found.stars is not None:
        return found
    await stepping.change(found.id, stars=stars)
    if stars <= rules.LOW_STARS and not await _open_beside(found):
        at = clock.now()
        nobody = {"staff_id": None, "claimed_at": None, "level": "lead", "ended_at": None}
        await stepping.move(found, "open", actor=f"person:{person_id}", cause=f"{stars} stars", asked_at=at, **nobody)
    return await find(person_id=person_id, case_id=case_id)


@db.transaction
async def follow(*, from_person_id: int, to_person_id: int) -> None:
    """Two accounts are one person: the cases of the first are the second's."""
    await db.execute("UPDATE support_case SET person_id = ? WHERE person_id = ?", to_person_id, from_person_id)


async def _fill(person_id: int, case_id: int, column: str, told: str, known: tuple[str, ...]) -> Case:
    if told not in known:
        raise NotFound
    changed = await db.execute(
        f"UPDATE support_case SET {column} = ? WHERE id = ? AND person_id = ? AND state = 'draft'",  # noqa: S608
        *(told, case_id, person_id),
    )
    if not changed:
        raise NotFound
    return await find(person_id=person_id, case_id=case_id)


def _must_be_whole(draft: Case) -> None:
    if not draft.pieces:
        raise rules.NothingChosen
    if draft.reason is None:
        raise NotFound


async def _open_beside(ended: Case) -> bool:
    """Whether something else is open about the same order."""
    if ended.about is None:
        return False
    return await opening.open_of(person_id=ended.person_id, order_id=ended.about.id) is not None
