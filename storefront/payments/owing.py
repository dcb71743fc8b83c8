"""What merchants are owed of completed orders, and the shop's commission: booked as it changes, and recomputed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from storefront import ledger, merchants
from storefront.kernel import db
from storefront.kernel.checks import Finding, Findings
from storefront.kernel.money import Money
from storefront.ledger import Account, Posting
from storefront.payments import rules
from storefront.payments.rules import Sold

_BATCH = 1000
_FAR = 2**62
_KINDS = ("merchant_payable", "commission")
_ENTRIES = ("commission", "reversal")


@dataclass(frozen=True)
class _Told:
    """An order's number and currency, and what should be on its merchants' accounts."""

    number: str
    currency: str
    dues: Mapping[Account, int]


@db.transaction
async def share_out(*, order_id: int, key: str) -> None:
    """Book what merchants are owed of an order now more than before (or less), and the commission; the rest is the shop's.

    Before an order is completed nobody is owed anything of it. Whoever completes or credits an order holds its lock.
    """
    told = (await _told(order_id - 1, order_id)).get(order_id)
    if told is None:
        return
    booked = (await _booked(order_id - 1, order_id)).get(order_id, {})
    changes = {
        account: change
        for account in sorted(told.dues.keys() | booked.keys())
        if (change := told.dues.get(account, 0) - booked.get(account, 0))
    }
    if not changes:
        return
    postings = [Posting(account, change) for account, change in changes.items()]
    if rest := sum(changes.values()):
        postings.append(Posting(ledger.revenue(told.currency), -rest))
    await ledger.book(
        kind="commission", key=key, cause="sold for merchants", actor="shop", postings=postings, order_id=order_id
    )


async def borne_by(*, order_id: int, pieces: Mapping[int, int], money_minor: int) -> Mapping[str, Money]:
    """What merchants (by name) would be owed less of an order, if so many pieces (line id -> pieces) and so much money went back.

    As it is once the order is completed; the rest is the shop's.
    """
    lines = await _lines("o.id = ?", order_id)
    if not lines:
        return {}
    after = [{**line, "credited": line["credited"] + pieces.get(line["id"], 0)} for line in lines]
    for line in after:
        line["given"] = int(line["given"]) + money_minor
        line["for_pieces"] = int(line["for_pieces"]) + (money_minor if pieces else 0)
    before, then = _dues(lines), _dues(after)
    names = {merchant.id: merchant.name for merchant in (await merchants.known()).values()}
    return {
        names[account.owner]: Money(due - then.dues.get(account, 0), before.currency)
        for account, due in before.dues.items()
        if account.kind == "merchant_payable" and due != then.dues.get(account, 0)
    }


async def findings() -> Findings:
    """Each order of which merchants are owed something else than the ledger says, in a sentence."""
    after = 0
    while True:
        batch = await db.browse(
            "SELECT DISTINCT order_id FROM order_line WHERE merchant_id IS NOT NULL AND order_id > ? ORDER BY order_id LIMIT ?",
            *(after, _BATCH),
        )
        last = int(batch[-1]["order_id"]) if len(batch) == _BATCH else _FAR
        for order_id in await _off(after, last):
            # Read one after the other: it may just have been completed, or credited.
            async with db.snapshot():
                wrong = (await _off(order_id - 1, order_id)).get(order_id, [])
            for sentence in wrong:
                yield sentence
        if last == _FAR:
            return
        after = last


async def _off(after: int, last: int) -> dict[int, list[Finding]]:
    told, booked = await _told(after, last), await _booked(after, last)
    codes = {merchant.id: merchant.code for merchant in (await merchants.known()).values()}
    wrong: dict[int, list[Finding]] = {}
    for order_id in sorted(told.keys() | booked.keys()):
        own = told.get(order_id, _Told(f"number {order_id}", "", {}))
        there = booked.get(order_id, {})
        for account in sorted(own.dues.keys() | there.keys()):
            due, says = own.dues.get(account, 0), there.get(account, 0)
            if due != says:
                what = "owed to" if account.kind == "merchant_payable" else "commission on"
                wrong.setdefault(order_id, []).append(
                    Finding(
                        "order {number}: {due} {unit} are {what} merchant {merchant}, the ledger says {says}",
                        order_id=order_id,
                        number=own.number,
                        merchant=codes.get(account.owner, account.owner),
                        due=due,
                        unit=account.unit,
                        what=what,
                        says=says,
                    )
                )
    return wrong


async def _booked(after: int, last: int) -> dict[int, dict[Account, int]]:
    return await ledger.of_orders(_KINDS, _ENTRIES, after_order=after, last_order=last)


async def _told(after: int, last: int) -> dict[int, _Told]:
    """What should be booked of the completed orders after one and up to another that have things of merchants."""
    found = await _lines("o.id > ? AND o.id <= ? AND o.state = 'completed'", after, last)
    lines: dict[int, list[Mapping[str, Any]]] = {}
    for row in found:
        lines.setdefault(int(row["order_id"]), []).append(row)
    return {order_id: _dues(own) for order_id, own in lines.items()}


async def _lines(which: str, *values: int) -> Sequence[Mapping[str, Any]]:
    """The lines of these orders, as far as they have things of merchants, and what was given back of each order."""
    return await db.rows(
        "SELECT o.number, o.currency, o.total_minor, o.tax_added, l.*,"  # noqa: S608  (a constant)
        " (SELECT COALESCE(SUM(n.money_minor), 0) FROM credit_note n WHERE n.order_id = o.id) AS given,"
        " (SELECT COALESCE(SUM(c.money_minor), 0) FROM credit_note n JOIN credit_line c ON c.note_id = n.id"
        "  WHERE n.order_id = o.id) AS for_pieces"
        f" FROM order_line l JOIN orders o ON o.id = l.order_id WHERE {which}"
        " AND EXISTS (SELECT 1 FROM order_line m WHERE m.order_id = o.id AND m.merchant_id IS NOT NULL)"
        " ORDER BY l.order_id, l.position",
        *values,
    )


def _dues(lines: Sequence[Mapping[str, Any]]) -> _Told:
    first = lines[0]
    unit, total = first["currency"], first["total_minor"]
    found = rules.dues(
        [_sold(line) for line in lines],
        by_pieces_minor=total - int(first["for_pieces"]),
        left_minor=total - int(first["given"]),
    )
    dues = {}
    for merchant_id, due in found.items():
        dues[ledger.merchant_payable(merchant_id, unit)] = due.owed_minor
        dues[ledger.commission(merchant_id, unit)] = due.commission_minor
    return _Told(first["number"], unit, dues)


def _sold(line: Mapping[str, Any]) -> Sold:
    return Sold(
        quantity=line["quantity"],
        credited=line["credited"],
        money_minor=line["money_minor"],
        worth_minor=line["points_minor"] + line["gift_minor"],
        tax_on_top_minor=line["tax_minor"] if line["tax_added"] else 0,
        merchant_id=line["merchant_id"],
        commission_basis_points=line["commission_basis_points"],
    )
