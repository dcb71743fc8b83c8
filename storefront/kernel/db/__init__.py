"""The database, SQLite or PostgreSQL: transactions that neither leak nor hang, and plain statements for hot paths."""

from tortoise.exceptions import IntegrityError

from storefront.kernel.db.backend import CannotOpen
from storefront.kernel.db.migrator import MigrationError, migrate, outdated, unapplied
from storefront.kernel.db.opening import connect, disconnect
from storefront.kernel.db.orm import reader
from storefront.kernel.db.stills import Row, look, still, stream
from storefront.kernel.db.transactions import (
    after_commit,
    browse,
    dialect,
    execute,
    many,
    rows,
    savepoint,
    snapshot,
    spawn,
    transaction,
    tx,
    wait,
    wake,
)

__all__ = [
    "CannotOpen",
    "IntegrityError",
    "MigrationError",
    "Row",
    "after_commit",
    "browse",
    "connect",
    "dialect",
    "disconnect",
    "execute",
    "look",
    "many",
    "migrate",
    "outdated",
    "reader",
    "rows",
    "savepoint",
    "snapshot",
    "spawn",
    "still",
    "stream",
    "transaction",
    "tx",
    "unapplied",
    "wait",
    "wake",
]
