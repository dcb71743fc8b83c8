"""What `pindan verify` is made of: checks by name, and each thing that one of them finds."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Self, TypeAlias

from storefront.kernel import db

_MOST = 1000


class Finding(str):
    """What is wrong, as a sentence; `facts` are what it is about, ids above all."""

    __slots__ = ("facts",)
    facts: Mapping[str, Any]

    def __new__(cls, told: str, /, **facts: Any) -> Self:
        """A sentence with these facts in it."""
        finding = super().__new__(cls, told.format(**facts))
        finding.facts = facts
        return finding


Findings: TypeAlias = AsyncIterator[Finding]
Checks: TypeAlias = Mapping[str, Callable[[], Findings]]


def queries(*told: tuple[str, str], **values: Callable[[], int]) -> Callable[[], Findings]:
    """A check of several (sentence, SELECT that ends in `LIMIT ?`): each row that one finds is wrong.

    Each looks at one snapshot, so that a shop that is open is not accused of what is just happening. `values` fill `{name}`
    in the SELECTs.
    """

    async def found() -> Findings:
        for sentence, sql in told:
            filled = sql
            for name, value in values.items():
                filled = filled.replace(f"{{{name}}}", str(value()))
            for row in await db.browse(filled, _MOST):
                yield Finding(sentence, **row)

    return found


async def every(checks: Checks) -> Findings:
    """What all of these checks find."""
    for check in checks.values():
        async for finding in check():
            yield finding


def joined(checks: Sequence[Checks]) -> Checks:
    """All checks of several nouns; no two have one name."""
    names = [name for one in checks for name in one]
    assert len(names) == len(set(names)), "two checks have one name"
    return {name: check for one in checks for name, check in one.items()}
