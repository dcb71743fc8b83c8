"""What the shop sells: items, their variants, photos and categories, and how many there are of each."""

from storefront.catalog.exporting import COLUMNS, export_rows
from storefront.catalog.importing import Report, import_rows
from storefront.catalog.queries import (
    Category,
    Item,
    Photo,
    Summary,
    Variant,
    categories,
    category,
    category_paths,
    item,
    newest,
    photos_without_file,
    set_photo,
    summaries,
    variant,
    variants,
)
from storefront.catalog.reading import Row, RowError, Source, read_rows
from storefront.catalog.rules import OutOfStock, SoldOut
from storefront.catalog.stock import (
    adjust,
    free_aside,
    give_back,
    hold,
    hold_aside,
    receive,
    release,
    release_pieces,
    sell,
)
from storefront.catalog.verifying import findings

__all__ = [
    "COLUMNS",
    "Category",
    "Item",
    "OutOfStock",
    "Photo",
    "Report",
    "Row",
    "RowError",
    "SoldOut",
    "Source",
    "Summary",
    "Variant",
    "adjust",
    "categories",
    "category",
    "category_paths",
    "export_rows",
    "findings",
    "free_aside",
    "give_back",
    "hold",
    "hold_aside",
    "import_rows",
    "item",
    "newest",
    "photos_without_file",
    "read_rows",
    "receive",
    "release",
    "release_pieces",
    "sell",
    "set_photo",
    "summaries",
    "variant",
    "variants",
]
