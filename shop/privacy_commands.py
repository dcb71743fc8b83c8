"""`pindan people export` and `pindan people erase`: what the shop holds of a customer, handed out and taken away."""

import json
from pathlib import Path
from typing import Annotated

import typer

import webchat
from shop.running import webchat_database
from storefront import privacy
from storefront.kernel.settings import Settings

Person = Annotated[int, typer.Argument(help="The customer's number.")]
# The bot of the browser chat; its users are the visitors.
_WEBCHAT_BOT = 1


def export(
    context: typer.Context,
    person_id: Person,
    folder: Annotated[Path, typer.Argument(help="Where to: a new folder.")],
) -> None:
    """Write all that the shop holds of a customer, for her: JSON, and her photos."""

    async def work(settings: Settings) -> int:
        told = await privacy.export(person_id=person_id, actor="operator")
        visits = [user for bot, user in await privacy.visits(person_id) if bot == _WEBCHAT_BOT]
        said = [message for user in visits for message in await webchat.said(webchat_database(settings), user)]
        folder.mkdir(parents=True)
        (folder / "shop.json").write_text(json.dumps(told, ensure_ascii=False, indent=2, default=str), encoding="utf-8")
        (folder / "browser-chat.json").write_text(json.dumps(said, ensure_ascii=False, indent=2), encoding="utf-8")
        photos = await privacy.photos(person_id)
        for photo in photos:
            (folder / f"{photo.hash}.jpg").write_bytes(photo.content)
        return len(photos)

    if folder.exists():
        raise typer.BadParameter(f"{folder} is there already: choose a new folder")
    count = context.obj(work)
    typer.echo(f"Written to {folder}: shop.json, browser-chat.json and {count} photos.")


def erase(context: typer.Context, person_id: Person) -> None:
    """Take away all that tells who a customer was; the books stay. There is no way back."""

    async def work(settings: Settings) -> bool:
        visits = [user for bot, user in await privacy.visits(person_id) if bot == _WEBCHAT_BOT]
        done = await privacy.erase(person_id=person_id, actor="operator")
        for user in visits:
            await webchat.forget(webchat_database(settings), user)
        return done

    typer.echo(f"Customer {person_id} is erased." if context.obj(work) else f"Customer {person_id} was erased before.")
