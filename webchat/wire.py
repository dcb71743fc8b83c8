"""JSON from outside, as something that the tables can hold."""

import json
import re
from typing import Any

import orjson

_HALF = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")


def loads(text: str | bytes) -> Any:
    """A JSON value. Raises ValueError for what is none; half a character becomes a question mark."""
    try:
        value = json.loads(text, parse_constant=_refuse)
        if _HALF.search(text if isinstance(text, str) else text.decode("latin-1")):
            value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def dumps(value: Any) -> str:
    """A value as JSON."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # half a character, or a number beyond 64 bits
        return json.dumps(value, ensure_ascii=False)


def whole(value: Any) -> int | None:
    """A whole number that the tables can hold; None for anything else."""
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if abs(number) < 2**53 else None


def flag(values: dict[str, Any], name: str) -> bool:
    """A Boolean parameter of the Bot API, in any of the forms in which it comes."""
    return str(values.get(name) or "").lower() in ("true", "yes", "1")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")
