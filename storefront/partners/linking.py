"""Which person a partner's customer is: shown by a one-time code that the partner gives her and she sends in the chat."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from storefront import messaging
from storefront.kernel import clock, db, ids
from storefront.partners import rules, telling


@dataclass(frozen=True)
class LinkCode:
    """A code as its reader types it, and when it ends (epoch ms)."""

    code: str
    expires_at: int


@dataclass(frozen=True)
class Linking:
    """What became of a code. Not `done`: she is asked first, because a link would end, hers or somebody else's."""

    code_id: int
    partner: str
    customer: str
    done: bool


@dataclass(frozen=True)
class Link:
    """A partner that a person is linked with."""

    partner_id: int
    partner: str
    customer: str


@db.transaction
async def link_code(*, partner_id: int, customer: str) -> LinkCode:
    """A one-time code by which a partner's customer shows who she is in the chat; those made before stop working."""
    assert re.match(rules.CUSTOMER, customer), "the edge checks it"
    code, at = ids.code(rules.LINK_CODE_LENGTH), clock.now()
    await _cross_out(partner_id, customer)
    expires_at = at + rules.LINK_CODE_MINUTES * clock.MINUTE
    await db.execute(
        "INSERT INTO customer_link_code (partner_id, customer, code_hash, made_at, expires_at) VALUES (?, ?, ?, ?, ?)",
        *(partner_id, customer, ids.digest(code), at, expires_at),
    )
    return LinkCode(code, expires_at)


@db.transaction
async def redeem(*, person_id: int, code: str) -> Linking | None:
    """Link a person by a partner's code, at once when no link ends by it; None when no partner made such a code.

    Raises WrongCode for one that is used or too old. Tries are counted by `people.tried` outside.
    """
    found = await db.rows(
        "SELECT c.id, c.partner_id, c.customer, c.expires_at, c.used_at, p.name FROM customer_link_code c"
        " JOIN partner p ON p.id = c.partner_id WHERE c.code_hash = ?",
        ids.digest(rules.clean_code(code)),
    )
    if not found:
        return None
    row = found[0]
    if row["used_at"] is not None or row["expires_at"] <= clock.now():
        raise rules.WrongCode
    await telling.lock(row["partner_id"])
    ending = await _ending(row["partner_id"], row["customer"], person_id)
    if ending:
        await db.execute("UPDATE customer_link_code SET shown_to = ? WHERE id = ?", person_id, row["id"])
    else:
        await _link(row["id"], row["partner_id"], row["customer"], person_id)
    return Linking(row["id"], row["name"], row["customer"], done=not ending)


@db.transaction
async def confirm(*, person_id: int, code_id: int) -> Linking:
    """Link her although older links end by it; whoever loses one is told. Raises WrongCode."""
    found = await db.rows(
        "SELECT c.id, c.partner_id, c.customer, p.name FROM customer_link_code c JOIN partner p ON p.id = c.partner_id"
        " WHERE c.id = ? AND c.shown_to = ? AND c.expires_at > ?",
        *(code_id, person_id, clock.now()),
    )
    if not found:
        raise rules.WrongCode
    row = found[0]
    await telling.lock(row["partner_id"])
    for link_id in await _ending(row["partner_id"], row["customer"], person_id):
        await _end(link_id, told=person_id)
    await _link(row["id"], row["partner_id"], row["customer"], person_id)
    return Linking(row["id"], row["name"], row["customer"], done=True)


@db.transaction
async def unlink(*, person_id: int, partner_id: int) -> None:
    """She wants no link with this partner any more. Done twice, it is done once."""
    for row in await db.rows(
        "SELECT id FROM customer_link WHERE person_id = ? AND partner_id = ? AND ended_at IS NULL",
        *(person_id, partner_id),
    ):
        await _end(row["id"], told=person_id)


@db.transaction
async def unlink_customer(*, partner_id: int, customer: str) -> None:
    """The partner ends a customer's link; the person is told. Raises NotLinked."""
    found = await db.rows(
        "SELECT id FROM customer_link WHERE partner_id = ? AND customer = ? AND ended_at IS NULL", partner_id, customer
    )
    if not found:
        raise rules.NotLinked
    await _end(found[0]["id"], told=None)


