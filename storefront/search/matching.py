"""Which items have the words of a wish: all of them in the name, all of them, and then the rarest of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from storefront.kernel import db
from storefront.search.ranking import Way, Wish
from storefront.search.wording import Wording

MATCHES_MAX = 3_000
# So many are looked at closely and put in order; what comes after them is in the database's order.
CANDIDATES = 300
# So few that have every word are followed by what has some of them.
FEW = 100
_LOOKED_AT_MAX = 12_000
# So many that have every word in the name need nothing that has it elsewhere.
_ENOUGH = 1_000
_PIECES_MAX = 24
_LIKELIEST = 5 * CANDIDATES
_KEPT = "NOT IN (SELECT id FROM item WHERE withdrawn_at IS NOT NULL)"


@dataclass(frozen=True)
class Matches:
    """The likeliest first, as far as the database can say; the first `whole` of them have every word."""

    item_ids: Sequence[int]
    whole: int


async def matches(wording: Wording, conditions: str, values: Sequence[object], *, only_whole: bool = False) -> Matches:
    """The items that a wish may mean, at most MATCHES_MAX; `conditions` are about `item i`.

    `only_whole`: as long as there is one that has every word, leave out those that have only some.
    """
    wish = wording.wish
    found = await _having_all(wish, True, conditions, values)
    if len(found) < _ENOUGH:
        known = set(found)
        found += [one for one in await _having_all(wish, False, conditions, values) if one not in known]
    if len(found) > (0 if only_whole else FEW) or len(wish.parts) + len(wish.parts[0][0].tokens) == 2:
        return Matches(found[:MATCHES_MAX], len(found[:MATCHES_MAX]))
    known = set(found)
    more = [one for one in await _having_some(wording, conditions, values) if one not in known]
    return Matches([*found, *more], len(found))


def listed(item_ids: Sequence[int]) -> tuple[str, Any]:
    """A list of numbers as the right side of IN, and its one value."""
    if db.dialect() == "sqlite":
        return "(SELECT value FROM json_each(?))", orjson.dumps(list(item_ids)).decode()
    return "(SELECT unnest(?::bigint[]))", list(item_ids)


async def _having_all(wish: Wish, in_name: bool, conditions: str, values: Sequence[object]) -> list[int]:
    expression = _and(_or(_whole(way) for way in ways) for ways in wish.parts)
    inner, match = _inner(expression, in_name, conditions)
    found = await db.browse(
        f"SELECT e.item_id FROM ({inner} LIMIT {MATCHES_MAX}) f JOIN search_entry e ON e.item_id = f.id"  # noqa: S608
        " ORDER BY e.length, e.item_id",
        *(match, *values),
    )
    return [row["item_id"] for row in found]


async def _having_some(wording: Wording, conditions: str, values: Sequence[object]) -> list[int]:
    """Those with the rarest words in the name, by how much of the wish they have; elsewhere when these are few."""
    found = await _having_pieces(_pieces(wording), True, conditions, values)
    if len(found) < FEW:
        known = set(found)
        elsewhere = await _having_pieces(_pieces(wording), False, conditions, values)
        found += [one for one in elsewhere if one not in known]
    return found[:CANDIDATES]


async def _having_pieces(
    pieces: Sequence[tuple[int, float, str]], in_name: bool, conditions: str, values: Sequence[object]
) -> list[int]:
    looked_at, selects, given = 0, list[str](), list[object]()
    for count, rarity, expression in pieces:
        looked_at += count
        if selects and looked_at > _LOOKED_AT_MAX:
            break
        inner, match = _inner(expression, in_name, conditions)
        selects.append(f"SELECT id, {rarity:.4f} AS worth FROM ({inner} LIMIT {_LOOKED_AT_MAX}) p")  # noqa: S608
        given += [match, *values]
    found = await db.browse(
        f"SELECT f.id FROM (SELECT id, SUM(worth) AS worth FROM ({' UNION ALL '.join(selects)}) u GROUP BY id"  # noqa: S608
        f" ORDER BY worth DESC, id LIMIT {_LIKELIEST}) f"
        f" JOIN search_entry e ON e.item_id = f.id ORDER BY f.worth DESC, e.length, f.id LIMIT {CANDIDATES}",
        *given,
    )
    return [row["id"] for row in found]


def _pieces(wording: Wording) -> list[tuple[int, float, str]]:
    """What to look for one by one: in how many entries it is, how much it tells, and the expression; the rarest first."""
    known, found = wording.frequencies, list[tuple[int, float, str]]()
    for ways in wording.wish.parts:
        own = ways[0]
        told = zip(own.derived, own.derived_rarity, strict=True)
        found += [(known[token], rarity, _quoted(token)) for token, rarity in told if token in known]
        whole = [way for way in (ways[1:] if own.derived else ways) if all(token in known for token in way.tokens)]
        if whole:
            count = sum(max(known[token] for token in way.tokens) for way in whole)
            found.append((count, whole[0].worth, _or(_whole(way) for way in whole)))
    if not found:
        # Single characters are parts of too many words to be asked for as long as there is anything else.
        single = [piece for ways in wording.wish.parts for piece in zip(ways[0].tokens, ways[0].rarity, strict=True)]
        found = [(known[token], rarity, _quoted(token)) for token, rarity in single if token in known]
    found.sort(key=lambda piece: (-piece[1], piece[2]))
    return found[:_PIECES_MAX] or [(0, 0.0, _quoted(wording.wish.parts[0][0].tokens[0]))]


def _inner(expression: str, in_name: bool, conditions: str) -> tuple[str, str]:
    """A SELECT of the items that have this, and the value of its first placeholder."""
    if db.dialect() == "sqlite":
        join = " JOIN item i ON i.id = m.rowid" if conditions else ""
        where = f"WHERE m.search_match MATCH ? AND m.rowid {_KEPT}{conditions}"
        scope = "{name kind} : " if in_name else ""
        return f"SELECT m.rowid AS id FROM search_match m{join} {where}", f"{scope}({expression})"  # noqa: S608
    join = " JOIN item i ON i.id = e.item_id" if conditions else ""
    text = "e.name || ' ' || e.kind" if in_name else "e.name || ' ' || e.kind || ' ' || e.details"
    where = f"WHERE array_to_tsvector(array_remove(string_to_array({text}, ' '), '')) @@ ?::text::tsquery"
    return f"SELECT e.item_id AS id FROM search_entry e{join} {where} AND e.item_id {_KEPT}{conditions}", expression  # noqa: S608


def _whole(way: Way) -> str:
    """All of a way's tokens; of Chinese its pairs, which are rarer than its characters, but for those between words."""
    pairs = [pair for pair, rarity in zip(way.derived, way.derived_rarity, strict=True) if rarity]
    return _and(_quoted(token) for token in pairs or way.tokens)


def _quoted(token: str) -> str:
    # A token has letters, digits and dots: nothing that either database would read as anything else.
    return f'"{token}"' if db.dialect() == "sqlite" else f"'{token}'"


def _and(terms: Any) -> str:
    return f"({(' AND ' if db.dialect() == 'sqlite' else ' & ').join(terms)})"


def _or(terms: Any) -> str:
    return f"({(' OR ' if db.dialect() == 'sqlite' else ' | ').join(terms)})"
