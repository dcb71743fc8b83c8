"""There is no room on the disk: what does not fit is not done at all, and is done once when there is room again.

The limit is the process's own for the size of a file, so that SQLite is refused as by a full disk, at each step in turn.
"""

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from storefront.kernel import db
from tests.faults.dying import pays
from tests.support.market import Market, books, drafted, given, letters, market, stocked

__all__ = ["market"]
_STEP_BYTES = 4096


@contextmanager
def _room_for(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _size(file: Path) -> int:
    return file.stat().st_size


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_checkout_on_a_full_disk_is_whole_or_nothing(market: Market, url: str) -> None:
    await given(market.ann, 1000)
    draft = await drafted(market.ann, await stocked("rice", points_cap=1000), use=1000)
    log, refused = Path(f"{url.removeprefix('sqlite:///')}-wal"), 0

    while True:
        try:
            with _room_for(_size(log) + refused * _STEP_BYTES):
                await pays(draft)
            break
        except (sqlite3.Error, OSError):
            refused += 1
        assert await books() == []
        assert len(await db.rows("SELECT 1 FROM orders")) <= 1

    # What a job could not do, it logs and does with its next turn.
    await pays(draft)

    assert refused >= 2, "the disk was full"
    assert await db.rows("SELECT state, points FROM orders") == [{"state": "confirmed", "points": 1000}]
    assert await db.rows("SELECT state FROM charge") == [{"state": "applied"}]
    assert await letters(market.ann) == ["order_paid"]
    assert await books() == []
