"""Finding things by what the customer types."""

from storefront.search.reading import Chip, Code, Kind, Query, fold, read, without
from storefront.search.remembering import follow, recall, remember
from storefront.search.service import Filters, Results, Sort, find, index, sort_of

__all__ = [
    "Chip",
    "Code",
    "Filters",
    "Kind",
    "Query",
    "Results",
    "Sort",
    "find",
    "fold",
    "follow",
    "index",
    "read",
    "recall",
    "remember",
    "sort_of",
    "without",
]
