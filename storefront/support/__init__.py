"""What goes wrong with an order is put right: cases, from the wish to the decision."""

from storefront.support.queries import Case, find
from storefront.support.rules import REASONS, AtOnce, InGroup, LeftTheHouse, NothingChosen, why_not
from storefront.support.service import begin, choose, explain, follow, settle
from storefront.support.verifying import findings

__all__ = [
    "REASONS",
    "AtOnce",
    "Case",
    "InGroup",
    "LeftTheHouse",
    "NothingChosen",
    "begin",
    "choose",
    "explain",
    "find",
    "findings",
    "follow",
    "settle",
    "why_not",
]
