"""THE list of routes of the storefront; the launcher adds those of the bots and of the browser chat."""

from collections.abc import Callable

from aiohttp import web

from storefront.kernel.settings import Settings
from storefront.web import files, health, home, items
from storefront.web.languages import SETTINGS
from storefront.web.pages import CHAT, STATIC
from storefront.web.sorry import sorry


def build(settings: Settings, *, ready: Callable[[], bool], chat: str = "/chat/") -> web.Application:
    """The pages. `ready` says whether everything is up, for /healthz; `chat` is where the chat is, `?start=` may follow."""
    app = web.Application(middlewares=[sorry])
    app[SETTINGS], app[CHAT] = settings, chat
    app.add_routes(
        [
            web.get("/", home.show),
            web.get("/i/{item:[0-9]{1,18}}", items.show),
            web.get("/files/{hash:[0-9a-f]{64}}", files.show),
            web.get("/healthz", health.check(ready)),
            web.static("/static", STATIC),
        ]
    )
    return app
