"""Saying no: a refusal is an answer, anything else is a crash.

Refusal
  +-- NotFound          the thing is not there, or not this person's
  +-- <noun>.rules...   each beside the rule that refuses
"""

from typing import ClassVar


class Refusal(Exception):
    """An answer of no, with the nearest yes in its sentence.

    `text` is an English msgid with named placeholders; `facts` fill it at the edge, in the reader's language (a `Money`
    is formatted, an int is grouped). A plural form is chosen by the fact `n`.
    """

    text: ClassVar[str]
    text_plural: ClassVar[str | None] = None

    def __init__(self, **facts: object) -> None:
        super().__init__(type(self).__name__, facts)
        self.facts = facts


def N_(text: str) -> str:  # noqa: N802  (gettext's own name for "mark, translate later")
    """Mark a sentence for the catalogs where it is written; the edge translates it."""
    return text


def NP_(one: str, many: str) -> tuple[str, str]:  # noqa: N802  (as N_, with a plural form)
    """Mark a sentence with its plural form; the fact `n` chooses."""
    return one, many


class NotFound(Refusal):
    """What was asked for is not there, or is somebody else's: the two look alike."""

    text = N_("That is not here any more. Search for something, or open the menu.")
