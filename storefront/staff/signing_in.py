"""How somebody who works here comes in: an invitation, a password, a one-time code, and a session that ends."""

import asyncio
import functools
import secrets
from dataclasses import dataclass

import argon2
import pyotp

from storefront import audit
from storefront.kernel import clock, db, ids
from storefront.staff import rules
from storefront.staff.service import Staff, find

_HASHER = argon2.PasswordHasher()
_STEP_S = 30


@dataclass(frozen=True)
class Session:
    """Who is signed in, and the secret that her forms carry."""

    id: int
    staff: Staff
    csrf: str


@db.transaction
async def invite(*, staff_id: int, actor: str) -> str:
    """A one-time code with which she sets her password anew; what she had before, and her sessions, end."""
    who = await find(staff_id)
    code = ids.code(16)
    await db.execute(
        "UPDATE staff SET invitation_hash = ?, invited_until = ?, password_hash = NULL, totp_secret = NULL WHERE id = ?",
        *(ids.digest(code), clock.now() + rules.INVITED_MS, who.id),
    )
    await _end_all(who.id)
    await audit.note(actor=actor, action="staff.invite", subject=who.actor)
    return code


async def invited(code: str) -> Staff:
    """Whose invitation that is. Raises WrongInvitation."""
    found = await db.rows(
        "SELECT id FROM staff WHERE invitation_hash = ? AND invited_until > ? AND left_at IS NULL",
        *(ids.digest(code.strip().upper()), clock.now()),
    )
    if not found:
        raise rules.WrongInvitation
    return await find(found[0]["id"])


async def accept(*, code: str, password: str, totp_secret: str | None, totp_code: str) -> Staff:
    """Use an invitation: a password, and an app that makes codes where the shop wants them.

    Raises WrongInvitation, WeakPassword, WrongCode.
    """
    who = await invited(code)
    rules.must_be_strong(password)
    step = _step_of(totp_secret, totp_code) if totp_secret is not None else 0
    if step is None:
        raise rules.WrongCode
    hashed = await asyncio.to_thread(_HASHER.hash, password)
    await _set(who, code, hashed, totp_secret, step)
    return who


async def sign_in(*, login: str, password: str, code: str, address: str, with_code: bool = True) -> tuple[str, Session]:
    """Let somebody in; returns the token for her browser, which is kept nowhere here, and the session.

    Raises WrongSignIn, whatever is wrong, and TooManySignIns.
    """
    login = login.strip().lower()[:64]
    await _count(f"login:{login}", rules.TRIES_EACH)
    await _count(f"from:{address}"[:80], rules.TRIES_FROM)
    found = await db.rows("SELECT * FROM staff WHERE login = ? AND left_at IS NULL", login)
    row = found[0] if found else None
    right = await asyncio.to_thread(_fits, row["password_hash"] if row is not None else None, password)
    if row is None or not right:
        raise rules.WrongSignIn
    return await _open(row["id"], code if with_code else None)


async def session(token: str) -> Session | None:
    """The session of a browser's token, None when it has ended; looked at, it goes on."""
    at = clock.now()
    found = await db.rows(
        "SELECT s.* FROM staff_session s JOIN staff f ON f.id = s.staff_id WHERE s.token_hash = ? AND s.ended_at IS NULL"
        " AND s.seen_at > ? AND s.made_at > ? AND f.left_at IS NULL",
        *(ids.digest(token), at - rules.IDLE_MS, at - rules.SESSION_MS),
    )
    if not found:
        return None
    row = found[0]
    if row["seen_at"] < at - clock.MINUTE:
        await db.execute("UPDATE staff_session SET seen_at = ? WHERE id = ?", at, row["id"])
    return Session(row["id"], await find(row["staff_id"]), row["csrf"])


@db.transaction
async def sign_out(*, session_id: int) -> None:
    """End a session."""
    await db.execute("UPDATE staff_session SET ended_at = ? WHERE id = ? AND ended_at IS NULL", clock.now(), session_id)


@db.transaction
async def leave(*, staff_id: int, actor: str) -> None:
    """She works here no more: nothing of hers opens anything. Raises NotFound."""
    who = await find(staff_id)
    at = clock.now()
    await db.execute(
        "UPDATE staff SET left_at = ?, password_hash = NULL, totp_secret = NULL, invitation_hash = NULL,"
        " telegram_user_id = NULL, present_until = 0 WHERE id = ?",
        *(at, who.id),
    )
    await _end_all(who.id)
    await audit.note(actor=actor, action="staff.leave", subject=who.actor)


