"""No text makes a regular expression of ours slow, whoever wrote it: every compiled pattern is found and tried."""

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

import bot
import shop
import storefront
import webchat

LENGTH = 2000
SECONDS = 0.25
PARTS = (
    *("a", "A", "0", "9", " ", "\t", "-", "_", ".", ",", "'", "/", ":", "@", "<", "&", "+", "%", "(", "\n", "ё", "大", "ا"),
    *("a ", "0 ", "1,", "1.", "9 -", "a-", "a.", "a@", "<a", "<a ", "&#", "''", "1kg ", "5 ", "+7 ", "4242 ", "http://", "t.me/"),
    *("under ", "less than ", "order ", "до ", "не ", "以下", "أقل من ", "A-1 ", "://a:", "Bearer a", "--\n", "x=", "ab1"),
)  # fmt: skip


def modules() -> Iterator[ModuleType]:
    """Every module of the packages, imported."""
    for package in (bot, shop, storefront, webchat):
        yield package
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__"):
                yield importlib.import_module(found.name)


def within(value: Any, depth: int = 3) -> Iterator[re.Pattern[Any]]:
    """The patterns in a value: itself, or what a collection holds."""
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, dict):
        for pair in value.items():
            yield from within(pair, depth - 1)
    elif depth and isinstance(value, tuple | list | set | frozenset):
        for part in value:
            yield from within(part, depth - 1)


def patterns() -> dict[str, re.Pattern[str]]:
    """Each pattern that some module keeps, by what it says."""
    found = (one for module in modules() for value in vars(module).values() for one in within(value))
    return {one.pattern: one for one in found if isinstance(one.pattern, str)}


def slowest(pattern: re.Pattern[str], parts: Sequence[str] = PARTS, length: int = LENGTH) -> tuple[float, str]:
    """How long the worst text takes, and which it is."""
    worst = (0.0, "")
    for part in parts:
        text = part * (length // len(part)) + "\x00"
        began = time.process_time()
        pattern.fullmatch(text)
        pattern.sub("", text)
        worst = max(worst, (time.process_time() - began, part))
    return worst


def test_every_pattern_takes_a_moment_whatever_the_text() -> None:
    found = patterns()
    slow = {told: worst for told, pattern in found.items() if (worst := slowest(pattern))[0] > SECONDS}

    assert len(found) > 70
    assert slow == {}


def test_a_pattern_that_backtracks_would_be_seen() -> None:
    assert slowest(re.compile(r"[a-z]*[a-z]*\d"), "a", 700)[0] > SECONDS
