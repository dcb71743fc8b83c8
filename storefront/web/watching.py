"""Each request has a number and is counted; `/metrics` tells what the shop has counted."""

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable, Mapping
from ipaddress import ip_address

import structlog
from aiohttp import web

from storefront import jobs, messaging, payments
from storefront.kernel import clock, metrics, requests
from storefront.web.languages import SETTINGS

log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Bots = Callable[[], Mapping[int, str]]
BOTS: web.AppKey[Bots] = web.AppKey("bots")

_REQUEST = web.RequestKey("request", str)
_HEADER = "X-Request-Id"
# What a proxy adds: then it is not this machine that asks.
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP", "Via")


@web.middleware
async def watched(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The outermost: everything that is done for this request, and logged, bears its number."""
    request[_REQUEST] = requests.named(request.headers.get(_HEADER))
    began, status = time.perf_counter(), 500
    with requests.bound(request[_REQUEST]):
        try:
            response = await handler(request)
            status = response.status
        except web.HTTPException as error:
            status = error.status
            raise
        except (ConnectionError, asyncio.CancelledError):
            status = 499 if gone(request) else 500
            raise
        else:
            return response
        finally:
            _count(route(request), status, time.perf_counter() - began, streamed=_is_stream(request, status))


async def numbered(request: web.Request, response: web.StreamResponse) -> None:
    """Tell the client under which number we know its request."""
    if _REQUEST in request:
        response.headers[_HEADER] = request[_REQUEST]


def route(request: web.Request) -> str:
    """The route that answers, as the list of routes has it; all that no route answers is `none`."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "none"


def gone(request: web.Request) -> bool:
    """Whether nobody waits for the answer any more."""
    return request.transport is None


async def show(request: web.Request) -> web.Response:
    """The metrics, for this machine itself and for who has the token."""
    if not _may_read(request):
        raise web.HTTPForbidden
    await _measure(request.app[BOTS]())
    return web.Response(
        body=metrics.text(), headers={"Content-Type": metrics.CONTENT_TYPE, "Cache-Control": "no-store"}
    )


def _count(name: str, status: int, seconds: float, *, streamed: bool) -> None:
    metrics.HTTP.labels(name, status).inc()
    if not streamed:
        metrics.HTTP_SECONDS.labels(name).observe(seconds)
    log.debug("http.answered", route=name, status=status, ms=round(seconds * 1000))


def _is_stream(request: web.Request, status: int) -> bool:
    return status == 101 or "text/event-stream" in request.headers.get("Accept", "")


def _may_read(request: web.Request) -> bool:
    token = request.app[SETTINGS].metrics_token
    if token is not None:
        given = request.headers.get("Authorization", "")
        if hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            return True
    # The name by which we were asked: a page of another site that a browser here shows asks by that site's.
    return (
        _is_here(request.remote)
        and _is_here(request.host.rpartition(":")[0].strip("[]") or request.host)
        and not any(name in request.headers for name in _FORWARDED)
    )


def _is_here(address: str | None) -> bool:
    try:
        return address == "localhost" or (address is not None and ip_address(address).is_loopback)
    except ValueError:
        return False


async def _measure(bots: Mapping[int, str]) -> None:
    for bot_id, channel in bots.items():
        inbox, outbox = await messaging.inbox_waiting(bot_id), await messaging.outbox_waiting(bot_id)
        metrics.INBOX_WAITING.labels(channel).set(inbox.count)
        metrics.INBOX_LATE.labels(channel).set(inbox.late_ms / clock.SECOND)
        metrics.OUTBOX_WAITING.labels(channel).set(outbox.count)
        metrics.OUTBOX_LATE.labels(channel).set(outbox.late_ms / clock.SECOND)
    aside, dead = await messaging.dead_counts()
    metrics.INBOX_ASIDE.set(aside)
    metrics.OUTBOX_DEAD.set(dead)
    for beat in await jobs.heartbeat():
        if beat.last_at is not None:
            metrics.JOB_LAST.labels(beat.name).set(beat.last_at / clock.SECOND)
        metrics.JOB_LATE.labels(beat.name).set(beat.late_ms / clock.SECOND)
    for state, count in (await payments.open_refunds()).items():
        metrics.REFUNDS_OPEN.labels(state).set(count)
