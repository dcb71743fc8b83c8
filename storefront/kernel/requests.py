"""One number for what somebody asked for: in each log line on its way, and kept with what is said of it."""

import re
from contextlib import AbstractContextManager

from structlog.contextvars import bind_contextvars, bound_contextvars, get_contextvars, unbind_contextvars

from storefront.kernel import ids

_WELL_FORMED = re.compile(r"[0-9A-Za-z_-]{8,64}")


def bound(request: str) -> AbstractContextManager[None]:
    """All that is done inside is done for this request."""
    return bound_contextvars(request=request)


def bind(request: str) -> None:
    """From now on this task works for this request, until `unbind`."""
    bind_contextvars(request=request)


def unbind() -> None:
    """This task works for no request any more."""
    unbind_contextvars("request")


def current() -> str | None:
    """The request that is worked for; None where nobody asked."""
    request: str | None = get_contextvars().get("request")
    return request


def of_update(bot_id: int, update_id: int) -> str:
    """The request that an update is: the same each time it is tried. No header can tell it: `:` is not well formed there."""
    return f"{bot_id}:{update_id}"


def new() -> str:
    """A request that nobody has named: 12 characters."""
    return ids.code(12)


def named(header: str | None) -> str:
    """The request as its client calls it, when that is well formed (8 to 64 letters, digits, `_`, `-`); else a new one."""
    return header if header is not None and _WELL_FORMED.fullmatch(header) else new()
