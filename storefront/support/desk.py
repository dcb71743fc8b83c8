"""Reads for those who work here: the queue by urgency, what is found in it, and what stands beside a case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from storefront.kernel import clock, db
from storefront.kernel.money import Money
from storefront.support import rules

PER_PAGE = 40
VIEWS = ("mine", "free", "all", "approve", "snoozed", "ended")
_COUNTED = 100
_VIEWING_MS = 40 * clock.SECOND
_OPEN = "c.state IN ('open', 'waiting', 'returning')"
_AWAKE = "(c.snoozed_until IS NULL OR c.snoozed_until <= ?)"
_PROPOSED = "c.id IN (SELECT d.case_id FROM support_decision d WHERE d.state = 'proposed')"


@dataclass(frozen=True)
class Waiting:
    """A line of the queue. Times are epoch ms; `said` is the last thing said with the customer."""

    id: int
    state: str
    level: str
    reason: str | None
    wanted: str | None
    name: str
    language: str
    order_number: str | None
    staff_id: int | None
    staff_name: str | None
    due_at: int | None
    asked_at: int | None
    opened_at: int
    ended_at: int | None
    said: str
    tags: Sequence[str]

    @property
    def number(self) -> str:
        """What people call it."""
        return f"C-{self.id}"

    @property
    def promised_at(self) -> int | None:
        """By when she is to hear from us, epoch ms; None when nobody waits, or nothing is promised."""
        return rules.promised_at(self.due_at, self.asked_at)

    @property
    def place(self) -> str:
        """Where it stands in its view; the next page comes after it."""
        return f"{self.ended_at or self.due_at or 0}-{self.id}"


@dataclass(frozen=True)
class Standing:
    """What a customer is to the shop: paid orders, what they came to, her cases and what was given back for them."""

    orders: int
    paid: Sequence[Money]
    cases: int
    given_back: int
    since: int


async def queue(
    *,
    view: str,
    staff_id: int,
    after: tuple[int, int] | None = None,
    tag: str | None = None,
    language: str | None = None,
) -> Sequence[Waiting]:
    """A page of the queue, the most urgent first: after this one (its due_at and number), with this tag, in this language."""
    where, values = _view(view, staff_id)
    if tag:
        where += " AND EXISTS (SELECT 1 FROM support_tag t WHERE t.case_id = c.id AND t.tag = ?)"
        values.append(tag)
    if language:
        where += " AND p.language = ?"
        values.append(language)
    if view == "ended":
        where += " AND (c.ended_at, c.id) < (?, ?)" if after else ""
        order = "c.ended_at DESC, c.id DESC"
    else:
        where += " AND (c.due_at, c.id) > (?, ?)" if after else ""
        order = "c.due_at, c.id"
    return await _waiting(where, [*values, *(after or ())], order)


async def counts(staff_id: int) -> Mapping[str, int]:
    """How many there are in each view, up to a hundred."""
    told: dict[str, int] = {}
    for view in VIEWS[:-1]:
        where, values = _view(view, staff_id)
        found = await db.browse(
            f"SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM support_case c WHERE {where} LIMIT {_COUNTED}) AS found",  # noqa: S608
            *values,
        )
        told[view] = int(found[0]["n"])
    return told


async def search(text: str) -> Sequence[Waiting]:
    """Cases by their number, an order's, a phone, a name, a tag, or what was said in them; the newest first."""
    told = text.strip()[:100]
    digits = "".join(character for character in told if character.isdigit())
    if told.upper().startswith("C-") and digits:
        return await _waiting("c.id = ?", [int(digits[:18])], "c.id DESC")
    if told.upper().startswith("A-") and digits:
        return await _waiting("o.number = ?", [f"A-{digits}"], "c.id DESC")
    if not told:
        return []
    like = f"%{_escaped(told)}%"
    found = await db.browse(
        "SELECT id FROM (SELECT m.case_id AS id FROM support_message m WHERE LOWER(m.text) LIKE LOWER(?) ESCAPE '!'"
        " UNION SELECT c.id FROM support_case c JOIN person p ON p.id = c.person_id"
        " WHERE LOWER(p.name) LIKE LOWER(?) ESCAPE '!' OR (? <> '' AND p.phone LIKE ?)"
        " UNION SELECT t.case_id FROM support_tag t WHERE t.tag = ?) AS found ORDER BY id DESC LIMIT ?",
        *(like, like, digits if len(digits) >= 4 else "", f"%{digits}", told, PER_PAGE),
    )
    if not found:
        return []
    places = ", ".join("?" * len(found))
    return await _waiting(f"c.id IN ({places})", [row["id"] for row in found], "c.id DESC")


async def tags(case_id: int) -> Sequence[str]:
    """How a case is marked."""
    return [
        str(row["tag"]) for row in await db.rows("SELECT tag FROM support_tag WHERE case_id = ? ORDER BY tag", case_id)
    ]


