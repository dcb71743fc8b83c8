"""Verbs and reads of merchants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storefront import ledger
from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound
from storefront.kernel.money import Money
from storefront.ledger import Posting
from storefront.merchants import rules

CODE_MAX = 40


@dataclass(frozen=True)
class Merchant:
    """Somebody whose things are sold here: the code names it in files and rules, the name is for people.

    The commission is in hundredths of a percent; None: as the shop's settings say.
    """

    id: int
    code: str
    name: str
    commission_basis_points: int | None = None


@dataclass(frozen=True)
class Owed:
    """A merchant's account in one currency, in minor units: owed now (below zero: he owes it), kept by the shop, paid out."""

    merchant: Merchant
    currency: str
    owed_minor: int
    commission_minor: int
    paid_minor: int


@db.transaction
async def know(*, code: str, name: str | None = None) -> None:
    """Have a merchant of this code; a name replaces the one it had, and without any it goes by its code."""
    assert 0 < len(code) <= CODE_MAX, "a code fits its column"
    await db.execute(
        "INSERT INTO merchant (code, name, since) VALUES (?, ?, ?) ON CONFLICT (code) DO NOTHING",
        *(code, name or code, clock.now()),
    )
    if name:
        await db.execute("UPDATE merchant SET name = ? WHERE code = ? AND name <> ?", name, code, name)


async def known() -> Mapping[str, Merchant]:
    """The merchants by their codes."""
    found = await db.rows("SELECT id, code, name, commission_basis_points FROM merchant ORDER BY code")
    return {row["code"]: Merchant(**row) for row in found}


async def owed() -> Sequence[Owed]:
    """What each merchant is owed, what the shop kept, and what was paid out, by currency; none before something was sold."""
    payable, kept = await ledger.sums("merchant_payable"), await ledger.sums("commission")
    paid = await ledger.apart_from_orders("merchant_payable")
    told = []
    for merchant in (await known()).values():
        units = sorted({account.unit for account in (*payable, *kept) if account.owner == merchant.id})
        for unit in units:
            account = ledger.merchant_payable(merchant.id, unit)
            commission = kept.get(ledger.commission(merchant.id, unit), 0)
            told.append(Owed(merchant, unit, payable.get(account, 0), commission, -paid.get(account, 0)))
    return told


@db.transaction
async def pay_out(*, code: str, amount: Money, key: str, actor: str) -> bool:
    """Book that a merchant was paid out of the shop's bank account, once per key; False when it was booked before.

    Raises NotFound, MoreThanOwed, ReferenceUsed.
    """
    assert amount.minor > 0, "nothing to pay"
    merchant = await _locked(code)
    owes = ledger.merchant_payable(merchant.id, amount.currency)
    postings = [Posting(owes, -amount.minor), Posting(ledger.bank(amount.currency), amount.minor)]
    key = f"payout:{key}"
    if (booked := (await ledger.postings([key])).get(key)) is not None:
        if booked != postings:
            raise rules.ReferenceUsed(key=key.removeprefix("payout:"))
        return False
    left = await ledger.balance(owes)
    if amount.minor > left:
        raise rules.MoreThanOwed(name=merchant.name, owed=Money(max(0, left), amount.currency))
    entry = await ledger.book(kind="payout", key=key, cause="paid to the merchant", actor=actor, postings=postings)
    if not entry.fresh:
        # Another merchant's payment took it at this moment.
        raise rules.ReferenceUsed(key=key.removeprefix("payout:"))
    return True


async def _locked(code: str) -> Merchant:
    """The merchant; two payments to one come one after the other, so that the second sees what the first left."""
    lock = " FOR NO KEY UPDATE" if db.dialect() == "postgres" else ""
    found = await db.rows(
        f"SELECT id, code, name, commission_basis_points FROM merchant WHERE code = ?{lock}",  # noqa: S608  (a constant)
        code,
    )
    if not found:
        raise NotFound
    return Merchant(**found[0])
