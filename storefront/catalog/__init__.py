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
from storefront.catalog.stock import adjust, give_back, hold, receive, release, release_pieces, sell

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
    "give_back",
    "hold",
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
