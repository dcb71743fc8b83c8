"""`pindan partners ...` and `pindan points import`: banks and other systems outside.

`context.obj` does work with the shop's database open; the `pindan` command sets it.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from shop import points_files
from storefront import partners
from storefront.kernel import clock
from storefront.kernel.settings import Settings
from storefront.partners import Outcome, Scope

Name = Annotated[str, typer.Argument(help="Name of the partner.")]
Scopes = Annotated[
    list[Scope], typer.Option("--scope", help="What the key may be used for; several are given one by one.")
]

group = typer.Typer(
    no_args_is_help=True, help="Systems outside, such as a bank's: keys, webhooks, what they were told."
)


@group.command()
def add(context: typer.Context, name: Name, scope: Scopes) -> None:
    """Let a partner in, and print its first key. The key is shown once."""
    typer.echo(context.obj(lambda _: partners.add(name=name, scopes=scope)))


@group.command()
def key(context: typer.Context, name: Name, scope: Scopes) -> None:
    """Print one more key for a partner, so that it can change over before the old one is revoked."""
    typer.echo(context.obj(lambda _: partners.add_key(name=name, scopes=scope)))


@group.command()
def revoke(
    context: typer.Context,
    prefix: Annotated[str, typer.Argument(help="The 8 characters after pk_, as `list` shows them.")],
) -> None:
    """Make a key open nothing from now on."""
    context.obj(lambda _: partners.revoke(prefix=prefix))


@group.command(name="list")
def list_(context: typer.Context) -> None:
    """Show the keys: whose, for what, when they were used last."""
    for one in context.obj(lambda _: partners.keys()):
        state = f"revoked {_when(one.revoked_at)}" if one.revoked_at else f"used {_when(one.used_at)}"
        typer.echo(f"{one.partner}  {one.prefix}  {' '.join(one.scopes)}  {state}")


@group.command()
def webhook(context: typer.Context, name: Name, url: Annotated[str, typer.Argument(help="https://...")]) -> None:
    """Tell a partner's events to this address, and print the secret that signs them."""

    async def work(settings: Settings) -> str:
        return await partners.set_endpoint(name=name, url=url, to_loopback=settings.webhooks_to_loopback)

    typer.echo(context.obj(work))


@group.command()
def rotate(context: typer.Context, name: Name) -> None:
    """Print a new secret for a partner's webhooks; for a day the old one signs too."""
    typer.echo(context.obj(lambda _: partners.rotate_secret(name=name)))


@group.command()
def unhook(context: typer.Context, name: Name) -> None:
    """Send a partner no webhooks any more; events are kept for whoever asks by the API."""
    context.obj(lambda _: partners.remove_endpoint(name=name))


@group.command()
def events(
    context: typer.Context,
    failed: Annotated[bool, typer.Option(help="Only those that were given up.")] = False,
    retry: Annotated[list[int] | None, typer.Option(help="Number of one that was given up: it is sent again.")] = None,
) -> None:
    """Show the newest events and how far their telling is."""

    async def work(_: Settings) -> list[partners.Sending]:
        for number in retry or []:
            await partners.retry(event_id=number)
        return list(await partners.sendings(state="failed" if failed else None))

    for one in context.obj(work):
        tries = f"{one.attempts} tries  {one.error or ''}".rstrip()
        typer.echo(f"{one.id}  {_when(one.at)}  {one.partner}  {one.kind}  {one.customer}  {one.state}  {tries}")


def import_points(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, also as .gz.")],
    partner: Annotated[str, typer.Option(help="Name of the partner whose customers it names.")],
) -> None:
    """Give the points of a file: key, customer, points, cause, expires_at. The same file twice gives them once."""

    async def work(settings: Settings) -> points_files.Report:
        return await points_files.take_in(settings, file, partner)

    report = context.obj(work)
    typer.echo(", ".join(f"{report.counts[outcome]} {outcome.replace('_', ' ')}" for outcome in Outcome) + ".")
    for reason in report.errors:
        typer.echo(f"  {reason}", err=True)
    if report.left_out > len(report.errors):
        typer.echo(f"  … and {report.left_out - len(report.errors)} more", err=True)
    raise typer.Exit(1 if report.left_out else 0)


def _when(at: int | None) -> str:
    return "never" if at is None else f"{datetime.fromtimestamp(at / clock.SECOND, UTC):%Y-%m-%d %H:%M} UTC"
