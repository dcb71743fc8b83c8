"""Every word in the reader's language, with its plural forms, numbers, money and dates."""

import gettext
import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from functools import cache, lru_cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, get_timezone
from babel.messages import mofile, pofile
from babel.numbers import format_currency, format_decimal

from storefront.kernel.errors import Refusal
from storefront.kernel.money import Money

LANGUAGES = ("en", "zh_Hans", "ru", "ar")
CATALOGS = Path(__file__).resolve().parents[2] / "locales"
_FALLBACK_TIMEZONE = "UTC"
_SIGN_OF_LETTERS = re.compile(r"(?<=[A-Z])[^\w\s]")
_timezone: tzinfo = get_timezone(_FALLBACK_TIMEZONE)


def use_timezone(name: str) -> None:
    """Tell dates and hours in the shop's own time zone (an IANA name); raises LookupError for an unknown one."""
    global _timezone
    _timezone = get_timezone(name)


def local(at: int) -> datetime:
    """An epoch ms in the shop's own time zone."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(_timezone)


def day(at: int) -> int:
    """The day of an epoch ms in the shop's own time zone, counted from 1 January of the year 1."""
    return local(at).toordinal()


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)


@cache
def _is_right_to_left(language: str) -> bool:
    return _locale(language).text_direction == "rtl"


@cache
def _catalog(language: str) -> gettext.NullTranslations:
    # Compiled in memory from the .po file: no build step that could be forgotten, 30 ms a language at start.
    path = CATALOGS / language / "LC_MESSAGES" / "shop.po"
    if not path.exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as source:
        mofile.write_mo(compiled, pofile.read_po(source, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@lru_cache(maxsize=4096)
def _money(amount: Money, language: str) -> str:
    # A tenth of a millisecond each, and the same prices stand on every card.
    return format_currency(amount.major, amount.currency, locale=_locale(language))


def closest(code: str | None) -> str | None:
    """The shop's language nearest to a client's code such as `zh-CN` or `ru-RU`; None when none is near (`pt-br`)."""
    primary = (code or "").replace("_", "-").split("-")[0].lower()
    return {"en": "en", "zh": "zh_Hans", "ru": "ru", "ar": "ar", "be": "ru", "kk": "ru"}.get(primary)


def pick(names: Mapping[str, str], language: str) -> str:
    """The name in the reader's language, else in English, else in whichever there is; empty when there is none."""
    return names.get(language) or names.get("en") or next(iter(names.values()), "")


class Texts:
    """One reader's language: translates, fills and formats."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else "en"
        self.locale = _locale(self.language)
        self.right_to_left = _is_right_to_left(self.language)
        self._catalog = _catalog(self.language)

    def gettext(self, text: str) -> str:
        """The sentence in the reader's language."""
        return self._catalog.gettext(text)

    def ngettext(self, one: str, many: str, n: int) -> str:
        """The sentence with the plural form that `n` takes in the reader's language."""
        return self._catalog.ngettext(one, many, n)

    def fill(self, text: str, **facts: object) -> str:
        """Translate a sentence and put the facts into its named places, each formatted for the reader."""
        return self.gettext(text) % {name: self.show(fact) for name, fact in facts.items()}

    def fill_plural(self, one: str, many: str, n: int, **facts: object) -> str:
        """As `fill`, with the plural form for `n`, which fills the place `%(n)s`."""
        return self.ngettext(one, many, n) % {name: self.show(fact) for name, fact in {**facts, "n": n}.items()}

    def refusal(self, refusal: Refusal) -> str:
        """What the reader is told when the shop says no."""
        number = refusal.facts.get("n")
        if refusal.text_plural is not None and isinstance(number, int):
            facts = {name: fact for name, fact in refusal.facts.items() if name != "n"}
            return self.fill_plural(refusal.text, refusal.text_plural, number, **facts)
        return self.fill(refusal.text, **refusal.facts)

    def show(self, fact: object) -> str:
        """A fact as the reader writes it: money with its sign, an integer with its groups, localized names picked."""
        if isinstance(fact, Money):
            return self.money(fact)
        if isinstance(fact, int):
            return self.number(fact)
        if isinstance(fact, Mapping):
            return pick(fact, self.language)
        return str(fact)

    def number(self, value: int) -> str:
        """12345 as 12,345 or 12 345."""
        return format_decimal(value, locale=self.locale)

    def money(self, amount: Money) -> str:
        """An amount with its currency sign; minor units by ISO 4217. Telegram's Stars (XTR) have none."""
        if amount.currency == "XTR":
            return f"{self.number(amount.minor)} ⭐"
        told = _money(amount, self.language)
        # From right to left the sign of CN¥ would leave its letters and stand before them: a mark keeps it there.
        return _SIGN_OF_LETTERS.sub("\\g<0>\u200e", told) if self.right_to_left else told

    def points(self, n: int) -> str:
        """1 point, 2,000 points."""
        return self.fill_plural("%(n)s point", "%(n)s points", n)

    def date(self, at: int) -> str:
        """An epoch ms as a day, in the shop's time zone."""
        # The name of the month: Arabic's short dates have slashes, and /11 would be a command in a chat.
        return format_skeleton("yMMMd", local(at), locale=self.locale)

    def month(self, at: int) -> str:
        """The short name of the month that an epoch ms is in, in the shop's time zone."""
        return format_date(local(at), "LLL", locale=self.locale)

    def time(self, at: int) -> str:
        """An epoch ms as an hour of the day, in the shop's time zone."""
        moment = datetime.fromtimestamp(at / 1000, UTC)
        return format_time(moment, "short", tzinfo=_timezone, locale=self.locale)

    def moment(self, at: int) -> str:
        """An epoch ms as day, hour and minute, in the shop's time zone."""
        both = str(self.locale.datetime_formats["medium"])
        return both.replace("{1}", self.date(at)).replace("{0}", self.time(at))
