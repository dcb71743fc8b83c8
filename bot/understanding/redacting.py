"""What may be kept of a message that nobody understood: its words, without what names or reaches a person. Pure."""

import re

_TEXT_MAX = 200
# Each bounded, so that no text makes them slow.
_HIDDEN = (
    (re.compile(r"https?://\S{1,300}|www\.\S{1,300}", re.IGNORECASE), "‹link›"),
    (re.compile(r"[\w.+-]{1,64}@[\w.-]{1,255}"), "‹mail›"),
    (re.compile(r"(?<!\w)@\w{3,64}"), "‹name›"),
    (re.compile(r"[\d•](?:[ \-.()/]{0,2}[\d•]){3,40}"), "‹number›"),
)


def redacted(text: str) -> str:
    """The text with links, addresses, names of accounts and numbers of four digits and more hidden; at most 200 characters."""
    told = " ".join(text.replace("\x00", " ")[: 2 * _TEXT_MAX].split())
    for pattern, shown in _HIDDEN:
        told = pattern.sub(shown, told)
    return told[:_TEXT_MAX]
