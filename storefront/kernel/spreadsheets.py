"""Cells of a CSV that people open in a spreadsheet: what a customer or a merchant wrote there is never run as a formula."""

from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def defused(cell: Any) -> Any:
    """The cell with an apostrophe before what a spreadsheet would take for a formula; numbers are none and stay."""
    return f"'{cell}" if isinstance(cell, str) and _is_formula(cell) else cell


def as_it_was(cell: str) -> str:
    """A cell that comes back, without the apostrophe that `defused` gave it."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell) else cell


def _is_formula(cell: str) -> bool:
    # Apostrophes that were there before count along: what comes back is what went out.
    return cell.lstrip("'").startswith(_FORMULA)
