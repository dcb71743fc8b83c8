"""What import-linter cannot say about who imports whom."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_NOUNS = {"kernel", "web", "api", "app", "reactions", "jobs"}
NOUNS = sorted(
    path.name
    for path in (ROOT / "storefront").iterdir()
    if (path / "__init__.py").exists() and path.name not in NOT_NOUNS
)
IMPURE = ("asyncio", "time", "random", "secrets", "storefront.kernel.db", "storefront.kernel.events")
OUTSIDE = ("aiohttp", "telegram", "jinja2", "markupsafe", "httpx")


def imports(file: Path) -> Iterator[str]:
    """Every module and name that a file imports, in full."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def found(files: Iterator[Path], forbidden: tuple[str, ...]) -> list[str]:
    """Who imports what may not be imported there."""
    return [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in files
        for name in imports(file)
        if name.startswith(tuple(f"{one}." for one in forbidden)) or name in forbidden
    ]


@pytest.mark.parametrize("noun", NOUNS)
def test_a_noun_is_entered_by_its_front_door(noun: str) -> None:
    rooms = tuple(
        f"storefront.{noun}.{path.stem}"
        for path in (ROOT / "storefront" / noun).iterdir()
        # Facts go up: their classes are what `reactions.py` is about.
        if path.stem not in {"__init__", "__pycache__", "events"} and path.suffix in {".py", ""}
    )
    others = (
        file
        for part in ("bot", "shop", "storefront")
        for file in (ROOT / part).rglob("*.py")
        if (ROOT / "storefront" / noun) not in file.parents
    )

    assert found(others, rooms) == []


def test_rules_are_pure() -> None:
    rules = list((ROOT / "storefront").glob("*/rules.py"))

    assert found(iter(rules), IMPURE) == []
    assert [
        file.parent.name for file in rules if re.search(r"\bawait\b|clock\.now\(", file.read_text(encoding="utf-8"))
    ] == []


def test_nouns_speak_no_telegram_http_or_html() -> None:
    files = (
        file for noun in NOUNS for file in (ROOT / "storefront" / noun).rglob("*.py") if "providers" not in file.parts
    )

    assert found(files, OUTSIDE) == []


def test_only_the_launcher_reads_the_environment() -> None:
    readers = (
        file
        for part in ("bot", "storefront", "webchat")
        for file in (ROOT / part).rglob("*.py")
        if any(word in file.read_text(encoding="utf-8") for word in ("os.environ", "os.getenv", "getenv("))
    )

    assert [str(file.relative_to(ROOT)) for file in readers] == []
