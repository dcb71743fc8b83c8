"""Whose link a page was opened by: it is counted, and carried on into the chat."""

import re

from aiohttp import web

from storefront import sharing
from storefront.kernel import clock, ids
from storefront.web.languages import SETTINGS

PARAMETER = "s"
# Not the browser chat's cookie: both would come to /chat, and one would hide the other.
_COOKIE = "pindan_sharer"
_COOKIE_S = sharing.TOUCH_DAYS * clock.DAY // clock.SECOND
_VISITOR = re.compile(r"[0-9A-Za-z]{10,40}")
# They draw previews of links, and buy nothing.
_ROBOT = re.compile(r"bot|crawl|spider|preview|externalhit|whatsapp", re.IGNORECASE)


def code(request: web.Request) -> str | None:
    """The code in the page's address, when there is one that could be ours."""
    told = request.query.get(PARAMETER, "")
    return told if sharing.is_code(told) else None


def into_chat(request: web.Request, to: str) -> str:
    """What follows `?start=` on this page's ways into the chat."""
    return sharing.payload(to, code(request))


def further(request: web.Request) -> str:
    """What follows the address of another page that this one leads to, so that it knows too."""
    told = code(request)
    return f"?{PARAMETER}={told}" if told else ""


async def count(request: web.Request, response: web.StreamResponse) -> None:
    """Note that this browser opened somebody's link; from now on it has a name, which says nothing but that."""
    told = code(request)
    if told is None or _ROBOT.search(request.headers.get("User-Agent", "")):
        return
    visitor = request.cookies.get(_COOKIE, "")
    if not _VISITOR.fullmatch(visitor):
        visitor = ids.key() + ids.key()
        secure = request.app[SETTINGS].address.startswith("https://")
        response.set_cookie(_COOKIE, visitor, max_age=_COOKIE_S, samesite="Lax", httponly=True, secure=secure)
    await sharing.opened(code=told, visitor=visitor)
