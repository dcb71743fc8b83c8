"""What the classifier sees of a text: pieces of its words, pairs of words, and how long it is. Pure."""

import math
import re
import unicodedata
from collections import Counter
from zlib import crc32

# Longer than any wish; what follows would only cost time.
TEXT_MAX = 300
GRAM_MAX = 5
_WORDS_MAX = 60
_TOKEN = re.compile(r"\w+|[^\w\s]")
_DIGITS = re.compile(r"\d+")
_LONG = re.compile(r"(.)\1{2,}")
_ONE_LETTER = str.maketrans("أإآىةё", "اااىهе") | str.maketrans("ى", "ي") | dict.fromkeys(
    [*range(0x64B, 0x660), 0x670, 0x640, 0xFE0F, 0x200D]
)


def folded(text: str) -> str:
    """The text without what people write one way or another: case, width, vowel marks, kinds of alef, numbers, hellooo."""
    told = unicodedata.normalize("NFKC", text[:TEXT_MAX]).casefold().translate(_ONE_LETTER)
    return _LONG.sub(r"\1\1", _DIGITS.sub("0", told))


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
    found.update([f"{one}_{two}" for one, two in zip(words, words[1:], strict=False)])
    found[f"#{min(len(words), 8)}"] += 1
    found[f"#c{math.isqrt(sum(map(len, words)))}"] += 1
    return found


def key(gram: str) -> int:
    """The number that a piece is known by: 32 bits, the same on every machine."""
    return crc32(gram.encode("utf-8", "replace"))


def weight(times: int) -> float:
    """What a piece counts for that is there so many times."""
    return 1.0 + math.log(times)
