"""Photos that a code is looked for in: fetched after they came; what the code names takes the place of what she was told."""

import asyncio
from functools import partial

from telegram import Bot
from telegram.error import BadRequest, TelegramError

from bot import links
from bot.context import House
from bot.errands import Errands
from bot.photos import fetch
from storefront import catalog, files, groupbuy, messaging, search, sharing
from storefront.kernel import db
from storefront.kernel.errors import NotFound


class Scans(Errands[search.Scan]):
    """Looks into the photos of one bot's customers. Two replicas may look into one: what comes of it is said once."""

    def __init__(self, bot: Bot, house: House) -> None:
        self._bot, self._house = bot, house
        due = partial(search.scans, bot_id=bot.id)
        super().__init__("scans", bot.id, due=due, do=self._look, wake=search.PHOTOS)

    async def _look(self, scan: search.Scan) -> None:
        try:
            told = await asyncio.to_thread(files.codes_in, await fetch(self._bot, scan.file_id))
        except (files.NotAPhoto, BadRequest):
            told = []
        except TelegramError:
            await search.unscanned(scan)
            return
        named = next((found for text in told if (found := self._named(text)) is not None), None)
        async with db.tx():
            if await search.scanned(scan.id) and named is not None:
                await _show(scan, named)

    def _named(self, text: str) -> links.Named | None:
        code = next(iter(search.read(text).codes), None)
        if code is None:
            return None
        return links.read(self._house, code.value) if code.kind == "link" else None


async def _show(scan: search.Scan, named: links.Named) -> None:
    if named.sharer is not None:
        await sharing.touched(code=named.sharer, person_id=scan.person_id)
    try:
        if named.kind == "group":
            group = await groupbuy.by_code(named.value)
            await _change(scan, groupbuy.CARD, "group_card", group_id=group.id)
            if group.open:
                await groupbuy.watch(card_id=scan.card_id, group=group)
        elif named.kind == "item":
            item = await catalog.item(int(named.value))
            await _change(scan, "catalog/posted", "item_scanned", item_id=item.id)
        else:
            await _change(scan, "codes/link", "link_scanned", payload=named.value)
    except NotFound:
        # What she was told stays.
        return


async def _change(scan: search.Scan, kind: str, letter: str, **facts: object) -> None:
    await messaging.change(
        card_id=scan.card_id,
        bot_id=scan.bot_id,
        chat_id=scan.chat_id,
        person_id=scan.person_id,
        kind=kind,
        payload={"letter": letter, "facts": facts},
    )
