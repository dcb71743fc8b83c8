"""What a person may be called, where she may live, which numbers can be called."""

import pytest

from storefront.people import NotAnAddress, NotAPhone, clean_address, clean_name, clean_phone
from storefront.people.rules import clean_code


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Ann", "Ann"),
        ("  Ann \t Lee ", "Ann Lee"),
        ("Ann\nLee", "Ann Lee"),
        ("\u202eeeL nnA", "eeL nnA"),
        ("\u200b\u200b", ""),
        ("李 雷", "李 雷"),
        ("x" * 100, "x" * 64),
        ("<b>Ann</b> & co", "<b>Ann</b> & co"),  # escaped where it is shown
    ],
)
def test_a_name_is_one_line_without_hidden_marks(said: str, kept: str) -> None:
    assert clean_name(said) == kept


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("13800138000", "+8613800138000"),
        ("+7 (912) 345-67-89", "+79123456789"),
        ("００８６１３８００１３８０００", "+8613800138000"),
        ("+966 50 123 4567", "+966501234567"),
    ],
)
def test_a_phone_number_is_read_however_it_is_written(said: str, kept: str) -> None:
    assert clean_phone(said) == kept


@pytest.mark.parametrize("said", ["", "call me", "1", "+", "+999 1", "1" * 40])
def test_what_cannot_be_called_is_refused(said: str) -> None:
    with pytest.raises(NotAPhone):
        clean_phone(said)


def test_an_address_is_one_line() -> None:
    assert clean_address("Peace Road 7\n\nChengdu") == "Peace Road 7 Chengdu"
    assert len(clean_address("x" * 1000)) == 300


@pytest.mark.parametrize("said", ["", "  ", "home", "\u200b" * 20])
def test_too_short_an_address_is_refused(said: str) -> None:
    with pytest.raises(NotAnAddress):
        clean_address(said)


def test_a_code_is_read_with_its_dashes_and_in_small_letters() -> None:
    assert clean_code(" abcd-2345-ＷＸＹＺ ") == "ABCD2345WXYZ"
