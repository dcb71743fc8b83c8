"""The `pindan` command."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

import typer
from pydantic import ValidationError

from shop import (
    audit_commands,
    backups,
    catalog_files,
    demo,
    group_commands,
    letter_commands,
    logs,
    merchant_commands,
    partner_commands,
    point_rules,
    privacy_commands,
    running,
    search_commands,
    shipment_commands,
    staff_commands,
    support_commands,
    understanding_commands,
)
from shop.bars import progress
from shop.errors import CannotStart, mistakes_of
from storefront import fulfilment, people, points, promotions, sharing
from storefront.kernel import db
from storefront.kernel.db import MigrationError
from storefront.kernel.errors import NotFound, Refusal
from storefront.kernel.settings import Settings
from storefront.kernel.texts import Texts

T = TypeVar("T")

# What stands in a log is read by more people than may know these.
_SECRET = {"TELEGRAM_TOKEN", "PROVIDER_TOKEN", "DATABASE_URL", "METRICS_TOKEN"}

app = typer.Typer(no_args_is_help=True, add_completion=False)
catalog = typer.Typer(no_args_is_help=True, help="Take a catalog in, or write it out.")
app.add_typer(catalog, name="catalog")
points_ = typer.Typer(no_args_is_help=True, help="How points are earned, and points in bulk.")
points_.command(name="import")(partner_commands.import_points)
app.add_typer(points_, name="points")
promotions_ = typer.Typer(no_args_is_help=True, help="Coupons and flash sales.")
app.add_typer(promotions_, name="promotions")
people_ = typer.Typer(
    no_args_is_help=True, help="Who has which rights, who may be somebody else, and what is held of whom."
)
people_.command(name="export")(privacy_commands.export)
people_.command(name="erase")(privacy_commands.erase)
app.add_typer(people_, name="people")
app.command(name="export")(audit_commands.export)
app.command(name="verify")(audit_commands.verify)
app.add_typer(partner_commands.group, name="partners")
app.add_typer(group_commands.group, name="groups")
app.add_typer(merchant_commands.group, name="merchants")
app.add_typer(shipment_commands.group, name="shipments")
app.add_typer(staff_commands.group, name="staff")
app.add_typer(support_commands.group, name="support")
app.add_typer(search_commands.group, name="search")
app.add_typer(understanding_commands.group, name="understanding")
app.add_typer(letter_commands.outbox, name="outbox")
app.add_typer(letter_commands.inbox, name="inbox")


@app.callback()
def main(context: typer.Context) -> None:
    """A shop that lives in the chat."""
    context.obj = _in_shop


@app.command(name="demo")
def demo_() -> None:
    """Open the demo shop: its own goods, the browser chat, no account and no token."""
    settings = _settings(**demo.DEFAULTS)

    async def work() -> None:
        await demo.prepare(settings)
        fulfilment.use_carriers({demo.CARRIER: fulfilment.DemoCarrier()})
        await running.serve(settings, desk=f"  (sign in as mei or lin, password: {demo.PASSWORD})", meanwhile=demo.pack)

    _run(running.until_stopped(work()))


@app.command()
def serve() -> None:
    """Open the shop."""
    _run(running.until_stopped(running.serve(_settings())))


@app.command()
def migrate() -> None:
    """Bring the database up to this version."""

    async def work() -> None:
        applied = await running.open_database(_settings())
        await db.disconnect()
        typer.echo(f"Applied: {', '.join(applied)}" if applied else "Nothing to apply.")

    _run(work())


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="Where to: a new file, such as shop.tar.gz.")]) -> None:
    """Copy the whole shop into one file, while it is open. It holds the shop's secrets, and its customers' data."""
    with progress() as bar:
        task = bar.add_task(file.name, total=100)
        _run(asyncio.to_thread(backups.make, _settings(), file, lambda done: bar.update(task, completed=done)))
    typer.echo(f"Written to {file}: {file.stat().st_size} bytes.")


@app.command()
def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="What `backup` wrote.")],
    verify: Annotated[bool, typer.Option("--verify", help="Then recompute the books, as `verify` does.")] = False,
) -> None:
    """Make a shop of a backup, where there is none yet; nothing is ever written over."""
    _run(asyncio.to_thread(backups.restore, _settings(), file))
    typer.echo(f"Restored from {file}.")
    if verify:
        audit_commands.told(context, as_json=False, migrating=True)


@catalog.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or JSON lines, also as .gz.")],
    language: Annotated[str, typer.Option(help="Language of columns that name none.")] = "en",
) -> None:
    """Take a catalog in. The same file twice changes nothing; bad rows are reported and passed over."""
    report = _run(catalog_files.take_in(_settings(), file, language))
    typer.echo(f"{report.new} new, {report.changed} changed, {report.same} the same, {report.refused} refused.")
    if report.unpriced:
        typer.echo(f"{report.unpriced} have no price: they are found, and sold once they have one.")
    for reason in report.errors[:20]:
        typer.echo(f"  {reason}", err=True)
    if report.refused > 20:
        typer.echo(f"  … and {report.refused - 20} more", err=True)
    raise typer.Exit(1 if report.refused and not (report.new or report.changed or report.same) else 0)


@catalog.command(name="export")
def export(
    file: Annotated[Path, typer.Argument(help="Where to: .csv, .jsonl, also with .gz.")],
) -> None:
    """Write the catalog out, so that `import` makes the same of it."""
    if not file.name.removesuffix(".gz").endswith(catalog_files.ENDINGS):
        typer.echo(f"{file}: the name ends in .csv or .jsonl, also with .gz", err=True)
        raise typer.Exit(2)
    typer.echo(f"{_run(catalog_files.write_out(_settings(), file))} variants written.")


@points_.command(name="rules")
def rules(
    file: Annotated[
        Path | None, typer.Argument(exists=True, dir_okay=False, help="Rules in JSON, as this command prints them.")
    ] = None,
) -> None:
    """Print how points are earned; with a file, replace it."""
    try:
        new = point_rules.read(file) if file is not None else None
    except ValidationError as error:
        for problem in error.errors():
            place = ".".join(str(part) for part in problem["loc"]) or str(file)
            typer.echo(f"{place}: {problem['msg'].removeprefix('Value error, ')}", err=True)
        raise typer.Exit(2) from None

    async def work() -> list[points.EarnRule]:
        await running.open_database(_settings())
        if new is not None:
            await points.set_rules(new)
        known = await points.earn_rules()
        await db.disconnect()
        return known

    typer.echo(point_rules.written(_run(work())))


@promotions_.command(name="load")
def load(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Promotions in JSON.")]) -> None:
    """Have these coupons and flash sales, known by their codes; all of them or none. The same file twice changes nothing."""

    async def work(settings: Settings) -> str:
        told = promotions.read(file.read_text(encoding="utf-8"))
        await promotions.load(told=told, currency=settings.currency, timezone=settings.timezone)
        return f"{len(told.coupons)} coupons, {len(told.flash_sales)} flash sales, {len(told.withdrawn)} withdrawn."

    with mistakes_of(file):
        typer.echo(_in_shop(work))


@promotions_.command(name="show")
def show() -> None:
    """Print the coupons and flash sales, and how far they are used, in JSON."""

    async def work(_settings: Settings) -> str:
        return json.dumps(await promotions.show(), ensure_ascii=False, indent=2)

    typer.echo(_in_shop(work))


@people_.command(name="member")
def member(
    person_id: Annotated[int, typer.Argument(help="The customer's number.")],
    until: Annotated[datetime | None, typer.Option(help="The day on which it ends; left out, it ends now.")] = None,
) -> None:
    """Let a customer pay member prices until a day."""
    settings = _settings()

    async def work() -> None:
        await running.open_database(settings)
        try:
            ends = None if until is None else int(until.replace(tzinfo=ZoneInfo(settings.timezone)).timestamp() * 1000)
            await people.set_member(person_id=person_id, until=ends)
        finally:
            await db.disconnect()

    try:
        _run(work())
    except NotFound:
        typer.echo(f"There is no customer {person_id}.", err=True)
        raise typer.Exit(2) from None
    typer.echo(
        f"Customer {person_id} is a member until {until:%Y-%m-%d}." if until else f"Customer {person_id} is no member."
    )


@people_.command(name="flags")
def flags() -> None:
    """Print the accounts that have a phone or an address in common, and what was decided about them, in JSON."""

    async def work(settings: Settings) -> str:
        zone = ZoneInfo(settings.timezone)
        told = [
            {**asdict(flag), "at": datetime.fromtimestamp(flag.at / 1000, zone).isoformat(timespec="seconds")}
            for flag in await sharing.flags()
        ]
        return json.dumps(told, ensure_ascii=False, indent=2)

    typer.echo(_in_shop(work))


@people_.command(name="clear")
def clear(
    flag_id: Annotated[int, typer.Argument(help="The flag's number.")],
    by: Annotated[str, typer.Option(help="Who says so.")],
) -> None:
    """Say that two flagged accounts are two people: from now on they are rewarded for bringing each other."""

    async def work(_settings: Settings) -> str:
        await sharing.clear(flag_id=flag_id, by=by)
        return f"Flag {flag_id} is cleared."

    typer.echo(_in_shop(work))


def _settings(**defaults: object) -> Settings:
    try:
        settings = Settings.with_defaults(**defaults)
    except ValidationError as error:
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper() or "settings"
            shown = "" if name in _SECRET else f" (it is {problem['input']!r})"
            typer.echo(f"{name}: {problem['msg'].removeprefix('Value error, ')}{shown}", err=True)
        raise typer.Exit(2) from None
    logs.to_stderr(settings.log_level, settings.log_format)
    return settings


def _run(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except (CannotStart, MigrationError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    except OSError as error:
        typer.echo(f"{error.filename}: {error.strerror}" if error.filename else str(error), err=True)
        raise typer.Exit(2) from None


def _in_shop(work: Callable[[Settings], Coroutine[Any, Any, T]], *, migrating: bool = True, **instead: object) -> T:
    """Do this in the open shop; `instead`: settings that it needs otherwise than the operator has them.

    Without `migrating` nothing is changed, and a database of another version is refused.
    """
    settings = _settings().model_copy(update=instead)

    async def run() -> T:
        await running.open_database(settings, migrating=migrating)
        try:
            return await work(settings)
        except NotFound:
            typer.echo("There is none of that name or number.", err=True)
            raise typer.Exit(1) from None
        except Refusal as refusal:
            typer.echo(Texts("en").refusal(refusal), err=True)
            raise typer.Exit(1) from None
        finally:
            await db.disconnect()

    return _run(run())


if __name__ == "__main__":
    app()
