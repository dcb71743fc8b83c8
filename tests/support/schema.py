"""The schema of the open database in a form that can be compared between SQLite and PostgreSQL."""

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from storefront.kernel import db

_QUOTED_OR_COMMENT = re.compile(r"'(?:[^']|'')*'|--[^\n]*")
_EXPRESSION = "(expression)"


@dataclass(frozen=True, order=True)
class Index:
    """An index, or what a UNIQUE makes; one that is partial covers only some rows."""

    columns: tuple[str, ...]
    unique: bool
    partial: bool


@dataclass(frozen=True)
class Table:
    """What both databases must agree on."""

    columns: tuple[str, ...]
    not_null: frozenset[str]
    primary_key: tuple[str, ...]
    indexes: tuple[Index, ...]
    checks: int
    foreign_keys: frozenset[tuple[tuple[str, ...], str, tuple[str, ...]]]
    triggers: bool


async def schema() -> dict[str, Table]:
    """All tables by name; full-text indexes, which each database has in its own way, are left out."""
    return await (_sqlite() if db.dialect() == "sqlite" else _postgres())


async def _sqlite() -> dict[str, Table]:
    listed = await db.rows(
        "SELECT t.name, m.sql FROM pragma_table_list t JOIN sqlite_master m ON m.name = t.name AND m.type = 'table'"
        " WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!'"
    )
    triggered = {row["tbl_name"] for row in await db.rows("SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'")}
    return {row["name"]: await _sqlite_table(row["name"], row["sql"], row["name"] in triggered) for row in listed}


async def _sqlite_table(name: str, sql: str, triggers: bool) -> Table:
    columns = await db.rows("SELECT * FROM pragma_table_info(?) ORDER BY cid", name)
    key = sorted((column["pk"], column["name"]) for column in columns if column["pk"])
    listed = await db.rows(
        "SELECT name, \"unique\" AS one, partial FROM pragma_index_list(?) WHERE origin <> 'pk'", name
    )
    indexes = [
        Index(await _sqlite_index(index["name"]), bool(index["one"]), bool(index["partial"])) for index in listed
    ]
    references: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in await db.rows("SELECT * FROM pragma_foreign_key_list(?) ORDER BY id, seq", name):
        references[row["id"]].append(row)
    return Table(
        columns=tuple(column["name"] for column in columns),
        not_null=frozenset(column["name"] for column in columns if column["notnull"] or column["pk"]),
        primary_key=tuple(column for _, column in key),
        indexes=tuple(sorted(indexes)),
        checks=len(re.findall(r"\bCHECK\b", _QUOTED_OR_COMMENT.sub("", sql), re.IGNORECASE)),
        foreign_keys=frozenset(
            (tuple(row["from"] for row in rows), rows[0]["table"], tuple(row["to"] for row in rows))
            for rows in references.values()
        ),
        triggers=triggers,
    )


async def _sqlite_index(name: str) -> tuple[str, ...]:
    found = await db.rows("SELECT name FROM pragma_index_xinfo(?) WHERE key = 1 ORDER BY seqno", name)
    return tuple(row["name"] or _EXPRESSION for row in found)


async def _postgres() -> dict[str, Table]:
    columns = await _by_table(
        "SELECT c.relname AS tab, a.attname AS name, a.attnotnull AS needed FROM pg_attribute a"
        " JOIN pg_class c ON c.oid = a.attrelid WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
        " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"
    )
    indexes = await _by_table(
        "SELECT c.relname AS tab, i.indisunique AS one, i.indisprimary AS key, i.indpred IS NOT NULL AS partial,"
        " ARRAY(SELECT coalesce(a.attname::text, '(expression)') FROM unnest(i.indkey::int2[]) WITH ORDINALITY k (n, place)"
        " LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.n AND k.n > 0 ORDER BY k.place) AS columns"
        " FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid"
        " JOIN pg_am m ON m.oid = x.relam WHERE c.relnamespace = 'public'::regnamespace AND m.amname = 'btree'"
    )
    constraints = await _by_table(
        "SELECT c.relname AS tab, k.contype::text AS kind, f.relname AS target,"
        " ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u (n, place)"
        " JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.place) AS columns,"
        " ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u (n, place)"
        " JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY u.place) AS targets"
        " FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid LEFT JOIN pg_class f ON f.oid = k.confrelid"
        " WHERE c.relnamespace = 'public'::regnamespace"
    )
    triggers = await _by_table(
        "SELECT c.relname AS tab FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal"
    )
    return {
        name: Table(
            columns=tuple(column["name"] for column in columns[name]),
            not_null=frozenset(column["name"] for column in columns[name] if column["needed"]),
            primary_key=next((tuple(index["columns"]) for index in indexes[name] if index["key"]), ()),
            indexes=tuple(
                sorted(
                    Index(tuple(index["columns"]), index["one"], index["partial"])
                    for index in indexes[name]
                    if not index["key"]
                )
            ),
            checks=sum(constraint["kind"] == "c" for constraint in constraints[name]),
            foreign_keys=frozenset(
                (tuple(found["columns"]), found["target"], tuple(found["targets"]))
                for found in constraints[name]
                if found["kind"] == "f"
            ),
            triggers=bool(triggers[name]),
        )
        for name in columns
    }


async def _by_table(sql: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in await db.rows(sql):
        found[row["tab"]].append(row)
    return found
