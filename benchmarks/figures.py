"""How a figure is printed, and what the benchmarks share: a place to work in, databases to work on."""

import contextlib
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg

from tests.support import postgres


def figure(name: str, value: float, unit: str, floor: float | None = None) -> None:
    """Print a figure, and how it stands to its floor; a floor itself stands at 1."""
    ratio = "1.00" if floor is None else f"{value / floor:.2f}"
    sys.stdout.write(f"{name} {value:.1f} {unit} {ratio}\n")
    sys.stdout.flush()


def remark(text: str) -> None:
    """Say what a figure alone does not say."""
    sys.stdout.write(f"# {text}\n")
    sys.stdout.flush()


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A folder that is gone afterwards; TMPDIR says on which disk."""
    with tempfile.TemporaryDirectory(prefix="pindan-bench-") as path:
        yield Path(path)


@contextlib.asynccontextmanager
async def databases(place: Path) -> AsyncIterator[dict[str, str]]:
    """The databases to measure on: a SQLite file and, where there are binaries, a PostgreSQL that keeps what it commits."""
    place.mkdir(exist_ok=True)
    found = {"sqlite": f"sqlite:///{place / 'shop.sqlite3'}"}
    binaries = postgres.binaries()
    if binaries is None:
        remark("no PostgreSQL here: SQLite only")
        yield found
        return
    with postgres.server(binaries, durable=True) as server:
        connection = await asyncpg.connect(server)
        await connection.execute("CREATE DATABASE shop")
        await connection.close()
        yield {**found, "postgres": server.removesuffix("postgres") + "shop"}
