"""Which words mean the same: a list of the trade that comes with the shop, and what the office says on top of it."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from storefront.kernel import db
from storefront.search.analysis import BREAK, analyze, is_han

_FILE = Path(__file__).with_name("thesaurus.txt")
_WEIGHT = 0.85
WORDS_MAX = 3

Key = tuple[str, ...]


class Synonym(NamedTuple):
    """Other tokens for the same, and how much they count."""

    tokens: Key
    weight: float


def key(text: str) -> Key:
    """The tokens of a word or phrase."""
    return tuple(token for token in analyze(text)[0] if token != BREAK)


@lru_cache(maxsize=1)
def shipped() -> dict[Key, list[Synonym]]:
    """The list of the trade: words of a line mean the same, `a > b` says that a may be answered with b but not b with a."""
    found = dict[Key, list[Synonym]]()
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        told, _, _ = line.partition("#")
        narrow, _, wide = (
            [key(word) for word in side.split("=") if word.strip()] if side != ">" else []
            for side in told.partition(">")
        )
        pairs = [(left, right) for left in narrow for right in (*narrow, *wide)]
        for left, right in pairs:
            # A single character is a part of too many other words.
            if left and right and left != right and not (len(right) == 1 and is_han(right[0])):
                found.setdefault(left, []).append(Synonym(right, _WEIGHT))
    return found


async def synonyms(keys: Sequence[Key]) -> dict[Key, list[Synonym]]:
    """What else these say; what the office says of a pair goes before the list, also when it says 0: not at all."""
    if not keys:
        return {}
    told = {" ".join(one): one for one in keys}
    places = ", ".join("?" * len(told))
    own = await db.browse(
        f"SELECT term, other, weight FROM search_synonym WHERE term IN ({places}) ORDER BY weight DESC, id",  # noqa: S608
        *told,
    )
    found = {one: {other.tokens: other for other in shipped().get(one, ())} for one in keys}
    for row in own:
        other = tuple(row["other"].split())
        found[told[row["term"]]][other] = Synonym(other, float(row["weight"]))
    return {one: [other for other in others.values() if other.weight > 0] for one, others in found.items() if others}


@db.transaction
async def load_synonyms(lines: Iterable[str]) -> int:
    """Have these synonyms, `word, other` or `word, other, weight` a line, both ways; returns how many pairs there are.

    Raises ValueError, with the line's number, for a line that says something else; then nothing is changed.
    """
    rows = list[tuple[str, str, float]]()
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        left, right, weight = _read(number, line)
        rows += [(left, right, weight), (right, left, weight)]
    await db.many(
        "INSERT INTO search_synonym (term, other, weight) VALUES (?, ?, ?)"
        " ON CONFLICT (term, other) DO UPDATE SET weight = excluded.weight, learned = FALSE",
        rows,
    )
    return len(rows) // 2


def _read(number: int, line: str) -> tuple[str, str, float]:
    cells = [cell.strip() for cell in line.split(",")]
    try:
        weight = float(cells[2]) if len(cells) > 2 else _WEIGHT
    except ValueError:
        weight = -1
    left, right = (" ".join(key(cell)) for cell in (*cells[:2], "", "")[:2])
    if not 0 <= weight <= 1 or not left or not right or len(cells) > 3 or max(len(left), len(right)) > 80:
        raise ValueError(f"line {number}: two words and a weight from 0 to 1, separated by commas")
    return left, right, weight
