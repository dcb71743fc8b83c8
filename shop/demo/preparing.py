"""Stocking the demo shop, once; a second start keeps what is there."""

import asyncio
import contextlib
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shop import running
from shop.bars import progress
from shop.catalog_files import with_bar
from storefront import catalog, delivery, files, groupbuy, points, promotions, staff, support
from storefront.delivery import FeeRule
from storefront.kernel import db
from storefront.kernel.settings import Settings
from storefront.points import EarnRule

DEFAULTS: dict[str, Any] = {
    "shop_name": "Pindan",
    "welcome_points": 2310,
    "currency": "CNY",
    "points_send_daily": 1000,
    "desk_codes": False,
}
# Known to everybody who reads this: the demo's own, made nowhere else.
_STAFF = (("mei", "Mei", "agent"), ("lin", "Lin", "lead"))
PASSWORD = "pindan demo"  # noqa: S105
CATALOG = Path(__file__).with_name("catalog.jsonl")
_PAINTER = "shop.demo.painter"
_AT_ONCE = 20

_BRANCHES: tuple[dict[str, Any], ...] = (
    {
        "code": "chengnan",
        "names": {
            "en": "South Gate branch",
            "zh_Hans": "城南支行",
            "ru": "Отделение «Южные ворота»",
            "ar": "فرع البوابة الجنوبية",
        },
        "address": {
            "en": "18 South Gate Road",
            "zh_Hans": "城南路18号",
            "ru": "ул. Южных ворот, 18",
            "ar": "18 طريق البوابة الجنوبية",
        },
        "latitude": 30.5702,
        "longitude": 104.0648,
    },
    {
        "code": "binjiang",
        "names": {
            "en": "Riverside branch",
            "zh_Hans": "滨江支行",
            "ru": "Отделение «Набережная»",
            "ar": "فرع ضفة النهر",
        },
        "address": {
            "en": "5 Riverside Avenue",
            "zh_Hans": "滨江大道5号",
            "ru": "Набережный пр., 5",
            "ar": "5 شارع ضفة النهر",
        },
        "latitude": 30.6586,
        "longitude": 104.0855,
    },
    {
        "code": "qingshan",
        "names": {
            "en": "Qingshan county branch",
            "zh_Hans": "青山县支行",
            "ru": "Отделение уезда Циншань",
            "ar": "فرع مقاطعة تشينغشان",
        },
        "address": {
            "en": "2 Market Street, Qingshan",
            "zh_Hans": "青山县集市街2号",
            "ru": "Циншань, Рыночная ул., 2",
            "ar": "2 شارع السوق، تشينغشان",
        },
        "latitude": 30.9012,
        "longitude": 103.6512,
    },
)
_HOURS = {
    "en": "daily 9:00–18:00", "zh_Hans": "每天 9:00–18:00", "ru": "ежедневно 9:00–18:00", "ar": "يوميًا 9:00–18:00",
}  # fmt: skip
_FEES = (
    FeeRule("city", 600, 0, 9900, {"en": "In the city", "zh_Hans": "市区", "ru": "В городе", "ar": "داخل المدينة"}),
    FeeRule("county", 800, 200, 19900, {"en": "In the counties", "zh_Hans": "县乡", "ru": "В уездах", "ar": "في المقاطعات"}),
    FeeRule(
        *("country", 1200, 400, None),
        {"en": "Anywhere else in the country", "zh_Hans": "全国其他地区", "ru": "По остальной стране", "ar": "بقية أنحاء البلاد"},
    ),
)  # fmt: skip

_RULES = (
    EarnRule("purchase", "purchase", rate=1),
    EarnRule("local produce", "purchase", multiplier=200, category="produce"),
    EarnRule("check-in", "check_in", points=5),
    EarnRule("a week of check-ins", "check_in", points=30, every=7),
    EarnRule("first order", "first_order", points=100),
    EarnRule("review", "review", points=20, daily_cap=100),
    EarnRule("friend", "friend", points=200, daily_cap=1000),
    EarnRule("share", "share", rate=1, daily_cap=500),
    EarnRule("birthday", "birthday", points=188),
)


