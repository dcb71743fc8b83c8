"""`pindan merchants`: their commissions, what they are owed, and what was paid to them."""

import json
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer
from babel.numbers import get_currency_precision, is_currency

from shop.errors import mistakes_of
from storefront import merchants
from storefront.kernel.money import Money
from storefront.kernel.settings import Settings

_KEY_MAX = 100
_MINOR_MAX = 10**15

group = typer.Typer(no_args_is_help=True, help="Whose things are sold here, and what they are owed.")


@group.command()
def load(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Merchants in JSON.")],
) -> None:
    """Have these merchants and commissions, known by their codes; all of them or none. Orders keep the rate of their day."""

    async def work(_settings: Settings) -> str:
        told = merchants.read(file.read_text(encoding="utf-8"))
        await merchants.load(told=told)
        return f"{len(told.merchants)} merchants."

    with mistakes_of(file):
        typer.echo(context.obj(work))


@group.command()
def owed(context: typer.Context) -> None:
    """Print what each merchant is owed, what the shop kept of its sales, and what was paid out, by currency, in JSON."""

    async def work(_settings: Settings) -> str:
        return json.dumps([_told(one) for one in await merchants.owed()], ensure_ascii=False, indent=2)

    typer.echo(context.obj(work))


@group.command()
def paid(
    context: typer.Context,
    code: Annotated[str, typer.Argument(help="The merchant's code.")],
    amount: Annotated[str, typer.Argument(help="What was paid, such as 1250.00.")],
    currency: Annotated[str, typer.Argument(help="Its ISO 4217 code, such as CNY.")],
    key: Annotated[str, typer.Option(help="The bank's reference of the payment: each counts once.")],
) -> None:
    """Book that a merchant was paid, once for each reference and never more than it is owed."""
    money = _money(amount, currency)
    if not 0 < len(key) <= _KEY_MAX:
        raise typer.BadParameter(f"a reference has 1 to {_KEY_MAX} characters", param_hint="--key")

    async def work(_settings: Settings) -> bool:
        return await merchants.pay_out(code=code, amount=money, key=key, actor="shop")

    told = f"{amount} {currency} to {code}, reference {key}"
    typer.echo(f"Booked: {told}." if context.obj(work) else f"Booked before: {told}.")


def _told(one: merchants.Owed) -> dict[str, str]:
    return {
        "merchant": one.merchant.code,
        "name": one.merchant.name,
        "currency": one.currency,
        "owed": str(Money(one.owed_minor, one.currency).major),
        "commission": str(Money(one.commission_minor, one.currency).major),
        "paid": str(Money(one.paid_minor, one.currency).major),
    }


def _money(amount: str, currency: str) -> Money:
    if not is_currency(currency):
        raise typer.BadParameter(f"{currency!r} is no ISO 4217 code such as CNY", param_hint="CURRENCY")
    try:
        minor = Decimal(amount).scaleb(get_currency_precision(currency))
        if not (0 < minor <= _MINOR_MAX and minor == minor.to_integral_value()):
            raise InvalidOperation
    except InvalidOperation:
        raise typer.BadParameter(f"{amount!r} is no amount of {currency} above 0", param_hint="AMOUNT") from None
    return Money(int(minor), currency)
