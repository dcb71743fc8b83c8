"""A replica that starts: migrates, and says what it applied."""

import asyncio
import json
import sys
from pathlib import Path

from storefront.kernel import db


async def main(url: str, folder: Path) -> None:
    """Migrate once."""
    await db.connect(url)
    print(json.dumps(await db.migrate(folder)))
    await db.disconnect()


asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
