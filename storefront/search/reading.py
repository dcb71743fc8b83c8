"""What a customer's sentence says: words to find, and what is wished of them besides. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache

from storefront.search import notations

WORDS_MAX = 12
TEXT_MAX = 300
_ABOUT_PERCENT = 20
_WORD = re.compile(r"[^\W_]+")
# After these a range is one of sizes.
_SIZED = {"size", "sizes", "age", "ages", "aged", "no", "eu", "uk", "размер", "размеры", "возраст", "مقاس", "عمر"}
_SIZED_HAN = ("尺码", "码数", "号")
# Two bare numbers are a range of prices only where both could be: not `412-20877`, not `3.5-5.6`, not `1-2`, not years.
_CENTURIES = range(1900_00, 2100_00)
_LEAST_HIGH = 10_00
_TIMES_MAX, _TIMES_BACKWARDS_MAX = 10, 3


class Kind(StrEnum):
    """What a part of a sentence says."""

    PRICE = "price"
    PRICE_MIN = "price_min"
    PRICE_MAX = "price_max"
    POINTS = "points"
    STOCK = "stock"
    NEWEST = "newest"
    CHEAPEST = "cheapest"
    COLOUR = "colour"
    SIZE = "size"
    CODE = "code"
    BRAND = "brand"
    SHELF = "shelf"


@dataclass(frozen=True)
class Chip:
    """A part of the sentence, from `start` up to `end`, that was read as a wish."""

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True)
class Code:
    """What names one thing: an `order` (`A-10042`), a `pickup` code, a `group` code, a `link` (as typed: whose it is must be
    looked at). `alone`: nothing else is said; `sure`: it can hardly be anything else.
    """

    kind: str
    value: str
    alone: bool = True
    sure: bool = False


@dataclass(frozen=True)
class Query:
    """Words to find, folded, and what is wished besides; prices in major units times 100, sizes and colours among the words too.

    `codes` are what the sentence may name, the likeliest first; `chips` say where in the text each wish stands, in order.
    """

    words: tuple[str, ...]
    price_max_hundredths: int | None = None
    price_min_hundredths: int | None = None
    points_max: int | None = None
    in_stock: bool = False
    newest: bool = False
    cheapest: bool = False
    colours: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    codes: tuple[Code, ...] = ()
    chips: tuple[Chip, ...] = field(default=(), compare=False)


def read(text: str) -> Query:
    """Read a sentence such as `大米 50以内`, `red tea 20-30 in stock` or `A-10042`."""
    return _read(text[:TEXT_MAX])


# One search reads its sentence for codes, words, filters and chips.
@lru_cache(maxsize=256)
def _read(text: str) -> Query:
    return _Reader(text).read()


def without(text: str, chip: Chip) -> str:
    """The sentence without one of the wishes that were read in it."""
    return " ".join(f"{text[: chip.start]} {text[chip.end :]}".split())


def folded_words(text: str) -> list[tuple[str, int, int]]:
    """The words of a text, folded, and of each from where up to where in the text it stands."""
    folded, places = _placed(text[:TEXT_MAX])
    return [(match[0], places[match.start()][0], places[match.end() - 1][1]) for match in _WORD.finditer(folded)]


def fold(text: str) -> str:
    """The same word however it is written: NFKC, case folded, digits of every script as 0 to 9, without marks."""
    if text.isascii() and text.isprintable():
        return text.lower()
    return unicodedata.normalize("NFKC", text).casefold().translate(_FOLDED)


_PRICES = (Kind.PRICE, Kind.PRICE_MIN, Kind.PRICE_MAX)


class _Reader:
    """Reads one sentence; what was read is read for nothing else."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._folded, self._places = _placed(text)
        self._taken = [False] * len(self._folded)
        self._chips: list[tuple[int, int, Kind, tuple[str, ...] | None]] = []
        self._query = Query(())

    def read(self) -> Query:
        codes = self._codes()
        self._points()
        self._ranges()
        self._limits()
        self._sizes()
        self._wishes()
        self._colours()
        self._chips.sort()
        words = tuple(dict.fromkeys(self._words()))[:WORDS_MAX]
        chips = tuple(Chip(kind, *self._span(start, end)) for start, end, kind, _words in self._chips)
        return replace(self._query, words=words, codes=codes, chips=chips)

    def _take(self, kind: Kind, match: tuple[int, int], words: tuple[str, ...] | None = ()) -> bool:
        """Whether a part was free; it is taken. `words` is what is left of it to look for, None: all of it, as it stands."""
        start, end = match
        if kind in _PRICES and (before := notations.PRICED.search(self._folded, 0, start)):
            start = before.start()
        while start < end and self._folded[start].isspace():
            start += 1
        if any(self._taken[start:end]):
            return False
        self._taken[start:end] = [True] * (end - start)
        self._chips.append((start, end, kind, words))
        return True

    def _codes(self) -> tuple[Code, ...]:
        if link := notations.LINK.search(self._text):
            start = sum(end <= link.start() for _, end in self._places)
            end = sum(start < link.end() for start, _ in self._places)
            if start < end:
                self._take(Kind.CODE, (start, end), None)
            return (Code("link", link[0], link[0] == self._text.strip(), sure=True),)
        bare = self._folded.strip(" \t.,!?。，！？#")
        found = [
            Code(kind, _code(kind, match), alone=True, sure=kind == "order" and not match[0].isdigit())
            for kind, pattern in _ALONE
            if (match := pattern.fullmatch(bare))
        ]
        for kind, pattern in _NAMED:
            if (match := pattern.search(self._folded)) and self._take(Kind.CODE, match.span(), None):
                outside = self._folded[: match.start()] + self._folded[match.end() :]
                found.append(Code(kind, _code(kind, match), not _WORD.search(outside), sure=True))
        if found and all(code.alone for code in found):
            self._taken = [True] * len(self._folded)
            self._chips = [(0, len(self._folded), Kind.CODE, None)]
        return tuple({(code.kind, code.value): code for code in found}.values())

    def _points(self) -> None:
        for match in self._matches(notations.POINTS):
            points = (notations.hundredths(match, "points") or 0) // 100
            if points and self._take(Kind.POINTS, match.span()):
                money = notations.hundredths(match, "high")
                self._query = replace(self._query, points_max=points, price_max_hundredths=money or None)
                return

    def _ranges(self) -> None:
        for match in self._matches(notations.RANGES):
            if self._query.price_max_hundredths is None and self._is_price(match):
                low, high = sorted((notations.hundredths(match, "low") or 0, notations.hundredths(match, "high") or 0))
                if high and self._take(Kind.PRICE, match.span()):
                    self._query = replace(self._query, price_min_hundredths=low or None, price_max_hundredths=high)
        for match in self._matches(notations.ABOUT):
            about = notations.hundredths(match, "about")
            if self._query.price_max_hundredths is None and about and self._take(Kind.PRICE, match.span()):
                part = about * _ABOUT_PERCENT // 100
                self._query = replace(self._query, price_min_hundredths=about - part, price_max_hundredths=about + part)

    def _is_price(self, match: re.Match[str]) -> bool:
        """Whether numbers with neither a word nor a currency are prices: not sizes, ages, years, or the parts of a number."""
        if not match[0][0].isdigit() or notations.is_money(match, "low") or notations.is_money(match, "high"):
            return True
        before = _WORD.findall(self._folded[: match.start()])
        if before and (before[-1] in _SIZED or before[-1].endswith(_SIZED_HAN)):
            return False
        told = [one for name in ("low", "high") if (one := notations.hundredths(match, name)) is not None]
        if len(told) < 2:
            return True
        low, high = min(told), max(told)
        likely = _TIMES_MAX if told[0] == low else _TIMES_BACKWARDS_MAX
        if high < _LEAST_HIGH or high > (low or high) * likely or low == high:
            return False
        return not all(one in _CENTURIES for one in told) and all(one % 100 == 0 or one % 10 for one in told)

    def _limits(self) -> None:
        for match in self._matches(notations.LEAST):
            if self._is_price(match):
                self._limit_low(match)
        for match in self._matches(notations.LEAST_FROM):
            if notations.is_money(match, "low") or notations.hundredths(match, "low") not in _CENTURIES:
                self._limit_low(match)
        for match in self._matches((*notations.MOST, *notations.SUMS)):
            high = notations.hundredths(match, "high")
            free = self._query.price_max_hundredths is None and self._query.points_max is None
            if free and high and self._is_price(match) and self._take(Kind.PRICE_MAX, match.span()):
                self._query = replace(self._query, price_max_hundredths=high)
        low, high = self._query.price_min_hundredths, self._query.price_max_hundredths
        if low is not None and high is not None and low > high:
            self._query = replace(self._query, price_min_hundredths=high, price_max_hundredths=low)

    def _limit_low(self, match: re.Match[str]) -> None:
        low = notations.hundredths(match, "low")
        if self._query.price_min_hundredths is None and low and self._take(Kind.PRICE_MIN, match.span()):
            self._query = replace(self._query, price_min_hundredths=low)

    def _sizes(self) -> None:
        for size in notations.measured(self._folded):
            if self._take(Kind.SIZE, (size.start, size.end), size.words):
                self._query = replace(self._query, sizes=(*self._query.sizes, *size.words))

    def _wishes(self) -> None:
        in_stock = self._said(Kind.STOCK, notations.STOCK)
        cheapest = self._said(Kind.CHEAPEST, notations.CHEAPEST)
        alone = notations.NEW_ALONE.fullmatch(self._folded) and self._take(Kind.NEWEST, (0, len(self._folded)))
        newest = self._said(Kind.NEWEST, notations.NEWEST) or bool(alone)
        self._query = replace(self._query, in_stock=in_stock, cheapest=cheapest, newest=newest)

    def _said(self, kind: Kind, patterns: Sequence[re.Pattern[str]]) -> bool:
        taken = [self._take(kind, match.span()) for match in self._matches(patterns)]
        return any(taken)

    def _colours(self) -> None:
        for colour, start, end in notations.colours(self._folded):
            if self._take(Kind.COLOUR, (start, end), None):
                self._query = replace(self._query, colours=(*self._query.colours, colour))
        self._query = replace(self._query, colours=tuple(dict.fromkeys(self._query.colours)))

    def _matches(self, patterns: Sequence[re.Pattern[str]]) -> Iterator[re.Match[str]]:
        for pattern in patterns:
            yield from pattern.finditer(self._folded)

    def _words(self) -> Iterator[str]:
        at = 0
        for start, end, _kind, words in self._chips:
            yield from _WORD.findall(self._folded[at:start])
            yield from _WORD.findall(self._folded[start:end]) if words is None else words
            at = end
        yield from _WORD.findall(self._folded[at:])

    def _span(self, start: int, end: int) -> tuple[int, int]:
        return self._places[start][0], self._places[end - 1][1]


