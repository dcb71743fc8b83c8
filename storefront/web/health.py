"""Whether the shop is open."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from storefront.kernel import db


def check(ready: Callable[[], bool]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """200 once everything is up and the database answers, 503 before."""

    async def healthz(_request: web.Request) -> web.Response:
        if not ready():
            return web.json_response({"open": False}, status=503)
        await db.rows("SELECT 1 AS one")
        return web.json_response({"open": True})

    return healthz
