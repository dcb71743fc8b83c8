"""The tests themselves: they stay on this machine, and say loudly what they could not run."""

import asyncio
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_no_test_reaches_another_machine() -> None:
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError, match="loopback"):
        probe.connect(("192.0.2.1", 443))


async def test_no_test_asks_for_another_machines_name() -> None:
    with pytest.raises(ConnectionRefusedError, match="loopback"):
        await asyncio.open_connection("api.telegram.org", 443)


async def test_this_machine_may_be_reached() -> None:
    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"welcome")
        writer.close()

    async with await asyncio.start_server(greet, "localhost", 0, family=socket.AF_INET) as server:
        reader, writer = await asyncio.open_connection("localhost", server.sockets[0].getsockname()[1])
        said = await reader.read()
        writer.close()

    assert said == b"welcome"


@pytest.mark.parametrize(("strict", "outcome"), [("0", "1 skipped"), ("1", "1 error")])
def test_a_missing_tool_is_said_loudly_and_fails_where_it_must_be_there(
    tmp_path: Path, strict: str, outcome: str
) -> None:
    environment = {"PATH": str(tmp_path), "CI_STRICT": strict, "HOME": str(tmp_path)}
    (tmp_path / "test_page.py").write_text("def test_page(chromium): ...\n")

    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "tests.conftest",
            "-c",
            "/dev/null",
            str(tmp_path / "test_page.py"),
        ],
        env=environment | {"PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert outcome in ran.stdout
    assert ("SKIPPED FOR MISSING TOOLS" in ran.stdout) == (strict == "0")
    assert "install Debian's `chromium`" in ran.stdout
