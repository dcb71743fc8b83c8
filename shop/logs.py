"""What the operator reads on stderr: lines with a name and values, as text or as JSON, without secrets or personal data.

Whoever logs names numbers and kinds of things, never what somebody wrote or is called. What is masked here is the last net.
"""

import logging
import re
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from typing import Any, Literal

import structlog

from storefront.kernel.errors import Refusal

_TRACEBACK_MAX = 20_000
_CAUSES_MAX = 8
_BOT_TOKEN = re.compile(r"\d{5,20}:[\w-]{30,}")
_OTHER_SECRET = re.compile(r"\bpk_\w{12,}|(?<=://)[^\s/:@]{1,200}:[^\s/@]{1,200}(?=@)|(?<=Bearer )\S{8,}")
# An account number as cards bear it; a moment in milliseconds begins with 1.
_CARD = re.compile(r"(?<![\d.])[2-6]\d{3}(?:[ -]?\d){9,15}(?![\d.])")
# PostgreSQL tells there which values were refused.
_DETAIL = re.compile(r"\s*\bDETAIL:.*", re.DOTALL)

Event = MutableMapping[str, Any]
Format = Literal["text", "json"]


def to_stderr(level: str, form: Format = "text") -> None:
    """Log lines from this level on.

    structlog's own tracebacks show the variables of every frame: tokens and addresses would lie in the log, and the shop would
    stand still for as long as it takes to draw them.
    """
    before: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.set_exc_info,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(_told),
        masked,
    ]
    last = _written(form)
    structlog.configure(
        processors=[*before, last],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    library = _Libraries()
    library.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *before],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    for earlier in [handler for handler in root.handlers if isinstance(handler, _Libraries)]:
        root.removeHandler(earlier)
    root.addHandler(library)
    root.setLevel(logging.WARNING)


def masked(_logger: object, _name: str, event: Event) -> Event:
    """The last net: what looks like a bot's token, a key, a password in an address or a card's number is not written."""
    return {name: _masked(value) for name, value in event.items()}


class _Libraries(logging.Handler):
    """Takes what libraries log to wherever stderr is now."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.name == "aiohttp.server":
            # Its lines name the address of who asked.
            record.msg, record.args = "a request could not be answered", None
        sys.stderr.write(f"{self.format(record)}\n")


def _written(form: Format) -> structlog.typing.Processor:
    if form == "json":
        return structlog.processors.JSONRenderer()
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)


def _masked(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict):
        return {str(name): _masked(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(inner) for inner in value]
    text = _DETAIL.sub("", str(value))
    return _CARD.sub(_card, _OTHER_SECRET.sub("(secret)", _BOT_TOKEN.sub("(token)", text)))


def _card(match: re.Match[str]) -> str:
    digits = [int(digit) for digit in match[0] if digit.isdigit()]
    doubled = [digit if place % 2 == 0 else digit * 2 - 9 * (digit > 4) for place, digit in enumerate(reversed(digits))]
    return "(card)" if sum(doubled) % 10 == 0 else match[0]


def _told(exc_info: structlog.typing.ExcInfo) -> str:
    """A traceback: where it happened, why, and of what; of what was typed only that it was wrong."""
    return "\n".join(_lines(exc_info[1], []))[-_TRACEBACK_MAX:]


def _lines(error: BaseException, seen: list[BaseException]) -> Iterator[str]:
    seen.append(error)
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and before not in seen and len(seen) < _CAUSES_MAX:
        yield from _lines(before, seen)
        yield "then:"
    yield "Traceback (most recent call last):"
    yield "".join(traceback.format_tb(error.__traceback__)).rstrip()
    yield f"{type(error).__module__}.{type(error).__qualname__}: {_why(error)}"
    for inner in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        if inner not in seen and len(seen) < _CAUSES_MAX:
            yield "of which:"
            yield from _lines(inner, seen)


def _why(error: BaseException) -> str:
    # Their messages repeat what was typed, as those of PostgreSQL's class 22 do.
    if isinstance(error, ValueError | Refusal) or str(getattr(error, "sqlstate", "")).startswith("22"):
        return "(what was given is not logged)"
    return str(error)
