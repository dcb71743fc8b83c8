"""A real Chromium, driven by Playwright."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_UP_WITHIN_S = 60
_FLAGS = (
    "--headless=new",
    "--remote-debugging-port=0",
    "--no-default-browser-check",
    "--hide-scrollbars",
    "--mute-audio",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-background-timer-throttling",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


@contextmanager
def chromium(path: Path) -> Iterator[str]:
    """Run a Chromium; yields where it is driven from. Its pages are closed to each other by contexts."""
    with tempfile.TemporaryDirectory(prefix="pindan-chromium-", ignore_cleanup_errors=True) as home:
        process = subprocess.Popen(
            [str(path), *_FLAGS, f"--user-data-dir={home}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            yield f"http://127.0.0.1:{_port(Path(home) / 'DevToolsActivePort')}"
        finally:
            process.terminate()
            process.wait()


def _port(told: Path) -> int:
    until = time.monotonic() + _UP_WITHIN_S
    while time.monotonic() < until:
        if told.exists() and (lines := told.read_text().splitlines()):
            return int(lines[0])
        time.sleep(0.05)
    raise RuntimeError("Chromium does not start")


def chromium_path() -> Path | None:
    """Where Chromium is: the variable CHROMIUM, Debian's or another of PATH."""
    named = [os.environ.get("CHROMIUM"), *map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))]
    return next((Path(path) for path in named if path and Path(path).exists()), None)


def screenshots() -> Path:
    """Where pictures of the journeys are kept: SCREENSHOTS, else tests/artefacts."""
    folder = Path(os.environ.get("SCREENSHOTS") or Path(__file__).parents[1] / "artefacts")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
