"""Verbs and reads of staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound
from storefront.staff import rules

ROLES = ("agent", "lead", "admin")


@dataclass(frozen=True)
class Staff:
    """Somebody who works here. `name` is what customers are told; no `languages` means all, `capacity` cases at a time."""

    id: int
    login: str
    name: str
    role: str
    languages: Sequence[str]
    may_refund: bool
    capacity: int
    telegram_user_id: int | None

    @property
    def leads(self) -> bool:
        """Whether she settles what agents may not."""
        return self.role != "agent"

    @property
    def actor(self) -> str:
        """Her name in records: a number, so that nothing of her is left in them when she goes."""
        return f"staff:{self.id}"

    def speaks(self, language: str) -> bool:
        """Whether she is given cases in this language."""
        return not self.languages or language in self.languages


async def find(staff_id: int) -> Staff:
    """Somebody who works here now. Raises NotFound."""
    found = await db.rows("SELECT * FROM staff WHERE id = ? AND left_at IS NULL", staff_id)
    if not found:
        raise NotFound
    return _staff(found[0])


async def by_login(login: str) -> Staff:
    """Somebody who works here now. Raises NotFound."""
    found = await db.rows("SELECT * FROM staff WHERE login = ? AND left_at IS NULL", login.strip().lower())
    if not found:
        raise NotFound
    return _staff(found[0])


async def by_telegram(user_id: int) -> Staff:
    """Who works here now and has this number in Telegram. Raises NotFound."""
    found = await db.rows("SELECT * FROM staff WHERE telegram_user_id = ? AND left_at IS NULL", user_id)
    if not found:
        raise NotFound
    return _staff(found[0])


async def all_here() -> Sequence[Staff]:
    """Everybody who works here now."""
    return [_staff(row) for row in await db.rows("SELECT * FROM staff WHERE left_at IS NULL ORDER BY id")]


async def name_of(staff_id: int) -> str:
    """What somebody is called, also when she has left."""
    found = await db.rows("SELECT name FROM staff WHERE id = ?", staff_id)
    return str(found[0]["name"]) if found else ""


async def present() -> Sequence[Staff]:
    """Who is here now, whose turn it is first."""
    found = await db.rows(
        "SELECT * FROM staff WHERE present_until > ? AND left_at IS NULL ORDER BY assigned_at, id", clock.now()
    )
    return [_staff(row) for row in found]


async def take_turn(staff_id: int) -> bool:
    """She is given something: it is others' turn next. False when she went away. Locks her row until the transaction ends."""
    at = clock.now()
    return bool(
        await db.execute(
            "UPDATE staff SET assigned_at = ? WHERE id = ? AND present_until > ? AND left_at IS NULL", at, staff_id, at
        )
    )


@db.transaction
async def be_present(*, staff_id: int, until: int) -> None:
    """She is here until then (epoch ms); a time that has passed: she went away. Raises NotFound."""
    await find(staff_id)
    await db.execute("UPDATE staff SET present_until = ? WHERE id = ?", until, staff_id)


@db.transaction
async def add(
    *,
    login: str,
    name: str,
    role: str,
    languages: Sequence[str] = (),
    may_refund: bool = True,
    capacity: int = 8,
    telegram_user_id: int | None = None,
) -> Staff:
    """Take somebody in who has begun to work here. Raises LoginTaken."""
    made = await db.rows(
        "INSERT INTO staff (login, name, role, languages, may_refund, capacity, telegram_user_id, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (login) DO NOTHING RETURNING *",
        *(
            login.strip().lower(),
            name,
            role,
            " ".join(languages),
            int(may_refund),
            capacity,
            telegram_user_id,
            clock.now(),
        ),
    )
    if not made:
        raise rules.LoginTaken(login=login)
    return _staff(made[0])


def _staff(row: dict[str, Any]) -> Staff:
    return Staff(
        id=row["id"],
        login=row["login"],
        name=row["name"],
        role=row["role"],
        languages=tuple(row["languages"].split()),
        may_refund=bool(row["may_refund"]),
        capacity=row["capacity"],
        telegram_user_id=row["telegram_user_id"],
    )
