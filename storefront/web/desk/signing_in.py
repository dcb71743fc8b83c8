"""Coming in to the desk, for the first time and every day, and going."""

import io

import segno
from aiohttp import web
from markupsafe import Markup

from storefront import staff
from storefront.kernel.errors import Refusal
from storefront.kernel.texts import Texts
from storefront.web import languages
from storefront.web.desk.shell import COOKIE, SIGN_IN, Desk, page, text_of
from storefront.web.languages import SETTINGS


async def show(request: web.Request) -> web.Response:
    """Login, password, code."""
    return _form(request)


async def sign_in(request: web.Request) -> web.StreamResponse:
    """Let her in, or say that it does not fit."""
    form = await request.post()
    settings = request.app[SETTINGS]
    try:
        token, _ = await staff.sign_in(
            login=text_of(form, "login"),
            password=text_of(form, "password"),
            code=text_of(form, "code"),
            address=request.remote or "",
            with_code=settings.desk_codes,
        )
    except Refusal as refusal:
        return _form(request, login=text_of(form, "login"), problem=_texts(request).refusal(refusal), status=403)
    answer = web.HTTPSeeOther("/desk")
    answer.set_cookie(
        *(COOKIE, token), path="/desk", httponly=True, samesite="Strict", secure=settings.address.startswith("https://")
    )
    raise answer


async def sign_out(request: web.Request, desk: Desk) -> web.StreamResponse:
    """End the session."""
    await staff.be_present(staff_id=desk.staff.id, until=0)
    await staff.sign_out(session_id=desk.session.id)
    answer = web.HTTPSeeOther(SIGN_IN)
    answer.del_cookie(COOKIE, path="/desk")
    raise answer


async def welcome(request: web.Request) -> web.Response:
    """An invitation: she chooses a password, and has her app make codes."""
    code = request.query.get("code", "")
    try:
        who = await staff.invited(code)
    except Refusal as refusal:
        return _form(request, problem=_texts(request).refusal(refusal), status=403)
    return _invitation(request, who, code, staff.new_totp())


async def accept(request: web.Request) -> web.StreamResponse:
    """The invitation is used."""
    form = await request.post()
    code, secret = text_of(form, "invitation"), text_of(form, "secret")
    try:
        who = await staff.invited(code)
    except Refusal as refusal:
        return _form(request, problem=_texts(request).refusal(refusal), status=403)
    with_code = request.app[SETTINGS].desk_codes
    try:
        await staff.accept(
            code=code,
            password=text_of(form, "password"),
            totp_secret=secret if with_code else None,
            totp_code=text_of(form, "code"),
        )
    except (staff.WeakPassword, staff.WrongCode) as refusal:
        return _invitation(request, who, code, secret, _texts(request).refusal(refusal))
    raise web.HTTPSeeOther(SIGN_IN)


def _form(request: web.Request, *, login: str = "", problem: str = "", status: int = 200) -> web.Response:
    return page(
        *(request, "sign_in"), status=status, login=login, problem=problem, codes=request.app[SETTINGS].desk_codes
    )


def _invitation(request: web.Request, who: staff.Staff, code: str, secret: str, problem: str = "") -> web.Response:
    settings = request.app[SETTINGS]
    picture = io.BytesIO()
    segno.make(staff.totp_address(secret, login=who.login, shop=settings.shop_name)).save(
        picture, kind="svg", xmldecl=False, svgclass="code", lineclass=None, scale=5, omitsize=True, dark="black"
    )
    return page(
        *(request, "welcome"),
        status=409 if problem else 200,
        who=who,
        invitation=code,
        secret=secret,
        code_picture=Markup(picture.getvalue().decode()),  # noqa: S704  (drawn by us)
        problem=problem,
        codes=settings.desk_codes,
    )


def _texts(request: web.Request) -> Texts:
    return Texts(languages.reader(request))
