"""Catalog files of many hands read into one shape: CSV, JSON lines, gzipped or not, by our, Shopify's or Google's columns."""

import csv
import gzip
import html
import io
import json
import re
import unicodedata
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, cast

from babel.numbers import get_currency_precision, is_currency

from storefront import merchants
from storefront.kernel.spreadsheets import as_it_was
from storefront.kernel.texts import LANGUAGES

_TEXT_MAX = 20_000
_FIELD_BYTES_MAX = 4 * 1024 * 1024
_MINOR_MAX = 10**12
_COUNT_MAX = 10**9
_PATH_MAX = 200

# What others call our columns; compared in lower case, `_` and `-` as spaces.
_ALIASES = {
    "sku": ("product id", "id", "variant sku", "article", "артикул", "货号"),
    "item": ("item group id", "handle", "url handle", "item code", "spu"),
    "name": ("title", "name en", "product name", "product title", "名称", "название"),
    "name_zh_Hans": ("name zh", "name zh cn", "title zh"),
    "description": ("body (html)", "body html", "body", "description en", "描述", "описание"),
    "description_zh_Hans": ("description zh", "description zh cn"),
    "category": (
        "product type",
        "type",
        "product category",
        "standard product type",
        "category path",
    ),
    "taxonomy": ("google product category",),
    "category_name": ("category en",),
    "category_name_zh_Hans": ("category zh", "category zh cn"),
    "subcategory_name": ("subcategory en", "subcategory"),
    "brand": ("vendor", "manufacturer", "品牌"),
    "origin": ("country of origin", "产地"),
    "price": ("variant price", "regular price", "价格", "цена"),
    "sale_price": ("variant sale price",),
    "price_minor": ("price cents", "price cents cny"),
    "points_cap": ("points max",),
    "stock": ("variant inventory qty", "inventory quantity", "inventory", "quantity", "库存", "остаток"),
    "availability": (),
    "weight_g": ("variant grams", "weight value (grams)", "grams"),
    "shipping_weight": ("weight",),
    "photos": ("image link", "image src", "product image url", "image url", "image", "images"),
    "more_photos": ("additional image link", "variant image", "variant image url"),
    "unit": ("unit pricing measure",),
    "status": ("published",),
}
_OWN = {
    "sku", "item", "name", "description", "category", "category_name", "merchant", "merchant_name", "brand", "origin",
    "attributes", "options", "price",
    "price_minor", "group_price_minor", "member_price_minor", "currency",
    "points_price", "points_cap", "gift_limit", "stock", "weight_g", "kind", "photos", "tags",
}  # fmt: skip
_LOCALIZED = {"name", "description", "category_name", "brand", "origin", "attributes", "options"}
_ATTRIBUTES = {
    "ean": "EAN",
    "gtin": "GTIN",
    "mpn": "MPN",
    "released": "Released",
    "condition": "Condition",
    "unit": "Unit",
}
_SHOPIFY_OPTIONS = [(number, f"option{number} name", f"option{number} value") for number in "123"]
_OPTION_COLUMNS = {"color": "Color", "colour": "Color", "size": "Size", "material": "Material", "pattern": "Pattern"}
_TAG = re.compile(r"<[^<>]{0,2000}>")
_MONEY = re.compile(r"^\s*([A-Za-z]{3}|[^\d\s.,-]{1,3})?\s*(\d[\d.,' \u00a0]*)\s*([A-Za-z]{3}|[^\d\s.,-]{1,3})?\s*$")
_SIGNS = {"¥": "CNY", "元": "CNY", "$": "USD", "€": "EUR", "£": "GBP", "₽": "RUB"}
_WEIGHT = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(kg|g|lb|oz)\s*$", re.IGNORECASE)
_GRAMS = {"kg": Decimal(1000), "g": Decimal(1), "lb": Decimal("453.59237"), "oz": Decimal("28.349523125")}

Localized = dict[str, str]


class RowError(ValueError):
    """A row that cannot be taken: its message says why."""


