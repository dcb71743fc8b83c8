"""What search keeps of an item: its name, what kind of thing it is, and details, in tokens. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import orjson

from storefront.search.analysis import BREAK, STOP_WORDS, Tokens, analyze, words
from storefront.search.notations import measured
from storefront.search.reading import fold

_NAME_TOKENS_MAX = 60
_DERIVED_MAX = 80
_DETAILS_MAX = 160
_DETAILS_TEXT_MAX = 2_000
DERIVED = "|"


@dataclass(frozen=True)
class Entry:
    """Tokens separated by spaces: those said, then `DERIVED`, then those derived; `details` has what the others have not."""

    item_id: int
    length: int
    name: str
    kind: str
    details: str


def entry(row: Mapping[str, object]) -> tuple[Entry, list[tuple[str, str]]]:
    """The entry of a row of `index`, and the (token, word) pairs of its names."""
    names = list(_told(row["names"]))
    said, derived = _sequences(names, row["code"])
    shared = [_shared(cell) for cell in (row["brand"], row["category"], row["parent"]) if isinstance(cell, str)]
    kind = list(dict.fromkeys(token for tokens, more in shared for token in (*tokens, *more) if token != BREAK))
    known = {*said, *derived, *kind, *STOP_WORDS, BREAK}
    more = " ".join(text for column in ("attributes", "descriptions", "origins") for text in _told(row[column]))
    details = [token for tokens in analyze(more[:_DETAILS_TEXT_MAX]) for token in tokens if token not in known]
    made = Entry(
        int(str(row["id"])),
        max(1, len(said) // max(1, len(names))),
        " ".join((*said, DERIVED, *derived)),
        " ".join(kind),
        " ".join(list(dict.fromkeys(details))[:_DETAILS_MAX]),
    )
    return made, [pair for name in names for pair in words(name[:400])]


def terms(entries: Iterable[Entry]) -> tuple[Counter[str], Counter[str]]:
    """In how many of these each token is, anywhere and in the name or kind."""
    anywhere, named = Counter[str](), Counter[str]()
    for one in entries:
        front = {*one.name.split(), *one.kind.split()} - {BREAK, DERIVED}
        named.update(front)
        anywhere.update(front)
        anywhere.update(set(one.details.split()) - front)
    return anywhere, named


def _sequences(names: list[str], code: object) -> tuple[list[str], list[str]]:
    said, derived = list[str](), list[str]()
    for name in names:
        tokens, more = analyze(name[:400])
        said.extend((*([BREAK] if said else []), *tokens[:_NAME_TOKENS_MAX]))
        derived.extend(more)
        # Sizes also in the one spelling that what is typed is read in: 0.5 kg as 500g.
        sizes = [word for size in measured(fold(name[:400])) for word in size.words]
        derived.extend(token for token in analyze(" ".join(sizes))[0] if token not in said)
    codes = [token for tokens in analyze(str(code)) for token in tokens if token != BREAK]
    return said, list(dict.fromkeys((*derived, *codes)))[:_DERIVED_MAX]


def _told(cell: object) -> Iterator[str]:
    if isinstance(cell, str) and cell not in {"", "{}"}:
        yield from _texts(orjson.loads(cell))


@lru_cache(maxsize=1024)
def _shared(cell: str) -> Tokens:
    return analyze(" , ".join(_told(cell)))


def _texts(value: object) -> Iterator[str]:
    """All texts of a stored cell; names of attributes count, codes of languages do not."""
    if not isinstance(value, dict):
        yield str(value)
        return
    for name, told in value.items():
        if isinstance(told, dict):
            yield name
        yield from _texts(told)
