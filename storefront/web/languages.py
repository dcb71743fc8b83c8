"""In which language a page is read: asked for, chosen before, or the browser's."""

from aiohttp import web

from storefront.kernel.settings import Settings
from storefront.kernel.texts import LANGUAGES, closest

SETTINGS = web.AppKey("settings", Settings)
NAMES = {"en": "English", "zh_Hans": "简体中文", "ru": "Русский", "ar": "العربية"}
_COOKIE, _COOKIE_S = "pindan_language", 365 * 24 * 3600


def reader(request: web.Request) -> str:
    """The reader's language, one of the shop's."""
    for told in (request.query.get("lang"), request.cookies.get(_COOKIE)):
        if told in LANGUAGES:
            return told
    return accepted(request.headers.get("Accept-Language", "")) or request.app[SETTINGS].default_language


def accepted(header: str) -> str | None:
    """The first of the shop's languages in the order a browser wishes them, None when it wishes none of them."""
    wishes = [wish.partition(";q=") for wish in header.replace(" ", "")[:500].split(",")]
    for code, _, _ in sorted(wishes, key=lambda wish: -_quality(wish[2])):
        if language := closest(code):
            return language
    return None


def remember(request: web.Request, response: web.Response) -> None:
    """Keep a language that was asked for."""
    asked = request.query.get("lang")
    if asked in LANGUAGES:
        secure = request.app[SETTINGS].address.startswith("https://")
        response.set_cookie(_COOKIE, asked, max_age=_COOKIE_S, samesite="Lax", httponly=True, secure=secure)


def _quality(told: str) -> float:
    try:
        return float(told or 1)
    except ValueError:
        return 0
