"""What the engine promises on both databases: typing errors, synonyms, an index in step, and no text that harms it."""

import time
from pathlib import Path
from typing import Any

import pytest

from storefront import catalog, search
from storefront.catalog import Row
from storefront.kernel import db
from storefront.search import vocabulary
from storefront.search.vocabulary import Words

THINGS = (
    ("kb", "Wireless keyboard black"),
    ("kb2", "Keyboard with numbers 1 TB"),
    ("hp", "Headphones WH-1000XM3"),
    ("case", "Keyboard case"),
    ("sofa", "Corner sofa 200 cm"),
    ("milk", "有机全脂牛奶"),
    ("potato", "粉质土豆"),
    ("chai", "Зелёный чай листовой"),
    ("shay", "شاي أخضر"),
)


@pytest.fixture
async def shop(database: str) -> None:
    await shelved(*THINGS)


async def shelved(*things: tuple[str, str]) -> None:
    rows = [Row(line=1, sku=code, item=code, names={"en": name}, price_minor=1000, stock=3) for code, name in things]
    report = await catalog.import_rows(list(enumerate(rows)), on_items=search.index)
    assert not report.errors


async def found(text: str, **wish: Any) -> list[str]:
    results = await search.find(text=text, per_page=100, **wish)
    codes = {row["id"]: row["code"] for row in await db.rows("SELECT id, code FROM item")}
    return [codes[item_id] for item_id in results.items]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("keybaord", "kb"),
        ("keyboards wireless", "kb"),
        ("1tb keyboard", "kb2"),
        ("wh1000xm3", "hp"),
        ("wh 1000xm3", "hp"),
        ("head phones", "hp"),
        ("couch", "sofa"),
        ("全脂牛奶", "milk"),
        ("馬鈴薯", "potato"),
        ("tudou", "potato"),
        ("зеленого чая", "chai"),
        ("الشاي الاخضر", "shay"),
        ("keyboard case", "case"),
    ],
)
async def test_the_thing_that_was_meant_comes_first(shop: None, text: str, first: str) -> None:
    assert (await found(text))[:1] == [first]


async def test_a_typing_error_is_put_right_and_said(shop: None) -> None:
    results = await search.find(text="wireles keyboard")

    assert results.corrected == (("wireles", "wireless"),)
    assert not (await search.find(text="wireless keyboard")).corrected


def test_the_likelier_word_is_the_nearer_and_then_the_commoner() -> None:
    words = Words(1, ["apple", "apply", "maple", "ample"], ["appl", "appli", "mapl", "ampl"], [40, 2, 90, 1])

    assert vocabulary.correct("aple", words)[0].word == "apple"
    assert vocabulary.correct("zzzzzz", words) == []


async def test_what_the_office_says_is_the_same_is_found_and_what_it_denies_is_not(shop: None) -> None:
    assert await found("clavier") == []

    await search.load_synonyms(["clavier, keyboard", "# a remark", "couch, sofa, 0"])

    assert set(await found("clavier")) == {"kb", "kb2", "case"}
    assert await found("couch") == []
    with pytest.raises(ValueError, match="line 2"):
        await search.load_synonyms(["a, b", "a, b, 7"])


async def test_the_index_made_anew_is_the_index_that_was_kept(shop: None) -> None:
    async def kept() -> list[list[dict[str, Any]]]:
        tables = ("search_entry ORDER BY item_id", "search_term ORDER BY term", "search_word ORDER BY word")
        return [await db.rows(f"SELECT * FROM {table}") for table in tables]

    await shelved(("kb2", "Clavichord"))
    await shelved(("kb2", "Keyboard with numbers 1 TB"))
    before, steps = await kept(), list[tuple[int, int]]()
    before[2] = [row for row in before[2] if row["word"] != "clavichord"]

    assert await search.rebuild(progress=lambda *told: steps.append(told)) == len(THINGS)

    assert await kept() == before
    assert steps == [(len(THINGS), len(THINGS))]
    assert (await found("keyboard"))[0] in {"kb", "kb2"}
    assert not await search.is_behind()


async def test_an_index_of_another_version_is_behind(shop: None) -> None:
    await db.execute("UPDATE search_state SET analyzer = 0")

    assert await search.is_behind()


async def test_what_is_undone_was_never_indexed(shop: None) -> None:
    with pytest.raises(RuntimeError, match="undo"):
        async with db.tx():
            await shelved(("new", "Xylophone"))
            raise RuntimeError("undo")

    assert await found("xylophone") == []


async def test_sorted_by_price_comes_only_what_has_every_word(shop: None) -> None:
    assert await found("wireless keyboard", sort=search.Sort.PRICE_UP) == ["kb"]
    results = await search.find(text="wireless keyboard")
    assert (results.whole, results.relaxed) == (1, False)
    assert results.total > 1


HOSTILE = (
    "keyboard " * 1_200,
    " ".join(f"word{number}" for number in range(300)),
    "土豆牛奶" * 2_500,
    "".join(map(chr, range(0x4E00, 0x4F00))),
    " ".join(chr(code) + chr(code + 1) for code in range(0x5000, 0x5100, 2)),
    "wh-1000xm3-" * 800,
    'NEAR("a" "b", 5) AND NOT {name}: * ^ - OR (((',
    "a & b | !c <-> d:* '''",
    "%_%_%!%" * 500,
    "\x00keyboard\x00",
    "'; DROP TABLE item; --",
    "(a+)+$" * 900 + "!",
    "\u202eاخضر keyboard \u202d\u2066чай",
    "".join(chr(0x300 + number % 100) for number in range(5_000)),
    "a" * 10_000,
    "tu" * 5_000,
    "\ud83d\udeab" * 100,
)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_text_is_answered_in_time(shop: None, text: str) -> None:
    await search.find(text="keybaord")
    began = time.perf_counter()

    results = await search.find(text=text)

    assert results.total <= len(THINGS)
    assert time.perf_counter() - began < 0.5


def test_the_shipped_words_can_all_be_read() -> None:
    from storefront.search import thesaurus

    known = thesaurus.shipped()
    lines = [line for line in Path(thesaurus.__file__).with_name("thesaurus.txt").read_text().splitlines() if line]

    assert len(known) > 500
    assert all(("=" in line or ">" in line) for line in lines if not line.startswith("#"))
    assert all(0 < synonym.weight <= 1 for others in known.values() for synonym in others)
