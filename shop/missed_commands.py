"""`pindan search-missed`: what customers search for and the shop does not have."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from storefront import search
from storefront.kernel.settings import Settings


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
