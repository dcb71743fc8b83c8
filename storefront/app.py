"""THE list of routes of the storefront; the launcher adds those of the bots and of the browser chat."""

from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from storefront.kernel.settings import Settings
from storefront.web import files, health, home, items
from storefront.web.pages import SETTINGS, in_a_page

_STATIC = Path(__file__).parent / "web" / "static"


def build(settings: Settings, *, ready: Callable[[], bool]) -> web.Application:
    """The pages. `ready` says whether everything is up, for /healthz."""
    app = web.Application(middlewares=[in_a_page], client_max_size=1024 * 1024)
    app[SETTINGS] = settings
    app.add_routes(
        [
            web.get("/", home.show),
            web.get("/i/{item}", items.show),
            web.get("/files/{hash}", files.show),
            web.get("/healthz", health.check(ready)),
            web.static("/static", _STATIC),
        ]
    )
    return app
