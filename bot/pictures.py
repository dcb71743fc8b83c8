"""Pictures that leave with messages: kept files, strips of results, receipts, pick-up codes. Drawn when they leave."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from storefront import files
from storefront.kernel import charts, drawing, posters
from storefront.kernel.texts import Texts


async def paint(picture: Mapping[str, Any]) -> bytes:
    """The image that a message's picture names: its name's first part says how it is made."""
    kind = str(picture["name"]).partition(":")[0]
    return await _PAINTERS[kind](picture)


async def _file(picture: Mapping[str, Any]) -> bytes:
    return (await files.content(str(picture["name"]).partition(":")[2])).content


async def _strip(picture: Mapping[str, Any]) -> bytes:
    tiles = [drawing.Tile(await files.seen(tile["photo"]), tile["badge"], tile["label"]) for tile in picture["tiles"]]
    return await asyncio.to_thread(drawing.strip, tiles)


async def _receipt(picture: Mapping[str, Any]) -> bytes:
    return await asyncio.to_thread(
        drawing.document,
        title=picture["title"],
        subtitle=picture["subtitle"],
        lines=[tuple(line) for line in picture["lines"]],
        totals=[tuple(line) for line in picture["totals"]],
        right_to_left=Texts(picture["language"]).right_to_left,
    )


async def _code(picture: Mapping[str, Any]) -> bytes:
    return await asyncio.to_thread(
        drawing.code_card, code=picture["code"], title=picture["title"], subtitle=picture["subtitle"]
    )


async def _chart(picture: Mapping[str, Any]) -> bytes:
    groups = [
        charts.Bars(name, (earned, used), (above, below)) for name, earned, used, above, below in picture["months"]
    ]
    earned, used = picture["legend"]
    return await asyncio.to_thread(
        charts.bars,
        title=picture["title"],
        legend=(earned, used),
        groups=groups,
        right_to_left=Texts(picture["language"]).right_to_left,
    )


async def _poster(picture: Mapping[str, Any]) -> bytes:
    told = posters.Poster(
        posters.Joined(**picture["joined"]), until=picture["until"], scan=picture["scan"], link=picture["link"]
    )
    return await asyncio.to_thread(
        posters.poster,
        told,
        photo=await files.seen(picture["photo"]),
        right_to_left=Texts(picture["language"]).right_to_left,
    )


_PAINTERS: Mapping[str, Callable[[Mapping[str, Any]], Awaitable[bytes]]] = {
    "file": _file,
    "strip": _strip,
    "receipt": _receipt,
    "code": _code,
    "chart": _chart,
    "poster": _poster,
}
