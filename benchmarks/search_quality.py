"""How well and how fast things are found: any catalog, any queries, both databases, next to LIKE and to FTS5 as people ship it.

`python benchmarks/search_quality.py --catalog FILE --queries FILE --out RUN.tsv [--database URL] [--engine shop|like|fts5]`
imports the catalog, answers the queries (query_id, query) and writes `query_id product_id rank`, up to 100 a query.
Without options it measures every set of `../shared/data/search` so, and scores it with the script that lies there.
"""

import argparse
import asyncio
import contextlib
import csv
import json
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import orjson

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.figures import databases, figure, folder, remark
from storefront import catalog, search
from storefront.kernel import db

DATA = Path(__file__).parents[2] / "shared" / "data" / "search"
SETS = {"en": "en_catalog.csv.gz", "wm": "wm_catalog.csv.gz", "pr": "produce81/produce81.jsonl"}
_OF = {"en": {"en", "ent"}, "wm": {"wm"}, "pr": {"pr"}}
_RANKS = 100
_WORD = re.compile(r"[^\W_]+")

_DIGIT = re.compile(r"\d")

Localized = dict[str, str]
Queries = Sequence[tuple[str, str]]
Run = list[tuple[str, str, int]]
Answer = Callable[[str], Awaitable[Sequence[int]]]


@dataclass(frozen=True)
class Measured:
    """What a run found, and how long each query took, in ms, sorted."""

    run: Run
    took_ms: Sequence[float]

    def percentile(self, share: float) -> float:
        """The time within which this share of the queries was answered."""
        return self.took_ms[min(len(self.took_ms) - 1, int(len(self.took_ms) * share))] if self.took_ms else 0.0


def read_queries(file: Path) -> Queries:
    """The queries of a TSV with a header, or without one."""
    with file.open(encoding="utf-8", newline="") as lines:
        told = [(row[0], row[1]) for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE) if len(row) > 1]
    return [pair for pair in told if pair != ("query_id", "query")]


async def answered(queries: Queries, answer: Answer) -> Measured:
    """Ask every query once."""
    codes = {
        row["id"]: row["sku"] for row in await db.rows("SELECT item_id AS id, MIN(sku) AS sku FROM variant GROUP BY 1")
    }
    run, took = Run(), list[float]()
    for query_id, text in queries:
        began = time.perf_counter()
        found = await answer(text)
        took.append((time.perf_counter() - began) * 1000)
        run += [(query_id, codes[item_id], rank) for rank, item_id in enumerate(found, 1)]
    return Measured(run, sorted(took))


def write_run(run: Run, file: Path) -> None:
    """A line a result: query, product, rank."""
    file.write_text("".join(f"{query}\t{product}\t{rank}\n" for query, product, rank in run), encoding="utf-8")


async def by_the_shop(text: str) -> Sequence[int]:
    """The shop's own search."""
    return (await search.find(text=text, per_page=_RANKS)).items


async def by_like(text: str) -> Sequence[int]:
    """Every word somewhere in name or description, the shortest name first."""
    words = _WORD.findall(text.lower())[:12]
    if not words:
        return []
    match = " AND ".join(["LOWER(names || ' ' || descriptions || ' ' || attributes) LIKE ?"] * len(words))
    sql = f"SELECT id FROM item WHERE {match} ORDER BY LENGTH(names), id LIMIT {_RANKS}"
    return [row["id"] for row in await db.browse(sql, *(f"%{word}%" for word in words))]


async def by_fts5(text: str) -> Sequence[int]:
    """FTS5 as it comes: unicode61, every word, bm25."""
    match = " ".join(f'"{word}"' for word in _WORD.findall(text)[:12])
    if not match:
        return []
    sql = f"SELECT rowid AS id FROM shipped WHERE shipped MATCH ? ORDER BY rank LIMIT {_RANKS}"
    return [row["id"] for row in await db.browse(sql, match)]


ENGINES: dict[str, Answer] = {"shop": by_the_shop, "like": by_like, "fts5": by_fts5}


async def ship_fts5() -> None:
    """The index that `by_fts5` asks: the names."""
    await db.execute("CREATE VIRTUAL TABLE shipped USING fts5(name)")
    rows = [
        (row["id"], " ".join(orjson.loads(row["names"]).values()))
        for row in await db.rows("SELECT id, names FROM item")
    ]
    await db.many("INSERT INTO shipped (rowid, name) VALUES (?, ?)", rows)


def synthetic(count: int, file: Path) -> None:
    """A catalog of so many items made of the real ones: other numbers, a word left out, a word of another item put in."""
    random = Random(count)
    real = list[tuple[str, Localized]]()
    for name in ("en", "wm"):
        for _, row in catalog.read_rows(DATA / SETS[name]):
            if isinstance(row, catalog.Row):
                told = {"description": row.descriptions.get("en", ""), "brand": row.brand.get("en", "")}
                real.append((row.names["en"], told))
    with file.open("w", encoding="utf-8") as out:
        for number in range(count):
            name, told = real[number % len(real)]
            words = _DIGIT.sub(lambda _: str(random.randrange(10)), name).split()
            words[random.randrange(len(words))] = random.choice(random.choice(real)[0].split())
            sold = {"price_minor": random.randrange(100, 99_999), "stock": random.randrange(9)}
            out.write(json.dumps({"sku": f"s-{number}", "name": " ".join(words), **told, **sold}) + "\n")


