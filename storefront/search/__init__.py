"""Finding things by what the customer types."""

from storefront.search.reading import Query, fold, read
from storefront.search.remembering import follow, recall, remember
from storefront.search.service import Filters, Results, Sort, find, index

__all__ = ["Filters", "Query", "Results", "Sort", "find", "fold", "follow", "index", "read", "recall", "remember"]
