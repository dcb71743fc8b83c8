"""What is to be sent as rows for a warehouse, and what it sent as rows from it. CSV in, as a stream; bad rows are told.

A cell that a spreadsheet would take for a formula goes out with an apostrophe before it, which is taken off when it comes back.
"""

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from storefront import catalog, orders, people
from storefront.fulfilment import rules
from storefront.fulfilment.shipping import ship
from storefront.kernel import db, spreadsheets
from storefront.kernel.errors import Refusal
from storefront.kernel.spreadsheets import as_it_was, defused
from storefront.kernel.texts import Texts

COLUMNS = ("order", "sku", "pieces", "name", "phone", "address", "branch", "carrier", "tracking")
_NEEDED = ("order", "sku", "pieces", "carrier", "tracking")
_PAGE = 200
_CELL_MAX = 200
_DIGITS_MAX = 6


@dataclass(frozen=True)
class SentRow:
    """A row of a warehouse: so many pieces of that thing of an order are in the parcel that its carrier calls `tracking`."""

    line: int
    order: str
    sku: str
    pieces: int
    carrier: str
    tracking: str

    @property
    def parcel(self) -> tuple[str, str, str]:
        """What rows of one parcel have in common."""
        return self.order, self.carrier, self.tracking

    @property
    def key(self) -> str:
        """The same for the same content, on whatever line it stands."""
        told = "\0".join((self.order, self.sku, str(self.pieces), self.carrier, self.tracking))
        return hashlib.sha256(told.encode()).hexdigest()


@dataclass(frozen=True)
class BadRow:
    """A row that was not taken: where it stands, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class Outcome:
    """What became of rows: how many were shipped, how many had been before, and which were not taken."""

    shipped: int
    same: int
    bad: Sequence[BadRow]


async def rows_to_ship() -> AsyncIterator[Mapping[str, str]]:
    """Each line of an order of which something is to be sent, or brought to a branch, as a row of `COLUMNS`."""
    after = 0
    while page := await orders.to_ship(after=after, limit=_PAGE):
        for after in page:
            order = await orders.find(after)
            for row in await _rows_of(order):
                yield {column: defused(cell) for column, cell in row.items()}


def read_sent(file: Path) -> Iterator[tuple[int, SentRow | BadRow]]:
    """Each row of a file: how many bytes of it were read so far, and what it says, or why it says nothing.

    A file whose columns are not there, or that breaks off, ends with a BadRow.
    """
    try:
        for row in spreadsheets.rows(file, _NEEDED):
            if any(cell.strip() for cell in row.cells):
                yield row.read, _sent(row.line, row.told)
    except spreadsheets.Broken as broken:
        yield broken.read, BadRow(broken.line, str(broken))


async def take_sent(*, rows: Sequence[SentRow], actor: str) -> Outcome:
    """Ship what a warehouse says it sent; rows beside one another with one carrier and number are one parcel.

    Each row counts once, by its content; one that cannot be taken holds up no other.
    """
    outcomes = [await _take_parcel(list(beside), actor) for _, beside in groupby(rows, key=lambda row: row.parcel)]
    bad = [row for outcome in outcomes for row in outcome.bad]
    return Outcome(sum(one.shipped for one in outcomes), sum(one.same for one in outcomes), bad)


async def _rows_of(order: orders.Order) -> list[Mapping[str, str]]:
    person = await people.find(order.person_id)
    address = order.address
    common = {
        "order": order.number,
        "name": address.recipient if address is not None else person.name,
        "phone": (address.phone if address is not None else person.phone) or "",
        "address": address.line if address is not None else "",
        "branch": order.place.code if order.place is not None else "",
        "carrier": "",
        "tracking": "",
    }
    waiting = [line for line in order.lines if line.here]
    skus = [(await catalog.any_variant(line.variant_id)).sku for line in waiting]
    return [{**common, "sku": sku, "pieces": str(line.here)} for line, sku in zip(waiting, skus, strict=True)]


def _sent(line: int, row: Mapping[str, str]) -> SentRow | BadRow:
    told = {name: as_it_was(row.get(name, "").strip()) for name in _NEEDED}
    if any(len(cell) > _CELL_MAX for cell in told.values()):
        return BadRow(line, "a cell is too long")
    if missing := [name for name, cell in told.items() if not cell]:
        return BadRow(line, f"{', '.join(missing)}: nothing stands there")
    pieces = told["pieces"]
    if not (pieces.isascii() and pieces.isdigit() and len(pieces) <= _DIGITS_MAX and int(pieces)):
        return BadRow(line, f"pieces: {pieces[:40]!r} is not a number of pieces")
    carrier, tracking = (
        rules.one_line(told[name], most)
        for name, most in (("carrier", rules.CARRIER_MAX), ("tracking", rules.TRACKING_MAX))
    )
    return SentRow(line, told["order"].upper(), told["sku"], int(pieces), carrier, tracking)


async def _take_parcel(rows: Sequence[SentRow], actor: str) -> Outcome:
    try:
        return await _ship_rows(rows=rows, actor=actor)
    except Refusal as refusal:
        reason = Texts("en").refusal(refusal)
        return Outcome(0, 0, [BadRow(row.line, reason) for row in rows])


@db.transaction
async def _ship_rows(*, rows: Sequence[SentRow], actor: str) -> Outcome:
    known = await orders.by_number(rows[0].order)
    if known is None:
        return Outcome(0, 0, [BadRow(row.line, f"there is no order {row.order}") for row in rows])
    # From here on nobody else ships it: what is counted is what leaves.
    order = await orders.find(known.id, locked=True)
    fresh = await _not_taken(rows)
    pieces, bad = await _fitting(order, fresh)
    refused = {one.line for one in bad}
    taken = [row for row in fresh if row.line not in refused]
    if taken:
        parcel = await ship(
            order_id=order.id,
            pieces=pieces,
            carrier=taken[0].carrier,
            tracking=taken[0].tracking,
            key=f"sent:{taken[0].key}",
            actor=actor,
        )
        await db.many(
            "INSERT INTO shipment_row (key, shipment_id) VALUES (?, ?)", [(row.key, parcel.id) for row in taken]
        )
    return Outcome(len(taken), len(rows) - len(fresh), bad)


async def _not_taken(rows: Sequence[SentRow]) -> list[SentRow]:
    """The rows whose content was not taken before, each content once."""
    by_key = {row.key: row for row in reversed(rows)}
    places = ", ".join("?" * len(by_key))
    found = await db.rows(f"SELECT key FROM shipment_row WHERE key IN ({places})", *by_key)  # noqa: S608  (places only)
    taken = {row["key"] for row in found}
    return sorted((row for key, row in by_key.items() if key not in taken), key=lambda row: row.line)


async def _fitting(order: orders.Order, rows: Sequence[SentRow]) -> tuple[Mapping[int, int], Sequence[BadRow]]:
    """What of these rows can leave (line id -> pieces), and which cannot."""
    lines = {(await catalog.any_variant(line.variant_id)).sku: line for line in order.lines}
    pieces: Counter[int] = Counter()
    bad = []
    for row in rows:
        line = lines.get(row.sku)
        if line is None:
            bad.append(BadRow(row.line, f"order {row.order} has no {row.sku}"))
        elif pieces[line.id] + row.pieces > line.here:
            left = line.here - pieces[line.id]
            bad.append(BadRow(row.line, f"of {row.sku} in order {row.order} {left} are left to be sent"))
        else:
            pieces[line.id] += row.pieces
    return {line_id: n for line_id, n in pieces.items() if n}, bad
