"""What the tests themselves stand on: a database that was used before is as good as a new one."""

import asyncpg

from tests.support.databases import PostgresTemplate


async def _purses(url: str, *first: str) -> tuple[int, str]:
    """How many purses there are after these statements, and the database's name."""
    connection = await asyncpg.connect(url)
    for statement in first:
        await connection.execute(statement)
    found = await connection.fetchrow("SELECT COUNT(*), current_database() FROM purse")
    await connection.close()
    return found[0], found[1]


async def test_what_a_test_leaves_in_a_database_is_gone_for_the_next_one(purses_postgres: PostgresTemplate) -> None:
    with purses_postgres.copy() as url:
        filled, used = await _purses(url, "INSERT INTO purse (owner, amount) VALUES ('Ann', 5)")

    with purses_postgres.copy() as url:
        left, again = await _purses(url)

    assert (filled, left) == (1, 0)
    assert used == again


async def test_a_database_whose_guards_a_test_took_away_is_not_used_again(purses_postgres: PostgresTemplate) -> None:
    with purses_postgres.copy() as url:
        _, used = await _purses(url, "ALTER TABLE purse DROP CONSTRAINT purse_pkey CASCADE")

    with purses_postgres.copy() as url:
        _, another = await _purses(url)

    assert used != another
