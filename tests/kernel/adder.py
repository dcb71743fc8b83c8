"""A process that adds to Ann's purse many times: reads, waits a moment, writes."""

import asyncio
import json
import sys

from storefront.kernel import db


@db.transaction
async def add() -> None:
    """Read, then write, in one transaction."""
    before = (await db.rows("SELECT amount FROM purse WHERE owner = ?", "Ann"))[0]["amount"]
    await asyncio.sleep(0)
    await db.execute("UPDATE purse SET amount = ? WHERE owner = ?", before + 1, "Ann")


async def main(url: str, times: int) -> None:
    """Add that many times; says how it went."""
    await db.connect(url)
    results = await asyncio.gather(*(add() for _ in range(times)), return_exceptions=True)
    await db.disconnect()
    failed = sum(isinstance(result, BaseException) for result in results)
    print(json.dumps({"added": times - failed, "failed": failed}))


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
