"""The real `pindan`, as the operator starts it: a process of its own, told by environment and folder."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

PINDAN = Path(sys.executable).with_name("pindan")
_PATIENCE_S = 90
_KEPT = ("PATH", "PYTHONPATH", "LANG", "TMPDIR")


@dataclass(frozen=True)
class Ended:
    """What a finished process said, and how it ended."""

    code: int
    out: str
    err: str


@dataclass
class Open:
    """A shop that is open in a process of its own."""

    process: asyncio.subprocess.Process
    address: str
    greeting: str
    errors: Path

    async def end(self, how: signal.Signals = signal.SIGTERM) -> Ended:
        """Tell it to end, and wait until it has."""
        if self.process.returncode is None:
            self.process.send_signal(how)
        assert self.process.stdout is not None
        async with asyncio.timeout(_PATIENCE_S):
            rest = await self.process.stdout.read()
            code = await self.process.wait()
        return Ended(code, self.greeting + rest.decode(), self.errors.read_text())


async def start(folder: Path, *arguments: str, **settings: object) -> asyncio.subprocess.Process:
    """Start `pindan` in this folder with these settings and no others."""
    with (folder / "stderr").open("ab") as errors:
        return await asyncio.create_subprocess_exec(
            *(PINDAN, *arguments),
            cwd=folder,
            env=environment(folder, **settings),
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )


@asynccontextmanager
async def opened(folder: Path, command: str = "serve", **settings: object) -> AsyncIterator[Open]:
    """The shop, once it says that it is open; killed when the test has not ended it."""
    process = await start(folder, command, **{"PORT": 0, "DATA_DIR": folder, **settings})
    try:
        assert process.stdout is not None
        async with asyncio.timeout(_PATIENCE_S):
            greeting = (await _until(process.stdout, b"Ctrl-C")).decode()
        assert " is open." in greeting, (folder / "stderr").read_text()
        address = re.findall(r"http://[^\s/]+", greeting)[0]
        yield Open(process, address, greeting, folder / "stderr")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def run(folder: Path, *arguments: str, **settings: object) -> Ended:
    """Run a command to its end."""
    process = await asyncio.create_subprocess_exec(
        *(PINDAN, *arguments),
        cwd=folder,
        env=environment(folder, **{"DATA_DIR": folder, **settings}),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(_PATIENCE_S):
        out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


async def written(file: Path, text: str) -> None:
    """Wait until this stands in the file."""
    for _ in range(_PATIENCE_S * 20):
        if text in _read(file):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{text!r} was not written: {_read(file)}")


def environment(folder: Path, **settings: object) -> dict[str, str]:
    """The machine's environment as far as it concerns no shop, and these settings."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "HOME": str(folder), **{name: str(value) for name, value in settings.items()}}


async def _until(stream: asyncio.StreamReader, mark: bytes) -> bytes:
    said = b""
    while line := await stream.readline():
        said += line
        if mark in line:
            break
    return said


def _read(file: Path) -> str:
    return file.read_text()
