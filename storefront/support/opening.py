"""Which case something belongs to that a customer says; a new one when there is none."""

from collections.abc import Mapping

from storefront.kernel import clock, db
from storefront.support import rules, stepping
from storefront.support.events import CaseOpened
from storefront.support.queries import Case, case


async def open_of(*, person_id: int, order_id: int | None) -> int | None:
    """What is open about that order, or, for none, her question about no order."""
    about, value = (
        ("order_id = ?", order_id) if order_id is not None else ("order_id IS NULL AND person_id = ?", person_id)
    )
    found = await db.rows(
        f"SELECT id FROM support_case WHERE {about} AND state IN ('open', 'waiting', 'returning') ORDER BY id LIMIT 1",  # noqa: S608
        value,
    )
    return int(found[0]["id"]) if found else None


async def question(*, person_id: int, order_id: int | None) -> int:
    """A new case: she asks something."""
    at = clock.now()
    made = await db.rows(
        "INSERT INTO support_case (order_id, person_id, state, reason, wanted, at, opened_at, asked_at)"
        " VALUES (?, ?, 'open', 'other', 'answer', ?, ?, ?) RETURNING id",
        *(order_id, person_id, at, at, at),
    )
    case_id = int(made[0]["id"])
    await stepping.note(case_id, "draft", "open", f"person:{person_id}", "asked")
    await stepping.tell(CaseOpened(case_id, person_id))
    return case_id


async def by_shop(*, person_id: int, order_id: int, reason: str, wanted: str, pieces: Mapping[int, int]) -> int:
    """A new case that she did not have to ask for: the shop saw for itself what is wrong with these pieces."""
    at = clock.now()
    made = await db.rows(
        "INSERT INTO support_case (order_id, person_id, state, reason, wanted, at, opened_at, asked_at)"
        " VALUES (?, ?, 'open', ?, ?, ?, ?, ?) RETURNING id",
        *(order_id, person_id, reason, wanted, at, at, at),
    )
    case_id = int(made[0]["id"])
    await db.many(
        "INSERT INTO support_case_line (case_id, order_line_id, quantity) VALUES (?, ?, ?)",
        [(case_id, line_id, quantity) for line_id, quantity in pieces.items()],
    )
    await stepping.note(case_id, "draft", "open", "shop", f"the shop saw it: {reason}")
    await stepping.tell(CaseOpened(case_id, person_id))
    return case_id


async def live(of: Case) -> Case:
    """Where her word about this case, which is locked, belongs now.

    What has ended opens again, unless another one about the same order is open, or it ended too long ago.
    """
    if of.state not in rules.ENDED:
        return of
    order_id = of.about.id if of.about is not None else None
    other = await open_of(person_id=of.person_id, order_id=order_id)
    if other is None and (of.ended_at or 0) < clock.now() - rules.REOPENS_MS:
        other = await question(person_id=of.person_id, order_id=order_id)
    return of if other is None else await case(other, locked=True)
