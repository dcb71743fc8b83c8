"""Verbs and reads of people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from storefront.kernel import clock, db, events, ids
from storefront.kernel.errors import NotFound
from storefront.people import rules
from storefront.people.events import ContactKept, PersonsJoined, PersonWelcomed


@dataclass(frozen=True)
class Person:
    """Somebody we talk to."""

    id: int
    name: str
    language: str
    phone: str | None


@dataclass(frozen=True)
class Address:
    """Where something is sent; `region` chooses the fee."""

    id: int
    recipient: str
    phone: str
    region: str
    line: str


async def find(person_id: int) -> Person:
    """The person; after a joining, the one she became. Raises NotFound."""
    found = await db.rows("SELECT id, name, language, phone, joined_into FROM person WHERE id = ?", person_id)
    if not found:
        raise NotFound
    row = found[0]
    if row["joined_into"] is not None:
        return await find(row["joined_into"])
    return Person(row["id"], row["name"], row["language"], row["phone"])


@db.transaction
async def set_member(*, person_id: int, until: int | None) -> None:
    """Let her pay member prices until then (epoch ms), or no more. Raises NotFound."""
    await db.execute("UPDATE person SET member_until = ? WHERE id = ?", until, (await find(person_id)).id)


async def is_member(person_id: int) -> bool:
    """Whether she pays member prices now."""
    return bool(await db.rows("SELECT 1 FROM person WHERE id = ? AND member_until > ?", person_id, clock.now()))


async def since(person_id: int) -> int:
    """When the person came here first (epoch ms); after a joining, when the one she became did. Raises NotFound."""
    found = await db.rows("SELECT created_at FROM person WHERE id = ?", (await find(person_id)).id)
    return int(found[0]["created_at"])


async def birthday(person_id: int) -> str | None:
    """The person's birthday as MM-DD, when she told it."""
    found = await db.rows("SELECT birthday FROM person WHERE id = ?", person_id)
    return str(found[0]["birthday"]) if found and found[0]["birthday"] else None


async def born_on(days: Sequence[str]) -> list[int]:
    """Whose birthday is one of these days (MM-DD)."""
    places = ", ".join("?" * len(days))
    found = await db.rows(
        f"SELECT id FROM person WHERE birthday IN ({places}) AND joined_into IS NULL ORDER BY id",  # noqa: S608  (places only)
        *days,
    )
    return [int(row["id"]) for row in found]


@db.transaction
async def set_birthday(*, person_id: int, birthday: str) -> None:
    """Remember the person's birthday (MM-DD); the same one again changes nothing. Raises NotADay, BirthdayFixed."""
    day, now = rules.clean_birthday(birthday), clock.now()
    changed = await db.execute(
        "UPDATE person SET birthday = ?, birthday_at = ? WHERE id = ? AND (birthday_at IS NULL OR birthday_at <= ?)"
        " AND COALESCE(birthday, '') <> ?",
        *(day, now, person_id, now - rules.BIRTHDAY_EVERY_DAYS * clock.DAY, day),
    )
    if not changed:
        found = await db.rows("SELECT birthday FROM person WHERE id = ?", person_id)
        if not found or found[0]["birthday"] != day:
            raise rules.BirthdayFixed


@db.transaction
async def welcome(*, name: str, language: str) -> Person:
    """Take in somebody who was never here."""
    made = await db.rows(
        "INSERT INTO person (name, language, created_at) VALUES (?, ?, ?) RETURNING id",
        *(rules.clean_name(name), language, clock.now()),
    )
    person = Person(int(made[0]["id"]), rules.clean_name(name), language, None)
    await events.announce(PersonWelcomed(person.id))
    return person


@db.transaction
async def choose_language(*, person_id: int, language: str) -> Person:
    """Speak this language with the person from now on."""
    if language not in rules.LANGUAGES:
        raise NotFound
    await db.execute("UPDATE person SET language = ?, language_chosen = 1 WHERE id = ?", language, person_id)
    return await find(person_id)


