"""Catalog files in and out, with a bar in a terminal."""

import csv
import gzip
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from shop import running
from shop.bars import progress
from storefront import catalog, search
from storefront.kernel import db
from storefront.kernel.settings import Settings

_LINES = (".jsonl", ".ndjson", ".json")
ENDINGS = (".csv", *_LINES)


async def take_in(settings: Settings, file: Path, language: str) -> catalog.Report:
    """Import a file into the shop's database."""
    await running.open_database(settings)
    try:
        return await with_bar(file, catalog.Source(language, settings.currency))
    finally:
        await db.disconnect()


async def with_bar(file: Path, source: catalog.Source) -> catalog.Report:
    """Import a file into the open database, with a bar when somebody looks on."""
    with progress() as bar:
        task = bar.add_task(file.name, total=_size(file))
        report = await catalog.import_rows(
            catalog.read_rows(file, source),
            on_items=search.mark,
            progress=lambda read, taken: bar.update(task, completed=read, description=f"{file.name}: {taken}"),
        )
        index = bar.add_task("search", total=None)
        await search.catch_up(progress=lambda done, total: bar.update(index, completed=done, total=total))
        return report


async def write_out(settings: Settings, file: Path) -> int:
    """Export the catalog; the file's name says the format. Returns how many variants were written."""
    await running.open_database(settings)
    try:
        return await write_rows(file)
    finally:
        await db.disconnect()


async def write_rows(file: Path) -> int:
    """Write the open database's catalog to a file."""
    name = file.name.removesuffix(".gz")
    flat, count = not name.endswith(_LINES), 0
    with _opened(file) as raw, io.TextIOWrapper(raw, encoding="utf-8", newline="") as out:
        table = csv.DictWriter(out, catalog.COLUMNS, restval="")
        if flat:
            table.writeheader()
        async for row in catalog.export_rows(flat=flat):
            if flat:
                table.writerow(row)
            else:
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count


def _size(file: Path) -> int:
    return file.stat().st_size


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    with file.open("wb") as raw:
        if file.name.endswith(".gz"):
            # Without name and time, so that the same catalog is the same file.
            with gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed:
                yield cast(IO[bytes], packed)
        else:
            yield raw
