"""`pindan groups`: campaigns of group buys."""

import json
from pathlib import Path
from typing import Annotated

import typer

from shop.errors import mistakes_of
from storefront import groupbuy
from storefront.kernel.settings import Settings

group = typer.Typer(no_args_is_help=True, help="Group buys.")


@group.command()
def load(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Campaigns in JSON.")],
) -> None:
    """Have these campaigns, known by their codes; all of them or none. The same file twice changes nothing."""

    async def work(settings: Settings) -> str:
        told = groupbuy.read(file.read_text(encoding="utf-8"))
        await groupbuy.load(told=told, currency=settings.currency, timezone=settings.timezone)
        return f"{len(told.campaigns)} campaigns, {len(told.withdrawn)} withdrawn."

    with mistakes_of(file):
        typer.echo(context.obj(work))


@group.command()
def show(context: typer.Context) -> None:
    """Print the campaigns and how their groups went, in JSON."""

    async def work(_settings: Settings) -> str:
        return json.dumps(await groupbuy.show(), ensure_ascii=False, indent=2)

    typer.echo(context.obj(work))
