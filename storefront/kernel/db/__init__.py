"""The database, SQLite or PostgreSQL: transactions that neither leak nor hang, and plain statements for hot paths."""

from storefront.kernel.db.connection import (
    connect,
    dialect,
    disconnect,
    execute,
    many,
    reader,
    rows,
    savepoint,
    spawn,
    transaction,
    tx,
    wait,
    wake,
)
from storefront.kernel.db.connection import after_commit as after_commit
from storefront.kernel.db.migrate import MigrationError, migrate

__all__ = [
    "MigrationError",
    "after_commit",
    "connect",
    "dialect",
    "disconnect",
    "execute",
    "many",
    "migrate",
    "reader",
    "rows",
    "savepoint",
    "spawn",
    "transaction",
    "tx",
    "wait",
    "wake",
]
