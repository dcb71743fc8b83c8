"""`pindan search`: the index made anew, the words that mean the same, and what is searched for in vain."""

from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from shop.bars import progress
from storefront import search
from storefront.kernel.settings import Settings

group = typer.Typer(no_args_is_help=True, help="What is found, and by which words.")
synonyms = typer.Typer(no_args_is_help=True, help="Words that mean the same.")
group.add_typer(synonyms, name="synonyms")


@group.command()
def rebuild(context: typer.Context) -> None:
    """Make the search index anew. The shop may stay open: until it is done, searches find the part that is."""

    async def work(_settings: Settings) -> str:
        return f"{await rebuild_with_bar()} items can be found."

    typer.echo(context.obj(work))


@group.command()
def missed(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 50,
) -> None:
    """Print the words that were searched in vain, the most wanted first: how often, when last, what."""

    async def work(settings: Settings) -> list[str]:
        zone = ZoneInfo(settings.timezone)
        return [
            f"{one.count:>6}  {datetime.fromtimestamp(one.last_at / 1000, zone):%Y-%m-%d %H:%M}  {one.text}"
            for one in await search.missed(limit)
        ]

    for line in context.obj(work):
        typer.echo(line)


@synonyms.command()
def load(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="Lines of `word, other` or `word, other, weight`.")
    ],
) -> None:
    """Have these words mean the same, with a weight from 0 (not at all) to 1. The same file twice changes nothing."""

    async def work(_settings: Settings) -> str:
        return f"{await search.load_synonyms(file.read_text(encoding='utf-8').splitlines())} pairs."

    try:
        typer.echo(context.obj(work))
    except ValueError as wrong:
        typer.echo(f"{file}: {wrong}", err=True)
        raise typer.Exit(2) from None


@synonyms.command()
def learned(context: typer.Context) -> None:
    """Print what was learned from customers: number, what they typed, what they found it by."""

    async def work(_settings: Settings) -> list[str]:
        return [f"{one.id:>6}  {one.term} > {one.other}" for one in await search.learned()]

    for line in context.obj(work):
        typer.echo(line)


@synonyms.command()
def forget(
    context: typer.Context, number: Annotated[int, typer.Argument(min=1, help="The number that `learned` prints.")]
) -> None:
    """Have a pair that was learned mean nothing, and never learn it again."""

    async def work(_settings: Settings) -> bool:
        return await search.forget_learned(number)

    if not context.obj(work):
        typer.echo(f"Nothing that was learned has the number {number}.", err=True)
        raise typer.Exit(2)


async def rebuild_with_bar() -> int:
    """Make the index of the open database anew, with a bar when somebody looks on; returns how many items are in it."""
    with progress() as bar:
        task = bar.add_task("search", total=None)
        return await search.rebuild(progress=lambda done, total: bar.update(task, completed=done, total=total))
