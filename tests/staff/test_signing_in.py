"""Who works here comes in by a password and a code, nobody else does, and sessions end."""

import asyncio

import pyotp
import pytest

from storefront import staff
from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound

PASSWORD = "paper boats at dawn"


async def mei() -> tuple[staff.Staff, str]:
    """An agent who has set her password, and the secret in her app."""
    who = await staff.add(login="Mei", name="Mei", role="agent")
    secret = staff.new_totp()
    await staff.accept(
        code=await staff.invite(staff_id=who.id, actor="operator"),
        password=PASSWORD,
        totp_secret=secret,
        totp_code=pyotp.TOTP(secret).at(clock.now() // 1000 - 30),
    )
    return who, secret


async def comes_in(secret: str, **changes: str) -> tuple[str, staff.Session]:
    told = {"login": "mei", "password": PASSWORD, "code": pyotp.TOTP(secret).at(clock.now() // 1000), "address": "::1"}
    return await staff.sign_in(**{**told, **changes})


async def test_an_invited_agent_sets_her_password_and_signs_in_and_out(database: str) -> None:
    who, secret = await mei()

    token, opened = await comes_in(secret)
    known = await staff.session(token)
    await staff.sign_out(session_id=opened.id)

    assert known is not None
    assert (known.staff.id, known.csrf) == (who.id, opened.csrf)
    assert await staff.session(token) is None
    assert await staff.session("guessed") is None
    stored = (await db.rows("SELECT * FROM staff"))[0]
    assert stored["password_hash"].startswith("$argon2id$")
    assert token not in str(await db.rows("SELECT * FROM staff_session"))


async def test_wrong_login_password_and_code_look_alike_and_a_code_counts_once(database: str) -> None:
    _, secret = await mei()

    for wrong in ({"login": "lin"}, {"password": "wrong horse battery"}, {"code": "000000"}, {"code": ""}):
        with pytest.raises(staff.WrongSignIn):
            await comes_in(secret, **wrong)
    code = pyotp.TOTP(secret).at(clock.now() // 1000)
    results = await asyncio.gather(*(comes_in(secret, code=code) for _ in range(3)), return_exceptions=True)

    assert sorted(type(one).__name__ for one in results) == ["WrongSignIn", "WrongSignIn", "tuple"]


async def test_passwords_are_not_guessed(database: str) -> None:
    _, secret = await mei()
    for _ in range(10):
        with pytest.raises(staff.WrongSignIn):
            await comes_in(secret, password="guess number one")

    with pytest.raises(staff.TooManySignIns):
        await comes_in(secret)
    await db.execute("UPDATE staff_try SET at = at - ?", clock.HOUR)

    assert (await comes_in(secret))[0]


async def test_an_invitation_works_once_and_a_weak_password_or_wrong_code_does_not_use_it_up(database: str) -> None:
    who = await staff.add(login="lin", name="Lin", role="lead")
    code, secret = await staff.invite(staff_id=who.id, actor="operator"), staff.new_totp()
    right = pyotp.TOTP(secret).at(clock.now() // 1000)

    with pytest.raises(staff.WeakPassword):
        await staff.accept(code=code, password="short", totp_secret=secret, totp_code=right)
    with pytest.raises(staff.WrongCode):
        await staff.accept(code=code, password=PASSWORD, totp_secret=secret, totp_code="12")
    await staff.accept(code=code.lower(), password=PASSWORD, totp_secret=secret, totp_code=right)

    with pytest.raises(staff.WrongInvitation):
        await staff.accept(code=code, password=PASSWORD, totp_secret=secret, totp_code=right)


async def test_sessions_end_with_time_with_a_reset_and_when_she_leaves(database: str) -> None:
    who, secret = await mei()
    idle, _ = await comes_in(secret)
    await db.execute("UPDATE staff_session SET seen_at = seen_at - ?", 3 * clock.HOUR)
    gone_idle = await staff.session(idle)
    await db.execute("UPDATE staff SET totp_step = 0")
    reset, _ = await comes_in(secret)
    await staff.invite(staff_id=who.id, actor="operator")
    gone_reset = await staff.session(reset)
    await staff.leave(staff_id=who.id, actor="operator")

    assert (gone_idle, gone_reset) == (None, None)
    with pytest.raises(NotFound):
        await staff.find(who.id)
    with pytest.raises(staff.WrongSignIn):
        await comes_in(secret)
