"""A card's number that somebody typed is no business of a shop that charges through providers: nothing of ours keeps it."""

import re
from collections.abc import Sequence

# Groups of digits, as people write them: with a space or a dash between, at most two of those.
_RUN = re.compile(r"(?<![\d+])\d+(?:[ \u00a0\u2009\u202f\-\u2010-\u2015]{1,2}\d+)*")
_GROUP = re.compile(r"\d+")
# The usual lengths first: what stands behind a number of sixteen digits is a month or a telephone, seldom more of it.
_LENGTHS = (16, 15, 19, 18, 17, 14, 13)
_SHOWN = 4


def masked(text: str) -> str:
    """The text with every card's number masked but for its last four digits; all else, and its length, stay as they are.

    A card's number has 13 to 19 digits, begins as issuers' numbers do and ends with its check digit (Luhn). What follows a
    plus is a telephone's, and thirteen digits with a barcode's check digit are a thing's.
    """
    return _RUN.sub(_masked_run, text)


def _masked_run(run: re.Match[str]) -> str:
    told = list(run[0])
    groups = [group.span() for group in _GROUP.finditer(run[0])]
    first = 0
    while first < len(groups):
        last = _end_of_card(run[0], groups, first)
        if last is None:
            first += 1
            continue
        places = [place for start, end in groups[first:last] for place in range(start, end)]
        for place in places[:-_SHOWN]:
            told[place] = "•"
        first = last
    return "".join(told)


def _end_of_card(run: str, groups: Sequence[tuple[int, int]], first: int) -> int | None:
    """Behind which group a card's number ends that begins with this one; None when none does."""
    ends, digits = {}, ""
    for place, (start, end) in enumerate(groups[first : first + max(_LENGTHS)], first + 1):
        digits += run[start:end]
        if len(digits) > max(_LENGTHS):
            break
        ends[len(digits)] = place
    return next((ends[length] for length in _LENGTHS if length in ends and _is_card(digits[:length])), None)


def _is_card(told: str) -> bool:
    digits = [int(digit) for digit in told]
    if not (2 <= digits[0] <= 6 or digits[:2] == [8, 1]):
        return False
    doubled = [digit if place % 2 == 0 else digit * 2 - 9 * (digit > 4) for place, digit in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0 and not _is_barcode(digits)


def _is_barcode(digits: Sequence[int]) -> bool:
    return len(digits) == 13 and (sum(digits) + 2 * sum(digits[1::2])) % 10 == 0