_ALONE = (
    ("pickup", notations.PICKUP_ALONE),
    ("order", notations.ORDER_ALONE),
    ("group", notations.GROUP_ALONE),
)
_NAMED = (("order", notations.ORDER), ("pickup", notations.PICKUP), ("group", notations.GROUP))


def _code(kind: str, match: re.Match[str]) -> str:
    if kind == "group":
        return match["code"].upper()
    return f"A-{match['digits']}" if kind == "order" else match["digits"]


def _placed(text: str) -> tuple[str, list[tuple[int, int]]]:
    """A text folded, and of each of its characters from where to where in the text it comes."""
    folded: list[str] = []
    places: list[tuple[int, int]] = []
    start = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and _joins(text[end]):
            continue
        part = fold(text[start:end])
        folded.append(part)
        places += [(start, end)] * len(part)
        start = end
    return "".join(folded)[:TEXT_MAX], places[:TEXT_MAX]


def _joins(character: str) -> bool:
    """Whether it makes one with the character before it: a mark, or a part of a Korean syllable."""
    return character > "\u02ff" and (unicodedata.combining(character) != 0 or "\u1160" <= character <= "\u11ff")


class _Folded(dict[int, str]):
    """What each character becomes, looked up once."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        if category == "Nd":
            character = str(unicodedata.digit(character))
        elif category in ("Cf", "Cc", "Cs", "Mn"):
            character = " " if character in "\t\n\r" else ""
        self[code] = character
        return character


_FOLDED = _Folded()
