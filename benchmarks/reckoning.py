"""What came of every wish: looked for in the chat, in the shop's tables and at the payment provider."""

import sqlite3
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.patient import Visitor, text_of
from storefront.kernel import db

_CHARGES = "SELECT chat, amount, refunded FROM {schema}charge"
_ORDERS = (
    "SELECT c.user_id AS chat, COUNT(*) AS n FROM orders o JOIN channel c ON c.person_id = o.person_id"
    " JOIN charge p ON p.order_id = o.id AND p.state = 'applied' GROUP BY c.user_id"
)
_SEATS = (
    "SELECT c.user_id AS chat, COUNT(*) AS n FROM group_seat s JOIN channel c ON c.person_id = s.person_id"
    " WHERE s.state IN ('taken', 'paid') GROUP BY c.user_id"
)
_CASES = (
    "SELECT c.user_id AS chat, COUNT(*) AS n FROM support_case s JOIN channel c ON c.person_id = s.person_id"
    " WHERE s.state <> 'draft' GROUP BY c.user_id"
)
_REFUNDED = (
    "SELECT c.user_id AS chat, SUM(r.amount_minor) AS n FROM refund r JOIN charge p ON p.id = r.charge_id"
    " JOIN channel c ON c.person_id = p.person_id WHERE r.state = 'done' GROUP BY c.user_id"
)


@dataclass
class Reckoned:
    """What is not as it must be, counted and told."""

    counted: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)

    def compare(self, what: str, who: Visitor, wished: int, found: int) -> None:
        """Less than was wished is lost, more is done twice."""
        if found < wished:
            self.add("lost", f"{what} of visitor {who.id}: {found} of {wished}", wished - found)
        elif found > wished:
            self.add("twice", f"{what} of visitor {who.id}: {found} instead of {wished}", found - wished)

    def add(self, kind: str, what: str, count: int = 1) -> None:
        """Something is wrong."""
        self.counted[kind] += count
        self.told.append(f"{kind}: {what}")


async def reckoned(folder: Path, url: str, visitors: Sequence[Visitor], killed_at: Sequence[float]) -> Reckoned:
    """Look for what these visitors wished. The shop must be open, and quiet; the database connected."""
    found = Reckoned()
    charges, given_back = await _provider(folder, url)
    paid, seats, cases, refunded = [await _by_chat(sql) for sql in (_ORDERS, _SEATS, _CASES, _REFUNDED)]
    for one in visitors:
        wished = one.wished
        found.compare("charges at the provider", one, wished.paid, len(charges[one.id]))
        found.compare("paid orders", one, wished.paid, paid.get(one.id, 0))
        found.compare("seats", one, wished.seats, seats.get(one.id, 0))
        found.compare("cases", one, wished.cases, cases.get(one.id, 0))
        due = sum(charges[one.id]) if wished.given_back else 0
        found.compare("cents given back by the provider", one, due, given_back[one.id])
        found.compare("cents in refunds", one, due, refunded.get(one.id, 0))
    await _answers(found, visitors)
    await _dead(found)
    await _duplicates(found, visitors, killed_at)
    return found


async def _answers(found: Reckoned, visitors: Sequence[Visitor]) -> None:
    """Each word is answered by one letter, each of the agent's answers is one message."""
    for one in visitors:
        for word in one.wished.said:
            rows = await db.rows(
                "SELECT COUNT(*) AS n FROM outbox WHERE chat_id = ? AND payload LIKE ?", one.id, f"%“{word}”%"
            )
            found.compare(f"answers to {word}", one, 1, rows[0]["n"])
        for text in one.wished.answers:
            rows = await db.rows("SELECT COUNT(*) AS n FROM support_message WHERE text = ?", text)
            found.compare("answers of the agent", one, 1, rows[0]["n"])


async def _dead(found: Reckoned) -> None:
    for table in ("inbox", "outbox"):
        for row in await db.rows(f"SELECT * FROM {table} WHERE state = 'dead'"):
            found.add(
                "lost", f"put aside in {table}: {row.get('error') or row.get('reference')} {row['payload'][:200]}"
            )


async def _duplicates(found: Reckoned, visitors: Sequence[Visitor], killed_at: Sequence[float]) -> None:
    """A message that is no card's was sent again after a kill: one a kill and chat is borne, the others are counted."""
    for one in visitors:
        cards = {
            int(row["message_id"])
            for row in await db.rows("SELECT message_id FROM card WHERE chat_id = ? AND message_id IS NOT NULL", one.id)
        }
        again = [m for m in await one.history() if m["from"]["is_bot"] and m["message_id"] not in cards]
        found.counted["messages said again"] += len(again)
        # It was sent before the first kill that followed; its date is in whole seconds.
        by_kill = Counter(bisect_left(killed_at, float(message["date"])) for message in again)
        for kill, count in by_kill.items():
            borne = 1 if kill < len(killed_at) else 0
            if count > borne:
                texts = [text_of(message)[:60] for message in again]
                found.add("duplicates", f"visitor {one.id}, kill {kill + 1}: {texts}", count - borne)


async def _by_chat(sql: str) -> dict[int, int]:
    return {int(row["chat"]): int(row["n"]) for row in await db.rows(sql)}


async def _provider(folder: Path, url: str) -> tuple[dict[int, list[int]], Counter[int]]:
    """What the demo provider took of each chat, and gave back."""
    charges: defaultdict[int, list[int]] = defaultdict(list)
    given_back = Counter[int]()
    for chat, amount, refunded in await _charges(folder, url):
        charges[chat].append(amount)
        given_back[chat] += refunded
    return charges, given_back


async def _charges(folder: Path, url: str) -> Iterable[Sequence[Any]]:
    if url.startswith("sqlite"):
        chat = sqlite3.connect(folder / "webchat.sqlite3")
        try:
            return chat.execute(_CHARGES.format(schema="")).fetchall()
        finally:
            chat.close()
    return [tuple(row.values()) for row in await db.rows(_CHARGES.format(schema="webchat."))]
