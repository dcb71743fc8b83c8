"""Pictures of items, by the hash of their content: they never change."""

import re

from aiohttp import web

from storefront import files

_HASH = re.compile(r"^[0-9a-f]{64}$")


async def show(request: web.Request) -> web.Response:
    """The file, to be kept for ever."""
    name = request.match_info["hash"]
    if not _HASH.match(name):
        raise web.HTTPNotFound
    if request.headers.get("If-None-Match") == f'"{name}"':
        return web.Response(status=304)
    file = await files.content(name)
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "ETag": f'"{name}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return web.Response(body=file.content, content_type=file.mime, headers=headers)
