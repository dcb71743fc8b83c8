"""What more processes on one PostgreSQL bring: purchases and searches through one replica, then through two.

`python -m benchmarks.replicas replica URL PLACE` is one of them, in a process of its own.
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from benchmarks.answering import stock
from benchmarks.figures import databases, figure, folder, remark
from benchmarks.visitors import UPDATES, crowd
from shop import logs, running
from storefront.kernel.settings import Settings

_WARM = 10
_CROWDS = 2


async def measure(visitors: int = 200, times: int = 1, *, pictured: bool = False) -> None:
    """Print updates a second through one and two replicas; the ratio is to one replica of the same run."""
    with folder() as place:
        async with databases(place) as found:
            if (url := found.get("postgres")) is None:
                remark("replicas share a PostgreSQL, and there is none")
                return
            await stock(_settings(url, place), pictured)
            alone: tuple[float, float] | None = None
            for count in (1, 2):
                async with contextlib.AsyncExitStack() as stack:
                    addresses = [await stack.enter_async_context(_replica(url, place)) for _ in range(count)]
                    await _through("buy", addresses, _WARM, 1)
                    bought = await _through("buy", addresses, visitors, times)
                    asked = await _through("ask", addresses, visitors, times)
                alone = alone or (bought, asked)
                figure(f"replicas_{count}_purchases", bought, "updates/s", alone[0])
                figure(f"replicas_{count}_searches", asked, "updates/s", alone[1])


async def _through(action: str, addresses: list[str], visitors: int, times: int) -> float:
    """Updates a second of so many visitors, spread over the replicas; always as many crowds, so that they begin alike."""
    share = visitors // _CROWDS
    crowds = await asyncio.gather(
        *(crowd(action, addresses[at % len(addresses)], share, times) for at in range(_CROWDS))
    )
    lasted = max(ended for _, ended in crowds) - min(began for began, _ in crowds)
    return share * _CROWDS * times * UPDATES[action] / lasted


@contextlib.asynccontextmanager
async def _replica(url: str, place: Path) -> AsyncIterator[str]:
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.replicas", "replica", url, place),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert started.stdin is not None
    assert started.stdout is not None
    try:
        yield (await started.stdout.readline()).decode().strip()
    finally:
        started.stdin.close()
        await started.wait()


def _settings(url: str, place: Path) -> Settings:
    return Settings.model_validate({"port": 0, "data_dir": place, "database_url": url, "welcome_points": 2310})


async def _serve(url: str, place: Path) -> None:
    """A replica without the channels' limits, until nobody listens to it any more."""
    # Else the log goes where nobody reads, and the replica waits for a reader.
    logs.to_stderr("ERROR", "text")
    async with running.opened(_settings(url, place), limits=False) as shop:
        sys.stdout.write(f"{shop.address}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    if sys.argv[1:2] == ["replica"]:
        asyncio.run(_serve(sys.argv[2], Path(sys.argv[3])))
    else:
        asyncio.run(measure(*(int(number) for number in sys.argv[1:])))
