"""THE list of routes of the storefront; the launcher adds those of the bots and of the browser chat."""

from collections.abc import Callable, Mapping

from aiohttp import web

from storefront.api import customers, openapi, points, reference
from storefront.api.limits import Limiter
from storefront.api.operations import LIMITER, LINK_ADDRESS
from storefront.api.problems import problems
from storefront.kernel.settings import Settings
from storefront.web import files, groups, health, home, items, proxies, readiness, watching
from storefront.web.desk import cases, queue, reports, shell, signing_in
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
    bots: Callable[[], Mapping[int, str]] = dict,
) -> web.Application:
    """The pages. `ready` says whether everything is up, for /healthz and /readyz.

    `chat` is where the chat is, `telegram` says where the bot is in Telegram, when it is there; `?start=` may follow both.
    `bots` says which bots this process serves, and the name of each one's channel.
    """
    app = build_watched(settings, ready=ready, bots=bots)
    app.middlewares.extend([proxies.seen_through, sorry])
    app[CHAT], app[TELEGRAM] = chat, telegram
    app.add_routes(
        [
            web.get("/", home.show),
            web.get("/i/{item:[0-9]{1,18}}", items.show),
            web.get("/g/{code:[0-9A-Za-z]{4,20}}", groups.show),
            web.get("/g/{code:[0-9A-Za-z]{4,20}}.jpg", groups.picture),
            web.get("/files/{hash:[0-9a-f]{64}}", files.show),
            web.static("/static", STATIC),
            web.get("/desk/sign-in", signing_in.show),
            web.post("/desk/sign-in", signing_in.sign_in),
            web.post("/desk/sign-out", shell.posted(signing_in.sign_out)),
            web.get("/desk/welcome", signing_in.welcome),
            web.post("/desk/welcome", signing_in.accept),
            web.get("/desk", queue.show),
            web.get("/desk/live", queue.live),
            web.post("/desk/away", queue.away),
            web.get("/desk/reports", reports.show),
            web.get("/desk/replies", queue.replies),
            web.post("/desk/replies", queue.save_reply),
            web.post("/desk/arrived", cases.arrived),
            web.get("/desk/photos/{hash:[0-9a-f]{64}}", cases.photo),
            web.get("/desk/cases/{case:[0-9]{1,18}}", cases.show),
            web.get("/desk/cases/{case:[0-9]{1,18}}/preview", cases.preview),
            web.post("/desk/cases/{case:[0-9]{1,18}}/typing", cases.typing),
            web.post("/desk/cases/{case:[0-9]{1,18}}/{act:[a-z-]{1,20}}", cases.act),
        ]
    )
    app.add_subapp(API, build_api(settings, chat=chat))
    return app


def build_watched(
    settings: Settings, *, ready: Callable[[], bool], bots: Callable[[], Mapping[int, str]] = dict
) -> web.Application:
    """What can be watched of every process, and all that is served by one that shows no pages."""
    app = web.Application(middlewares=[watching.watched])
    app.on_response_prepare.append(watching.numbered)
    app[SETTINGS], app[watching.BOTS] = settings, bots
    app.add_routes(
        [
            web.get("/healthz", health.check(ready)),
            web.get("/readyz", readiness.check(ready)),
            web.get("/metrics", watching.show),
        ]
    )
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
