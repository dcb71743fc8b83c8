"""`pindan understanding ...`: what was not understood, what the office says it means, and learning from that.

`context.obj` does work with the shop's database open; the `pindan` command sets it.
"""

import time
from importlib.util import find_spec
from typing import Annotated

import typer

from bot import understanding
from bot.understanding import training
from bot.understanding.classifier import save
from storefront import messaging
from storefront.kernel.settings import Settings

group = typer.Typer(no_args_is_help=True, help="What customers type: what was not understood, and learning from it.")


@group.command()
def unlabelled(
    context: typer.Context, limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 50
) -> None:
    """List what was not understood, what was typed most often first: number, times, language, guess, text."""

    async def work(_: Settings) -> list[messaging.Unclear]:
        return await messaging.unlabelled(limit)

    for one in context.obj(work):
        typer.echo(f"{one.id:6} {one.times:4}× {one.language:8} {one.guess:16} {one.text}")


@group.command()
def label(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="Its number in the list.")],
    intent: Annotated[str, typer.Argument(help="What it means.")],
) -> None:
    """Say what a text means; `train` learns from it."""
    if intent not in understanding.INTENTS:
        typer.echo(f"{intent}: one of {', '.join(understanding.INTENTS)}", err=True)
        raise typer.Exit(2)

    async def work(_: Settings) -> str:
        await messaging.label_unclear(unclear_id=number, intent=intent)
        return f"{number} means {intent}."

    typer.echo(context.obj(work))


@group.command()
def train(context: typer.Context) -> None:
    """Learn from our phrases and from what was labelled, for this shop; says how it did before and does after."""
    if find_spec("sklearn") is None:
        typer.echo("Training wants scikit-learn: pip install scikit-learn", err=True)
        raise typer.Exit(2)

    async def work(settings: Settings) -> tuple[Settings, list[tuple[str, str]]]:
        return settings, await messaging.labelled()

    settings, labelled = context.obj(work)
    test = training.phrases(training.PHRASES / "test")
    _told("before", training.score(understanding.classifier(settings.data_dir).rank, test))
    began = time.monotonic()
    new = training.train([*training.phrases(), *labelled])
    _told("after", training.score(new.rank, test))
    path = settings.data_dir / understanding.OWN_WEIGHTS
    waiting = path.with_suffix(".new")
    save(new, waiting)
    waiting.replace(path)
    typer.echo(
        f"Learnt in {time.monotonic() - began:.0f} s, {len(labelled)} labelled texts among them; kept in {path}."
    )


def _told(when: str, score: training.Score) -> None:
    typer.echo(f"{when:6}  accuracy {score.accuracy:.3f}  macro-F1 {score.macro_f1:.3f}  among three {score.top3:.3f}")
