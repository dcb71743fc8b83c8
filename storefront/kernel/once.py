"""Whatever arrives twice counts once."""

from storefront.kernel import clock, db


async def first_time(scope: str, key: str) -> bool:
    """True for the first wish with this key in this scope, False ever after; rolled back together with the wish's effect."""
    done = await db.execute(
        "INSERT INTO command (scope, key, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", scope, key, clock.now()
    )
    return done == 1
