"""`pindan export --audit` and `pindan verify`: what the shop did, proven to whoever asks."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from shop import audit_files
from shop.bars import progress
from storefront import (
    audit,
    catalog,
    fulfilment,
    groupbuy,
    ledger,
    messaging,
    orders,
    partners,
    payments,
    points,
    promotions,
    sharing,
    support,
)
from storefront.kernel import checks
from storefront.kernel.settings import Settings

# One that looks on, one that lets nobody book for a moment, one that seals meanwhile.
_CONNECTIONS = 3

CHECKS = checks.joined(
    [
        noun.CHECKS
        for noun in (
            *(ledger, points, catalog, promotions, partners, orders, payments, fulfilment, sharing, groupbuy, support),
            *(messaging, audit),
        )
    ]
)


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


def verify(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object: each check with what it found.")] = False,
) -> None:
    """Recompute what the books say, check by check, while the shop is open; name what differs; exit 1 if anything does."""
    told(context, as_json=as_json, migrating=False)


def told(context: typer.Context, *, as_json: bool, migrating: bool) -> None:
    """Say what is wrong with the shop, and end with exit code 1 when anything is, 0 when nothing."""

    async def work(_settings: Settings) -> dict[str, list[checks.Finding]]:
        found = {}
        with progress() as bar:
            task = bar.add_task("", total=len(CHECKS))
            for name, check in CHECKS.items():
                bar.update(task, description=name)
                found[name] = [finding async for finding in check()]
                bar.advance(task)
        return found

    found = context.obj(work, migrating=migrating)
    count = sum(map(len, found.values()))
    if as_json:
        typer.echo(json.dumps(_as_json(found), ensure_ascii=False, indent=2))
    else:
        for name, findings in found.items():
            if findings:
                typer.echo(f"{name}:")
            for finding in findings:
                typer.echo(f"  {finding}")
        typer.echo(f"{count} findings." if count else "All is well.")
    raise typer.Exit(1 if count else 0)


def _as_json(found: dict[str, list[checks.Finding]]) -> dict[str, Any]:
    return {
        "ok": not any(found.values()),
        "checks": [
            {
                "name": name,
                "ok": not findings,
                "findings": [{"told": str(finding), "facts": finding.facts} for finding in findings],
            }
            for name, findings in found.items()
        ],
    }
