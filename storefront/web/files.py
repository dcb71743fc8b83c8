"""Pictures, by the hash of their content: they never change."""

from aiohttp import ETag, web

from storefront import files


async def show(request: web.Request) -> web.Response:
    """The file, to be kept for ever."""
    name = request.match_info["hash"]
    known = request.if_none_match or ()
    if any(tag.value == name for tag in known):
        return _kept(web.Response(status=304), name)
    file = await files.content(name, public=True)
    response = web.Response(body=file.content, content_type=file.mime)
    # Whatever somebody managed to have kept: it runs nothing and loads nothing.
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return _kept(response, name)


def _kept(response: web.Response, name: str) -> web.Response:
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.etag = ETag(name)
    return response