_COUPONS: tuple[dict[str, Any], ...] = (
    {
        "code": "WELCOME",
        "names": {"en": "Welcome", "zh_Hans": "新客立减", "ru": "Для новых", "ar": "أهلًا بك"},
        "off_minor": 500,
        "minimum_minor": 3000,
        "new_customers": True,
        "stack": 1,
    },
    {
        "code": "FRESH10",
        "names": {
            "en": "Local produce week",
            "zh_Hans": "本地特产周",
            "ru": "Неделя местных продуктов",
            "ar": "أسبوع المنتجات المحلية",
        },
        "percent": 10,
        "most_minor": 2000,
        "category": "produce",
        "per_person": 3,
        "stack": 2,
    },
)
_FLASH = {"code": "FLASH-RICE", "sku": "panjin-crab-field-rice", "price_minor": 2980, "quota": 20, "per_person": 2}
# A broken thing that cost little comes back at once when a photo shows it; the rest is Mei's.
_TERMS: dict[str, Any] = {
    "hours": {
        "timezone": "Asia/Shanghai",
        "week": {day: ["08:00-22:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
    },
    "deadlines": {"first": 30, "next": 60, "resolution": 1440, "warning": 10},
    "goodwill": {"points": 50, "daily": 5000},
    "automatic": {
        "daily_minor": 100_000,
        "new_account_days": 0,
        "rules": [
            {
                "name": "broken-and-small",
                "reasons": ["damaged", "wrong"],
                "stages": ["delivered"],
                "most_minor": 3000,
                "photo": True,
                "then": "refund",
            },
            {
                "name": "seven-days",
                "reasons": ["mind"],
                "stages": ["delivered"],
                "within_days": 7,
                "then": "goods_first",
            },
        ],
    },
    "limits": {"agent": {"decision_minor": 20_000, "daily_minor": 100_000}},
}
_REPLIES: tuple[tuple[str, dict[str, str], str | None], ...] = (
    (
        "photo",
        {
            "en": "I am sorry, {name}. Could you send a photo of it? Then I settle {order} at once. {agent}",
            "zh_Hans": "{name}，非常抱歉。能发一张照片吗？收到后我马上处理{order}。{agent}",
            "ru": "{name}, мне очень жаль. Пришлите, пожалуйста, фото — и я сразу решу вопрос с {order}. {agent}",
            "ar": "آسفون جدًا يا {name}. هل ترسل صورة؟ عندها أسوّي الطلب {order} فورًا. {agent}",
        },
        "waiting",
    ),
    (
        "thanks",
        {
            "en": "Thank you for telling us, {name}. If anything is left to do, write here. {agent}",
            "zh_Hans": "{name}，谢谢您告诉我们。还有问题请在这里留言。{agent}",
            "ru": "Спасибо, что сообщили, {name}. Если что-то ещё, пишите сюда. {agent}",
            "ar": "شكرًا لإخبارنا يا {name}. إن بقي شيء فاكتب هنا. {agent}",
        },
        "closed",
    ),
)
_PROMOTED_DAYS = 30
_FLASH_DAYS = 3


async def prepare(settings: Settings) -> None:
    """Stock the shop's database with the demo's goods, as far as they are not there yet."""
    await running.open_database(settings)
    try:
        await open_branches(settings)
        if not await points.earn_rules():
            await points.set_rules(_RULES)
        if not await catalog.newest(1):
            await with_bar(CATALOG, catalog.Source("en", settings.currency))
            await _promote(settings)
            await _open_campaigns(settings)
        if not await staff.all_here():
            await _hire()
        await _draw()
    finally:
        await db.disconnect()


async def open_branches(settings: Settings) -> None:
    """Open the demo's branches and set its fees, unless there are branches."""
    if await delivery.branches():
        return
    for branch in _BRANCHES:
        await delivery.add_place(**branch, kind="branch", hours=_HOURS, region="city")
    await delivery.set_fees(currency=settings.currency, rules=_FEES)


async def _promote(settings: Settings) -> None:
    """Coupons to collect and a flash sale, from the first start on."""
    now = datetime.now(UTC)
    lasting = {"starts": now - timedelta(minutes=1), "ends": now + timedelta(days=_PROMOTED_DAYS)}
    sale = {**_FLASH, **lasting, "ends": now + timedelta(days=_FLASH_DAYS)}
    told = {"coupons": [{**coupon, **lasting} for coupon in _COUPONS], "flash_sales": [sale]}
    await promotions.load(
        told=promotions.PromotionsTold.model_validate(told), currency=settings.currency, timezone=settings.timezone
    )


async def _open_campaigns(settings: Settings) -> None:
    """Groups of three for all that has a group price; here and there a ladder, newcomers only, something for the leader."""
    now = datetime.now(UTC)
    lasting = {"starts": now - timedelta(minutes=1), "ends": now + timedelta(days=_PROMOTED_DAYS)}
    told = []
    for number, row in enumerate(row for row in _rows() if row.get("group_price_minor")):
        price = row["group_price_minor"]
        terms: dict[str, Any] = {
            "size": 2 + number % 2,
            "price_minor": price,
            "minutes": 1440,
            "pieces": 3,
            "per_person": 3,
        }
        if number % 10 == 2:
            terms |= {"size": 3, "ladder": [{"people": 10, "price_minor": price * 9 // 10}], "points": False}
        elif number % 10 == 5:
            terms |= {"newcomers": True, "leader_points": 200}
        elif number % 10 == 8:
            terms |= {"size": 5, "leader_percent": 50}
        told.append({"code": f"G-{row['sku']}"[:40], "sku": row["sku"], **terms, **lasting})
    campaigns = groupbuy.CampaignsTold.model_validate({"campaigns": told})
    await groupbuy.load(told=campaigns, currency=settings.currency, timezone=settings.timezone)


async def _hire() -> None:
    """An agent and a lead, and what they often write."""
    for login, name, role in _STAFF:
        who = await staff.add(login=login, name=name, role=role)
        code = await staff.invite(staff_id=who.id, actor="demo")
        await staff.accept(code=code, password=PASSWORD, totp_secret=None, totp_code="")
    await support.load_terms(told=support.TermsTold.model_validate(_TERMS), actor="demo")
    lead = await staff.by_login("lin")
    for code, texts, then in _REPLIES:
        await support.save_reply(staff_id=lead.id, code=code, texts=texts, then_state=then)


async def _draw() -> None:
    missing = await catalog.photos_without_file(10_000)
    if not missing:
        return
    rows = {f"demo:{row['item']}": row for row in _rows() if "picture" in row}
    wanted = [photo for photo in missing if photo.source in rows]
    with progress() as bar:
        task = bar.add_task("pictures", total=len(wanted))
        async with _painter() as paint:
            for first in range(0, len(wanted), _AT_ONCE):
                batch = wanted[first : first + _AT_ONCE]
                drawn = [await paint(rows[photo.source]) for photo in batch]
                async with db.tx():
                    for photo, content in zip(batch, drawn, strict=True):
                        name = await files.keep(content=content, mime="image/jpeg")
                        await catalog.set_photo(item_id=photo.item_id, position=photo.position, file_hash=name)
                bar.advance(task, len(batch))


@contextlib.asynccontextmanager
async def _painter() -> AsyncIterator[Callable[[dict[str, Any]], Awaitable[bytes]]]:
    # A process of its own, so that the shop gives back what drawing took; and a session of its own, because a Ctrl-C is
    # for the shop, which ends it.
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", _PAINTER), stdin=PIPE, stdout=PIPE, start_new_session=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    write, read = process.stdin.write, process.stdout.readexactly

    async def paint(row: dict[str, Any]) -> bytes:
        write(json.dumps(row).encode() + b"\n")
        return await read(int.from_bytes(await read(4), "big"))

    try:
        yield paint
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


def _rows() -> Iterator[dict[str, Any]]:
    with CATALOG.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
