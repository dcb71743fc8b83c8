"""THE list of routes of the storefront; the launcher adds those of the bots and of the browser chat."""

from collections.abc import Callable

from aiohttp import web

from storefront.api import customers, openapi, points, reference
from storefront.api.limits import Limiter
from storefront.api.operations import LIMITER, LINK_ADDRESS
from storefront.api.problems import problems
from storefront.kernel.settings import Settings
from storefront.web import files, groups, health, home, items
from storefront.web.languages import SETTINGS
from storefront.web.pages import CHAT, STATIC, TELEGRAM
from storefront.web.sorry import sorry

API = "/api/v1"


def build(
    settings: Settings,
    *,
    ready: Callable[[], bool],
    chat: str = "/chat/",
    telegram: Callable[[], str | None] = lambda: None,
) -> web.Application:
    """The pages. `ready` says whether everything is up, for /healthz.

    `chat` is where the chat is, `telegram` says where the bot is in Telegram, when it is there; `?start=` may follow both.
    """
    app = web.Application(middlewares=[sorry])
    app[SETTINGS], app[CHAT], app[TELEGRAM] = settings, chat, telegram
    app.add_routes(
        [
            web.get("/", home.show),
            web.get("/i/{item:[0-9]{1,18}}", items.show),
            web.get("/g/{code:[0-9A-Za-z]{4,20}}", groups.show),
            web.get("/g/{code:[0-9A-Za-z]{4,20}}.jpg", groups.picture),
            web.get("/files/{hash:[0-9a-f]{64}}", files.show),
            web.get("/healthz", health.check(ready)),
            web.static("/static", STATIC),
        ]
    )
    app.add_subapp(API, build_api(settings, chat=chat))
    return app


def build_api(settings: Settings, *, chat: str) -> web.Application:
    """JSON for partners."""
    app = web.Application(middlewares=[problems])
    app[LIMITER] = Limiter(settings.api_per_minute)
    app[LINK_ADDRESS] = f"{settings.address}{chat}" if chat.startswith("/") else chat
    app.add_routes(
        [
            web.get("/openapi.json", openapi.show),
            web.get("/docs", reference.show),
            web.get("/docs.css", reference.style),
            web.post("/points/grants", points.grant.answer),
            web.get("/points/redemptions", points.redemptions.answer),
            web.get("/customers/{customer}/points", points.balance.answer),
            web.post("/customers/{customer}/link-codes", customers.link_code.answer),
            web.delete("/customers/{customer}/link", customers.unlink.answer),
        ]
    )
    document = openapi.document(app, prefix=API)
    app[openapi.DOCUMENT], app[reference.PAGE] = document, reference.page(document, prefix=API)
    return app
