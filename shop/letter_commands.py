"""`pindan outbox ...` and `pindan inbox ...`: what reached nobody, and what nobody could handle.

`context.obj` does work with the shop's database open; the `pindan` command sets it.
"""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from storefront import messaging
from storefront.kernel.settings import Settings

_OPERATOR = "operator"
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="How many are listed, the newest first.")]
Letter = Annotated[int, typer.Argument(help="The letter's number, as `pindan outbox` lists it.")]
Update = Annotated[int, typer.Argument(help="The update's number, as `pindan inbox` lists it.")]
Why = Annotated[str, typer.Option(help="Why, for the audit log; name no customer.")]

outbox = typer.Typer(invoke_without_command=True, help="Dead letters: what reached nobody.")
inbox = typer.Typer(invoke_without_command=True, help="Updates put aside: what nobody could handle.")


@outbox.callback()
def letters(context: typer.Context, limit: Limit = 100) -> None:
    """List the dead letters: number, when, bot, chat, kind, tries, request, why. Their words are not shown."""
    if context.invoked_subcommand is not None:
        return

    async def work(settings: Settings) -> list[str]:
        (_, total), dead = await messaging.dead_counts(), await messaging.dead_letters(limit=limit)
        lines = [
            f"{one.id}  {_moment(settings, one.at)}  bot {one.bot_id}  {one.chat}  {one.kind}  {one.attempts} tries"
            f"  {one.request or '-'}  {one.error}"
            for one in dead
        ]
        return [*lines, f"{total} dead letters."]

    typer.echo("\n".join(context.obj(work)))


@outbox.command()
def retry(context: typer.Context, number: Letter) -> None:
    """Let a dead letter leave again."""
    context.obj(lambda _: messaging.retry_letter(letter_id=number, actor=_OPERATOR))
    typer.echo(f"Letter {number} leaves again.")


@outbox.command()
def drop(context: typer.Context, number: Letter, why: Why) -> None:
    """Take a dead letter off the list: it is never sent."""
    reason = _reason(why)
    context.obj(lambda _: messaging.drop_letter(letter_id=number, actor=_OPERATOR, why=reason))
    typer.echo(f"Letter {number} is dropped.")


@inbox.callback()
def updates(context: typer.Context, limit: Limit = 100) -> None:
    """List the updates put aside: number, when, bot, kind, tries, request, and the reference that is in the log."""
    if context.invoked_subcommand is not None:
        return

    async def work(settings: Settings) -> list[str]:
        (total, _), aside = await messaging.dead_counts(), await messaging.put_aside(limit=limit)
        lines = [
            f"{one.id}  {_moment(settings, one.at)}  bot {one.bot_id}  {one.kind}  {one.attempts} tries"
            f"  {one.bot_id}:{one.update_id}  {one.reference}"
            for one in aside
        ]
        return [*lines, f"{total} updates put aside."]

    typer.echo("\n".join(context.obj(work)))


@inbox.command(name="retry")
def retry_update(context: typer.Context, number: Update) -> None:
    """Let an update be handled again."""
    context.obj(lambda _: messaging.retry_update(inbox_id=number, actor=_OPERATOR))
    typer.echo(f"Update {number} is handled again.")


@inbox.command(name="drop")
def drop_update(context: typer.Context, number: Update, why: Why) -> None:
    """Take an update off the list: what it asked for is not done."""
    reason = _reason(why)
    context.obj(lambda _: messaging.drop_update(inbox_id=number, actor=_OPERATOR, why=reason))
    typer.echo(f"Update {number} is dropped.")


def _reason(why: str) -> str:
    if not why.strip():
        raise typer.BadParameter("say why", param_hint="--why")
    return why.strip()


def _moment(settings: Settings, at: int) -> str:
    return datetime.fromtimestamp(at / 1000, ZoneInfo(settings.timezone)).isoformat(timespec="seconds")
