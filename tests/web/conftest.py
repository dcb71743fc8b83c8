"""A storefront on a port of its own, with a few things on its shelves."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from storefront import catalog, files, search
from storefront.app import build
from storefront.kernel.settings import Settings

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63d0b0f10300017e00c5"
    "f4bd1d340000000049454e44ae426082"
)
RICE: dict[str, Any] = {
    "item": "rice",
    "name": "Wuchang rice",
    "name_zh_Hans": "五常稻花香",
    "name_ar": "أرز ووتشانغ",
    "description": 'Long grain, "milled" & washed.',
    "category": "produce/rice",
    "category_name": "Local produce/Rice",
    "category_name_zh_Hans": "本地特产/大米",
    "origin": "Wuchang",
    "points_cap": 2000,
    "photos": ["test:rice"],
}
ROWS: list[dict[str, Any]] = [
    {
        **RICE,
        "sku": "rice-5",
        "options": {"Weight": "5 kg"},
        "price_minor": 4690,
        "group_price_minor": 3990,
        "stock": 3,
    },
    {**RICE, "sku": "rice-10", "options": {"Weight": "10 kg"}, "price_minor": 8690, "stock": 60},
    {"sku": "tea", "name": "Tea for points", "category": "tea", "points_price": 1200, "price_minor": 0, "stock": 9},
    {"sku": "pan", "name": "Iron pan", "category": "house", "price_minor": 12900, "stock": 0},
]


@dataclass(frozen=True)
class Shop:
    """The open storefront, its things by name, and what it is set to."""

    client: TestClient[Any, Any]
    items: dict[str, int]
    photo: str
    ready: list[bool]
    folder: Path

    async def read(self, address: str, **headers: str) -> str:
        """The page at this address, which is there."""
        async with self.client.get(address, headers=headers) as response:
            assert response.status == 200, await response.text()
            return await response.text()


async def stock(folder: Path, rows: list[dict[str, Any]]) -> None:
    """Put these on the shelves."""
    file = folder / "goods.jsonl"
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    report = await catalog.import_rows(catalog.read_rows(file), on_items=search.index)
    assert report.errors == []


@pytest.fixture
async def shop(database: str, tmp_path: Path) -> AsyncIterator[Shop]:
    await stock(tmp_path, ROWS)
    found = await search.find(per_page=50)
    items = {summary.names["en"]: summary.id for summary in await catalog.summaries(found.items)}
    photo = await files.keep(content=PNG, mime="image/png")
    await catalog.set_photo(item_id=items["Wuchang rice"], position=0, file_hash=photo)
    ready = [True]
    settings = Settings(_env_file=None, data_dir=tmp_path, shop_name="Ann's & Bob's", public_url="https://shop.example")
    async with TestClient(TestServer(build(settings, ready=lambda: ready[0], bots=lambda: {1: "webchat"}))) as client:
        yield Shop(client, items, photo, ready, tmp_path)
