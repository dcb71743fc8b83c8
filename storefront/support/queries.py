"""Reads of cases: through the person whose they are, or for those who work here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from storefront import messaging, orders, payments
from storefront.kernel import db
from storefront.kernel.errors import NotFound
from storefront.kernel.money import Money
from storefront.orders import Order
from storefront.support import rules

# ISO 4217's code for no currency.
_NOTHING = Money(0, "XXX")


@dataclass(frozen=True)
class Case:
    """What is to be put right: how many pieces of which lines (line id -> pieces), why, and how it stands.

    `points` and `money` are what would come back for the pieces now; of a decided case, what did. Times are epoch ms:
    `asked_at` since when she waits for our answer, `due_at` the next deadline. `about` None: it is about no order.
    `of_left`: a wish about what has left of an order of which something is here still.
    """

    id: int
    person_id: int
    about: Order | None
    state: str
    reason: str | None
    wanted: str | None
    level: str
    staff_id: int | None
    due_at: int | None
    snoozed_until: int | None
    appealed_at: int | None
    merged_into: int | None
    stars: int | None
    of_left: bool
    opened_at: int | None
    asked_at: int | None
    answered_at: int | None
    ended_at: int | None
    pieces: Mapping[int, int]
    points: int
    money: Money

    @property
    def number(self) -> str:
        """What people call it."""
        return f"C-{self.id}"

    @property
    def promised_at(self) -> int | None:
        """By when she is to hear from us, epoch ms; None when nobody waits, or nothing is promised."""
        return rules.promised_at(self.due_at, self.asked_at)

    @property
    def choosable(self) -> Mapping[int, int]:
        """What she may choose from while it is a draft (line id -> pieces)."""
        return rules.choosable(self.order, of_left=self.of_left)

    @property
    def at_once(self) -> bool:
        """Whether what she chooses comes back at once."""
        return rules.at_once(self.order, of_left=self.of_left)

    @property
    def order(self) -> Order:
        """The order it is about, which it has while she chooses."""
        assert self.about is not None, "a case about no order"
        return self.about


@dataclass(frozen=True)
class Message:
    """Something said: `author` is customer, staff, note (among us) or shop; `photos` are kept files, by their hashes.

    `coming`: how many photos are not fetched yet. `reached`: whether ours is with her: sent, pending, or dead (undelivered).
    """

    id: int
    case_id: int
    author: str
    staff_id: int | None
    text: str
    at: int
    edited_at: int | None
    reached: str | None
    photos: Sequence[str] = field(default=())
    coming: int = 0


@dataclass(frozen=True)
class Decision:
    """What was made of a case: kind refund, sum, replace or refuse; state proposed, returning, done or declined.

    `here`: of pieces that have not left the house.
    """

    id: int
    case_id: int
    kind: str
    state: str
    points: int
    money_minor: int
    worth_minor: int
    restock: bool
    goods_first: bool
    here: bool
    actor: str
    approver: str | None
    cause: str
    note_id: int | None
    sent_order_id: int | None
    at: int
    done_at: int | None
    pieces: Mapping[int, int]


async def find(*, person_id: int, case_id: int, locked: bool = False) -> Case:
    """A case of this customer; of a merged one, that which it became part of. Raises NotFound, also for somebody else's.

    `locked` keeps everybody else from deciding it, and from moving and crediting its order, until the transaction ends.
    """
    found = await case(case_id, locked=locked)
    if found.person_id != person_id:
        raise NotFound
    if found.merged_into is not None:
        return await find(person_id=person_id, case_id=found.merged_into, locked=locked)
    return found


async def case(case_id: int, *, locked: bool = False) -> Case:
    """A case, whoever's it is: for those who work here. Raises NotFound."""
    lock = " FOR UPDATE" if locked and db.dialect() == "postgres" else ""
    found = await db.rows(f"SELECT * FROM support_case WHERE id = ?{lock}", case_id)  # noqa: S608
    if not found:
        raise NotFound
    row = found[0]
    about = await orders.find(row["order_id"], locked=locked) if row["order_id"] is not None else None
    pieces = await _pieces("support_case_line", "case_id", case_id)
    points, money = await _back(case_id, about, pieces)
    return Case(
        id=case_id,
        about=about,
        of_left=bool(row["of_left"]),
        pieces=pieces,
        points=points,
        money=money,
        **{name: row[name] for name in _AS_THEY_ARE},
    )


async def of_order(*, person_id: int, order_id: int) -> Sequence[tuple[int, str]]:
    """The cases of an order, the newest first, and how each stands; those that she is still choosing are left out."""
    found = await db.rows(
        "SELECT id, state FROM support_case WHERE order_id = ? AND person_id = ? AND state <> 'draft' AND merged_into IS NULL"
        " ORDER BY id DESC",
        *(order_id, person_id),
    )
    return [(int(row["id"]), str(row["state"])) for row in found]


async def mine(*, person_id: int, limit: int = 8) -> Sequence[Case]:
    """A customer's cases, those that are open first, then the newest."""
    found = await db.rows(
        "SELECT id FROM support_case WHERE person_id = ? AND state <> 'draft' AND merged_into IS NULL"
        " ORDER BY CASE WHEN state IN ('open', 'waiting', 'returning') THEN 0 ELSE 1 END, id DESC LIMIT ?",
        *(person_id, limit),
    )
    return [await case(int(row["id"])) for row in found]


