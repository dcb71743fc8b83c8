"""`pindan search`: the index made anew, and the words that the office says mean the same."""

from pathlib import Path
from typing import Annotated

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


async def rebuild_with_bar() -> int:
    """Make the index of the open database anew, with a bar when somebody looks on; returns how many items are in it."""
    with progress() as bar:
        task = bar.add_task("search", total=None)
        return await search.rebuild(progress=lambda done, total: bar.update(task, completed=done, total=total))
