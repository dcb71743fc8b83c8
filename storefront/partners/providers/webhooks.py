"""Posting to an endpoint: within 10 s, to where it says and nowhere else."""

import errno
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from storefront.partners import rules

TIMEOUT_S = 10.0

Post = Callable[[str, Mapping[str, str], bytes], Awaitable[None]]


class NotTaken(Exception):
    """The endpoint did not take an event, or did not say so; it is posted again."""


class _Reachable(AbstractResolver):
    """Finds only addresses that events may go to; they are the ones then connected to, so no name can change its mind."""

    def __init__(self, *, plain: bool) -> None:
        self._plain, self._names = plain, aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._names.resolve(host, port, family)
        allowed = [one for one in found if rules.may_be_reached(one["host"], plain=self._plain)]
        if not allowed:
            raise OSError(errno.EACCES, f"{host} is nowhere that events may go")
        return allowed

    async def close(self) -> None:
        await self._names.close()


@asynccontextmanager
async def posting(timeout_s: float = TIMEOUT_S) -> AsyncIterator[Post]:
    """A way to post that follows no redirect and waits that long at most; what it cannot hand over raises NotTaken."""
    timeout = aiohttp.ClientTimeout(total=timeout_s)
    async with (
        aiohttp.ClientSession(connector=_connector(plain=True), timeout=timeout) as here,
        aiohttp.ClientSession(connector=_connector(plain=False), timeout=timeout) as outside,
    ):

        async def post(url: str, headers: Mapping[str, str], body: bytes) -> None:
            plain = urlsplit(url).scheme == "http"
            try:
                rules.checked_address(url, to_loopback=True)
                async with (here if plain else outside).post(
                    url, data=body, headers=headers, allow_redirects=False
                ) as response:
                    status = response.status
            except TimeoutError:
                raise NotTaken(f"no answer within {timeout_s:g} s") from None
            except (aiohttp.ClientError, OSError, rules.WrongAddress) as error:
                raise NotTaken(f"{type(error).__name__}: {error}") from error
            if not 200 <= status < 300:
                raise NotTaken(f"HTTP {status}")

        yield post


def _connector(*, plain: bool) -> aiohttp.TCPConnector:
    return aiohttp.TCPConnector(resolver=_Reachable(plain=plain))
