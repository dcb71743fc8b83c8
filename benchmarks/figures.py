"""How a figure is printed, and what the benchmarks share: a place to work in, databases to work on."""

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

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


async def per_second(work: Callable[[Any], Awaitable[Any]], wishes: Sequence[Any], clients: int) -> float:
    """How many wishes a second so many clients get through, each taking the next one when it is done with its last."""
    waiting = list(reversed(wishes))

    async def client() -> None:
        while waiting:
            await work(waiting.pop())

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return len(wishes) / (time.perf_counter() - began)


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