@dataclass(frozen=True)
class Row:
    """One variant as a file tells it; None and empty mean that the file says nothing."""

    line: int
    sku: str
    item: str
    kind: str | None = None
    names: Localized = field(default_factory=dict)
    descriptions: Localized = field(default_factory=dict)
    category: str | None = None
    category_names: dict[str, list[str]] = field(default_factory=dict)
    brand: Localized = field(default_factory=dict)
    merchant: str | None = None
    merchant_name: str | None = None
    origins: Localized = field(default_factory=dict)
    attributes: dict[str, dict[str, str]] = field(default_factory=dict)
    options: dict[str, dict[str, str]] = field(default_factory=dict)
    tags: list[str] | None = None
    currency: str = "CNY"
    price_minor: int | None = None
    group_price_minor: int | None = None
    member_price_minor: int | None = None
    points_price: int | None = None
    points_cap: int = 0
    gift_limit: int | None = None
    stock: int | None = None
    weight_g: int = 0
    photos: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Source:
    """How to read a file that does not say: the language of plain columns, the currency of bare numbers."""

    language: str = "en"
    currency: str = "CNY"


def read_rows(path: Path, source: Source | None = None) -> Iterator[tuple[int, Row | RowError]]:
    """Each row of the file as (bytes read so far, row or why not), in one pass and little memory.

    A file that is no catalog at all, or breaks off, ends with a RowError that says so.
    """
    with path.open("rb") as raw:
        packed = raw.peek(2)[:2] == b"\x1f\x8b"
        stream: IO[bytes] = cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if packed else raw
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")
        reader = _Reader(source or Source())
        waiting: Row | None = None
        try:
            first = _first_line(text)
            lines = _json_lines if first.lstrip().startswith("{") else _csv_lines
            for line, cells in lines(first, text):
                told = _told(reader, line, cells)
                if isinstance(told, _Picture):
                    # Shopify adds the pictures of a product in lines below it.
                    if waiting is not None and waiting.item == told.item:
                        waiting.photos.extend(photo for photo in told.photos if photo not in waiting.photos)
                    continue
                if waiting is not None:
                    yield raw.tell(), waiting
                waiting = told if isinstance(told, Row) else None
                if isinstance(told, RowError):
                    yield raw.tell(), told
        except RowError as error:
            yield raw.tell(), error
        except (EOFError, gzip.BadGzipFile, zlib.error, csv.Error) as error:
            yield raw.tell(), RowError(f"the file breaks off: {error}")
        if waiting is not None:
            yield raw.tell(), waiting


@dataclass(frozen=True)
class _Picture:
    """A line that only adds pictures to the item above."""

    item: str
    photos: list[str]


def _first_line(text: IO[str]) -> str:
    first = text.readline()
    while first and not first.strip():
        first = text.readline()
    return first


def _told(reader: "_Reader", line: int, cells: Mapping[str, Any] | RowError) -> "Row | RowError | _Picture":
    try:
        return RowError(f"line {line}: {cells}") if isinstance(cells, RowError) else reader.row(line, cells)
    except RowError as error:
        return RowError(f"line {line}: {error}")


def _json_lines(first: str, text: IO[str]) -> Iterator[tuple[int, Mapping[str, Any] | RowError]]:
    line, content = 1, first
    while content:
        if content.strip():
            try:
                cells = json.loads(content)
                if not isinstance(cells, dict):
                    raise TypeError("not an object")
                yield line, cells
            except (TypeError, ValueError, RecursionError) as error:
                yield line, RowError(f"not a JSON object ({error})")
        line, content = line + 1, text.readline()


def _csv_lines(first: str, text: IO[str]) -> Iterator[tuple[int, Mapping[str, Any] | RowError]]:
    csv.field_size_limit(_FIELD_BYTES_MAX)
    delimiter = max("\t,;", key=first.count)
    header = next(csv.reader([first], delimiter=delimiter), [])
    if len(header) < 2 or not {"sku", "item"} & {_meaning(column) for column in header}:
        raise RowError("this is neither CSV with a header (with a column sku) nor JSON lines")
    reader = csv.reader(text, delimiter=delimiter)
    begins = 2
    for values in reader:
        if len(values) > len(header):
            yield begins, RowError(f"{len(values)} cells under {len(header)} columns")
        elif any(values):
            yield begins, dict(zip(header, map(as_it_was, values), strict=False))
        begins = reader.line_num + 2


