"""`pindan staff ...`: who works at the desk.

`context.obj` does work with the shop's database open; the `pindan` command sets it.
"""

from typing import Annotated

import typer

from storefront import staff, support
from storefront.kernel.settings import Settings

Login = Annotated[str, typer.Argument(help="Name to sign in with.")]

group = typer.Typer(no_args_is_help=True, help="Who works at the desk: agents, leads and admins.")


@group.command()
def add(
    context: typer.Context,
    login: Login,
    name: Annotated[str, typer.Option(help="What customers are told.")],
    role: Annotated[str, typer.Option(help="agent, lead or admin.")] = "agent",
    language: Annotated[list[str] | None, typer.Option(help="en, zh_Hans, ru, ar; none: all of them.")] = None,
    capacity: Annotated[int, typer.Option(min=0, help="Cases at a time that are given to her.")] = 8,
    refunds: Annotated[bool, typer.Option(help="Whether she gives back by herself.")] = True,
    telegram: Annotated[int | None, typer.Option(help="Her user number in Telegram.")] = None,
) -> None:
    """Take somebody in, and print where she sets her password; the address works once, for three days."""
    if role not in staff.ROLES:
        raise typer.BadParameter(f"{role} is none of {', '.join(staff.ROLES)}")

    async def work(settings: Settings) -> str:
        who = await staff.add(
            login=login,
            name=name,
            role=role,
            languages=language or (),
            may_refund=refunds,
            capacity=capacity,
            telegram_user_id=telegram,
        )
        return _address(settings, await staff.invite(staff_id=who.id, actor="operator"))

    typer.echo(context.obj(work))


@group.command()
def reset(context: typer.Context, login: Login) -> None:
    """End her password, her codes and her sessions, and print where she sets a new password."""

    async def work(settings: Settings) -> str:
        who = await staff.by_login(login)
        return _address(settings, await staff.invite(staff_id=who.id, actor="operator"))

    typer.echo(context.obj(work))


@group.command()
def leave(context: typer.Context, login: Login) -> None:
    """She works here no more; her cases are for all again."""

    async def work(_: Settings) -> int:
        who = await staff.by_login(login)
        await staff.leave(staff_id=who.id, actor="operator")
        return await support.let_go(staff_id=who.id)

    typer.echo(f"{context.obj(work)} of her cases are for all again.")


@group.command(name="list")
def list_(context: typer.Context) -> None:
    """Show who works here."""
    for who in context.obj(lambda _: staff.all_here()):
        spoken = " ".join(who.languages) or "all languages"
        refunds = "" if who.may_refund else "  proposes refunds"
        typer.echo(f"{who.login}  {who.name}  {who.role}  {spoken}  {who.capacity} cases{refunds}")


def _address(settings: Settings, code: str) -> str:
    return f"{settings.address}/desk/welcome?code={code}"
