"""The whole shop on SQLite, as `serve` opens it with both chats, Ann's things in it, and all the others who would have them."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from shop import running, serving
from storefront import files, partners, people, staff, support
from storefront.kernel import db
from storefront.kernel.settings import Settings
from storefront.partners import Scope
from tests.bot.conftest import Telegram, at, stock, telegram
from tests.cases.desk import complained, delivered
from tests.groupbuy.groups import campaign, opened
from tests.promotions.offers import coupon
from tests.support.databases import SqliteTemplate
from tests.support.market import Market, drafted, given, stocked
from tests.support.visitor import Visitor

__all__ = ["telegram"]
PASSWORD = "paper boats at dawn"
PUBLIC = "https://127.0.0.1:8443"


@dataclass(frozen=True)
class Anns:
    """What is Ann's, by its number."""

    person: int
    order: int
    line: int
    draft: int
    address: int
    case: int
    group: str
    searched: int
    link_code: int
    campaign: int
    message: int
    coupon: str
    photo: str


@dataclass
class Whole:
    """The open shop with all its web applications, and who is there."""

    address: str
    bot_api: str
    token: str
    apps: list[web.Application]
    ann: Visitor
    anns: Anns
    partner: int
    staff: dict[str, tuple[str, str]]
    telegram_secret: str
    other_key: str

    @property
    def routes(self) -> set[str]:
        """Every route: its method and its address as it is written in the code."""
        return {
            f"{route.method} {route.resource.canonical}"
            for app in self.apps
            for route in app.router.routes()
            if route.resource is not None and route.method != "HEAD"
        }


@pytest.fixture
async def whole(
    sqlite_template: SqliteTemplate, tmp_path: Path, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Whole]:
    apps: list[web.Application] = []
    served = serving.served

    def kept(app: web.Application, *args: Any, **told: Any) -> contextlib.AbstractAsyncContextManager[int]:
        apps.append(app)
        return served(app, *args, **told)

    monkeypatch.setattr(serving, "served", kept)
    told = {
        "port": 0,
        "data_dir": tmp_path,
        "database_url": sqlite_template.copy_to(tmp_path),
        "public_url": PUBLIC,
        "desk_codes": False,
        "metrics_token": "m" * 32,
        "api_per_minute": 100_000,
        **at(telegram),
    }
    settings = Settings.model_validate(told)
    await stock(settings)
    async with running.opened(settings, limits=False) as shop, Visitor(shop.address) as ann:
        telegram.proxy_of = shop.address
        assert shop.bot_api is not None
        assert shop.token is not None
        bank = await partners.add(name="Bank", scopes=list(Scope))
        partner = (await partners.find("Bank")).id
        assert bank
        anns = await _ann(ann, partner)
        other = await partners.add(name="Other bank", scopes=list(Scope))
        secret = telegram.called("setWebhook")[0]["secret_token"]
        signed_in = {role: await _works_here(role) for role in ("agent", "lead")}
        yield Whole(
            *(shop.address, shop.bot_api, shop.token, apps, ann, anns, partner, signed_in, secret, other),
        )


async def _works_here(role: str) -> tuple[str, str]:
    """The token in her browser and the secret in her forms."""
    who = await staff.add(login=role, name=role.title(), role=role)
    code = await staff.invite(staff_id=who.id, actor="operator")
    await staff.accept(code=code, password=PASSWORD, totp_secret=None, totp_code="")
    token, session = await staff.sign_in(login=role, password=PASSWORD, code="", address="::1", with_code=False)
    return token, session.csrf


async def _ann(ann: Visitor, partner: int) -> Anns:
    await ann.say("/start")
    said = await ann.say("rice")
    user_id = await ann.user_id()
    person = int((await db.rows("SELECT person_id FROM channel WHERE user_id = ?", user_id))[0]["person_id"])
    await given(person, 500)
    market = Market(person, person, 0, 0)
    order = await delivered(market, "lamp")
    case = await complained(order)
    who = await staff.add(login="mei", name="Mei", role="agent")
    address = await people.save_address(
        person_id=person, region="city", line="Peace Road 7, house 5", recipient="Ann Li", phone="13800138000"
    )
    await stocked("stool")
    group = await opened(person, await campaign("stool"))
    draft = await drafted(person, await stocked("kettle"))
    code = await partners.link_code(partner_id=partner, customer="C-1")
    await partners.redeem(person_id=person, code=code.code)
    second = await partners.link_code(partner_id=partner, customer="C-2")
    waiting = await partners.redeem(person_id=person, code=second.code)
    assert waiting is not None
    assert not waiting.done
    photo = await files.keep(content=b"a photo", mime="image/jpeg", private=True)
    await support.note(staff_id=who.id, case_id=case.id, text="", key="photo", photos=[photo])
    return Anns(
        person=person,
        order=order.id,
        line=order.lines[0].id,
        draft=draft.id,
        address=address.id,
        case=case.id,
        group=group.code,
        searched=int((await db.rows("SELECT MAX(id) AS id FROM searched"))[0]["id"]),
        link_code=waiting.code_id,
        campaign=int((await db.rows("SELECT MAX(id) AS id FROM group_campaign"))[0]["id"]),
        message=said["message_id"],
        coupon=await coupon(),
        photo=photo,
    )