async def any_of(person_id: int) -> bool:
    """Whether she ever asked us something."""
    found = await db.rows("SELECT 1 FROM support_case WHERE person_id = ? AND state <> 'draft' LIMIT 1", person_id)
    return bool(found)


async def messages(case_id: int) -> Sequence[Message]:
    """What was said in a case, in its order, notes among us too."""
    return await _messages("m.case_id = ?", case_id)


async def message(message_id: int) -> Message:
    """One message, whoever said it. Raises NotFound."""
    found = await _messages("m.id = ?", message_id)
    if not found:
        raise NotFound
    return found[0]


async def case_of_message(*, person_id: int, bot_id: int, chat_id: int, message_id: int) -> int | None:
    """The case of hers that a message of ours in her chat belongs to, if it does."""
    card = await messaging.card_of(bot_id=bot_id, chat_id=chat_id, message_id=message_id)
    found = await db.rows(
        "SELECT c.id FROM support_message m JOIN support_case c ON c.id = m.case_id WHERE m.card_id = ? AND c.person_id = ?",
        *(card, person_id),
    )
    return int(found[0]["id"]) if found else None


async def decisions(case_id: int) -> Sequence[Decision]:
    """What was made of a case, in its order."""
    found = await db.rows("SELECT * FROM support_decision WHERE case_id = ? ORDER BY id", case_id)
    return [await _decision(row) for row in found]


async def decision(decision_id: int) -> Decision:
    """One decision. Raises NotFound."""
    found = await db.rows("SELECT * FROM support_decision WHERE id = ?", decision_id)
    if not found:
        raise NotFound
    return await _decision(found[0])


_AS_THEY_ARE = (
    "person_id",
    "state",
    "reason",
    "wanted",
    "level",
    "staff_id",
    "due_at",
    "snoozed_until",
    "appealed_at",
    "merged_into",
    "stars",
    "opened_at",
    "asked_at",
    "answered_at",
    "ended_at",
)


async def _messages(which: str, number: int) -> list[Message]:
    found = await db.rows(
        "SELECT m.*, (SELECT o.state FROM outbox o WHERE o.card_id = m.card_id ORDER BY o.id DESC LIMIT 1) AS reached"  # noqa: S608
        f" FROM support_message m WHERE {which} ORDER BY m.id",
        number,
    )
    photos = await db.rows(
        "SELECT p.message_id, p.file_hash, p.error FROM support_photo p JOIN support_message m ON m.id = p.message_id"  # noqa: S608
        f" WHERE {which} ORDER BY p.id",
        number,
    )
    return [_message(row, [photo for photo in photos if photo["message_id"] == row["id"]]) for row in found]


async def _pieces(table: str, column: str, number: int) -> dict[int, int]:
    sql = f"SELECT order_line_id, quantity FROM {table} WHERE {column} = ? ORDER BY order_line_id"  # noqa: S608  (constants)
    return {row["order_line_id"]: int(row["quantity"]) for row in await db.rows(sql, number)}


async def _back(case_id: int, about: Order | None, pieces: Mapping[int, int]) -> tuple[int, Money]:
    if about is None:
        return 0, _NOTHING
    done = await db.rows(
        "SELECT COUNT(*) AS n, COALESCE(SUM(c.points), 0) AS points, COALESCE(SUM(c.money_minor), 0) AS money"
        " FROM support_decision d JOIN credit_note c ON c.id = d.note_id WHERE d.case_id = ?",
        case_id,
    )
    if done[0]["n"]:
        return int(done[0]["points"]), Money(int(done[0]["money"]), about.total.currency)
    left = rules.all_left(about)
    # Some of them may have come back by another way meanwhile.
    still = {line_id: min(quantity, left[line_id]) for line_id, quantity in pieces.items() if line_id in left}
    if not still:
        return 0, Money(0, about.total.currency)
    return await payments.quote(order_id=about.id, pieces=still)


def _message(row: Mapping[str, Any], photos: Sequence[Mapping[str, Any]]) -> Message:
    return Message(
        id=row["id"],
        case_id=row["case_id"],
        author=row["author"],
        staff_id=row["staff_id"],
        text=row["text"],
        at=row["at"],
        edited_at=row["edited_at"],
        reached=row["reached"],
        photos=[photo["file_hash"] for photo in photos if photo["file_hash"] is not None],
        coming=sum(photo["file_hash"] is None and photo["error"] is None for photo in photos),
    )


async def _decision(row: Mapping[str, Any]) -> Decision:
    return Decision(
        id=row["id"],
        case_id=row["case_id"],
        kind=row["kind"],
        state=row["state"],
        points=row["points"],
        money_minor=row["money_minor"],
        worth_minor=row["worth_minor"],
        restock=bool(row["restock"]),
        goods_first=bool(row["goods_first"]),
        here=bool(row["here"]),
        actor=row["actor"],
        approver=row["approver"],
        cause=row["cause"],
        note_id=row["note_id"],
        sent_order_id=row["sent_order_id"],
        at=row["at"],
        done_at=row["done_at"],
        pieces=await _pieces("support_decision_line", "decision_id", row["id"]),
    )
