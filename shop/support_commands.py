"""`pindan support ...`: the desk's hours, deadlines, rules and limits, and how it did.

`context.obj` does work with the shop's database open; the `pindan` command sets it.
"""

import csv
import sys
from collections import defaultdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from shop.bars import progress
from shop.errors import mistakes_of
from storefront import support
from storefront.kernel import clock
from storefront.kernel.money import Money
from storefront.kernel.settings import Settings
from storefront.kernel.spreadsheets import defused

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Terms in JSON.")]
Days = Annotated[int, typer.Option(min=1, help="How many days back.")]

group = typer.Typer(no_args_is_help=True, help="The desk: hours, deadlines, goodwill, rules and limits.")


@group.command()
def load(context: typer.Context, file: File) -> None:
    """Let these terms count from now on; a mistake anywhere leaves everything as it was."""

    async def work(settings: Settings) -> str:
        told = support.read_terms(file.read_text(encoding="utf-8"))
        number = await support.load_terms(
            told=told.model_copy(update={"point_minor": settings.point_minor}), actor="operator"
        )
        return f"Terms {number} count from now on: {len(told.automatic.rules)} rules."

    with mistakes_of(file):
        typer.echo(context.obj(work))


@group.command()
def show(context: typer.Context) -> None:
    """Print the terms that count, in JSON, as `load` takes them."""

    async def work(_: Settings) -> str:
        _number, told = await support.terms()
        return told.model_dump_json(indent=2)

    typer.echo(context.obj(work))


@group.command()
def rules(
    context: typer.Context,
    switch: Annotated[Literal["on", "off"], typer.Argument(help="off: agents decide everything.")],
) -> None:
    """Let the rules decide by themselves, or not, from now on; the terms stay as they are otherwise."""

    async def work(_: Settings) -> str:
        _number, told = await support.terms()
        automatic = told.automatic.model_copy(update={"on": switch == "on"})
        number = await support.load_terms(told=told.model_copy(update={"automatic": automatic}), actor="operator")
        return f"Rules are {switch}, by terms {number}."

    typer.echo(context.obj(work))


@group.command(name="try")
def try_(context: typer.Context, file: File, days: Days = 90) -> None:
    """Say what the rules of a file would have made of past cases, and which ended otherwise; changes nothing."""

    async def work(settings: Settings) -> list[support.Tried]:
        told = support.read_terms(file.read_text(encoding="utf-8"))
        told = told.model_copy(update={"point_minor": settings.point_minor})
        since = clock.now() - days * clock.DAY
        with progress() as bar:
            task = bar.add_task("cases", total=await support.past(since=since))
            tried = []
            async for one in support.attempt(told=told, since=since):
                tried.append(one)
                bar.advance(task)
        return tried

    with mistakes_of(file):
        tried = context.obj(work)
    outcomes: defaultdict[tuple[str, str, str], list[support.Tried]] = defaultdict(list)
    for one in tried:
        outcomes[one.outcome, one.rule or "no rule", one.worth.currency].append(one)
    for (outcome, rule, currency), of in sorted(outcomes.items()):
        worth = Money(sum(one.worth.minor for one in of), currency)
        typer.echo(f"{len(of):6}  {outcome:11}  by {rule:24}  {worth.major} {currency}")
    for one in (one for one in tried if one.differs):
        signs = f" ({', '.join(one.signs)})" if one.signs else ""
        was = f"{one.became} by a rule" if one.by_rule else one.became
        typer.echo(f"C-{one.case_id} was {was}: {one.outcome}, by {one.rule or 'no rule'}{signs}, {one.worth.major}")
    typer.echo(f"{len(tried)} cases looked at, nothing changed.")


@group.command()
def report(
    context: typer.Context,
    days: Days = 30,
    file: Annotated[Path | None, typer.Option("--csv", help="Where to; without it, to the screen.")] = None,
) -> None:
    """Write how the desk did as CSV: waiting times, what went back and why, what it cost."""

    async def work(_: Settings) -> support.Report:
        until = clock.now()
        return await support.report(since=until - days * clock.DAY, until=until, parts=max(1, days // 7))

    told: support.Report = context.obj(work)
    lines = [[defused(cell) for cell in line] for line in told.lines()]
    if file is None:
        csv.writer(sys.stdout).writerows(lines)
        return
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(lines)
