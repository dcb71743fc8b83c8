"""Every refusal, missing page and crash is answered with a page that says what to do next."""

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from storefront.kernel import ids
from storefront.kernel.errors import N_, NotFound, Refusal
from storefront.kernel.texts import Texts
from storefront.web import languages
from storefront.web.pages import page
from storefront.web.watching import gone, route

log = structlog.get_logger()

_NO_PAGE = N_("This page does not exist.")
_NOT_POSSIBLE = N_("That is not possible here.")
_CRASHED = N_("Something went wrong on our side, and we are sorry.")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def sorry(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers for the pages of the storefront; what is mounted beside them (the browser chat) answers for itself."""
    if len(request.match_info.apps) > 1:
        return await handler(request)
    try:
        response = await handler(request)
    except Refusal as refusal:
        status = 404 if isinstance(refusal, NotFound) else 409
        response = page(request, "sorry", status=status, told=_texts(request).refusal(refusal), reference=None)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        told = _texts(request).gettext(_NO_PAGE if error.status == 404 else _NOT_POSSIBLE)
        response = page(request, "sorry", status=error.status, told=told, reference=None)
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
    except Exception as error:
        if isinstance(error, ConnectionError) and gone(request):
            # She has left in the middle of what she was saying.
            raise
        reference = ids.code(6)
        log.exception("page.crashed", route=route(request), reference=reference)
        told = _texts(request).gettext(_CRASHED)
        response = page(request, "sorry", status=500, told=told, reference=reference)
    if not response.prepared:
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
    return response


def _texts(request: web.Request) -> Texts:
    return Texts(languages.reader(request))
