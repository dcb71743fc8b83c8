"""What a customer's sentence says: words to find, and a price limit among them. Pure."""

import re
import unicodedata
from dataclasses import dataclass, replace

WORDS_MAX = 12
TEXT_MAX = 300
_AMOUNT = r"[¥$€£₽]?\s?(\d{1,7}(?:[.,]\d{1,2})?)\s?(?:元|块|¥|₽|руб(?:\.|лей|ля)?|yuan|cny|usd|rub|ريال|يوان|\$|€|£)?"
_LIMITS = (
    re.compile(rf"{_AMOUNT}\s?(?:以内|以下|之内)"),
    re.compile(rf"(?:不超过|低于)\s?{_AMOUNT}"),
    re.compile(rf"\b(?:under|below|up to|max|less than|cheaper than)\s+{_AMOUNT}"),
    re.compile(rf"(?:^|\s)(?:до|дешевле|не дороже)\s+{_AMOUNT}"),
    re.compile(rf"(?:^|\s)(?:أقل من|تحت|حتى)\s+{_AMOUNT}"),
)
_WORD = re.compile(r"[^\W_]+")
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True)
class Query:
    """Words to find, folded, and the most an item may cost, in major units times 100."""

    words: tuple[str, ...]
    price_max_hundredths: int | None = None


def read(text: str) -> Query:
    """Read a sentence such as `大米 50以内` or `tea under 20`."""
    folded = fold(text[:TEXT_MAX])
    query = Query(())
    for limit in _LIMITS:
        match = limit.search(folded)
        if match is not None:
            query = replace(query, price_max_hundredths=_hundredths(match[1]))
            folded = folded[: match.start()] + " " + folded[match.end() :]
            break
    return replace(query, words=tuple(dict.fromkeys(_WORD.findall(folded)))[:WORDS_MAX])


def fold(text: str) -> str:
    """The same word however it is written: NFKC, case folded, digits of every script as 0 to 9, without marks."""
    if text.isascii() and text.isprintable():
        return text.lower()
    return unicodedata.normalize("NFKC", text).casefold().translate(_FOLDED)


def bigrams(word: str) -> list[str]:
    """A word written without spaces, in pairs of characters; a word of another script as it is."""
    if len(word) < 3 or not _HAN.search(word):
        return [word]
    return [word[place : place + 2] for place in range(len(word) - 1)]


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


def _hundredths(amount: str) -> int:
    whole, _, part = amount.replace(",", ".").partition(".")
    return int(whole) * 100 + int((part + "00")[:2])
