"""CSV that people make and open in a spreadsheet: read as a stream; what a customer or a merchant wrote is never a formula."""

import csv
import gzip
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

_LINE_MAX = 64 * 1024
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Row:
    """A row that is not empty: how many bytes of its file were read so far, its line, its cells in their order and by column."""

    read: int
    line: int
    cells: Sequence[str]
    told: Mapping[str, str]


class Broken(Exception):
    """The file's columns are not there, or it breaks off: at which line, after how many bytes, and why."""

    def __init__(self, reason: str, *, read: int, line: int) -> None:
        super().__init__(reason)
        self.read, self.line = read, line


def rows(file: Path, needed: Sequence[str]) -> Iterator[Row]:
    """Each row of a CSV with a header, also gzipped, in flat memory. Raises Broken, after what could be read."""
    with file.open("rb") as raw:
        unpacked = cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if file.name.endswith(".gz") else raw
        found = csv.reader(_lines(unpacked))
        try:
            header = [name.strip().lower() for name in next(found, [])]
            if missing := [name for name in needed if name not in header]:
                raise Broken(f"the columns {', '.join(missing)} are missing", read=raw.tell(), line=1)
            for cells in found:
                if cells:
                    yield Row(raw.tell(), found.line_num, cells, dict(zip(header, cells, strict=False)))
        except (csv.Error, UnicodeDecodeError, EOFError, OSError, zlib.error) as error:
            reason = f"the file cannot be read on: {error}"
            raise Broken(reason, read=raw.tell(), line=found.line_num + 1) from error


def _lines(unpacked: IO[bytes]) -> Iterator[str]:
    encoding = "utf-8-sig"
    while line := unpacked.readline(_LINE_MAX):
        yield line.decode(encoding).replace("\0", "")
        encoding = "utf-8"


def defused(cell: Any) -> Any:
    """The cell with an apostrophe before what a spreadsheet would take for a formula; numbers are none and stay."""
    return f"'{cell}" if isinstance(cell, str) and _is_formula(cell) else cell


def as_it_was(cell: str) -> str:
    """A cell that comes back, without the apostrophe that `defused` gave it."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell) else cell


def _is_formula(cell: str) -> bool:
    # Apostrophes that were there before count along: what comes back is what went out.
    return cell.lstrip("'").startswith(_FORMULA)
