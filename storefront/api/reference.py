"""The API for people: one page made from the OpenAPI document, without scripts and without anything of another host."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

PAGE: web.AppKey[str] = web.AppKey("page", str)
_STYLE = Path(__file__).parent / "static" / "docs.css"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
_BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minItems": "at least {} of them",
    "maxItems": "at most {} of them",
    "pattern": "like {}",
    "default": "{} when left out",
}


async def show(request: web.Request) -> web.Response:
    """The page."""
    return web.Response(text=request.app[PAGE], content_type="text/html", headers=_HEADERS)


async def style(_request: web.Request) -> web.Response:
    """What it looks like."""
    return web.Response(text=_STYLE.read_text(encoding="utf-8"), content_type="text/css", headers=_HEADERS)


def page(document: Mapping[str, Any], *, prefix: str) -> str:
    """The page of a document whose own address is `prefix`/openapi.json."""
    environment = Environment(
        loader=PackageLoader("storefront.api"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"words": _words, "type": _type, "bounds": _bounds}
    return environment.get_template("docs.html").render(document=document, prefix=prefix)


def _words(text: str) -> Markup:
    """A text of the document: `code` as code, an empty line as a new paragraph."""
    paragraphs = []
    for paragraph in text.split("\n\n"):
        parts = [escape(part) for part in paragraph.split("`")]
        parts[1::2] = [Markup("<code>{}</code>").format(part) for part in parts[1::2]]
        paragraphs.append(Markup("<p>{}</p>").format(Markup("").join(parts)))
    return Markup("\n").join(paragraphs)


def _type(schema: Mapping[str, Any]) -> Markup:
    """What kind of value it is, with a link where the page describes it."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#{0}">{0}</a>').format(name)
    if "anyOf" in schema:
        return Markup(" or ").join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return Markup(", ").join(Markup("<code>{}</code>").format(one) for one in schema["enum"])
    if schema["type"] == "array":
        return Markup("list of {}").format(_type(schema["items"]))
    return escape(schema.get("format", schema["type"]))


def _bounds(schema: Mapping[str, Any]) -> str:
    """What a value must be besides."""
    return ", ".join(told.format(schema[name]) for name, told in _BOUNDS.items() if schema.get(name) is not None)
