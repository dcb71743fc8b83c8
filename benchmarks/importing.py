"""How fast a catalog is taken in, and in how much memory; next to a bare executemany of the rows that it writes.

`python -m benchmarks.importing FILE DATABASE` measures one catalog in a process of its own, so that its memory is its own.
"""

import asyncio
import json
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import asyncpg

from benchmarks.figures import databases, figure, folder, remark
from storefront import catalog, search
from storefront.kernel import db
from storefront.kernel.db.sqlite import PRAGMAS

DATA = Path(__file__).parents[2] / "shared" / "data" / "search"
# What an import writes, parents first. The search index is written too, and left out of the floor.
_TABLES = ("place", "category", "brand", "item", "photo", "variant", "stock", "stock_move")
_INDEX = "search_"

Rows = list[tuple[object, ...]]


async def measure(generated: int = 0) -> None:
    """Print rate and memory for every real catalog, or for a generated one of so many items."""
    with folder() as place:
        for file in _catalogs(place, generated):
            async with databases(place / f"{file.name}.databases") as found:
                for url in found.values():
                    command = (sys.executable, "-m", "benchmarks.importing", str(file), url)
                    await asyncio.to_thread(subprocess.run, command, check=True)


def _catalogs(place: Path, generated: int) -> list[Path]:
    real = [*sorted(DATA.glob("*.csv.gz")), *DATA.glob("produce81/*.jsonl")]
    if real and not generated:
        return real
    count = generated or 10_000
    remark(f"a generated catalog of {count} items, not a real one")
    file = place / "generated.jsonl"
    with file.open("w") as out:
        for number in range(count):
            told = {"name": f"Thing {number}", "description": f"A thing for the house, number {number}. " * 8}
            shelf = {"category": f"shelf-{number % 40}", "brand": f"Maker {number % 300}"}
            sold = {"price_minor": 100 + number, "stock": 5, "photos": [f"https://pictures.invalid/{number}.jpg"]}
            out.write(json.dumps({"sku": f"g-{number}", **told, **shelf, **sold}) + "\n")
    return [file]


async def _measure(file: Path, url: str) -> None:
    await db.connect(url)
    await db.migrate()
    before = await _counts()
    size, peaks, batches = file.stat().st_size, list[float](), 0

    async def index(items: Sequence[int]) -> None:
        nonlocal batches
        batches += 1
        await search.mark(items)

    def progress(read: int, _taken: int) -> None:
        if not peaks and read >= size / 4:
            peaks.append(_peak_mb())

    began = time.perf_counter()
    report = await catalog.import_rows(catalog.read_rows(file), on_items=index, progress=progress)
    took = time.perf_counter() - began
    peaks.append(_peak_mb())
    began = time.perf_counter()
    indexed = await search.catch_up() / (time.perf_counter() - began)
    count, dialect = report.new, db.dialect()
    grown = {name for name, rows in (await _counts()).items() if rows != before[name]}
    assert all(name in _TABLES or name.startswith(_INDEX) for name in grown), f"the floor would leave rows out: {grown}"
    written = {name: await _rows(name) for name in _TABLES}
    await db.disconnect()

    floor = await (_sqlite(url, written, batches) if dialect == "sqlite" else _postgres(url, written, batches))
    name = f"{file.name.partition('.')[0]}_{dialect}"
    figure(f"executemany_{name}", count / floor, "rows/s")
    figure(f"import_{name}", count / took, "rows/s", count / floor)
    figure(f"index_{name}", indexed, "rows/s", count / floor)
    if len(peaks) > 1:
        figure(f"import_{name}_peak_memory", peaks[1], "MB", peaks[0])


async def _counts() -> dict[str, int]:
    if db.dialect() == "sqlite":
        names = await db.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    else:
        names = await db.rows("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
    return {row["name"]: (await db.rows(f'SELECT COUNT(*) AS n FROM "{row["name"]}"'))[0]["n"] for row in names}


async def _rows(table: str) -> tuple[list[str], Rows]:
    found = await db.rows(f"SELECT * FROM {table} ORDER BY 1")
    return list(found[0]) if found else [], [tuple(row.values()) for row in found]


def _pieces(written: dict[str, tuple[list[str], Rows]], batches: int) -> Iterator[list[tuple[str, list[str], Rows]]]:
    """All rows in as many pieces as the import had transactions."""
    size = -(-sum(len(rows) for _, rows in written.values()) // batches)
    piece, free = list[tuple[str, list[str], Rows]](), size
    for table, (columns, rows) in written.items():
        at = 0
        while at < len(rows):
            part = rows[at : at + free]
            piece.append((table, columns, part))
            at, free = at + len(part), free - len(part)
            if not free:
                yield piece
                piece, free = [], size
    if piece:
        yield piece


async def _sqlite(url: str, written: dict[str, tuple[list[str], Rows]], batches: int) -> float:
    """Seconds of a bare sqlite3: the same tables, indexes and triggers, PRAGMAs and transactions."""
    file = f"{url}.floor"
    await db.connect(file)
    await db.migrate()
    await db.disconnect()
    connection = sqlite3.connect(file.removeprefix("sqlite:///"), isolation_level=None)
    for name, value in {**PRAGMAS, "synchronous": "FULL"}.items():
        connection.execute(f"PRAGMA {name} = {value}")
    began = time.perf_counter()
    for piece in _pieces(written, batches):
        connection.execute("BEGIN IMMEDIATE")
        for table, columns, rows in piece:
            places = ", ".join("?" * len(columns))
            connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", rows)
        connection.execute("COMMIT")
    took = time.perf_counter() - began
    connection.close()
    return took


async def _postgres(url: str, written: dict[str, tuple[list[str], Rows]], batches: int) -> float:
    """Seconds of a bare asyncpg, in the same database, emptied."""
    connection = await asyncpg.connect(url)
    await connection.execute(f"TRUNCATE {', '.join(_TABLES)} CASCADE")
    began = time.perf_counter()
    for piece in _pieces(written, batches):
        async with connection.transaction():
            for table, columns, rows in piece:
                places = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
                await connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", rows)
    took = time.perf_counter() - began
    await connection.close()
    return took


def _peak_mb() -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


if __name__ == "__main__":
    asyncio.run(_measure(Path(sys.argv[1]), sys.argv[2]))