@db.transaction
async def rename(*, person_id: int, name: str) -> None:
    """Call the person what she calls herself now."""
    await db.execute("UPDATE person SET name = ? WHERE id = ?", rules.clean_name(name), person_id)


@db.transaction
async def save_phone(*, person_id: int, phone: str) -> str:
    """Remember where the person is called; returns the number as +8613800138000. Raises NotAPhone."""
    number = rules.clean_phone(phone)
    await db.execute("UPDATE person SET phone = ? WHERE id = ?", number, person_id)
    await events.announce(ContactKept(person_id))
    return number


async def addresses(person_id: int) -> list[Address]:
    """The person's address book, newest first."""
    found = await db.rows(
        "SELECT * FROM address WHERE person_id = ? AND removed_at IS NULL ORDER BY id DESC", person_id
    )
    return [_address(row) for row in found]


async def address(*, person_id: int, address_id: int) -> Address:
    """One address of this person, also a removed one that an order still names. Raises NotFound."""
    found = await db.rows("SELECT * FROM address WHERE id = ? AND person_id = ?", address_id, person_id)
    if not found:
        raise NotFound
    return _address(found[0])


async def saved_address(*, person_id: int, address_id: int) -> Address | None:
    """An address that is in this person's book now; None for one of somebody else, or one that was removed."""
    found = await db.rows(
        "SELECT * FROM address WHERE id = ? AND person_id = ? AND removed_at IS NULL", address_id, person_id
    )
    return _address(found[0]) if found else None


async def must_have_room(person_id: int) -> None:
    """Refuse what the address book has no room for. Raises TooManyAddresses."""
    rules.must_have_room(len(await addresses(person_id)))


@db.transaction
async def save_address(*, person_id: int, recipient: str, phone: str, region: str, line: str) -> Address:
    """Add to the address book; the same address twice is one. Raises NotAnAddress, NotAPhone, TooManyAddresses."""
    new = (rules.clean_name(recipient), rules.clean_phone(phone), region, rules.clean_address(line))
    known = await addresses(person_id)
    for old in known:
        if (old.recipient, old.phone, old.region, old.line) == new:
            return old
    rules.must_have_room(len(known))
    made = await db.rows(
        "INSERT INTO address (person_id, recipient, phone, region, line, created_at) VALUES (?, ?, ?, ?, ?, ?)"
        " RETURNING *",
        *(person_id, *new, clock.now()),
    )
    await events.announce(ContactKept(person_id))
    return _address(made[0])


@db.transaction
async def remove_address(*, person_id: int, address_id: int) -> None:
    """Take an address out of the book, once; orders that name it keep it. Raises NotFound."""
    await address(person_id=person_id, address_id=address_id)
    await db.execute(
        "UPDATE address SET removed_at = ? WHERE id = ? AND person_id = ? AND removed_at IS NULL",
        *(clock.now(), address_id, person_id),
    )


async def alike(person_id: int) -> list[tuple[int, str]]:
    """Who else has told the same `phone`, or the same `address` to send to, as this person, also in removed addresses."""
    own = await db.rows(
        "SELECT phone FROM person WHERE id = ? AND phone IS NOT NULL UNION SELECT phone FROM address WHERE person_id = ?",
        *(person_id, person_id),
    )
    phones = [str(row["phone"]) for row in own]
    among = f"IN ({', '.join('?' * len(phones))})" if phones else "IS NULL AND 1 = 0"
    found = await db.rows(
        f"SELECT id, 'phone' AS what FROM person WHERE phone {among} AND joined_into IS NULL AND id <> ?"  # noqa: S608
        f" UNION SELECT person_id, 'phone' FROM address WHERE phone {among} AND person_id <> ?"
        " UNION SELECT o.person_id, 'address' FROM address m JOIN address o ON o.line = m.line AND o.region = m.region"
        " WHERE m.person_id = ? AND o.person_id <> ? ORDER BY 1, 2",
        *(*phones, person_id, *phones, person_id, person_id, person_id),
    )
    return [(int(row["id"]), str(row["what"])) for row in found]


