"""Finding things by what the customer types."""

from storefront.search.facets import Band, Facets
from storefront.search.indexing import index, is_behind, rebuild
from storefront.search.reading import Query, fold, read
from storefront.search.remembering import follow, recall, remember
from storefront.search.service import Filters, Results, Sort, find
from storefront.search.thesaurus import load_synonyms

__all__ = [
    "Band",
    "Facets",
    "Filters",
    "Query",
    "Results",
    "Sort",
    "find",
    "fold",
    "follow",
    "index",
    "is_behind",
    "load_synonyms",
    "read",
    "rebuild",
    "recall",
    "remember",
]
