"""`pindan shipments ...`: what is to be sent as a file for a warehouse, and what it sent as a file from it.

`context.obj` does work with the shop's database open; the `pindan` command sets it.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from shop.bars import progress
from storefront import fulfilment
from storefront.fulfilment import BadRow, SentRow
from storefront.kernel.settings import Settings

# A file is taken so many rows at a time, and never cut within a parcel but for one that is longer than all reason.
_BATCH = 200
_BATCH_MAX = 2000
_TOLD_MAX = 20

group = typer.Typer(no_args_is_help=True, help="Parcels: what is to be sent, and what was.")


@dataclass
class _Report:
    """What became of a file."""

    shipped: int = 0
    same: int = 0
    bad: list[BadRow] = field(default_factory=list)


@group.command(name="export")
def export(
    context: typer.Context, file: Annotated[Path, typer.Argument(help="Where to: a new CSV file, or one to replace.")]
) -> None:
    """Write what is to be sent, a line of an order in a row; with carrier and tracking filled in, `import` takes it back."""

    async def work(_: Settings) -> int:
        count = 0
        with file.open("w", encoding="utf-8", newline="") as out:
            table = csv.DictWriter(out, fulfilment.COLUMNS)
            table.writeheader()
            async for row in fulfilment.rows_to_ship():
                table.writerow(row)
                count += 1
        return count

    typer.echo(f"{context.obj(work)} rows are to be sent.")


@group.command(name="import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, also as .gz.")],
) -> None:
    """Take in what was sent. The same row twice is shipped once; bad rows are reported and passed over."""

    async def work(_: Settings) -> _Report:
        report = _Report()
        with progress() as bar:
            task = bar.add_task(file.name, total=file.stat().st_size)
            for read, rows in _batches(file, report):
                outcome = await fulfilment.take_sent(rows=rows, actor="operator")
                report.shipped += outcome.shipped
                report.same += outcome.same
                report.bad += outcome.bad
                bar.update(task, completed=read)
        return report

    report: _Report = context.obj(work)
    typer.echo(f"{report.shipped} shipped, {report.same} the same, {len(report.bad)} refused.")
    for bad in sorted(report.bad, key=lambda row: row.line)[:_TOLD_MAX]:
        typer.echo(f"  line {bad.line}: {bad.reason}", err=True)
    if len(report.bad) > _TOLD_MAX:
        typer.echo(f"  … and {len(report.bad) - _TOLD_MAX} more", err=True)
    raise typer.Exit(1 if report.bad and not (report.shipped or report.same) else 0)


def _batches(file: Path, report: _Report) -> Iterator[tuple[int, list[SentRow]]]:
    waiting: list[SentRow] = []
    read = 0
    for read, row in fulfilment.read_sent(file):
        if isinstance(row, BadRow):
            report.bad.append(row)
            continue
        between = not waiting or waiting[-1].parcel != row.parcel
        if (len(waiting) >= _BATCH and between) or len(waiting) >= _BATCH_MAX:
            yield read, waiting
            waiting = []
        waiting.append(row)
    if waiting:
        yield read, waiting