async def measure_many(count: int = 1_000_000) -> None:
    """Print how fast queries are answered among very many items: the shared queries, as they are and two at a time."""
    texts = [text for _, text in read_queries(DATA / "queries.tsv")]
    with folder() as place:
        file = place / "synthetic.jsonl"
        synthetic(count, file)
        async with databases(place / "many") as found:
            for dialect, url in found.items():
                async with _opened(url):
                    began = time.perf_counter()
                    await catalog.import_rows(catalog.read_rows(file), on_items=search.index)
                    figure(f"many_{dialect}_import", count / (time.perf_counter() - began), "items/s")
                    await measure_texts(f"many_{dialect}", texts)


async def measure_texts(name: str, texts: Sequence[str]) -> None:
    """Print how long these take."""
    measured = await answered([(str(at), text) for at, text in enumerate(texts)], by_the_shop)
    figure(f"{name}_index_size", await index_bytes() / 1024 / 1024, "MB")
    for share, told in ((0.5, "p50"), (0.99, "p99")):
        figure(f"{name}_shop_{told}", measured.percentile(share), "ms")


async def measure() -> None:
    """Print the figures of every set of the shared data on both databases, and their scores."""
    if not DATA.exists():
        remark("no ../shared/data/search here: nothing is measured")
        return
    queries = read_queries(DATA / "queries.tsv")
    runs: dict[str, Run] = {}
    with folder() as place:
        for name, file in SETS.items():
            mine = [(query_id, text) for query_id, text in queries if query_id.partition("-")[0] in _OF[name]]
            async with databases(place / name) as found:
                for dialect, url in found.items():
                    await _measure_set(name, dialect, url, DATA / file, mine, runs)
        for engine, run in runs.items():
            out = place / f"{engine}.tsv"
            write_run(run, out)
            remark(f"{engine}:")
            told = subprocess.run(
                (sys.executable, DATA / "score_search.py", out), capture_output=True, text=True, check=True
            )
            for line in told.stdout.splitlines():
                remark(line)


async def _measure_set(name: str, dialect: str, url: str, file: Path, queries: Queries, runs: dict[str, Run]) -> None:
    async with _opened(url):
        count = (await catalog.import_rows(catalog.read_rows(file), on_items=search.index)).new
        began = time.perf_counter()
        await search.rebuild()
        built = time.perf_counter() - began
        figure(f"{name}_{dialect}_index", count / built, "items/s")
        figure(f"{name}_{dialect}_index_size", await index_bytes() / 1024 / 1024, "MB")
        engines = {"shop": by_the_shop, "like": by_like}
        if dialect == "sqlite":
            await ship_fts5()
            engines["fts5"] = by_fts5
        for engine, answer in engines.items():
            measured = await answered(queries, answer)
            runs.setdefault(f"{engine}_{dialect}", []).extend(measured.run)
            figure(f"{name}_{dialect}_{engine}_p50", measured.percentile(0.5), "ms")
            figure(f"{name}_{dialect}_{engine}_p99", measured.percentile(0.99), "ms")


async def index_bytes() -> int:
    """How large everything is that search keeps."""
    if db.dialect() == "sqlite":
        found = await db.rows(
            "SELECT SUM(pgsize) AS n FROM dbstat WHERE name GLOB 'search_*' OR name GLOB 'sqlite_*search_*'"
        )
    else:
        found = await db.rows(
            "SELECT SUM(pg_total_relation_size(oid)) AS n FROM pg_class WHERE relkind = 'r' AND relname LIKE 'search\\_%'"
        )
    return int(found[0]["n"] or 0)


@contextlib.asynccontextmanager
async def _opened(url: str) -> AsyncIterator[None]:
    await db.connect(url)
    await db.migrate()
    try:
        yield
    finally:
        await db.disconnect()


@contextlib.contextmanager
def _database(given: str | None) -> Iterator[str]:
    if given:
        yield given
        return
    with folder() as place:
        yield f"sqlite:///{place / 'shop.sqlite3'}"


async def answer_file(file: Path, queries: Path, out: Path, url: str, engine: str) -> None:
    """Take the catalog in where there is none, ask, and write the run."""
    async with _opened(url):
        if not await db.rows("SELECT 1 AS n FROM item LIMIT 1"):
            report = await catalog.import_rows(catalog.read_rows(file), on_items=search.index)
            remark(f"{report.new} items taken in, {report.refused} refused")
        if engine == "fts5":
            await ship_fts5()
        measured = await answered(read_queries(queries), ENGINES[engine])
        write_run(measured.run, out)
        figure(f"{engine}_p50", measured.percentile(0.5), "ms")
        figure(f"{engine}_p99", measured.percentile(0.99), "ms")


def main() -> None:
    """Answer a file of queries, or measure the shared sets when there is none."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--catalog", type=Path)
    options.add_argument("--queries", type=Path)
    options.add_argument("--out", type=Path)
    options.add_argument("--database", help="an empty database; a temporary SQLite when left out")
    options.add_argument("--many", type=int, help="how fast it is among so many items, synthetic from real")
    options.add_argument("--engine", choices=list(ENGINES), default="shop")
    told = options.parse_args()
    if told.many:
        asyncio.run(measure_many(told.many))
        return
    if told.catalog is None:
        asyncio.run(measure())
        return
    if told.queries is None or told.out is None:
        options.error("--catalog goes with --queries and --out")
    with _database(told.database) as url:
        asyncio.run(answer_file(told.catalog, told.queries, told.out, url, told.engine))


if __name__ == "__main__":
    main()