@db.transaction
async def link_code(*, person_id: int) -> str:
    """A one-time code by which another account becomes this person's too; the codes made before stop working."""
    code = ids.code(rules.LINK_CODE_LENGTH)
    at = clock.now()
    await db.execute("UPDATE link_code SET used_at = ? WHERE person_id = ? AND used_at IS NULL", at, person_id)
    await db.execute(
        "INSERT INTO link_code (person_id, code_hash, made_at, expires_at) VALUES (?, ?, ?, ?)",
        *(person_id, ids.digest(code), at, at + rules.LINK_CODE_DAYS * clock.DAY),
    )
    return code


async def forget(*, limit: int = 5000) -> int:
    """Delete link codes a day after their end, used or not, and tries of a day ago, so many of each; returns how many rows."""
    yesterday = clock.now() - clock.DAY
    codes = await db.execute(
        "DELETE FROM link_code WHERE id IN (SELECT id FROM link_code WHERE expires_at < ? ORDER BY id LIMIT ?)",
        *(yesterday, limit),
    )
    tries = await db.execute(
        "DELETE FROM link_try WHERE id IN (SELECT id FROM link_try WHERE at < ? ORDER BY id LIMIT ?)", yesterday, limit
    )
    return codes + tries


@db.transaction
async def join(*, person_id: int, code: str) -> Person:
    """Make this account the one of the person who made the code: orders, points and addresses come together.

    Raises WrongLinkCode, OwnLinkCode, TooManyTries. Tries are counted by `tried` outside, so that a refusal keeps them.
    """
    at = clock.now()
    found = await db.rows(
        "SELECT id, person_id FROM link_code WHERE code_hash = ? AND used_at IS NULL AND expires_at > ?",
        *(ids.digest(rules.clean_code(code)), at),
    )
    if not found:
        raise rules.WrongLinkCode
    owner = await find(found[0]["person_id"])
    if owner.id == person_id:
        raise rules.OwnLinkCode
    used = await db.execute("UPDATE link_code SET used_at = ? WHERE id = ? AND used_at IS NULL", at, found[0]["id"])
    if not used:
        raise rules.WrongLinkCode
    await db.execute("UPDATE address SET person_id = ? WHERE person_id = ?", owner.id, person_id)
    await db.execute("UPDATE link_code SET used_at = ? WHERE person_id = ? AND used_at IS NULL", at, person_id)
    await db.execute("UPDATE person SET joined_into = ? WHERE id = ?", owner.id, person_id)
    await db.execute(
        "UPDATE person SET member_until = (SELECT f.member_until FROM person f WHERE f.id = ?) WHERE id = ?"
        " AND COALESCE(member_until, 0) < (SELECT COALESCE(f.member_until, 0) FROM person f WHERE f.id = ?)",
        *(person_id, owner.id, person_id),
    )
    await db.execute(
        "UPDATE person SET birthday = (SELECT f.birthday FROM person f WHERE f.id = ?),"
        " birthday_at = (SELECT f.birthday_at FROM person f WHERE f.id = ?) WHERE id = ? AND birthday IS NULL",
        *(person_id, person_id, owner.id),
    )
    await events.announce(PersonsJoined(from_person_id=person_id, to_person_id=owner.id))
    return owner


@db.transaction
async def tried(*, person_id: int) -> None:
    """Count one try of a link code. Raises TooManyTries."""
    at = clock.now()
    found = await db.rows(
        "SELECT COUNT(*) AS n FROM link_try WHERE person_id = ? AND at > ?", person_id, at - clock.HOUR
    )
    if found[0]["n"] >= rules.LINK_TRIES_PER_HOUR:
        raise rules.TooManyTries
    await db.execute("INSERT INTO link_try (person_id, at) VALUES (?, ?)", person_id, at)


def _address(row: dict[str, Any]) -> Address:
    return Address(row["id"], row["recipient"], row["phone"], row["region"], row["line"])
