"""Chat texts: Jinja2 templates per noun, rendered as Telegram HTML in the reader's language."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from storefront import points
from storefront.kernel.money import Money
from storefront.kernel.texts import Texts, pick


def render(template: str, texts: Texts, **facts: Any) -> str:
    """The text of `bot/templates/<template>.html` for this reader."""
    return _environment(texts.language).get_template(f"{template}.html").render(**facts).strip()


@cache
def _environment(language: str) -> Environment:
    texts = Texts(language)
    environment = Environment(
        loader=PackageLoader("bot"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(texts.gettext, texts.ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(
        money=texts.money,
        points=texts.points,
        number=texts.number,
        date=texts.date,
        moment=texts.moment,
        amount=lambda told: texts.money(Money(*told)),
        movement=lambda line: _movement(texts, line),
        pick=lambda names: pick(names, language),
    )
    return environment


def _movement(texts: Texts, line: points.Line) -> str:
    _ = texts.gettext
    told = {
        "grant": _("given to you"),
        "hold": _("used for an order"),
        "release": _("back from an order"),
        "expire": _("ended"),
        "follow": _("from your other chat"),
    }
    return told.get(line.kind, line.cause)
