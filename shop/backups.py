"""A copy of the whole shop in one file, made while it is open, and a shop made of such a copy.

SQLite: shop and browser chat, with all that they hold, in a .tar.gz with a list of what is in it and its SHA-256.
PostgreSQL: what its own `pg_dump` writes, which has the browser chat's schema in it.
"""

import asyncio
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg

from shop.errors import CannotStart
from storefront.kernel import clock
from storefront.kernel.settings import Settings

SHOP, CHAT, LIST = "shop.sqlite3", "webchat.sqlite3", "manifest.json"
_PAGES = 2000
_CHUNK = 1024 * 1024

# How far it is, in hundredths.
Told = Callable[[int], None]


def make(settings: Settings, file: Path, told: Told) -> None:
    """Write a backup of the shop, open or closed. Raises CannotStart, OSError; a file that is there is kept as it is."""
    if file.exists():
        raise CannotStart(f"{file} is there already: choose another name")
    part = file.with_name(f"{file.name}.part")
    try:
        if (path := _sqlite(settings)) is not None:
            _pack(path, settings.data_dir / CHAT, part, told)
        else:
            _run_postgres("pg_dump", settings, ["--format=custom", f"--file={part}"], f"--format=custom --file={file}")
        part.chmod(0o600)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def restore(settings: Settings, file: Path) -> None:
    """Make a shop of a backup, where there is none yet. Raises CannotStart, OSError."""
    path = _sqlite(settings)
    with file.open("rb") as opened:
        is_dump = opened.read(5) == b"PGDMP"
    if is_dump != (path is None):
        raise CannotStart(f"{file} is a backup of the other kind of database: see DATABASE_URL")
    if path is not None:
        _unpack(file, path, settings.data_dir)
    else:
        asyncio.run(_must_be_empty(settings))
        _run_postgres("pg_restore", settings, ["--no-owner", "--exit-on-error", "--single-transaction", str(file)])


def _pack(shop: Path, chat: Path, file: Path, told: Told) -> None:
    if not shop.exists():
        raise CannotStart(f"There is no shop at {shop}")
    # Beside the backup: there is room for one where there is room for the other.
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".pindan-backup-") as folder:
        # The chat first: what it is told again the shop knows, what it had forgotten nobody would.
        copies = [Path(folder, name) for name, of in ((CHAT, chat), (SHOP, shop)) if of.exists()]
        for copy in copies:
            _copy(chat if copy.name == CHAT else shop, copy, told)
        listed = {"made_at": clock.now(), "sha256": {copy.name: _sha256(copy) for copy in copies}}
        manifest = Path(folder, LIST)
        manifest.write_text(json.dumps(listed, indent=2), encoding="utf-8")
        with tarfile.open(file, "x:gz", compresslevel=6) as packed:
            for one in (manifest, *copies):
                packed.add(one, arcname=one.name)


def _copy(of: Path, to: Path, told: Told) -> None:
    """SQLite's online backup, of one moment: nobody who writes waits for it, and it for nobody."""

    def progress(_status: int, remaining: int, total: int) -> None:
        told(100 - 100 * remaining // max(total, 1))

    address = f"{of.resolve().as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(address, uri=True, isolation_level=None)) as here,
        closing(sqlite3.connect(to)) as there,
    ):
        # Without a transaction of its own it would begin anew whenever somebody writes.
        here.execute("BEGIN")
        here.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        here.backup(there, pages=_PAGES, progress=progress)


def _unpack(file: Path, shop: Path, folder: Path) -> None:
    if shop.exists() or (folder.exists() and any(folder.iterdir())):
        raise CannotStart(f"There is something in {folder}: a backup is restored where no shop is")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".pindan-restore-") as place:
        try:
            with tarfile.open(file, "r:gz") as packed:
                listed = json.load(_member(packed, LIST))["sha256"]
                for name, sha256 in listed.items():
                    if name not in {SHOP, CHAT}:
                        raise CannotStart(f"{file}: {name} is nothing of a backup")
                    with Path(place, name).open("wb") as out:
                        shutil.copyfileobj(_member(packed, name), out, _CHUNK)
                    if _sha256(Path(place, name)) != sha256:
                        raise CannotStart(f"{file}: {name} is not what was backed up")
        except (tarfile.TarError, ValueError, LookupError, EOFError) as error:
            raise CannotStart(f"{file} is no backup of a shop ({error})") from None
        if SHOP not in listed:
            raise CannotStart(f"{file} has no shop in it")
        for name in listed:
            to = shop if name == SHOP else folder / name
            to.parent.mkdir(parents=True, exist_ok=True)
            Path(place, name).chmod(0o600)
            shutil.move(Path(place, name), to)


def _member(packed: tarfile.TarFile, name: str) -> IO[bytes]:
    found = packed.extractfile(name)
    if found is None:
        raise ValueError(f"{name} is no file")
    return found


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _sqlite(settings: Settings) -> Path | None:
    assert settings.database_url is not None
    scheme, _, rest = settings.database_url.partition("://")
    return Path(rest[1:]) if scheme == "sqlite" else None


def _run_postgres(program: str, settings: Settings, options: list[str], shown: str = "") -> None:
    """One of PostgreSQL's own programs; the password is not on its command line, where others would see it."""
    assert settings.database_url is not None
    place = urlsplit(settings.database_url)
    user = f"{place.username}@" if place.username else ""
    host = place.netloc.rpartition("@")[2]
    address = urlunsplit(("postgresql", f"{user}{host}", place.path, place.query, ""))
    found = shutil.which(program)
    if found is None:
        told = shown or " ".join(options)
        raise CannotStart(f"{program} is not installed here; where it is, run: {program} {told} --dbname={address}")
    password = {"PGPASSWORD": unquote(place.password)} if place.password else {}
    ran = subprocess.run(  # noqa: S603  (our own options)
        [found, *options, f"--dbname={address}"],
        env={**os.environ, **password},
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise CannotStart(f"{program}: {ran.stderr.strip()[-500:]}")


async def _must_be_empty(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database_url)
    try:
        there = await connection.fetchval(
            "SELECT COUNT(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
    finally:
        await connection.close()
    if there:
        raise CannotStart("There is something in the database: a backup is restored where no shop is")
