"""What every page shares: templates in the reader's language and headers that let nothing else in."""

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from storefront.kernel import clock
from storefront.kernel.money import Money
from storefront.kernel.texts import LANGUAGES, Texts, pick
from storefront.web import languages
from storefront.web.languages import SETTINGS

STATIC = Path(__file__).parent / "static"
CHAT = web.AppKey("chat", str)
TELEGRAM: web.AppKey[Callable[[], str | None]] = web.AppKey("telegram")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "Cache-Control": "private, no-cache",
    "Vary": "Accept-Language, Cookie",
}


def page(request: web.Request, template: str, *, status: int = 200, **facts: Any) -> web.Response:
    """A page in the reader's language."""
    told = rendered(request, template, **facts)
    response = web.Response(text=told, content_type="text/html", status=status, headers=_HEADERS)
    response.headers["Content-Language"] = languages.reader(request).replace("_", "-")
    languages.remember(request, response)
    return response


def rendered(request: web.Request, template: str, **facts: Any) -> str:
    """What a page says to its reader."""
    language = languages.reader(request)
    return (
        _environment(language)
        .get_template(f"{template}.html")
        .render(
            shop=request.app[SETTINGS],
            chat=request.app[CHAT],
            language=language,
            languages=[(code, languages.NAMES[code], _same_page_in(request, code)) for code in LANGUAGES],
            right_to_left=Texts(language).right_to_left,
            now=clock.now(),
            **facts,
        )
    )


def number(request: web.Request, name: str) -> int:
    """A whole number from the address, 0 when there is none."""
    text = request.query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


@cache
def asset(name: str) -> str:
    """The address of a file of ours; it changes with the content, so that no browser shows yesterday's."""
    return f"/static/{name}?v={sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


def major(amount: Money) -> str:
    """`46.90`, as machines read it."""
    return str(amount.major)


def _same_page_in(request: web.Request, code: str) -> str:
    # One slash: two would begin the name of another host.
    return "/" + str(request.rel_url.update_query(lang=code)).lstrip("/")


@cache
def _environment(language: str) -> Environment:
    texts = Texts(language)
    environment = Environment(
        loader=PackageLoader("storefront.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(texts.gettext, texts.ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.globals["asset"] = asset
    environment.filters.update(
        money=texts.money,
        points=texts.points,
        number=texts.number,
        plain=major,
        moment=texts.moment,
        date=texts.date,
        amount=lambda told: texts.money(Money(*told)),
        pick=lambda names: pick(names, language),
    )
    return environment
