"""The catalog's own words: how rare each is, and which of them was meant by one that is none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log

from storefront.kernel import db

_WORDS_MAX = 60_000
_TRIED = 40


@dataclass(frozen=True)
class State:
    """Which index this is, of how many entries, and how long their names are."""

    generation: int
    entries: int
    length_mean: float


@dataclass(frozen=True)
class _Words:
    generation: int
    terms: Sequence[str]
    spelled: Sequence[str]
    named: Sequence[int]


_kept: dict[int, _Words] = {}


async def state() -> State:
    """The index as it stands."""
    row = (await db.browse("SELECT generation, entries, length_total FROM search_state"))[0]
    return State(row["generation"], row["entries"], row["length_total"] / max(1, row["entries"]))


async def known(terms: Iterable[str]) -> Mapping[str, int]:
    """In how many entries each of these is; those that are in none are left out."""
    wanted = list(dict.fromkeys(terms))[:500]
    if not wanted:
        return {}
    places = ", ".join("?" * len(wanted))
    found = await db.browse(
        f"SELECT term, entries FROM search_term WHERE entries > 0 AND term IN ({places})",  # noqa: S608
        *wanted,
    )
    return {row["term"]: row["entries"] for row in found}


async def corrections(word: str, term: str, generation: int) -> list[tuple[str, str, float]]:
    """What may have been meant by a word that is in no entry: (token, word as written, how likely), the likeliest first."""
    if not word.isalpha() or len(word) < 3:
        return []
    words = await _loaded(generation)
    return correct(word, term, words.terms, words.spelled, words.named)


def correct(
    word: str, term: str, terms: Sequence[str], spelled: Sequence[str], named: Sequence[int]
) -> list[tuple[str, str, float]]:
    """The same, among these terms. The nearest by letters typed wrong, left out, added or swapped; the commoner of equals."""
    from rapidfuzz import process  # noqa: PLC0415  (needed for a word that is none, and by no shop that idles)
    from rapidfuzz.distance import OSA  # noqa: PLC0415

    found = dict[int, int]()
    for typed, choices in ((word, spelled), (term, terms)):
        most = 1 if len(typed) < 6 else 2
        for _, distance, place in process.extract(typed, choices, scorer=OSA.distance, score_cutoff=most, limit=_TRIED):
            found[place] = min(int(distance), found.get(place, most))
    told = sorted(
        ((_likely(word, spelled[at], distance, named[at]), at) for at, distance in found.items()), reverse=True
    )
    best = told[0][0] if told else 0.0
    return [(terms[at], spelled[at], likely) for likely, at in told[:3] if likely > best - 2]


def _likely(word: str, other: str, distance: int, named: int) -> float:
    first = 0.0 if word[0] == other[0] else -2.0
    return log(1 + named) - 5.0 * distance + first - 0.5 * abs(len(word) - len(other))


async def _loaded(generation: int) -> _Words:
    kept = _kept.get(0)
    if kept is not None and kept.generation == generation:
        return kept
    found = await db.browse(
        "SELECT term, word, named FROM search_term WHERE named > 0 AND length(term) > 2 ORDER BY named DESC, term LIMIT ?",
        _WORDS_MAX,
    )
    rows = [row for row in found if row["term"].isalpha() and row["word"].isalpha()]
    _kept[0] = _Words(
        generation, [row["term"] for row in rows], [row["word"] for row in rows], [row["named"] for row in rows]
    )
    return _kept[0]
