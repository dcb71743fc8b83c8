"""`pindan export --audit` and `pindan verify`: what the shop did, proven to whoever asks."""

from pathlib import Path
from typing import Annotated

import typer

from shop import audit_files
from shop.catalog_files import progress
from storefront import audit
from storefront.kernel.settings import Settings

# One that looks on, one that lets nobody book for a moment, one that seals meanwhile.
_CONNECTIONS = 3


def export(
    context: typer.Context,
    folder: Annotated[Path, typer.Option("--audit", help="Where to: a new or empty folder.")],
) -> None:
    """Write all that happened for auditors, as of one moment, while the shop is open: JSON lines, a file a table."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise typer.BadParameter(f"{folder} is there already and not empty: choose a new folder")
    folder.mkdir(parents=True, exist_ok=True)

    async def work(_settings: Settings) -> int:
        await audit.seal()
        with progress() as bar:
            task = bar.add_task("", total=len(audit_files.tables()))
            seen: set[str] = set()

            def told(table: str, rows: int) -> None:
                seen.add(table)
                bar.update(task, completed=len(seen) - 1, description=f"{table}: {rows}")

            count = await audit_files.write(folder, told)
            bar.update(task, completed=len(seen))
        return count

    rows = context.obj(work, database_pool=_CONNECTIONS)
    typer.echo(f"{rows} rows of {len(audit_files.tables())} tables written to {folder}.")
