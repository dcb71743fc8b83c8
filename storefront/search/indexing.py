"""Keeping the index in step with the catalog: entries, the database's own index of their tokens, and the vocabulary."""

from collections.abc import Callable, Sequence

from storefront.kernel import clock, db
from storefront.search.analysis import forget_words
from storefront.search.entries import Entry, entry, terms

# Grows when the same item would give other tokens: an index made by another version is made anew.
ANALYZER = 1
BATCH = 1000
_ITEM = (
    "SELECT i.id, i.names, i.descriptions, i.attributes, i.origins, i.code, b.names AS brand, c.names AS category,"
    " (SELECT p.names FROM category p WHERE p.id = c.parent_id) AS parent"
    " FROM item i LEFT JOIN brand b ON b.id = i.brand_id LEFT JOIN category c ON c.id = i.category_id"
    " WHERE i.id IN ({places})"
)
_UPSERT = (
    " ON CONFLICT (term) DO UPDATE SET entries = search_term.entries + excluded.entries,"
    " named = search_term.named + excluded.named"
)


@db.transaction
async def index(item_ids: Sequence[int]) -> None:
    """Make these items findable as they are now; called in the transaction that changed them."""
    for start in range(0, len(item_ids), BATCH):
        await _index(item_ids[start : start + BATCH])


@db.transaction
async def mark(item_ids: Sequence[int]) -> None:
    """Have these items made findable by `catch_up`: for a whole catalog, which would wait for its index otherwise.

    Called in the transaction that changed them, so that none is ever forgotten.
    """
    await db.many(
        "INSERT INTO search_pending (item_id) VALUES (?) ON CONFLICT DO NOTHING", [(item_id,) for item_id in item_ids]
    )


async def catch_up(progress: Callable[[int, int], None] = lambda _done, _all: None) -> int:
    """Make findable what was marked, in batches of a transaction each; returns how many items that were.

    `progress` is told how many are done, and of how many.
    """
    total = int((await db.rows("SELECT COUNT(*) AS n FROM search_pending"))[0]["n"])
    done = 0
    # A shop where nothing waits, which is nearly always, writes nothing.
    while total and (found := await _index_marked()):
        done += found
        progress(done, max(done, total))
    if done:
        forget_words()
    return done


@db.transaction
async def _index_marked() -> int:
    found = await db.rows(
        "DELETE FROM search_pending WHERE item_id IN (SELECT item_id FROM search_pending ORDER BY item_id LIMIT ?)"
        " RETURNING item_id",
        BATCH,
    )
    await index(sorted(int(row["item_id"]) for row in found))
    return len(found)


async def rebuild(progress: Callable[[int, int], None] = lambda _done, _all: None) -> int:
    """Make the index anew, in batches of a transaction each; returns how many items are in it.

    `progress` is told how many are done, and of how many. What is searched for meanwhile finds the part that is done.
    """
    total = int((await db.rows("SELECT COUNT(*) AS n FROM item"))[0]["n"])
    await _clear()
    done, last = 0, 0
    while found := await db.rows("SELECT id FROM item WHERE id > ? ORDER BY id LIMIT ?", last, BATCH):
        last = int(found[-1]["id"])
        await index([int(row["id"]) for row in found])
        done += len(found)
        progress(done, total)
    await _tidy()
    await _change()
    await db.execute("UPDATE search_state SET analyzer = ?", ANALYZER)
    return done


async def is_behind() -> bool:
    """Whether the index was made by another version of the shop than this one, and there is something to find."""
    return bool(
        await db.rows(
            "SELECT 1 AS n FROM search_state WHERE analyzer <> ? AND EXISTS (SELECT 1 FROM item)",
            ANALYZER,
        )
    )


async def _index(item_ids: Sequence[int]) -> None:
    if not item_ids:
        return
    # The first statement: whoever indexes at the same time waits here, and not for one term after the other.
    await _change()
    await db.execute("UPDATE search_state SET analyzer = ? WHERE entries = 0", ANALYZER)
    places = ", ".join("?" * len(item_ids))
    made = [entry(row) for row in await db.rows(_ITEM.format(places=places), *item_ids)]
    old = [Entry(**row) for row in await db.rows(_stored(places), *item_ids)]
    await _remove(old)
    new = [one for one, _ in made]
    await _add(new)
    await _spell({word: token for _, pairs in made for token, word in pairs})
    await _count(old, new)


