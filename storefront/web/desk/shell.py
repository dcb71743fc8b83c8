"""What every page of the desk shares: who is signed in, forms that nobody else sends, headers that let nothing else in.

A page is a function of a request and its `Desk`, made a handler by `signed_in`; what a form does by `posted`.
"""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from storefront import staff
from storefront.kernel.errors import N_, Refusal
from storefront.kernel.texts import Texts
from storefront.web import languages
from storefront.web.pages import rendered

COOKIE = "pindan_desk"
SIGN_IN = "/desk/sign-in"
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
# Some photos go with an answer.
_FORM_BYTES_MAX = 48 * 1024 * 1024
_OLD_FORM = N_("This page is too old for that. It is new now: please do it once more.")


class OldForm(Refusal):
    """The form was not made for this session, or by somebody else."""

    text = _OLD_FORM


@dataclass(frozen=True)
class Desk:
    """Who sits at the desk, and the language she reads."""

    session: staff.Session
    texts: Texts

    @property
    def staff(self) -> staff.Staff:
        """Who she is."""
        return self.session.staff


Page = Callable[[web.Request, Desk], Awaitable[web.StreamResponse]]


def signed_in(page: Page, *, leads: bool = False) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A handler that shows a page to those who work here, to `leads` only when it says so; others are asked to sign in."""

    async def handler(request: web.Request) -> web.StreamResponse:
        session = await staff.session(request.cookies.get(COOKIE, ""))
        if session is None:
            raise web.HTTPSeeOther(SIGN_IN)
        if leads and not session.staff.leads:
            raise web.HTTPForbidden
        return await page(request, Desk(session, Texts(languages.reader(request))))

    return handler


def posted(act: Page, *, leads: bool = False) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A handler for what a form of ours does; one without this session's secret does nothing. `csrf` is in form or header."""

    async def checked(request: web.Request, desk: Desk) -> web.StreamResponse:
        # Nobody else's wish may be that long.
        request = request.clone(client_max_size=_FORM_BYTES_MAX)
        form = await request.post()
        try:
            given = request.headers.get("X-CSRF-Token") or form.get("csrf", "")
            if not isinstance(given, str) or not hmac.compare_digest(given.encode(), desk.session.csrf.encode()):
                raise OldForm
            return await act(request, desk)
        finally:
            # Of the request itself this would be done for us, of its copy it is not.
            for field in form.values():
                if isinstance(field, web.FileField):
                    field.file.close()

    return signed_in(checked, leads=leads)


def page(
    request: web.Request, template: str, desk: Desk | None = None, *, status: int = 200, **facts: Any
) -> web.Response:
    """A page of the desk in the reader's language."""
    told = rendered(request, f"desk/{template}", desk=desk, **facts)
    response = web.Response(text=told, content_type="text/html", status=status, headers=_HEADERS)
    languages.remember(request, response)
    return response


def text_of(form: Any, name: str) -> str:
    """A field of a form, empty when it is not there or a file."""
    told = form.get(name, "")
    return told if isinstance(told, str) else ""


def number_of(form: Any, name: str) -> int | None:
    """A whole number in a field of a form, None when there is none."""
    told = text_of(form, name).strip()
    return int(told) if told.isascii() and told.isdigit() and len(told) < 16 else None
