"""Grants from a file: CSV, also gzipped, read as a stream; a bad row is told with its line and passed over.

Columns: key, customer, points, cause, expires_at. The last may be missing or empty (the points end by the rule of the shop),
an ISO 8601 moment with its offset, or a date: then they end with that day in the shop's time zone.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from pathlib import Path

from storefront.kernel import clock, spreadsheets
from storefront.partners.rules import Grant

COLUMNS = ("key", "customer", "points", "cause", "expires_at")
_NEEDED = COLUMNS[:4]
_FIELD_MAX = 1000
_DIGITS = re.compile(r"[+-]?[0-9]{1,18}")


@dataclass(frozen=True)
class BadRow:
    """A row that is no grant: where it stands, and why."""

    line: int
    reason: str


def read_grants(file: Path, zone: tzinfo) -> Iterator[tuple[int, int, Grant | BadRow]]:
    """Each row of a file: how many bytes of it were read so far, its line, and the grant that it tells.

    A file whose columns are not there, or that breaks off, ends with a BadRow.
    """
    try:
        for row in spreadsheets.rows(file, _NEEDED):
            yield row.read, row.line, _grant(row.line, row.told, zone)
    except spreadsheets.Broken as broken:
        yield broken.read, broken.line, BadRow(broken.line, str(broken))


def _grant(line: int, row: Mapping[str, str], zone: tzinfo) -> Grant | BadRow:
    told = {name: row.get(name, "").strip() for name in COLUMNS}
    if len(row) < len(_NEEDED) or any(len(value) > _FIELD_MAX for value in told.values()):
        return BadRow(line, "a column is missing, or too long")
    if not _DIGITS.fullmatch(told["points"]):
        return BadRow(line, f"points: {told['points'][:40]!r} is not a whole number")
    try:
        expires_at = _moment(told["expires_at"], zone)
    except (ValueError, OverflowError):
        return BadRow(line, f"expires_at: {told['expires_at'][:40]!r} is neither a date nor a moment with its offset")
    return Grant(told["key"], told["customer"], int(told["points"]), told["cause"], expires_at)


def _moment(text: str, zone: tzinfo) -> int | None:
    if not text:
        return None
    if len(text) == len("2026-12-31"):
        return _epoch_ms(datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), tzinfo=zone)) - 1
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("without its offset a moment is no moment")
    return _epoch_ms(moment)


def _epoch_ms(moment: datetime) -> int:
    return int(moment.timestamp() * clock.SECOND)
