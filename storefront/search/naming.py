"""Which of the catalog's own brands and shelves a sentence names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import orjson

from storefront.kernel import db
from storefront.search import vocabulary
from storefront.search.reading import Chip, Kind, folded_words, read, without
from storefront.search.service import Filters, find

_NAMES_MAX = 20_000
_WORDS_MAX = 4
_NAMED_MAX = 2


@dataclass(frozen=True)
class _Names:
    """Folded names of brands and shelves, word by word, each with its number; the first of two that are called the same."""

    generation: int
    brands: Mapping[tuple[str, ...], int]
    shelves: Mapping[tuple[str, ...], int]


_kept: list[_Names] = []


async def named(text: str) -> list[Chip]:
    """Where a sentence names a brand or a shelf, and has other words that something of that brand, or there, has too."""
    chips = read(text).chips
    if not read(text).words:
        return []
    found = list[Chip]()
    for chip, filters in _named(text, chips, await _loaded()):
        rest = without(text, chip)
        if len(found) < _NAMED_MAX and read(rest).words and await _is_there(rest, filters):
            found.append(chip)
    return found


def _named(text: str, chips: tuple[Chip, ...], names: _Names) -> Iterator[tuple[Chip, Filters]]:
    """The longest names first, none of them twice and none over another one."""
    words = folded_words(text)
    taken = [(chip.start, chip.end) for chip in chips]
    for size in range(min(_WORDS_MAX, len(words)), 0, -1):
        for at in range(len(words) - size + 1):
            run = words[at : at + size]
            start, end, name = run[0][1], run[-1][2], tuple(word for word, _, _ in run)
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                continue
            if (brand_id := names.brands.get(name)) is not None:
                taken.append((start, end))
                yield Chip(Kind.BRAND, start, end), Filters(brand_id=brand_id)
            elif (category_id := names.shelves.get(name)) is not None:
                taken.append((start, end))
                yield Chip(Kind.SHELF, start, end), Filters(category_id=category_id)


async def _is_there(text: str, filters: Filters) -> bool:
    found = await find(text=text, filters=filters, per_page=1)
    return bool(found.items) and not found.relaxed


async def _loaded() -> _Names:
    generation = (await vocabulary.state()).generation
    if not _kept or _kept[0].generation != generation:
        _kept[:] = [_Names(generation, await _names("brand"), await _names("category"))]
    return _kept[0]


async def _names(table: str) -> Mapping[tuple[str, ...], int]:
    rows = await db.browse(f"SELECT id, names FROM {table} ORDER BY id DESC LIMIT ?", _NAMES_MAX)  # noqa: S608
    return {
        tuple(word for word, _, _ in folded_words(name)): int(row["id"])
        for row in rows
        for name in orjson.loads(row["names"]).values()
    }
