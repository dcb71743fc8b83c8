"""A text in tokens, the same for both databases: folded, simplified, stemmed; characters and pairs for Chinese. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from storefront.search.reading import fold

TOKEN_MAX = 40
_WORDS_KEPT = 20_000
_HAN = (
    r"\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_ANY_HAN = re.compile(f"[{_HAN}]")
_HAN_OR_NOT = re.compile(f"[{_HAN}]+|[^{_HAN}]+")
_INCHES = re.compile(r"(?<=\d)\s?(?:''|[\"″”])")
# A word with what it is joined by, or a mark that ends a phrase.
_CHUNK = re.compile(r"[^\W_]+(?:(?:[-./'’+]|(?<=\d),(?=\d))[^\W_]+){0,8}|[,;:()\[\]|/]|(?<=\s)[-–—](?=\s)")
_JOINT = re.compile(r"[-./'’+,]")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_MEASURE = re.compile(r"(\d+(?:[.,]\d+)?)([^\W\d_]{1,6})")
_RUNS = re.compile(r"\d+|[^\W\d_]+")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_LANGUAGES = {"latin": "english", "cyrillic": "russian", "arabic": "arabic"}
BREAK = ","

_UNITS = {
    **dict.fromkeys(("in", "inch", "inches", "дюйм", "дюйма", "дюймов", "بوصة"), "in"),
    **dict.fromkeys(("ft", "foot", "feet"), "ft"),
    **dict.fromkeys(("mm", "мм", "millimeter", "millimetre"), "mm"),
    **dict.fromkeys(("cm", "см", "سم", "centimeter", "centimetre"), "cm"),
    **dict.fromkeys(("m", "м", "meter", "metre", "meters", "metres"), "m"),
    **dict.fromkeys(("g", "г", "gr", "gram", "grams", "грамм", "غرام"), "g"),
    **dict.fromkeys(("kg", "кг", "kilo", "kilogram", "كجم", "كغ", "كيلو"), "kg"),
    **dict.fromkeys(("lb", "lbs", "pound", "pounds"), "lb"),
    **dict.fromkeys(("oz", "ounce", "ounces"), "oz"),
    **dict.fromkeys(("ml", "мл", "مل"), "ml"),
    **dict.fromkeys(("l", "л", "liter", "litre", "liters", "litres", "литр", "لتر"), "l"),
    **dict.fromkeys(("qt", "quart", "quarts"), "qt"),
    **dict.fromkeys(("gal", "gallon", "gallons"), "gal"),
    **dict.fromkeys(("kb", "кб"), "kb"),
    **dict.fromkeys(("mb", "мб"), "mb"),
    **dict.fromkeys(("gb", "гб"), "gb"),
    **dict.fromkeys(("tb", "тб"), "tb"),
    **dict.fromkeys(("w", "вт", "watt", "watts"), "w"),
    **dict.fromkeys(("v", "в", "volt", "volts"), "v"),
    **dict.fromkeys(("mah", "мач"), "mah"),
    **dict.fromkeys(("hz", "гц"), "hz"),
    **dict.fromkeys(("ghz", "ггц"), "ghz"),
    **dict.fromkeys(("mp", "мп", "megapixel", "megapixels"), "mp"),
    **dict.fromkeys(("pc", "pcs", "piece", "pieces", "шт", "قطعة"), "pc"),
    **dict.fromkeys(("pk", "pack", "packs"), "pk"),
}  # fmt: skip

# Words that bind others, and name nothing themselves.


def listed(*words: str) -> frozenset[str]:
    """Words that stand in a text, separated by spaces."""
    return frozenset(word for text in words for word in text.split())


# Words that bind others, and name nothing themselves.
STOP_WORDS = listed(
    "a an the of for with without and or to in on at by from as is are be it its this that your you my our into per via w",
    "и в во на с со для по из от до к о об у за не или как что это",
    "في من على مع عن الى إلى و أو او لا هذا هذه",
    "的 和 与 或 了 吗 呢 我 要 买 有",
)

Tokens = tuple[tuple[str, ...], tuple[str, ...]]


class Part(NamedTuple):
    """A part of a wish: its tokens in a row, those derived from it, and how it was written."""

    tokens: tuple[str, ...]
    derived: tuple[str, ...]
    word: str


def analyze(text: str) -> Tokens:
    """The tokens of a text in their order, `BREAK` where a phrase ends, and those derived from them: pairs, joined words.

    A token has letters, digits and at most a `.` inside; no database's own tokenizer would cut it.
    """
    said, derived = list[str](), list[str]()
    for chunk in _chunks(text):
        if chunk.isdecimal():
            # A number is its own token, and there are too many of them to be kept.
            said.append(chunk[:TOKEN_MAX])
            continue
        tokens, more = _chunk(chunk)
        unit = _UNITS.get(chunk)
        if unit and said and _NUMBER.fullmatch(said[-1]):
            derived.append(said[-1])
            said[-1] += unit
            continue
        said.extend(tokens)
        derived.extend(more)
    return tuple(said), tuple(derived)


def parts(texts: Iterable[str]) -> list[Part]:
    """What a wish consists of: a word each, a run of Chinese each, a number with its unit."""
    found = list[Part]()
    for text in texts:
        for chunk in _chunks(text):
            unit = _UNITS.get(chunk)
            if unit and found and _NUMBER.fullmatch(found[-1].word):
                number = found.pop().tokens[0]
                found.append(Part((number + unit,), (number,), number + unit))
                continue
            tokens, derived = _chunk(chunk)
            for run in _HAN_OR_NOT.findall(chunk) if _ANY_HAN.search(chunk) else ():
                if _ANY_HAN.match(run):
                    found.append(Part(tuple(run), _pairs(run), run))
                else:
                    found.append(Part((stem(run[:TOKEN_MAX]),), (), run))
            if not _ANY_HAN.search(chunk) and tokens != (BREAK,):
                found.append(Part(tokens, derived, chunk))
    return found


def words(text: str) -> list[tuple[str, str]]:
    """Every plain word of a text with its token, as a vocabulary keeps them."""
    return [(token, chunk) for chunk in _chunks(text) for token in _chunk(chunk)[0][:1] if chunk.isalpha()]


def joined(left: str, right: str) -> list[str]:
    """What two neighbours are when written as one: `wh 1000xm3`, `head phones`, `1 tb`, `13 3`."""
    if _NUMBER.fullmatch(left) and right.isdigit():
        return [f"{left}.{right}"]
    return [stem(left + right)] if left.isalnum() and right.isalnum() and len(left + right) <= TOKEN_MAX else []


@lru_cache(maxsize=_WORDS_KEPT)
def stem(word: str) -> str:
    """A word without its endings; numbers, model numbers and Chinese stay as they are."""
    if len(word) < 3 or not word.isalpha():
        return word
    if word.isascii():
        return _stemmed("english", word)
    if _CYRILLIC.search(word):
        return _stemmed("russian", word)
    if _ARABIC.search(word):
        return _stemmed("arabic", word.removeprefix("ال") if len(word) > 4 else word)
    return word


def forget_words() -> None:
    """Give the memory back that a whole catalog's words took, and what turns traditional characters into simplified ones."""
    for kept in (stem, _chunk, _simplifier):
        kept.cache_clear()


