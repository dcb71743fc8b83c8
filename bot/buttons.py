"""What a button carries: an action and ids, at most 64 bytes; never a name, a price or a promise.

A press is checked for the person who presses: every id in it is looked up through her.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from storefront.kernel.errors import N_, Refusal

DATA_BYTES_MAX = 64
Keyboard = Sequence[Sequence[dict[str, Any]]]


class OldButton(Refusal):
    """The button's data means nothing to us: an older version's, or nobody's."""

    text = N_("This button is too old to work. Type what you are looking for, or send /menu.")


@dataclass(frozen=True)
class Press:
    """A pressed button: `buy:12:3` is action `buy` with the arguments 12 and 3."""

    action: str
    arguments: tuple[str, ...]

    @classmethod
    def read(cls, data: str | None) -> "Press":
        """What the button said, whoever sent it."""
        action, *arguments = (data or "").split(":")
        return cls(action, tuple(arguments))

    def number(self, place: int) -> int:
        """The argument at that place, a whole number of at most 18 digits. Raises OldButton."""
        text = self.text(place)
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
            raise OldButton
        return int(text)

    def text(self, place: int) -> str:
        """The argument at that place as it is. Raises OldButton, also for what we would never have written."""
        if place >= len(self.arguments) or not self.arguments[place].isprintable():
            raise OldButton
        return self.arguments[place]


def press(label: str, action: str, *arguments: int | str) -> dict[str, Any]:
    """A button that is pressed."""
    data = ":".join((action, *map(str, arguments)))
    assert len(data.encode()) <= DATA_BYTES_MAX, data
    return {"text": label, "callback_data": data}


def link(label: str, url: str) -> dict[str, Any]:
    """A button that opens an address."""
    return {"text": label, "url": url}


def share(label: str, address: str, text: str) -> dict[str, Any]:
    """A button that passes an address on to somebody else, with a word."""
    return link(label, f"https://t.me/share/url?url={quote(address, safe='')}&text={quote(text, safe='')}")


def post(label: str, query: str) -> dict[str, Any]:
    """A button that lets her choose a chat, and asks inline there: what she then chooses is posted."""
    chats = {"allow_user_chats": True, "allow_group_chats": True, "allow_channel_chats": True}
    return {"text": label, "switch_inline_query_chosen_chat": {"query": query, **chats}}


def pay(label: str, sheet: dict[str, Any]) -> dict[str, Any]:
    """A button that opens this provider's pay sheet; its link is made when the message leaves."""
    return {"text": label, "invoice": sheet}