async def forget(*, limit: int = 5000) -> int:
    """Delete tries and sessions of days ago; returns how many rows."""
    yesterday = clock.now() - clock.DAY
    tries = await db.execute(
        "DELETE FROM staff_try WHERE id IN (SELECT id FROM staff_try WHERE at < ? ORDER BY id LIMIT ?)",
        yesterday,
        limit,
    )
    sessions = await db.execute(
        "DELETE FROM staff_session WHERE id IN (SELECT id FROM staff_session WHERE made_at < ? ORDER BY id LIMIT ?)",
        *(yesterday, limit),
    )
    return tries + sessions


def new_totp() -> str:
    """A secret for an app that makes one-time codes (RFC 6238)."""
    return pyotp.random_base32()


def totp_address(secret: str, *, login: str, shop: str) -> str:
    """What the app reads from a picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=shop)


@db.transaction
async def _set(who: Staff, code: str, hashed: str, totp_secret: str | None, step: int) -> None:
    used = await db.execute(
        "UPDATE staff SET password_hash = ?, totp_secret = ?, totp_step = ?, invitation_hash = NULL"
        " WHERE id = ? AND invitation_hash = ? AND invited_until > ?",
        *(hashed, totp_secret, step, who.id, ids.digest(code.strip().upper()), clock.now()),
    )
    if not used:
        raise rules.WrongInvitation
    await audit.note(actor=who.actor, action="staff.accept", subject=who.actor)


@db.transaction
async def _open(staff_id: int, code: str | None) -> tuple[str, Session]:
    lock = " FOR UPDATE" if db.dialect() == "postgres" else ""
    row = (await db.rows(f"SELECT * FROM staff WHERE id = ?{lock}", staff_id))[0]  # noqa: S608
    if code is not None:
        step = _step_of(row["totp_secret"], code) if row["totp_secret"] else None
        # A code that was used, or one before it, counts no more.
        if step is None or step <= row["totp_step"]:
            raise rules.WrongSignIn
        await db.execute("UPDATE staff SET totp_step = ? WHERE id = ?", step, staff_id)
    token, csrf, at = secrets.token_urlsafe(32), secrets.token_urlsafe(24), clock.now()
    made = await db.rows(
        "INSERT INTO staff_session (staff_id, token_hash, csrf, made_at, seen_at) VALUES (?, ?, ?, ?, ?) RETURNING id",
        *(staff_id, ids.digest(token), csrf, at, at),
    )
    who = await find(staff_id)
    await audit.note(actor=who.actor, action="staff.sign_in", subject=who.actor)
    return token, Session(int(made[0]["id"]), who, csrf)


@db.transaction
async def _count(what: str, most: int) -> None:
    at = clock.now()
    # Written first: of many at once, each sees those before it.
    await db.execute("INSERT INTO staff_try (what, at) VALUES (?, ?)", what, at)
    found = await db.rows(
        "SELECT COUNT(*) AS n FROM staff_try WHERE what = ? AND at > ?", what, at - rules.TRIES_WITHIN_MS
    )
    if found[0]["n"] > most:
        raise rules.TooManySignIns


async def _end_all(staff_id: int) -> None:
    await db.execute(
        "UPDATE staff_session SET ended_at = ? WHERE staff_id = ? AND ended_at IS NULL", clock.now(), staff_id
    )


def _fits(hashed: str | None, password: str) -> bool:
    try:
        return _HASHER.verify(hashed or _nobodys(), password) and hashed is not None
    except argon2.exceptions.Argon2Error:
        return False


@functools.cache
def _nobodys() -> str:
    """Verified for a login that nobody has, so that it takes as long."""
    return _HASHER.hash(secrets.token_hex(16))


def _step_of(secret: str, code: str) -> int | None:
    """The half minute whose code that is: this one, or the one before or after."""
    told = "".join(character for character in code if character.isdigit())
    totp, now = pyotp.TOTP(secret, interval=_STEP_S), clock.now() // clock.SECOND
    steps = (now // _STEP_S + drift for drift in (0, -1, 1))
    return next((step for step in steps if secrets.compare_digest(totp.generate_otp(step), told)), None)
