"""Finding things by what the customer types."""

from storefront.search import events
from storefront.search.facets import Band, Facets, Origin
from storefront.search.indexing import catch_up, index, is_behind, mark, rebuild
from storefront.search.learning import Learned, forget_learned, learn, learned, note_opened, note_vain
from storefront.search.missing import Missed, miss, missed, shelf_near
from storefront.search.naming import named
from storefront.search.popularity import note_ordered
from storefront.search.reading import Chip, Code, Kind, Query, fold, read, without
from storefront.search.remembering import Searched, recall, remember
from storefront.search.scanning import PHOTOS, Scan, scan, scanned, scans, unscanned
from storefront.search.service import Filters, Results, Sort, find, sort_of
from storefront.search.suggesting import Suggestion, Why, forget_bought, note_bought, suggest
from storefront.search.thesaurus import load_synonyms
from storefront.search.wishes import TooManyWishes, follow, forget, fulfil, wish

__all__ = [
    "PHOTOS",
    "Band",
    "Chip",
    "Code",
    "Facets",
    "Filters",
    "Kind",
    "Learned",
    "Missed",
    "Origin",
    "Query",
    "Results",
    "Scan",
    "Searched",
    "Sort",
    "Suggestion",
    "TooManyWishes",
    "Why",
    "catch_up",
    "events",
    "find",
    "fold",
    "follow",
    "forget",
    "forget_bought",
    "forget_learned",
    "fulfil",
    "index",
    "is_behind",
    "learn",
    "learned",
    "load_synonyms",
    "mark",
    "miss",
    "missed",
    "named",
    "note_bought",
    "note_opened",
    "note_ordered",
    "note_vain",
    "read",
    "rebuild",
    "recall",
    "remember",
    "scan",
    "scanned",
    "scans",
    "shelf_near",
    "sort_of",
    "suggest",
    "unscanned",
    "wish",
    "without",
]
