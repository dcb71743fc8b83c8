"""What the operator set about points, handed in once when the shop opens."""

from storefront.points.rules import Terms

_terms = Terms()


def use_terms(terms: Terms) -> None:
    """Go by these from now on."""
    global _terms
    _terms = terms


def terms() -> Terms:
    """What holds now."""
    return _terms
