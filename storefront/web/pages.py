"""What every page shares: the reader's language, templates, safe headers, and an error that says what to do next."""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

import structlog
from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from storefront.kernel import ids
from storefront.kernel.errors import Refusal
from storefront.kernel.settings import Settings
from storefront.kernel.texts import LANGUAGES, Texts, closest, pick

log = structlog.get_logger()

SETTINGS = web.AppKey("settings", Settings)
_CSP = (
    "default-src 'none'; img-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
_COOKIE, _COOKIE_S = "language", 365 * 24 * 3600


def language(request: web.Request) -> str:
    """The reader's: asked for, chosen before, or the browser's."""
    for told in (request.query.get("lang"), request.cookies.get(_COOKIE)):
        if told in LANGUAGES:
            return told
    accepted = request.headers.get("Accept-Language")
    return closest(accepted) if accepted else request.app[SETTINGS].default_language


def page(request: web.Request, template: str, *, status: int = 200, **facts: Any) -> web.Response:
    """A page in the reader's language."""
    reader = language(request)
    texts = Texts(reader)
    told = (
        _environment(reader)
        .get_template(f"{template}.html")
        .render(
            shop=request.app[SETTINGS],
            language=reader,
            languages=LANGUAGES,
            right_to_left=texts.right_to_left,
            path=request.path,
            **facts,
        )
    )
    response = web.Response(text=told, content_type="text/html", status=status)
    response.headers["Content-Security-Policy"] = _CSP
    response.headers["Content-Language"] = reader.replace("_", "-")
    response.headers["Vary"] = "Accept-Language, Cookie"
    if request.query.get("lang") == reader:
        response.set_cookie(_COOKIE, reader, max_age=_COOKIE_S, samesite="Lax", httponly=True)
    return response


@web.middleware
async def in_a_page(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answers every refusal, missing page and crash of ours with a page; the browser chat answers for itself."""
    if request.path.startswith("/chat/"):
        return await handler(request)
    try:
        response = await handler(request)
    except Refusal as refusal:
        return page(request, "sorry", status=404, told=Texts(language(request)).refusal(refusal), reference=None)
    except web.HTTPNotFound:
        return page(request, "sorry", status=404, told=None, reference=None)
    except web.HTTPException:
        raise
    except Exception:
        reference = ids.code(6)
        log.exception("page.crashed", path=request.path, reference=reference)
        return page(request, "sorry", status=500, told=None, reference=reference)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    return response


@cache
def _environment(reader: str) -> Environment:
    texts = Texts(reader)
    environment = Environment(
        loader=PackageLoader("storefront.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(texts.gettext, texts.ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(
        money=texts.money, points=texts.points, number=texts.number, pick=lambda names: pick(names, reader)
    )
    return environment
