"""How much memory the shop takes while nobody asks for anything: the real demo process."""

import asyncio
import contextlib
import os
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.figures import figure, folder

_IMPORTS = "import aiohttp.web, telegram.ext, tortoise"
_OPEN_WITHIN_S, _STILL_S = 180, 3


async def measure() -> None:
    """Print the memory of the demo shop at its first start, when it stocks itself, and at the second one."""
    bare = [sys.executable, "-c", f"{_IMPORTS}; print(flush=True); input()"]
    with subprocess.Popen(bare, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        await asyncio.to_thread(process.stdout.readline)
        floor = _resident_mb(process.pid)
        process.terminate()
    figure("bare_imports", floor, "MB")
    with folder() as place:
        for start in ("first", "second"):
            figure(f"idle_shop_{start}_start", await _idle(place), "MB", floor)


async def _idle(place: Path) -> float:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with _running([sys.executable, "-m", "shop.cli", "demo"], {"PORT": str(port), "DATA_DIR": str(place)}) as process:
        async with asyncio.timeout(_OPEN_WITHIN_S):
            while not await asyncio.to_thread(_is_open, port):
                assert process.poll() is None, "the shop did not open"
                await asyncio.sleep(0.2)
        await asyncio.sleep(_STILL_S)
        return _resident_mb(process.pid)


@contextlib.contextmanager
def _running(command: list[str], changes: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, env={**os.environ, **changes}, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def _is_open(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError):
        return False


def _resident_mb(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024