class _Reader:
    """Turns cells under anybody's columns into rows; remembers what each column means."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._meaning: dict[str, str] = {}
        self._own = set[str]()
        self._yuan = set[str]()
        self._spoken: dict[str, list[tuple[str, str]]] = {column: [] for column in _LOCALIZED}
        self._shopify: dict[str, str] = {}

    def row(self, line: int, cells: Mapping[str, Any]) -> "Row | _Picture":
        """The row, or the pictures that a line only adds to the one above. Raises RowError."""
        named = self._named(cells)
        item = _code(named, "item")
        sku = _code(named, "sku") or self._made_sku(item, named)
        photos = [*_listed(named.get("photos"), " "), *_listed(named.get("more_photos"), ",")]
        if not sku:
            if item and photos:
                return _Picture(item, photos)
            raise RowError("no SKU: give each row a unique one in the column sku")
        price, currency = self._price(named, _currency(named.get("currency", self._source.currency)))
        names = self._localized(named, "name", 500)
        if any("\ufffd" in name for name in names.values()):
            raise RowError("the name is not UTF-8: save the file as UTF-8")
        points_price = _whole(named, "points_price") or None
        return Row(
            line=line,
            sku=sku,
            item=item or sku,
            kind=_kind(named.get("kind")),
            names=names,
            descriptions=self._localized(named, "description", _TEXT_MAX),
            category=_path(named),
            category_names=self._category_names(named),
            brand=self._localized(named, "brand", 200),
            merchant=_code(named, "merchant", merchants.CODE_MAX) or None,
            merchant_name=_line(named.get("merchant_name"), 200) or None,
            origins=self._localized(named, "origin", 200),
            attributes=self._attributes(named, cells),
            options=self._options(named, cells, item or sku),
            tags=_listed(named["tags"], ",") if "tags" in named else None,
            currency=currency,
            price_minor=price if price is not None or points_price is None else 0,
            group_price_minor=_whole(named, "group_price_minor"),
            member_price_minor=_whole(named, "member_price_minor"),
            points_price=points_price,
            points_cap=_whole(named, "points_cap") or 0,
            gift_limit=_whole(named, "gift_limit") or None,
            stock=_stock(named),
            weight_g=_weight(named),
            photos=photos,
        )

    def _named(self, cells: Mapping[str, Any]) -> dict[str, Any]:
        named: dict[str, Any] = {}
        for column, value in cells.items():
            if value is None or value == "":
                continue
            meaning = self._meaning.get(column)
            if meaning is None:
                meaning = self._learn(column)
            # A column under our own name counts before one that others call so.
            if meaning not in named or column in self._own:
                named[meaning] = value
            if column in self._yuan:
                named.setdefault("currency", "CNY")
        # Google's own tree is often told by a number only.
        if "taxonomy" in named and not str(named["taxonomy"]).strip().isdigit():
            named.setdefault("category", str(named["taxonomy"]))
        return named

    def _learn(self, column: str) -> str:
        """What a column means, found out once a file."""
        meaning = self._meaning[column] = _meaning(column)
        if _plain(column) == _plain(meaning):
            self._own.add(column)
        if _plain(column) == "price cents cny":
            self._yuan.add(column)
        for base, spoken in self._spoken.items():
            if meaning == base:
                spoken.insert(0, (self._source.language, base))
            spoken += [(language, meaning) for language in LANGUAGES if meaning == f"{base}_{language}"]
        return meaning

    def _made_sku(self, item: str, named: Mapping[str, Any]) -> str:
        # Shopify lets a variant be without SKU: its handle and options name it.
        if not item or ("price" not in named and "name" not in named):
            return ""
        options = [str(value) for column, value in named.items() if re.fullmatch(r"option\d value", column)]
        return _code({"sku": "-".join([item, *(option for option in options if option != "Default Title")])}, "sku")

    def _price(self, named: Mapping[str, Any], currency: str) -> tuple[int | None, str]:
        if "price_minor" in named:
            return _whole(named, "price_minor"), currency
        for column in ("sale_price", "price"):
            if column in named:
                return _money(named[column], currency)
        return None, currency

    def _localized(self, named: Mapping[str, Any], column: str, longest: int) -> Localized:
        found: Localized = {}
        # The plain column is in the file's own language, and gives way to one that names it.
        for language, spoken in self._spoken[column]:
            if spoken in named and (text := _clean(named[spoken])[:longest]):
                found[language] = text
        return found

    def _category_names(self, named: Mapping[str, Any]) -> dict[str, list[str]]:
        found = {}
        for language, text in self._localized(named, "category_name", 500).items():
            steps = list(_steps(text))
            if "subcategory_name" in named and language == self._source.language:
                steps.append(_line(named["subcategory_name"], 100))
            found[language] = steps
        if not found and named.get("category"):
            found[self._source.language] = list(_steps(str(named["category"])))
        return found

    def _attributes(self, named: Mapping[str, Any], cells: Mapping[str, Any]) -> dict[str, dict[str, str]]:
        found = self._maps(named, "attributes")
        for column, label in _ATTRIBUTES.items():
            if column in named and (value := _line(named[column], 200)):
                found.setdefault(self._source.language, {})[label] = value
        return found

    def _options(self, named: Mapping[str, Any], cells: Mapping[str, Any], item: str) -> dict[str, dict[str, str]]:
        found = self._maps(named, "options")
        own: dict[str, str] = {}
        for number, names, values in _SHOPIFY_OPTIONS:
            if names not in named and values not in named:
                continue
            # Shopify names an option on the first row of a product only.
            name, value = _line(named.get(names), 60), _line(named.get(values), 100)
            label = self._shopify[f"{item}:{number}"] = name or self._shopify.get(f"{item}:{number}", "")
            if value and value != "Default Title":
                own[label or f"Option {number}"] = value
        if len(self._shopify) > 1000:
            self._shopify.clear()
        for column, label in _OPTION_COLUMNS.items():
            if column in named and "item" in named:
                own[label] = _line(named[column], 100)
        if own:
            found.setdefault(self._source.language, {}).update(own)
        return found

    def _maps(self, named: Mapping[str, Any], column: str) -> dict[str, dict[str, str]]:
        found = {}
        for language, spoken in self._spoken[column]:
            if spoken in named and (pairs := _pairs(named[spoken])):
                found[language] = pairs
        return found


def _meaning(column: str) -> str:
    plain = _plain(column)
    for own in _OWN:
        if plain == own.replace("_", " "):
            return own
        if own in _LOCALIZED:
            for language in LANGUAGES:
                if plain == f"{own}_{language}".replace("_", " ").lower():
                    return f"{own}_{language}"
    for own, others in _ALIASES.items():
        if plain == own.replace("_", " ").lower() or plain in others:
            return own
    return plain


def _plain(column: str) -> str:
    return re.sub(r"[_\-\s]+", " ", column.strip().lower())


def _code(named: Mapping[str, Any], column: str, longest: int = 100) -> str:
    code = _line(named.get(column), longest + 1)
    if len(code) > longest:
        # Cut, two of them could be taken for one.
        raise RowError(f"{column} has more than {longest} characters: {code[:40]}…")
    return code


def _currency(value: object) -> str:
    currency = str(value).strip().upper()
    if not _is_currency(currency):
        raise RowError(f"{currency[:40]!r} is no ISO 4217 currency such as CNY")
    return currency


@lru_cache(maxsize=256)
def _is_currency(currency: str) -> bool:
    return is_currency(currency)


def _clean(value: object) -> str:
    if value is None:
        return ""
    text = str(value)
    if "<" not in text and "&" not in text and text.isprintable():
        return " ".join(text.split()) if "  " in text else text.strip()
    if "<" in text:
        text = _TAG.sub(" ", re.sub(r"(?i)<br\s*/?>|</p>|</li>", "\n", text))
    if "&" in text:
        text = html.unescape(text)
    text = (
        "".join(c for c in text if c == "\n" or unicodedata.category(c)[0] != "C") if not text.isprintable() else text
    )
    return "\n".join(line for line in (" ".join(part.split()) for part in text.split("\n")) if line)


def _line(value: object, longest: int) -> str:
    if value is None:
        return ""
    text = _clean(value)
    return (" ".join(text.split()) if "\n" in text else text)[:longest].strip()


def _listed(value: object, separator: str) -> list[str]:
    if value is None:
        return []
    parts = [str(part) for part in value] if isinstance(value, list) else str(value).split(separator)
    return list(dict.fromkeys(line for part in parts if (line := _line(part, 2000))))[:20]


def _pairs(value: object) -> dict[str, str]:
    if isinstance(value, dict):
        return {_line(name, 100): _line(text, 1000) for name, text in value.items() if text not in (None, "")}
    text = _clean(value)
    if not text:
        return {}
    if "=" not in text:
        return {"Details": text[:_TEXT_MAX]}
    pairs: dict[str, str] = {}
    for part in re.split(r"[;\n]\s*", text):
        name, equals, told = part.partition("=")
        if not equals:
            return {"Details": text[:_TEXT_MAX]}
        if name.strip() and told.strip():
            pairs[name.strip()[:100]] = told.strip()[:1000]
    return pairs


def _path(named: Mapping[str, Any]) -> str | None:
    given = named.get("category") or named.get("category_name")
    if not given:
        return None
    steps = _steps(str(given))
    if "category" not in named and "subcategory_name" in named:
        steps = (*steps, *_steps(_line(named["subcategory_name"], 100)))
    return _slugs(steps) or None


@lru_cache(maxsize=1024)
def _steps(told: str) -> tuple[str, ...]:
    return tuple(step for part in re.split(r"[>/]", _clean(told)) if (step := part.strip()))


@lru_cache(maxsize=1024)
def _slugs(steps: Sequence[str]) -> str:
    path = ""
    for step in steps:
        # No `_`, which LIKE takes for any character; a name without a letter is known by its first character's number.
        slug = re.sub(r"[\W_]+", "-", step.lower()).strip("-") or f"{ord(step[0]):x}"
        if len(path) + len(slug) >= _PATH_MAX:
            break
        path = f"{path}/{slug}" if path else slug
    return path


def _kind(value: object) -> str | None:
    if value is None:
        return None
    kind = str(value).strip().lower()
    if kind not in ("goods", "digital"):
        raise RowError(f"kind is goods or digital, not {kind[:40]!r}")
    return kind


def _whole(named: Mapping[str, Any], column: str) -> int | None:
    value = named.get(column)
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 12:
        return int(value)
    try:
        number = Decimal(str(value).strip())
        if number != number.to_integral_value() or not 0 <= number <= _MINOR_MAX:
            raise InvalidOperation
    except InvalidOperation:
        raise RowError(f"{column} is a whole number of at least 0, not {str(value)[:40]!r}") from None
    return int(number)


def _money(value: object, currency: str) -> tuple[int, str]:
    match = _MONEY.match(str(value)) if len(str(value)) <= 60 else None
    if match is None:
        raise RowError(f"the price {str(value)[:40]!r} is not an amount such as 15.00 or 15.00 USD")
    sign = match[1] or match[3] or ""
    if sign:
        currency = _currency(_SIGNS.get(sign, sign))
    digits = re.sub(r"[' \u00a0]", "", match[2])
    if digits.rfind(",") > digits.find(".") > 0:
        digits = digits.replace(".", "")
    if "," in digits and "." not in digits and re.search(r",\d{1,2}$", digits):
        digits = digits.replace(",", ".")
    try:
        minor = Decimal(digits.replace(",", "")).scaleb(get_currency_precision(currency))
    except InvalidOperation:
        raise RowError(f"the price {str(value)[:40]!r} is not an amount") from None
    if minor != minor.to_integral_value():
        raise RowError(f"the price {str(value)[:40]!r} has more decimals than {currency} has")
    if minor > _MINOR_MAX:
        raise RowError(f"the price {str(value)[:40]!r} is beyond all measure")
    return int(minor), currency


def _stock(named: Mapping[str, Any]) -> int | None:
    if "stock" in named:
        return _count(named["stock"], "stock is a whole number")
    availability = str(named.get("availability", "")).replace(" ", "_").lower()
    return {"out_of_stock": 0, "in_stock": 1}.get(availability)


def _weight(named: Mapping[str, Any]) -> int:
    if "weight_g" in named:
        return _count(named["weight_g"], "weight_g is a number of grams")
    match = _WEIGHT.match(str(named.get("shipping_weight", "")))
    return _count(Decimal(match[1]) * _GRAMS[match[2].lower()], "shipping_weight is a weight") if match else 0


def _count(value: object, rule: str) -> int:
    """A number that others may write with decimals, or below 0 for what they owe."""
    try:
        number = Decimal(str(value).strip())
        if not abs(number) <= _COUNT_MAX:
            raise InvalidOperation
    except ArithmeticError:
        raise RowError(f"{rule} of at most {_COUNT_MAX}, not {str(value)[:40]!r}") from None
    return max(0, int(number))
