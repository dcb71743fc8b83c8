"""What words have in common: `price`, `cost`, 多少钱, цена and سعر are one thing to the classifier. Pure but for the list it reads.

`concepts.txt`: a name, then words; `*` stands for any ending, `_` for a space.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from bot.understanding.folding import folded

_LIST = Path(__file__).with_name("concepts.txt")
_CHARACTERS_MAX = 4
_STEM_MAX = 16
_BEFORE = ("وال", "بال", "لل", "ال", "و", "ب", "ل", "ف")


def concepts(tokens: Sequence[str]) -> Iterator[str]:
    """The concepts of folded tokens, each once a token."""
    exact, stems = _known()
    for token, following in zip(tokens, [*tokens[1:], ""], strict=True):
        found: set[str] = set()
        if "\u4e00" <= token[0] <= "\u9fff":
            for at in range(len(token)):
                for size in range(1, _CHARACTERS_MAX + 1):
                    found.update(exact.get(token[at : at + size], ()))
        else:
            for form in _forms(token):
                found.update(exact.get(form, ()))
                found.update(exact.get(f"{form} {following}", ()))
                for size in range(2, min(len(form), _STEM_MAX) + 1):
                    found.update(stems.get(form[:size], ()))
        yield from sorted(found)


def _forms(token: str) -> list[str]:
    # An Arabic word carries its article, and, with, to.
    if not "\u0600" <= token[0] <= "\u06ff":
        return [token]
    return [token, *(token[len(one) :] for one in _BEFORE if token.startswith(one) and len(token) - len(one) > 2)]


@cache
def _known() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    exact: dict[str, tuple[str, ...]] = {}
    stems: dict[str, tuple[str, ...]] = {}
    for line in _LIST.read_text(encoding="utf-8").splitlines():
        name, _, words = line.partition("\t")
        for word in words.split():
            told = folded(word.rstrip("*").replace("_", " ")).strip()
            into = stems if word.endswith("*") else exact
            into[told] = (*into.get(told, ()), name)
    return exact, stems