async def standing(person_id: int) -> Standing:
    """What a customer is to the shop."""
    bought = await db.browse(
        "SELECT currency, COUNT(*) AS n, SUM(total_minor) AS minor FROM orders WHERE person_id = ?"
        " AND state IN ('paid', 'confirmed', 'shipped', 'ready', 'delivered', 'completed') GROUP BY currency",
        person_id,
    )
    cases = await db.browse(
        "SELECT COUNT(*) AS n, COUNT(DISTINCT d.case_id) AS given, MIN(p.created_at) AS since FROM person p"
        " LEFT JOIN support_case c ON c.person_id = p.id AND c.state <> 'draft'"
        " LEFT JOIN support_decision d ON d.case_id = c.id AND d.note_id IS NOT NULL WHERE p.id = ?",
        person_id,
    )
    return Standing(
        orders=sum(int(row["n"]) for row in bought),
        paid=[Money(int(row["minor"]), row["currency"]) for row in bought],
        cases=int(cases[0]["n"]),
        given_back=int(cases[0]["given"]),
        since=int(cases[0]["since"] or 0),
    )


async def viewers(case_id: int, but: int) -> Sequence[tuple[str, bool]]:
    """Who else has the case on her screen, and whether she is typing."""
    at = clock.now()
    found = await db.browse(
        "SELECT s.name, v.typing_until FROM support_viewer v JOIN staff s ON s.id = v.staff_id"
        " WHERE v.case_id = ? AND v.staff_id <> ? AND v.until > ? ORDER BY s.id",
        *(case_id, but, at),
    )
    return [(str(row["name"]), row["typing_until"] > at) for row in found]


@db.transaction
async def view(*, staff_id: int, case_id: int, typing: bool) -> None:
    """She has the case on her screen, for a moment; and is typing."""
    at = clock.now()
    await db.execute(
        "INSERT INTO support_viewer (case_id, staff_id, typing_until, until) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (case_id, staff_id) DO UPDATE SET typing_until = excluded.typing_until, until = excluded.until",
        *(case_id, staff_id, at + _VIEWING_MS // 4 if typing else 0, at + _VIEWING_MS),
    )


def _view(view: str, staff_id: int) -> tuple[str, list[Any]]:
    now = clock.now()
    return {
        "mine": (f"c.staff_id = ? AND {_OPEN} AND {_AWAKE}", [staff_id, now]),
        "free": (f"c.staff_id IS NULL AND {_OPEN} AND {_AWAKE}", [now]),
        "all": (f"{_OPEN} AND {_AWAKE}", [now]),
        "approve": (f"{_OPEN} AND {_PROPOSED}", []),
        "snoozed": (f"{_OPEN} AND c.snoozed_until > ?", [now]),
        "ended": ("c.state IN ('decided', 'refused', 'closed')", []),
    }[view]


async def _waiting(where: str, values: Sequence[Any], order: str) -> Sequence[Waiting]:
    # The page first, by one index; what stands beside it only for the page.
    found = await db.browse(
        "SELECT c.*, p.name, p.language, o.number AS order_number, f.name AS staff_name,"  # noqa: S608  (constants)
        " (SELECT m.text FROM support_message m WHERE m.case_id = c.id AND m.author IN ('customer', 'staff')"
        "  ORDER BY m.id DESC LIMIT 1) AS said,"
        " (SELECT COUNT(*) FROM support_tag t WHERE t.case_id = c.id) AS tagged"
        " FROM support_case c JOIN person p ON p.id = c.person_id LEFT JOIN orders o ON o.id = c.order_id"
        f" LEFT JOIN staff f ON f.id = c.staff_id WHERE {where} ORDER BY {order} LIMIT {PER_PAGE}",
        *values,
    )
    tagged = [row["id"] for row in found if row["tagged"]]
    marks: dict[int, list[str]] = {}
    if tagged:
        places = ", ".join("?" * len(tagged))
        sql = f"SELECT case_id, tag FROM support_tag WHERE case_id IN ({places}) ORDER BY tag"  # noqa: S608  (places)
        for row in await db.browse(sql, *tagged):
            marks.setdefault(int(row["case_id"]), []).append(str(row["tag"]))
    return [_line(row, marks.get(row["id"], [])) for row in found]


def _line(row: Mapping[str, Any], marks: Sequence[str]) -> Waiting:
    return Waiting(
        **{name: row[name] for name in ("id", "state", "level", "reason", "wanted", "name", "language")},
        **{name: row[name] for name in ("order_number", "staff_id", "staff_name", "due_at", "asked_at")},
        opened_at=row["opened_at"] or row["at"],
        ended_at=row["ended_at"],
        said=(row["said"] or "")[:160],
        tags=marks,
    )


def _escaped(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
