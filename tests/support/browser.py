"""A real Chromium, driven by Playwright."""

import os
import shutil
from pathlib import Path

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


def chromium_path() -> Path | None:
    """Where Chromium is: the variable CHROMIUM, Debian's or another of PATH."""
    named = [os.environ.get("CHROMIUM"), *map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))]
    return next((Path(path) for path in named if path and Path(path).exists()), None)


def screenshots() -> Path:
    """Where pictures of the journeys are kept: SCREENSHOTS, else tests/artefacts."""
    folder = Path(os.environ.get("SCREENSHOTS") or Path(__file__).parents[1] / "artefacts")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
