"""A text in tokens: the same word is the same token however it is written."""

import pytest

from storefront.search.analysis import BREAK, analyze, joined, parts
from storefront.search.entries import entry
from storefront.search.pinyin import readings, syllables


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("batteries", "Battery"),
        ("ＬＡＭＰ", "lamps"),
        ("café", "CAFE"),
        ("馬鈴薯", "马铃薯"),
        ("зелёного", "зеленый"),
        ("الشاي", "شاي"),
        ("1 TB", "1tb"),
        ("30 inches", '30"'),
        ("43,2 cm", "43.2 см"),
        ("children's", "children"),
        ("٥ кг", "5kg"),
        ("10,000 mAh", "10000mah"),
    ],
)
def test_the_same_is_one_token(one: str, other: str) -> None:
    assert analyze(one)[0] == analyze(other)[0]


@pytest.mark.parametrize(
    ("text", "said", "derived"),
    [
        ("WH-1000XM3", ("wh", "1000xm3"), ("1000", "wh1000xm3")),
        ("有机牛奶", ("有", "机", "牛", "奶"), ("有机", "机牛", "牛奶")),
        ("wi-fi", ("wi", "fi"), ("wifi",)),
        ("iphone6", ("iphone6",), ("iphone",)),
        ("tea, green (new)", ("tea", BREAK, "green", BREAK, "new", BREAK), ()),
    ],
)
def test_what_is_written_in_one_is_found_in_pieces_too(
    text: str, said: tuple[str, ...], derived: tuple[str, ...]
) -> None:
    assert analyze(text) == (said, derived)


def test_a_wish_has_a_part_for_each_word_and_each_run_of_chinese() -> None:
    assert [part.tokens for part in parts(["红薯", "5", "kg", "sony手机"])] == [
        ("红", "薯"),
        ("5kg",),
        ("soni",),
        ("手", "机"),
    ]
    assert joined("head", "phones") == ["headphon"]
    assert joined("13", "3") == ["13.3"]


@pytest.mark.parametrize(
    "text", ["", "\x00", "\ud83d", "a" * 10_000, "-" * 5_000, "a-" * 5_000, "1." * 5_000, "🍚\u202e"]
)
def test_no_token_would_be_cut_by_a_database(text: str) -> None:
    for token in (token for tokens in analyze(text) for token in tokens):
        assert token == BREAK or (len(token) <= 40 and all(one.isalnum() or one == "." for one in token))


def test_an_entry_keeps_a_token_in_its_best_place_only() -> None:
    row = {
        "id": 7,
        "names": '{"en": "Green tea", "zh_Hans": "绿茶"}',
        "descriptions": '{"en": "The best green leaves."}',
        "attributes": '{"Weight": {"en": "500 g"}}',
        "origins": "{}",
        "code": "tea-1",
        "brand": '{"en": "Leaf"}',
        "category": None,
        "parent": None,
    }
    made, pairs = entry(row)

    assert made.name == "green tea , 绿 茶 | 绿茶 tea 1 tea1"
    assert made.kind == "leaf"
    assert made.details == "weight 500g best leav 500"
    assert made.length == 2
    assert ("tea", "tea") in pairs


def test_pinyin_is_read_as_characters_that_are_there() -> None:
    assert syllables("xihongshi") == [("xi", "hong", "shi")]
    assert readings("tudou", {"土豆", "土地"}) == ["土豆"]
    assert readings("tudou", set()) == []
    assert syllables("keyboard") == []