@db.transaction
async def follow(*, from_person_id: int, to_person_id: int) -> None:
    """Two accounts are one person: the links of the first are the second's; where both have one, the second's stays."""
    for link in await links_of(from_person_id):
        await telling.lock(link.partner_id)
        taken = await db.rows(
            "SELECT 1 FROM customer_link WHERE person_id = ? AND partner_id = ? AND ended_at IS NULL",
            *(to_person_id, link.partner_id),
        )
        if taken:
            await unlink_customer(partner_id=link.partner_id, customer=link.customer)
    await db.execute(
        "UPDATE customer_link SET person_id = ? WHERE person_id = ? AND ended_at IS NULL", to_person_id, from_person_id
    )


async def links_of(person_id: int) -> Sequence[Link]:
    """The partners that a person is linked with."""
    found = await db.rows(
        "SELECT l.partner_id, p.name AS partner, l.customer FROM customer_link l JOIN partner p ON p.id = l.partner_id"
        " WHERE l.person_id = ? AND l.ended_at IS NULL ORDER BY l.partner_id",
        person_id,
    )
    return [Link(**row) for row in found]


async def person_of(*, partner_id: int, customer: str) -> int:
    """Who a partner's customer is. Raises NotLinked."""
    found = await persons(partner_id, [customer])
    if customer not in found:
        raise rules.NotLinked
    return found[customer]


async def persons(partner_id: int, customers: Collection[str], *, locked: bool = False) -> Mapping[str, int]:
    """Who a partner's customers are, as far as they are linked; `locked` keeps their links as they are until the commit."""
    known = sorted({customer for customer in customers if re.match(rules.CUSTOMER, customer)})
    if not known:
        return {}
    lock = " FOR SHARE" if locked and db.dialect() == "postgres" else ""
    found = await db.rows(
        f"SELECT customer, person_id FROM customer_link WHERE partner_id = ? AND ended_at IS NULL"  # noqa: S608  (places only)
        f" AND customer IN ({', '.join('?' * len(known))}) ORDER BY customer{lock}",
        *(partner_id, *known),
    )
    return {row["customer"]: row["person_id"] for row in found}


async def _ending(partner_id: int, customer: str, person_id: int) -> list[int]:
    """The links that would end if this customer became this person."""
    found = await db.rows(
        "SELECT id FROM customer_link WHERE partner_id = ? AND ended_at IS NULL AND (customer = ? OR person_id = ?)"
        " AND NOT (customer = ? AND person_id = ?) ORDER BY id",
        *(partner_id, customer, person_id, customer, person_id),
    )
    return [row["id"] for row in found]


async def _link(code_id: int, partner_id: int, customer: str, person_id: int) -> None:
    used = await db.execute(
        "UPDATE customer_link_code SET used_at = ? WHERE id = ? AND used_at IS NULL", clock.now(), code_id
    )
    if not used:
        raise rules.WrongCode
    made = await db.execute(
        "INSERT INTO customer_link (partner_id, customer, person_id, linked_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        *(partner_id, customer, person_id, clock.now()),
    )
    if made:
        await telling.tell(
            person_id=person_id, kind="customer.linked", facts={}, key=f"linked:{code_id}", only=partner_id
        )


async def _end(link_id: int, *, told: int | None) -> None:
    found = await db.rows(
        "SELECT l.partner_id, l.person_id, p.name FROM customer_link l JOIN partner p ON p.id = l.partner_id WHERE l.id = ?",
        link_id,
    )
    row = found[0]
    key = f"unlinked:{link_id}"
    await telling.tell(person_id=row["person_id"], kind="customer.unlinked", facts={}, key=key, only=row["partner_id"])
    await db.execute("UPDATE customer_link SET ended_at = ? WHERE id = ? AND ended_at IS NULL", clock.now(), link_id)
    if row["person_id"] != told:
        await messaging.tell(
            person_id=row["person_id"], letter="customer_unlinked", facts={"partner": row["name"]}, key=key
        )


async def _cross_out(partner_id: int, customer: str) -> None:
    await db.execute(
        "UPDATE customer_link_code SET used_at = ? WHERE partner_id = ? AND customer = ? AND used_at IS NULL",
        *(clock.now(), partner_id, customer),
    )
