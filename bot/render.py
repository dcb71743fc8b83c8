"""Chat texts: Jinja2 templates per noun, rendered as Telegram HTML in the reader's language."""

from collections.abc import Mapping
from functools import cache
from typing import Any
from unicodedata import east_asian_width

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from storefront import points
from storefront.kernel import clock
from storefront.kernel.money import Money
from storefront.kernel.texts import Texts, pick


def render(template: str, texts: Texts, **facts: Any) -> str:
    """The text of `bot/templates/<template>.html` for this reader."""
    return _environment(texts.language).get_template(f"{template}.html").render(**facts).strip()


def short(text: str, columns: int) -> str:
    """The text cut to so many columns; a Chinese character takes two."""
    if sum(map(_columns, text)) <= columns:
        return text
    kept = ""
    for character in text:
        columns -= _columns(character)
        if columns < 1:
            break
        kept += character
    return kept.rstrip() + "…"


@cache
def _environment(language: str) -> Environment:
    texts = Texts(language)
    environment = Environment(
        loader=PackageLoader("bot"),
        autoescape=True,
        auto_reload=False,
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
        movement=lambda line, numbers: _movement(texts, line, numbers),
        pick=lambda names: pick(names, language),
        short=short,
        countdown=lambda at: _countdown(texts, at),
    )
    return environment


def _countdown(texts: Texts, at: int) -> Markup:
    """How far off a moment is, told by the reader's own client, so that it stays right on a card that nobody redraws.

    A client that is too old for that shows the moment itself.
    """
    return Markup('⏳ <tg-time unix="{}" format="r">{}</tg-time>').format(at // clock.SECOND, texts.moment(at))


def _columns(character: str) -> int:
    return 2 if east_asian_width(character) in "WF" else 1


def _movement(texts: Texts, line: points.Line | points.Pending, numbers: Mapping[int, str]) -> str:
    _ = texts.gettext
    number = numbers.get(line.order_id) if line.order_id is not None else None
    cause = line.cause if isinstance(line, points.Line) else line.kind
    told = {
        "hold": (_("used for order %(number)s"), _("used for an order")),
        "release": (_("back from order %(number)s"), _("back from an order")),
        "refund": (_("back from order %(number)s"), _("back from an order")),
        "unearn": (_("taken back with order %(number)s"), _("taken back with an order")),
        "purchase": (_("earned by order %(number)s"), _("earned by an order")),
    }
    for name in (cause, line.kind):
        if name in told:
            with_number, without = told[name]
            return with_number % {"number": number} if number else without
    return {
        "first_order": _("for your first order"),
        "friend": _("for a friend you invited"),
        "share": _("for what was bought by your link"),
        "leader": _("for leading a group"),
        "check_in": _("for checking in"),
        "review": _("for your review"),
        "birthday": _("for your birthday"),
        "grant": _("given to you"),
        "expire": _("ended"),
        "follow": _("from your other chat"),
        "send": _("sent to a friend"),
        "take": _("from a friend"),
        "send_back": _("back: your friend did not take them"),
        "reversal": _("corrected"),
    }.get(cause if cause in _REWARDS else line.kind, cause)


_REWARDS = frozenset({"first_order", "friend", "share", "leader", "check_in", "review", "birthday"})
