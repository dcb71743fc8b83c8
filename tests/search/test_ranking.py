"""The order of what was found: words and where they stand, the thing before what belongs to it."""

from storefront.search.analysis import parts
from storefront.search.entries import Entry, entry
from storefront.search.ranking import Candidate, Way, Wish, order


def named(number: int, name: str, description: str = "", **told: object) -> Candidate:
    row = {"id": number, "names": {"en": name}, "descriptions": {"en": description}, "attributes": {}, "origins": {}}
    made, _ = entry(
        {
            **{key: _cell(value) for key, value in row.items()},
            "code": "",
            "brand": None,
            "category": None,
            "parent": None,
        }
    )
    return Candidate(made, **told)  # type: ignore[arg-type]


def _cell(value: object) -> object:
    import orjson

    return orjson.dumps(value).decode() if isinstance(value, dict) else value


def wish(text: str) -> Wish:
    said = parts(text.split())
    ways = tuple(
        (Way(part.tokens, (2.0,) * len(part.tokens), derived=part.derived, derived_rarity=(3.0,) * len(part.derived)),)
        for part in said
    )
    return Wish(ways, len(ways) - 1, frozenset(token for part in said for token in part.tokens))


def ordered(text: str, *candidates: Candidate) -> list[int]:
    return order(wish(text), candidates, 4.0)


def test_more_of_the_wish_is_better_and_a_name_better_than_a_description() -> None:
    all_of_it, some, told = named(3, "Green tea"), named(2, "Black tea"), named(1, "Box", "Green tea inside.")

    assert ordered("green tea", told, some, all_of_it) == [3, 2, 1]


def test_words_that_stand_together_are_better_than_words_apart() -> None:
    assert ordered("white oak", named(1, "White table of red oak"), named(2, "Table of white oak")) == [2, 1]
    assert ordered("酸奶", named(1, "酸甜牛奶"), named(2, "草莓酸奶")) == [2, 1]


def test_the_thing_comes_before_what_is_for_it() -> None:
    things = (named(1, "Camera bag"), named(2, "Strap for camera"), named(3, "Compact camera 12 MP black"))

    assert ordered("camera", *things)[0] == 3
    assert ordered("camera bag", *things)[0] == 1


def test_the_thing_itself_is_the_last_noun() -> None:
    assert ordered("milk", named(1, "Milk chocolate"), named(2, "Whole milk")) == [2, 1]
    assert ordered("手机", named(1, "手机壳"), named(2, "智能手机")) == [2, 1]


def test_what_comes_with_a_thing_is_held_against_nothing() -> None:
    assert ordered("bed", named(1, "Bed with frame"), named(2, "Bed frame")) == [1, 2]


def test_among_equals_what_is_there_comes_first_and_then_the_older() -> None:
    assert ordered("tea", named(1, "Tea", available=False), named(2, "Tea"), named(3, "Tea")) == [2, 3, 1]


def test_what_costs_far_less_than_the_rest_is_rarely_the_thing() -> None:
    usual = [named(number, "Lamp", price=10_000) for number in range(2, 8)]

    assert ordered("lamp", named(1, "Lamp", price=100), *usual)[-1] == 1


def test_nothing_to_compare_is_no_error() -> None:
    empty = Candidate(Entry(1, 1, "| ", "", ""))

    assert order(wish("tea"), [empty], 1.0) == [1]
    assert order(wish("tea"), [], 0.0) == []
