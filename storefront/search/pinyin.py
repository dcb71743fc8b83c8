"""Chinese typed in Latin letters: `tudou` is 土豆, when the catalog has that. Pure, but for its table."""

from collections.abc import Collection
from functools import lru_cache
from itertools import pairwise, product
from pathlib import Path

_FILE = Path(__file__).with_name("pinyin.txt")
_SYLLABLE_MAX = 6
_CHARACTERS_MAX = 6
_READINGS_MAX = 8


@lru_cache(maxsize=1)
def _table() -> dict[str, str]:
    return dict(line.split() for line in _FILE.read_text(encoding="utf-8").splitlines())


def syllables(word: str) -> list[tuple[str, ...]]:
    """Every way to cut a word of Latin letters into syllables, at most eight; empty when it is no pinyin."""
    table = _table()
    found = dict[int, list[tuple[str, ...]]]({0: [()]})
    for end in range(1, len(word) + 1):
        cuts = [
            (*before, word[start:end])
            for start in range(max(0, end - _SYLLABLE_MAX), end)
            if word[start:end] in table
            for before in found.get(start, [])
            if len(before) < _CHARACTERS_MAX
        ]
        found[end] = cuts[:_READINGS_MAX]
    return found.get(len(word), []) if word else []


def pairs(word: str) -> list[str]:
    """The pairs of characters that a word may stand for."""
    table = _table()
    return list(
        dict.fromkeys(
            left + right
            for cut in syllables(word)
            for first, second in pairwise(cut)
            for left, right in product(table[first], table[second])
        )
    )


def readings(word: str, known: Collection[str]) -> list[str]:
    """What a word stands for in characters of which every pair is known, at most eight."""
    table = _table()
    found = list[str]()
    for cut in syllables(word):
        if len(cut) < 2:
            continue
        made = list(table[cut[0]])
        for syllable in cut[1:]:
            made = [run + one for run in made for one in table[syllable] if run[-1] + one in known][:64]
        found += made
    return list(dict.fromkeys(found))[:_READINGS_MAX]
