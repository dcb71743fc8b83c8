"""The catalogs of texts: `update` collects what the code says into locales/, `check` fails on what is stale or missing."""

import sys
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from storefront.kernel.texts import LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
LOCALES = ROOT / "locales"
_METHODS = [
    ("**/templates/**.html", "jinja2"),
    ("**.py", "python"),
]
_KEYWORDS = {
    "_": None,
    "N_": None,
    "NP_": (1, 2),
    "gettext": None,
    "ngettext": (1, 2),
    "fill": None,
    "fill_plural": (1, 2),
}
_OPTIONS = {"**/templates/**.html": {"trimmed": "true", "silent": "false"}}
_FOLDERS = ("bot", "storefront", "webchat", "shop")


def main(arguments: list[str]) -> int:
    """Run `update` or `check`; the exit code."""
    if arguments == ["update"]:
        return _update()
    if arguments == ["check"]:
        return _check()
    sys.stderr.write("usage: python -m shop.dev.catalogs update|check\n")
    return 2


def collected() -> Catalog:
    """Every text that the code and the templates say."""
    found = Catalog(project="Pindan", charset="utf-8", fuzzy=False)
    for folder in _FOLDERS:
        messages = extract_from_dir(str(ROOT / folder), _METHODS, _OPTIONS, _KEYWORDS)
        for filename, _line, message, comments, context in messages:
            found.add(message, None, [(f"{folder}/{filename}", 0)], auto_comments=comments, context=context)
    return found


def _update() -> int:
    template = collected()
    LOCALES.mkdir(exist_ok=True)
    _write(LOCALES / "shop.pot", template)
    for language in LANGUAGES:
        path = LOCALES / language / "LC_MESSAGES" / "shop.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        catalog = _read(path, language) if path.exists() else Catalog(locale=language, project="Pindan")
        catalog.update(template, no_fuzzy_matching=True, update_header_comment=False, keep_user_comments=False)
        catalog.obsolete.clear()
        catalog.fuzzy = False
        _write(path, catalog)
    return 0


def _check() -> int:
    template, problems = collected(), []
    if {m.id for m in template if m.id} != {m.id for m in _read(LOCALES / "shop.pot", None) if m.id}:
        problems.append("locales/shop.pot is stale: run `make catalogs`")
    for language in LANGUAGES:
        catalog = _read(LOCALES / language / "LC_MESSAGES" / "shop.po", language)
        for message in template:
            if message.id and language != "en":
                told = message.id if isinstance(message.id, str) else tuple(message.id)
                problems += [f"{language}: {problem}" for problem in _problems(catalog, told)]
    sys.stderr.writelines(f"{problem}\n" for problem in problems)
    return 1 if problems else 0


def _problems(catalog: Catalog, message_id: str | tuple[str, ...]) -> list[str]:
    own = catalog.get(message_id)
    told = message_id if isinstance(message_id, str) else message_id[0]
    if own is None:
        return [f"missing: {told!r}"]
    strings = own.string if isinstance(own.string, tuple | list) else (own.string,)
    if not all(strings) or (isinstance(message_id, tuple) and len(strings) != catalog.num_plurals):
        return [f"not translated: {told!r}"]
    if own.fuzzy:
        return [f"fuzzy: {told!r}"]
    return [f"{error} in {told!r}" for error in own.check(catalog)]


def _read(path: Path, language: str | None) -> Catalog:
    with path.open("rb") as source:
        return read_po(source, locale=language)


def _write(path: Path, catalog: Catalog) -> None:
    out = BytesIO()
    write_po(out, catalog, width=120, omit_header=False, sort_output=True, no_location=True)
    # The date would make every run a change.
    kept = [line for line in out.getvalue().splitlines(keepends=True) if b"-Date: " not in line]
    path.write_bytes(b"".join(kept))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
