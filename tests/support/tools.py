"""A test whose tool is missing says so loudly; under CI_STRICT=1 or --no-skips it fails instead."""

import os
from collections import Counter
from collections.abc import Mapping
from typing import NoReturn

import pytest

_missing: Counter[str] = Counter()
_strict = os.environ.get("CI_STRICT") == "1"


def be_strict() -> None:
    """From now on a missing tool is a failure."""
    global _strict
    _strict = True


def missing(what: str, remedy: str) -> NoReturn:
    """Skip the running test because a tool that we need is not there; `remedy` tells how to get it."""
    if _strict:
        pytest.fail(f"{what} is missing: {remedy}", pytrace=False)
    _missing[f"{what}: {remedy}"] += 1
    pytest.skip(f"{what} is missing: {remedy}")


def absent(what: str) -> NoReturn:
    """Skip the running test, strict or not, because material that does not ship with the project is not there."""
    _missing[f"{what} (not part of the project)"] += 1
    pytest.skip(f"{what} is not there")


def counted() -> dict[str, int]:
    """What was missing in this process."""
    return dict(_missing)


def count(missing_elsewhere: Mapping[str, int]) -> None:
    """Add what was missing in another process."""
    _missing.update(missing_elsewhere)


def summary() -> list[str]:
    """What was missing, with how many tests it cost."""
    return [f"{count} skipped for want of {what}" for what, count in sorted(_missing.items())]


def note(what: str) -> None:
    """Say in the summary that something was not there, although no test is skipped for it."""
    _missing[f"{what} (not part of the project)"] += 1
