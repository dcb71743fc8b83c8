"""What a customer's sentence says."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from storefront.search import fold, read, without
from storefront.search.reading import Code, Kind

PRICES = [
    ("大米 50以内", ("大米",), None, 5000),
    ("50元以下 茶", ("茶",), None, 5000),
    ("50块钱以下", (), None, 5000),
    ("不超过30块的茶", ("茶",), None, 3000),
    ("五十元以内的茶", ("茶",), None, 5000),
    ("¥50以内", (), None, 5000),
    ("价格100到200之间的茶", ("茶",), 10000, 20000),
    ("50元的茶", ("茶",), None, 5000),
    ("不到100元", (), None, 10000),
    ("一百以内", (), None, 10000),
    ("预算500以内的手机", ("手机",), None, 50000),
    ("price under 50", (), None, 5000),
    ("tea for $50", ("tea",), None, 5000),
    ("чай за 500 рублей", ("чай",), None, 50000),
    ("شاي بأقل من 50 ريال سعودي", ("شاي",), None, 5000),
    ("1万以下 手机", ("手机",), None, 1_000_000),
    ("tea under 50", ("tea",), None, 5000),
    ("tea under $12.50", ("tea",), None, 1250),
    ("Tea UP TO 50 yuan", ("tea",), None, 5000),
    ("less than 50 yuan", (), None, 5000),
    ("tea max 50 rmb", ("tea",), None, 5000),
    ("tea 50 or less", ("tea",), None, 5000),
    ("tea under 2k", ("tea",), None, 200_000),
    ("чай до 500 ₽", ("чай",), None, 50000),
    ("чай дешевле 500", ("чай",), None, 50000),
    ("чай не дороже 99,90 руб.", ("чай",), None, 9990),
    ("до 2 тысяч", (), None, 200_000),
    ("до 500р чай", ("чай",), None, 50000),
    ("شاي أقل من ١٠٠", ("شاي",), None, 10000),
    ("شاي اقل من ٥٠ ريال", ("شاي",), None, 5000),
    ("٥٠ ريال", (), None, 5000),
    ("CN¥46.90", (), None, 4690),
    ("ｔｅａ　ｕｎｄｅｒ　５０", ("tea",), None, 5000),
    ("under ५०", (), None, 5000),
    ("tea 20-30", ("tea",), 2000, 3000),
    ("30-20", (), 2000, 3000),
    ("0-50", (), None, 5000),
    ("20~30块", (), 2000, 3000),
    ("20到30元的茶", ("茶",), 2000, 3000),
    ("from 20 to 30", (), 2000, 3000),
    ("between $20 and $30", (), 2000, 3000),
    ("CN¥20–CN¥30", (), 2000, 3000),
    ("от 20 до 30", (), 2000, 3000),
    ("из 20-30 ₽", ("из",), 2000, 3000),
    ("من ٢٠ إلى ٣٠", (), 2000, 3000),
    ("بين 20 و30 ريال", (), 2000, 3000),
    ("50元左右", (), 4000, 6000),
    ("大约50块", (), 4000, 6000),
    ("about $50", (), 4000, 6000),
    ("около 500 руб", (), 40000, 60000),
    ("حوالي ٥٠", (), 4000, 6000),
    ("over 100", (), 10000, None),
    ("100元以上", (), 10000, None),
    ("100元起", (), 10000, None),
    ("от 100", (), 10000, None),
    ("дороже 100", (), 10000, None),
    ("أكثر من 100", (), 10000, None),
    ("over 20 under 50", (), 2000, 5000),
    ("over 50 under 20", (), 2000, 5000),
    ("до 1 000 ₽", (), None, 100_000),
    ("under 1,000", (), None, 100_000),
    ("under 1.000,50", (), None, 100_050),
    ("under 1,000.50", (), None, 100_050),
    ("до ١٬٠٠٠", (), None, 100_000),
    ("under 50 100% cotton", ("100", "cotton"), None, 5000),
]


@pytest.mark.parametrize(("text", "words", "low", "high"), PRICES)
def test_prices_are_read_however_they_are_written(
    text: str, words: tuple[str, ...], low: int | None, high: int | None
) -> None:
    query = read(text)

    assert (query.words, query.price_min_hundredths, query.price_max_hundredths) == (words, low, high)


@pytest.mark.parametrize(
    "text",
    [
        *("iphone 15", "windows 11", "2023", "usb 3.0", "50-inch tv", "13-15 inch", "2-3 kg", "13-15 дюймов", "2-3公斤"),
        *("100% хлопок", "до свидания", "under -5", "tea -5", "under 0", "до 0", "under 99999999999999", "under 1.5.3"),
        *("2020-2023", "from 1995", "138-0013-8000", "2023-11-05", "size 36-38", "尺码36-38", "kids 3-5 years", "от 3 лет"),
        *("до 5 кг", "under 5 kg", "5斤以内装", "iphone 15 pro max 256", "3块肥皂",
          "a4 80g", "24/7", "w/o sugar", "от 50 мл", "от 5 до 10 кг"),
        *("toner 412-20877", "lens 3.5-5.6", "f/4-5.6", "splitter 1 to 2", "safe 4-5", "1-500", "309-16",
          "ages 3 and up", "1->2"),
        *("куртка 48-50 размер", "from 2 to 3 kg", "20-30米", "2到3人", "100 mbps", "up to 480 mbps",
          "b20-30", "cr2032", "", "!!! ??? 🍚"),
    ],
)  # fmt: skip
def test_other_numbers_are_no_prices(text: str) -> None:
    query = read(text)

    assert (query.price_min_hundredths, query.price_max_hundredths, query.points_max) == (None, None, None)


@pytest.mark.parametrize(
    ("text", "points", "money"),
    [
        ("500 points", 500, None),
        ("gifts under 1,000 points", 1000, None),
        ("500积分以内", 500, None),
        ("200积分+10元", 200, 1000),
        ("до 500 баллов", 500, None),
        ("200 баллов + 10 ₽", 200, 1000),
        ("٥٠٠ نقطة", 500, None),
        ("0 points", None, None),
        ("points", None, None),
    ],
)
def test_points_are_read_with_the_money_beside_them(text: str, points: int | None, money: int | None) -> None:
    query = read(text)

    assert (query.points_max, query.price_max_hundredths) == (points, money)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rice 5kg", ("rice", "5kg")),
        ("rice 5 KG", ("rice", "5kg")),
        ("大米10斤", ("大米", "5kg")),
        ("大米5公斤装", ("大米", "5kg")),
        ("5G手机", ("5g手机",)),
        ("рис 5 кг", ("рис", "5kg")),
        ("أرز ٥ كجم", ("أرز", "5kg")),
        ("1 斤", ("500g",)),
        ("1000 g", ("1kg",)),
        ("0,5 л", ("500ml",)),
        ("1.5 l", ("1.5l",)),
        ("milk 2 x 500ml", ("milk", "2x", "500ml")),
        ("牛奶500毫升*24", ("牛奶", "24x", "500ml")),
        ('tv 50"', ("tv", "50inch")),
        ("50-inch tv", ("50inch", "tv")),
        ("55寸电视", ("55inch", "电视")),
        ("5 пакетов", ("5", "пакетов")),
        ("100米线", ("100米线",)),
        ("7up", ("7up",)),
    ],
)
def test_sizes_have_one_spelling_and_stay_among_the_words(text: str, words: tuple[str, ...]) -> None:
    assert read(text).words == words


@pytest.mark.parametrize(
    ("text", "wish", "words"),
    [
        ("tea in stock", "in_stock", ("tea",)),
        ("有货的茶", "in_stock", ("茶",)),
        ("чай в наличии", "in_stock", ("чай",)),
        ("شاي متوفر", "in_stock", ("شاي",)),
        ("new", "newest", ()),
        ("latest phones", "newest", ("phones",)),
        ("新品", "newest", ()),
        ("最新的手机", "newest", ("手机",)),
        ("новинки", "newest", ()),
        ("جديد", "newest", ()),
        ("cheapest tea", "cheapest", ("tea",)),
        ("最便宜的大米", "cheapest", ("大米",)),
        ("самый дешёвый чай", "cheapest", ("чай",)),
        ("самые дешевые лампы", "cheapest", ("лампы",)),
        ("أرخص شاي", "cheapest", ("شاي",)),
        ("new balance shoes", None, ("new", "balance", "shoes")),
        ("новый телефон", None, ("новый", "телефон")),
        ("unavailable", None, ("unavailable",)),
        ("why is it not in stock", None, ("why", "is", "it", "not", "in", "stock")),
        ("茶没有货", None, ("茶没有货",)),
        ("чая нет в наличии", None, ("чая", "нет", "в", "наличии")),
        ("غير متوفر", None, ("غير", "متوفر")),
    ],
)
def test_wishes_are_read_where_they_are_said_as_such(text: str, wish: str | None, words: tuple[str, ...]) -> None:
    query = read(text)

    assert [name for name in ("in_stock", "newest", "cheapest") if getattr(query, name)] == ([wish] if wish else [])
    assert query.words == words


@pytest.mark.parametrize(
    ("text", "colours"),
    [
        ("red dress", ("red",)),
        ("红色连衣裙", ("red",)),
        ("красного цвета", ("red",)),
        ("حذاء أحمر", ("red",)),
        ("السيارة الحمراء", ("red",)),
        ("black and white", ("black", "white")),
        ("чёрный и черный", ("black",)),
        ("红茶", ()),
        ("redmi", ()),
        ("серьги", ()),
        ("белок", ()),
    ],
)
def test_colours_are_known_in_four_languages_and_stay_words(text: str, colours: tuple[str, ...]) -> None:
    query = read(text)

    assert query.colours == colours
    assert " ".join(query.words) == " ".join(dict.fromkeys(fold(text).replace("红色", "红色 ").split()))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("A-10042", Code("order", "A-10042", sure=True)),
        (" a10042. ", Code("order", "A-10042", sure=True)),
        ("А-10042", Code("order", "A-10042", sure=True)),
        ("10042", Code("order", "A-10042")),
        ("order #10042", Code("order", "A-10042", sure=True)),
        ("заказ № A-10042", Code("order", "A-10042", sure=True)),
        ("订单A-10042", Code("order", "A-10042", sure=True)),
        ("where is A-10042?", Code("order", "A-10042", alone=False, sure=True)),
        ("0123", Code("pickup", "0123")),
        ("٠١٢٣", Code("pickup", "0123")),
        ("我的取货码是0123", Code("pickup", "0123", alone=False, sure=True)),
        ("取货码 0123", Code("pickup", "0123", sure=True)),
        ("abcdefgh2345", Code("group", "ABCDEFGH2345")),
        ("拼团码ABCDEFGH2345", Code("group", "ABCDEFGH2345", sure=True)),
        ("https://t.me/Shop_bot?start=i_5-xY9", Code("link", "https://t.me/Shop_bot?start=i_5-xY9", sure=True)),
        ("look t.me/b?start=g_AB", Code("link", "t.me/b?start=g_AB", alone=False, sure=True)),
        ("http://127.0.0.1:80/g/AB23?s=x", Code("link", "http://127.0.0.1:80/g/AB23?s=x", sure=True)),
    ],
)
def test_what_names_one_thing_is_known_as_such(text: str, code: Code) -> None:
    assert read(text).codes == (code,)


@pytest.mark.parametrize(
    "text", ["iphone 15", "rice/tea", "24/7", "model a-100", "refrigerator", "xa-10042", "A-10042-7"]
)
def test_what_names_nothing_of_ours_is_no_code(text: str) -> None:
    assert read(text).codes == ()


def test_each_wish_stands_in_the_sentence_and_can_be_taken_out_of_it() -> None:
    text = "Ｒｅｄ 大米５斤  ５０元以内 有货"

    chips = read(text).chips

    assert [(chip.kind, text[chip.start : chip.end]) for chip in chips] == [
        (Kind.COLOUR, "Ｒｅｄ"),
        (Kind.SIZE, "５斤"),
        (Kind.PRICE_MAX, "５０元以内"),
        (Kind.STOCK, "有货"),
    ]
    assert without(text, chips[2]) == "Ｒｅｄ 大米５斤 有货"
    assert without(text, chips[0]) == "大米５斤 ５０元以内 有货"


@pytest.mark.parametrize("text", ["Re\u0301sume\u0301", "RÉSUMÉ", "ré\u200bsu\u00admé", "ｒéｓｕｍé"])
def test_the_same_word_is_the_same_however_it_is_typed(text: str) -> None:
    assert fold(text) == "résumé"
    assert read(text).words == ("résumé",)


_BITS = [
    "under",
    "50",
    "元",
    "以内",
    "-",
    "20-30",
    "от",
    "до",
    "kg",
    "x",
    "1,000",
    "A-",
    "г",
    "积分",
    "+",
    "$",
    " ",
    "٥٠",
    "ريال",
    "\u0301",
]


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=400), st.lists(st.sampled_from(_BITS), max_size=120).map("".join)))
@example("\ud83d")
@example("ﷺ" * 300)
def test_any_sentence_is_read_whole_and_its_wishes_can_be_taken_out(text: str) -> None:
    query = read(text)

    assert len(query.words) <= 12
    for limit in (query.price_min_hundredths, query.price_max_hundredths):
        assert limit is None or 0 < limit < 10**15
    ends = [(chip.start, chip.end) for chip in query.chips]
    assert ends == sorted(ends)
    for chip in query.chips:
        assert 0 <= chip.start < chip.end <= len(text)
        assert len(without(text, chip)) < len(text) + 1
        read(without(text, chip))


@pytest.mark.parametrize(
    "text",
    [
        *("x" * 10_000, "a " * 5_000, "\x00" * 10_000, "under " * 2_000, "9" * 10_000, "\u0301" * 10_000, "ﷺ" * 10_000),
        *("1 000 " * 2_000, "1-" * 5_000, "200积分+" * 2_000, "1x" * 5_000, "a.b/?start=" * 1_000, "订单 " * 3_000),
    ],
)
def test_a_huge_sentence_is_read_at_once_and_cut(text: str) -> None:
    began = time.perf_counter()

    query = read(text)

    assert time.perf_counter() - began < 0.2
    assert len(query.words) <= 12
    assert sum(map(len, query.words)) <= 300
