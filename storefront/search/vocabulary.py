"""The catalog's own words: how rare each is, and which of them was meant by one that is none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import NamedTuple

from storefront.kernel import db
from storefront.search.analysis import stem

_WORDS_MAX = 60_000
_TRIED = 40
_MISTAKE = 5.0
_FIRST_LETTER = -2.0


@dataclass(frozen=True)
class State:
    """Which index this is, of how many entries, and how long their names are."""

    generation: int
    entries: int
    length_mean: float


class Meant(NamedTuple):
    """A word of the catalog that may have been meant, its token, and how likely it is (the more the likelier)."""

    word: str
    term: str
    likely: float


@dataclass(frozen=True)
class Words:
    """The words of the catalog as they are written, each with its token and how often it is met."""

    generation: int
    written: Sequence[str]
    terms: Sequence[str]
    counts: Sequence[int]


_kept: list[Words] = []


async def state() -> State:
    """The index as it stands."""
    row = (await db.browse("SELECT generation, entries, length_total FROM search_state"))[0]
    return State(row["generation"], row["entries"], row["length_total"] / max(1, row["entries"]))


async def known(terms: Iterable[str]) -> Mapping[str, int]:
    """In how many entries each of these is; those that are in none are left out."""
    wanted = list(dict.fromkeys(terms))[:2000]
    if not wanted:
        return {}
    places = ", ".join("?" * len(wanted))
    found = await db.browse(
        f"SELECT term, entries FROM search_term WHERE entries > 0 AND term IN ({places})",  # noqa: S608
        *wanted,
    )
    return {row["term"]: row["entries"] for row in found}


async def corrections(word: str, generation: int) -> list[Meant]:
    """What may have been meant by a word that is in no entry, the likeliest first."""
    return correct(word, await _loaded(generation)) if word.isalpha() and 2 < len(word) < 40 else []


def correct(word: str, words: Words) -> list[Meant]:
    """The nearest of these words by letters typed wrong, left out, added or swapped; the commoner one of equals."""
    from rapidfuzz import process  # noqa: PLC0415  (needed for a word that is none, and by no shop that idles)
    from rapidfuzz.distance import OSA  # noqa: PLC0415

    off = dict[int, float]()
    for typed, choices, worse in ((word, words.written, 0.0), (stem(word), words.terms, 0.7)):
        most = 1 if len(typed) < 5 else 2
        for _, distance, at in process.extract(typed, choices, scorer=OSA.distance, score_cutoff=most, limit=_TRIED):
            off[at] = min(distance + worse, off.get(at, 9.0))
    least = int(min(off.values(), default=0))
    told = [
        Meant(words.written[at], words.terms[at], _likely(word, words.written[at], distance, words.counts[at]))
        for at, distance in off.items()
        if distance < least + 1
    ]
    best = dict[str, Meant]()
    for meant in sorted(told, key=lambda meant: (-meant.likely, meant.word)):
        best.setdefault(meant.term, meant)
    return list(best.values())[:3]


def _likely(word: str, other: str, distance: float, count: int) -> float:
    first = 0.0 if word[0] == other[0] else _FIRST_LETTER
    shape = 1.0 if set(word) == set(other) else 0.0
    return log(1 + count) - _MISTAKE * distance + first + shape


async def _loaded(generation: int) -> Words:
    if _kept and _kept[0].generation == generation:
        return _kept[0]
    rows = await db.browse(
        "SELECT word, term, count FROM (SELECT w.word, w.term, t.named AS count"
        " FROM search_word w JOIN search_term t ON t.term = w.term WHERE t.named > 0"
        # Words of descriptions count less, and only where several have them: they may be mistakes themselves.
        " UNION ALL SELECT term, term, entries / 4 FROM search_term WHERE named = 0 AND entries > 7) w"
        " WHERE length(word) BETWEEN 3 AND 39 ORDER BY count DESC, word LIMIT ?",
        _WORDS_MAX,
    )
    _kept[:] = [
        Words(generation, [row["word"] for row in rows], [row["term"] for row in rows], [row["count"] for row in rows])
    ]
    return _kept[0]
