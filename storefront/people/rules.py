"""What a person may call herself, where she may live, and which codes join her accounts."""

import re
import unicodedata
from datetime import date

import phonenumbers

from storefront.kernel.errors import N_, Refusal
from storefront.kernel.texts import LANGUAGES as LANGUAGES

ADDRESSES_MAX = 10
BIRTHDAY_EVERY_DAYS = 365
LINK_CODE_LENGTH = 12
LINK_CODE_DAYS = 30
LINK_TRIES_PER_HOUR = 10
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x1f\x7f]")


class NotAPhone(Refusal):
    """The number cannot be called."""

    text = N_("That is not a phone number we can call. Send it with its country code, for example +86 138 0013 8000.")


class NotAnAddress(Refusal):
    """Nothing could be delivered there."""

    text = N_("That is too short for an address. Send street, house and town in one message.")


class TooManyAddresses(Refusal):
    """The address book is full."""

    text = N_("You have saved %(limit)s addresses. Remove one first, then add the new one.")


class NotADay(Refusal):
    """No calendar has that day."""

    text = N_("That is not a day we can read. Send month and day, for example 03-21 for 21 March.")


class BirthdayFixed(Refusal):
    """A birthday does not move that often."""

    text = N_("A birthday can be changed once a year, and yours was. Write to us if it is wrong.")


class WrongLinkCode(Refusal):
    """The code is unknown, used or too old: the three look alike."""

    text = N_(
        "This code does not work: it may be mistyped, used or too old. Send /link in your other chat for a new one."
    )


class OwnLinkCode(Refusal):
    """The code was made in the account in which it is used."""

    text = N_("This code is for your other chat: send it there, not here.")


class TooManyTries(Refusal):
    """Codes are not guessed here."""

    text = N_("Too many codes were tried. Wait an hour, then try again.")


def clean_name(name: str) -> str:
    """A name as we show it: no control or direction marks, one line, at most 64 characters."""
    return _one_line(name)[:64]


def clean_phone(text: str, region: str = "CN") -> str:
    """A phone number as +8613800138000; a number without country code is read as of `region`. Raises NotAPhone."""
    try:
        number = phonenumbers.parse(unicodedata.normalize("NFKC", text), region)
    except phonenumbers.NumberParseException:
        raise NotAPhone from None
    if not phonenumbers.is_possible_number(number):
        raise NotAPhone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def clean_address(text: str) -> str:
    """An address on one line of at most 300 characters. Raises NotAnAddress."""
    line = _one_line(text)[:300]
    if len(line) < 5:
        raise NotAnAddress
    return line


def clean_birthday(text: str) -> str:
    """A month and a day as MM-DD, whatever stands between them. Raises NotADay."""
    numbers = [int(part) for part in re.findall(r"\d{1,4}", unicodedata.normalize("NFKC", text))]
    if len(numbers) != 2:
        raise NotADay
    try:
        # A leap year: 29 February is somebody's birthday.
        return f"{date(2000, *numbers):%m-%d}"
    except ValueError:
        raise NotADay from None


def clean_code(text: str) -> str:
    """A link code as it was made: capital letters and digits only."""
    return re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", text).upper())


def _one_line(text: str) -> str:
    return " ".join(_INVISIBLE.sub(" ", text).split())


def must_have_room(saved: int) -> None:
    """Refuse one more address in a book of so many. Raises TooManyAddresses."""
    if saved >= ADDRESSES_MAX:
        raise TooManyAddresses(limit=ADDRESSES_MAX)
