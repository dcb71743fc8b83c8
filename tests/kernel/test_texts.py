"""Every word in the reader's language, with its plural forms, numbers, money and dates."""

from datetime import UTC, datetime

import pytest

from storefront.kernel import texts as kernel_texts
from storefront.kernel.errors import NP_, NotFound, Refusal
from storefront.kernel.money import Money
from storefront.kernel.texts import LANGUAGES, Texts, closest, pick, use_timezone

NEW_YEAR = 1_798_732_800_000  # 2026-12-31T16:00:00Z, which is midnight in Shanghai


class FewPoints(Refusal):
    """A refusal with a plural form, whose texts are in the catalogs."""

    text, text_plural = NP_(
        "You have %(n)s point now. Choose fewer, or pay in money.",
        "You have %(n)s points now. Choose fewer, or pay in money.",
    )


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("zh-hans", "zh_Hans"),
        ("zh_TW", "zh_Hans"),
        ("ru-RU", "ru"),
        ("kk", "ru"),
        ("AR-eg", "ar"),
        ("pt-br", None),
        ("", None),
        (None, None),
    ],
)
def test_a_client_is_spoken_to_in_the_nearest_language_there_is(code: str | None, language: str | None) -> None:
    assert closest(code) == language


def test_a_language_that_is_not_spoken_is_english() -> None:
    assert Texts("tlh").language == "en"


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", {0: "0 points", 1: "1 point", 2: "2 points", 2000: "2,000 points"}),
        ("zh_Hans", {1: "1 积分", 2000: "2,000 积分"}),
        ("ru", {1: "1 балл", 2: "2 балла", 5: "5 баллов", 21: "21 балл", 111: "111 баллов"}),
    ],
)
def test_a_number_of_points_takes_its_plural_form(language: str, forms: dict[int, str]) -> None:
    assert {n: Texts(language).points(n) for n in forms} == forms


def test_arabic_has_six_plural_forms() -> None:
    said = [Texts("ar").points(n) for n in (0, 1, 2, 3, 11, 100)]

    assert len({"".join(c for c in text if not c.isdigit()).strip() for text in said}) >= 4
    assert all("point" not in text for text in said)


@pytest.mark.parametrize(
    ("language", "amount", "shown"),
    [
        ("en", Money(4690, "CNY"), "CN¥46.90"),
        ("zh_Hans", Money(4690, "CNY"), "¥46.90"),
        ("ru", Money(123_456_789, "RUB"), "1\u00a0234\u00a0567,89\u00a0₽"),
        ("en", Money(500, "JPY"), "¥500"),
        ("en", Money(1234, "KWD"), "KWD1.234"),
        ("en", Money(12, "XTR"), "12 ⭐"),
        ("en", Money(-500, "EUR"), "-€5.00"),
        ("ar", Money(4690, "CNY"), "\u200f46.90\u00a0CN¥\u200e"),
        ("ar", Money(4690, "SAR"), "\u200f46.90\u00a0ر.س.\u200f"),
    ],
)
def test_money_is_written_as_its_reader_writes_it(language: str, amount: Money, shown: str) -> None:
    assert Texts(language).money(amount) == shown


def test_days_are_told_in_the_shops_time_zone() -> None:
    try:
        use_timezone("Asia/Shanghai")

        assert Texts("en").date(NEW_YEAR) == "Jan 1, 2027"
        assert Texts("ru").date(NEW_YEAR) == "1 янв. 2027\u202fг."
        assert Texts("en").time(NEW_YEAR).startswith("12:00")
    finally:
        use_timezone("UTC")
    assert Texts("en").date(NEW_YEAR) == "Dec 31, 2026"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_is_a_sentence_in_the_readers_language(language: str) -> None:
    english = Texts("en").refusal(NotFound())

    told = Texts(language).refusal(NotFound())

    assert told.endswith((".", "。"))
    assert (told == english) == (language == "en")


def test_a_refusal_takes_the_plural_form_of_its_number() -> None:
    assert Texts("en").refusal(FewPoints(n=1)).startswith("You have 1 point now.")
    assert Texts("en").refusal(FewPoints(n=1240)).startswith("You have 1,240 points now.")
    assert "балла" in Texts("ru").refusal(FewPoints(n=3))


def test_a_name_is_picked_in_the_readers_language_else_english_else_any() -> None:
    assert pick({"en": "Rice", "zh_Hans": "大米"}, "zh_Hans") == "大米"
    assert pick({"en": "Rice", "zh_Hans": "大米"}, "ru") == "Rice"
    assert pick({"zh_Hans": "大米"}, "ru") == "大米"
    assert pick({}, "ru") == ""


def test_facts_in_a_sentence_are_formatted_for_the_reader() -> None:
    filled = Texts("en").fill("Buy %(amount)s", amount=Money(4690, "CNY"))

    assert filled == "Buy CN¥46.90"
    assert Texts("en").show({"en": "Rice", "ru": "Рис"}) == "Rice"
    assert Texts("ru").show({"en": "Rice", "ru": "Рис"}) == "Рис"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_its_catalog(language: str) -> None:
    assert (kernel_texts.CATALOGS / language / "LC_MESSAGES" / "shop.po").is_file()


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "Nov 28, 2026, 4:09\u202fPM"),
        ("zh_Hans", "2026年11月28日 16:09"),
        ("ru", "28 нояб. 2026\u202fг., 16:09"),
        ("ar", "28 نوفمبر 2026، 4:09 م"),
    ],
)
def test_a_moment_is_a_day_and_an_hour_without_seconds_and_without_what_a_chat_takes_for_a_command(
    language: str, shown: str
) -> None:
    use_timezone("UTC")
    at = int(datetime(2026, 11, 28, 16, 9, 46, tzinfo=UTC).timestamp() * 1000)

    told = Texts(language).moment(at)

    assert told == shown
    assert "/" not in Texts(language).date(at)