def _stored(places: str) -> str:
    return f"SELECT item_id, length, name, kind, details FROM search_entry WHERE item_id IN ({places})"  # noqa: S608


async def _remove(entries: Sequence[Entry]) -> None:
    if not entries:
        return
    if db.dialect() == "sqlite":
        await db.many(
            "INSERT INTO search_match (search_match, rowid, name, kind, details) VALUES ('delete', ?, ?, ?, ?)",
            [(one.item_id, one.name, one.kind, one.details) for one in entries],
        )
    await db.many("DELETE FROM search_entry WHERE item_id = ?", [(one.item_id,) for one in entries])


async def _add(entries: Sequence[Entry]) -> None:
    await db.many(
        "INSERT INTO search_entry (item_id, length, name, kind, details) VALUES (?, ?, ?, ?, ?)",
        [(one.item_id, one.length, one.name, one.kind, one.details) for one in entries],
    )
    if db.dialect() == "sqlite":
        await db.many(
            "INSERT INTO search_match (rowid, name, kind, details) VALUES (?, ?, ?, ?)",
            [(one.item_id, one.name, one.kind, one.details) for one in entries],
        )


async def _count(old: Sequence[Entry], new: Sequence[Entry]) -> None:
    (anywhere, named), (gone, gone_named) = terms(new), terms(old)
    anywhere.subtract(gone)
    named.subtract(gone_named)
    rows = [(term, count, named[term]) for term, count in sorted(anywhere.items()) if count or named[term]]
    await _rows_into("search_term (term, entries, named)", ("text", "int", "int"), rows, _UPSERT)
    if old:
        await db.execute("DELETE FROM search_term WHERE entries <= 0")
    await db.execute(
        "UPDATE search_state SET entries = entries + ?, length_total = length_total + ?",
        *(len(new) - len(old), sum(one.length for one in new) - sum(one.length for one in old)),
    )


async def _spell(words: dict[str, str]) -> None:
    rows = sorted((word[:80], token) for word, token in words.items())
    await _rows_into("search_word (word, term)", ("text", "text"), rows, " ON CONFLICT (word) DO NOTHING")


async def _rows_into(table: str, kinds: Sequence[str], rows: Sequence[Sequence[object]], conflict: str) -> None:
    """Many small rows: PostgreSQL takes them as columns, many times as fast as one by one."""
    if not rows:
        return
    if db.dialect() == "sqlite":
        await db.many(f"INSERT INTO {table} VALUES ({', '.join('?' * len(kinds))}){conflict}", rows)  # noqa: S608
        return
    columns = ", ".join(f"?::{kind}[]" for kind in kinds)
    await db.execute(
        f"INSERT INTO {table} SELECT * FROM unnest({columns}){conflict}",  # noqa: S608
        *(list(column) for column in zip(*rows, strict=True)),
    )


@db.transaction
async def _clear() -> None:
    if db.dialect() == "sqlite":
        # The entries are still there: the index is told to forget what it holds of them.
        await db.execute("INSERT INTO search_match (search_match) VALUES ('delete-all')")
    await db.execute("DELETE FROM search_entry")
    await db.execute("DELETE FROM search_term")
    await db.execute("DELETE FROM search_word")
    await _change()
    await db.execute("UPDATE search_state SET entries = 0, length_total = 0")


async def _change() -> None:
    """What is kept of the index elsewhere is stale: its number grows, and is that of no other shop's index."""
    at = clock.now()
    await db.execute(
        "UPDATE search_state SET generation = CASE WHEN generation < ? THEN ? ELSE generation + 1 END", at, at
    )


async def _tidy() -> None:
    if db.dialect() == "sqlite":
        await db.execute("INSERT INTO search_match (search_match) VALUES ('optimize')")
    else:
        await db.rows(
            "SELECT gin_clean_pending_list('search_entry_names'), gin_clean_pending_list('search_entry_terms')"
        )