def is_han(token: str) -> bool:
    """Whether a token is written in Chinese characters."""
    return _ANY_HAN.match(token) is not None


def _chunks(text: str) -> Iterator[str]:
    folded = fold(text)
    if not folded.isascii():
        if _ANY_HAN.search(folded):
            folded = _simplifier().convert(folded)
        folded = folded.translate(_PLAIN)
    return iter(_CHUNK.findall(_INCHES.sub(" in ", folded)))


@lru_cache(maxsize=_WORDS_KEPT)
def _chunk(chunk: str) -> Tokens:
    if not chunk[0].isalnum():
        return (BREAK,), ()
    if chunk.isascii() and chunk.isalpha():
        return (stem(chunk[:TOKEN_MAX]),), ()
    found = _number(chunk) if chunk[0].isdigit() else None
    if found is None and chunk.isascii() and chunk.isalnum():
        token = chunk[:TOKEN_MAX]
        return (token,), tuple(part for part in _RUNS.findall(token) if len(part) > 3)
    return found or _pieces(chunk)


def _number(chunk: str) -> Tokens | None:
    if _THOUSANDS.fullmatch(chunk):
        return (chunk.replace(",", "")[:TOKEN_MAX],), ()
    if _NUMBER.fullmatch(chunk):
        return (chunk.replace(",", ".")[:TOKEN_MAX],), ()
    measure = _MEASURE.fullmatch(chunk)
    if measure and measure[2] in _UNITS:
        return (measure[1].replace(",", ".") + _UNITS[measure[2]],), (measure[1],)
    return None


def _pieces(chunk: str) -> Tokens:
    said, derived = list[str](), list[str]()
    pieces = _JOINT.split(chunk)
    if len(pieces) > 1 and pieces[-1] == "s":
        pieces.pop()
    for piece in pieces:
        for run in _HAN_OR_NOT.findall(piece):
            if _ANY_HAN.match(run):
                said.extend(run)
                derived.extend(_pairs(run))
            else:
                said.append(stem(run[:TOKEN_MAX]))
                derived.extend(part for part in _RUNS.findall(run[:TOKEN_MAX]) if len(part) > 3 and part != run)
    whole = "".join(pieces)
    if len(pieces) > 1 and len(whole) <= TOKEN_MAX and not _ANY_HAN.search(whole):
        derived.append(stem(whole))
    return tuple(said), tuple(dict.fromkeys(derived))


def _pairs(run: str) -> tuple[str, ...]:
    return tuple(run[place : place + 2] for place in range(len(run) - 1))


@lru_cache(maxsize=4)
def _stemmer(language: str) -> Any:
    import snowballstemmer  # type: ignore[import-untyped]  # noqa: PLC0415  (a shop that idles needs none)

    return snowballstemmer.stemmer(language)


def _stemmed(language: str, word: str) -> str:
    return str(_stemmer(language).stemWord(word))


@lru_cache(maxsize=1)
def _simplifier() -> Any:
    import opencc  # noqa: PLC0415

    return opencc.OpenCC("t2s")


class _Plain(dict[int, str]):
    """Latin letters without their marks, Russian yo as ye, Arabic letters of one sound as one."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        base = unicodedata.normalize("NFD", character)[0]
        self[code] = base if base.isascii() and base.isalpha() else character
        return self[code]


_PLAIN = _Plain(
    {ord("ё"): "е", ord("أ"): "ا", ord("إ"): "ا", ord("آ"): "ا", ord("ى"): "ي", ord("ة"): "ه", ord("ـ"): ""}
)
