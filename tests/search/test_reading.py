"""What a customer's sentence says."""

import time

import pytest

from storefront.search import Query, fold, read


@pytest.mark.parametrize(
    ("text", "words", "limit"),
    [
        ("大米 50以内", ("大米",), 5000),
        ("50元以下 茶", ("茶",), 5000),
        ("不超过30块的茶", ("的茶",), 3000),
        ("tea under 50", ("tea",), 5000),
        ("tea under $12.50", ("tea",), 1250),
        ("Tea UP TO 50 yuan", ("tea",), 5000),
        ("чай до 500", ("чай",), 50000),
        ("чай не дороже 99,90 руб.", ("чай",), 9990),
        ("شاي أقل من ١٠٠", ("شاي",), 10000),
        ("ｔｅａ　ｕｎｄｅｒ　５０", ("tea",), 5000),
        ("iphone 15", ("iphone", "15"), None),
        ("100% хлопок", ("100", "хлопок"), None),
        ("до свидания", ("до", "свидания"), None),
        ("", (), None),
        ("!!! ??? 🍚", (), None),
    ],
)
def test_the_words_and_the_limit_are_told_apart(text: str, words: tuple[str, ...], limit: int | None) -> None:
    assert read(text) == Query(words, limit)


@pytest.mark.parametrize("text", ["Re\u0301sume\u0301", "RÉSUMÉ", "ré\u200bsu\u00admé", "ｒéｓｕｍé"])
def test_the_same_word_is_the_same_however_it_is_typed(text: str) -> None:
    assert fold(text) == "résumé"


@pytest.mark.parametrize(
    "text", ["x" * 10_000, "a " * 5_000, "\x00" * 10_000, "under " * 2_000, "9" * 10_000, "\u0301" * 10_000]
)
def test_a_huge_sentence_is_read_at_once_and_cut(text: str) -> None:
    began = time.perf_counter()

    query = read(text)

    assert time.perf_counter() - began < 0.2
    assert len(query.words) <= 12
    assert sum(map(len, query.words)) <= 300
