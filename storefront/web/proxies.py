"""Who asks, when proxies stand in between."""

from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp import web

from storefront.web.languages import SETTINGS

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def seen_through(request: web.Request, handler: Handler) -> web.StreamResponse:
    """From here on `request.remote` is the visitor's address, not that of a proxy of ours."""
    told = request.headers.getall("X-Forwarded-For", [])
    if not told or request.remote is None:
        return await handler(request)
    remote = visitor(request.remote, ",".join(told), request.app[SETTINGS].proxies)
    return await handler(request if remote == request.remote else request.clone(remote=remote))


def visitor(remote: str, told: str, proxies: tuple[IPv4Network | IPv6Network, ...]) -> str:
    """The nearest address that is not a proxy of ours; what stands beyond it anybody may have claimed."""
    seen = _address(remote)
    for claimed in reversed(told.split(",")):
        if seen is None or not any(seen in network for network in proxies):
            break
        nearer = _address(claimed)
        if nearer is None:
            break
        seen = nearer
    return str(seen) if seen is not None else remote


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.strip())
    except ValueError:
        return None
