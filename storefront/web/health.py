"""Whether the shop is open."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from storefront.kernel import db

log = structlog.get_logger()

_PATIENCE_S = 2.0


def check(ready: Callable[[], bool]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """200 while everything is up and the database answers in time, else 503."""

    async def healthz(_request: web.Request) -> web.Response:
        is_open = ready() and await _database_answers()
        return web.json_response(
            {"open": is_open}, status=200 if is_open else 503, headers={"Cache-Control": "no-store"}
        )

    return healthz


async def _database_answers() -> bool:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return bool(await db.rows("SELECT 1 AS one"))
    except Exception as error:
        log.warning("health.no_database", error=str(error))
        return False
