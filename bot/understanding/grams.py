"""What the classifier sees of a text: pieces of its words, and pairs of words. Pure."""

import math
import re
from collections import Counter
from itertools import pairwise
from zlib import crc32

from bot.understanding.folding import folded

GRAM_MAX = 5
_SPELLING = 4
_WORDS_MAX = 60
_TOKEN = re.compile(r"\w+|[^\w\s]")


def grams(text: str) -> Counter[str]:
    """How often each piece is in the text; pieces of words know where a word begins and ends."""
    tokens = _TOKEN.findall(folded(text))[:_WORDS_MAX]
    found: Counter[str] = Counter()
    for token in tokens:
        padded = f" {token} "
        length = len(padded)
        for size in range(1, GRAM_MAX + 1):
            found.update([padded[at : at + size] for at in range(length - size + 1)])
    words = [token for token in tokens if token.isalnum()]
    found.update([f"{one}_{two}" for one, two in pairwise(words)])
    return found


def spelling(text: str) -> list[tuple[int, list[str]]]:
    """Each word by its letters and pieces that tell it from others: what is not known of it is a name."""
    found = []
    for token in _TOKEN.findall(folded(text))[:_WORDS_MAX]:
        if not token.isalnum():
            continue
        padded = f" {token} "
        told, size = (token, 1) if "\u4e00" <= token[0] <= "\u9fff" else (padded, min(_SPELLING, len(padded)))
        found.append((len(token), [told[at : at + size] for at in range(len(told) - size + 1)]))
    return found


def key(gram: str) -> int:
    """The number that a piece is known by: 32 bits, the same on every machine."""
    return crc32(gram.encode("utf-8", "replace"))


def weight(times: int) -> float:
    """What a piece counts for that is there so many times."""
    return 1.0 + math.log(times)
