"""The wheel is the whole program: what the repository keeps of it is in it, and a shop opens from it alone."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import aiohttp
import pytest

from tests.support import process, tools

ROOT = Path(__file__).parents[2]
FOLDERS = ("bot", "storefront", "webchat", "shop", "locales")


@pytest.fixture(scope="module")
def kept() -> list[str]:
    """The files of the program that git keeps."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        tools.missing("git", "test a clone, on a machine with git")
    listed = subprocess.run(["git", "ls-files", "-z", *FOLDERS], cwd=ROOT, capture_output=True, check=True, text=True)
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]


@pytest.fixture(scope="module")
def wheel(kept: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built of what git keeps and nothing else."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", *kept):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, source / name)
    offline = ("--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check", "--quiet")
    made = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *offline, "--wheel-dir", built, source],
        capture_output=True,
        check=False,
        text=True,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return next(built.glob("pindan-*.whl"))


def test_each_file_of_the_program_is_in_the_wheel_and_nothing_else(wheel: Path, kept: list[str]) -> None:
    with zipfile.ZipFile(wheel) as packed:
        names = {name for name in packed.namelist() if ".dist-info/" not in name}

    assert names == set(kept)


async def test_the_demo_opens_from_the_wheel_with_its_pages_pictures_and_texts(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed, folder = tmp_path / "installed", tmp_path / "shop"
    folder.mkdir()
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(installed)
    monkeypatch.setenv("PYTHONPATH", os.fspath(installed))

    async with process.opened(folder, "demo") as shop, aiohttp.ClientSession() as session:
        answers = {}
        for path in ("/", "/chat/", "/static/shop.css", "/desk/sign-in", "/api/v1/docs", "/healthz"):
            async with session.get(f"{shop.address}{path}", headers={"Accept-Language": "ru"}) as answer:
                answers[path] = answer.status, await answer.text()
        ended = await shop.end()

    assert {path: status for path, (status, _) in answers.items() if status != 200} == {}
    assert 'lang="ru"' in answers["/"][1]
    assert "чат" in answers["/"][1]
    assert (ended.code, ended.err) == (0, "")
