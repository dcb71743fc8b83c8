"""The desk over HTTP: who is let in, what a form may do, and what nobody else sees."""

import io
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import FormData
from aiohttp.test_utils import TestClient, TestServer
from PIL import Image

from storefront import files, orders, staff, support
from storefront.app import build
from storefront.kernel import clock, db
from storefront.kernel.settings import Settings
from tests.cases.desk import complained, delivered
from tests.fulfilment.parcels import said, sent_home, ship, state
from tests.support.market import Market, asks_all_to_succeed, books, market

__all__ = ["market"]
PASSWORD = "paper boats at dawn"


@dataclass
class At:
    """Somebody's browser at the desk."""

    client: TestClient[Any, Any]
    csrf: str = ""

    async def read(self, address: str, status: int = 200) -> str:
        """The page at this address."""
        async with self.client.get(address, allow_redirects=False) as response:
            assert response.status == status, await response.text()
            page = await response.text()
        found = re.search(r'name="csrf" value="([^"]+)"', page)
        self.csrf = found[1] if found else self.csrf
        return page

    async def post(self, address: str, status: int = 303, **form: Any) -> str:
        """Send a form of the page that was read last."""
        told = {"csrf": self.csrf, **{name: str(value) for name, value in form.items()}}
        async with self.client.post(address, data=told, allow_redirects=False) as response:
            assert response.status == status, await response.text()
            return await response.text()


@dataclass
class Desk:
    """The desk of the market, and the browsers at it."""

    server: TestServer
    open: AsyncExitStack

    async def browser(self) -> At:
        """A browser that nobody has signed in with."""
        return At(await self.open.enter_async_context(TestClient(self.server)))


@pytest.fixture
async def desk(market: Market) -> AsyncIterator[Desk]:
    settings = Settings(_env_file=None, desk_codes=False)
    async with TestServer(build(settings, ready=lambda: True)) as server, AsyncExitStack() as stack:
        yield Desk(server, stack)


async def sits(desk: Desk, login: str, role: str = "agent", **told: Any) -> At:
    """Somebody works here, and has signed in."""
    who = await staff.add(login=login, name=login.title(), role=role, **told)
    code = await staff.invite(staff_id=who.id, actor="operator")
    at = await desk.browser()
    page = await at.read(f"/desk/welcome?code={code}")
    secret = re.search(r'name="secret" value="([^"]+)"', page)
    assert secret is not None
    await at.post("/desk/welcome", invitation=code, secret=secret[1], password=PASSWORD)
    await at.post("/desk/sign-in", login=login, password=PASSWORD)
    await at.read("/desk")
    return at


async def test_nobody_comes_in_without_signing_in_and_a_form_of_somebody_else_does_nothing(
    market: Market, desk: Desk
) -> None:
    case = await complained(await delivered(market))
    stranger = await desk.browser()
    photo = await files.keep(content=b"a photo", mime="image/jpeg", private=True)

    for address in ("/desk", f"/desk/cases/{case.id}", "/desk/live", f"/desk/photos/{photo}", "/desk/replies"):
        await stranger.read(address, status=303)
    await stranger.post(f"/desk/cases/{case.id}/claim")
    await stranger.post("/desk/sign-in", status=403, login="mei", password=PASSWORD)
    mei = await sits(desk, "mei")
    mei.csrf = "guessed"
    await mei.post(f"/desk/cases/{case.id}/claim", status=409)
    await mei.read("/desk/replies", status=403)
    await mei.read(f"/desk/photos/{photo}", status=404)

    assert (await support.case(case.id)).staff_id is None


async def test_a_case_is_found_taken_answered_and_settled(market: Market, desk: Desk) -> None:
    await asks_all_to_succeed()
    case = await complained(await delivered(market))
    mei = await sits(desk, "mei")
    at = f"/desk/cases/{case.id}"

    assert "The bag is torn" in await mei.read("/desk?view=free")
    for words in (case.number, case.order.number, "torn", "ann"):
        assert f'href="{at}"' in await mei.read(f"/desk?q={words}")
    page = await mei.read(at)
    await mei.post(f"{at}/claim")
    await mei.post(f"{at}/answer", key="1", text="I am <sorry>", then="")
    await mei.post(f"{at}/tag", tag="  Torn  bag ")
    await mei.post(f"{at}/answer", key="2", text="She is a regular", then="note")
    talked = await mei.read(at)
    preview = await mei.read(f"{at}/preview?line_{case.order.lines[0].id}=2&percent=50")
    shown = dict(re.findall(r'hidden" form="give" name="(\w+)" value="([^"]*)"', page))
    await mei.post(f"{at}/give", how="now", **shown)
    await mei.post(f"{at}/give", how="now", **shown)

    assert "I am &lt;sorry&gt;" in talked
    assert "torn bag" in talked
    assert "Note of Mei" in talked
    assert "CN¥46.90" in preview
    assert shown["shown_minor"] == "4690"
    assert ((await support.case(case.id)).state, (await orders.find(case.order.id)).lines[0].credited) == ("decided", 1)
    assert [message.text for message in await support.messages(case.id)][-1] == "She is a regular"
    assert "Settled" in (await mei.read(at)).title() or "done" in await mei.read(at)
    assert await books() == []


async def test_an_agent_sees_the_parcels_of_an_order_and_gives_back_what_is_here_still(
    market: Market, desk: Desk
) -> None:
    await asks_all_to_succeed()
    order = await sent_home(market, rice=3)
    parcel = await ship(order, line0=1)
    await said(parcel, "out")
    case = await support.begin(person_id=market.ann, order_id=order.id, of_left=True)
    await support.explain(person_id=market.ann, case_id=case.id, reason="late")
    await support.submit(person_id=market.ann, case_id=case.id)
    mei = await sits(desk, "mei")
    at = f"/desk/cases/{case.id}"

    page = await mei.read(f"{at}?line_{order.lines[0].id}=2")
    shown = dict(re.findall(r'name="(shown_\w+|key|kind)" value="([^"]*)"', page.partition('id="preview"')[2]))
    await mei.post(f"{at}/give", how="here", **{f"line_{order.lines[0].id}": 2, **shown})

    assert all(
        words in page for words in (parcel.number, parcel.tracking, "out for delivery · <bdi>Chengdu", "2 here still")
    )
    assert ((await support.case(case.id)).state, await state(order)) == ("decided", "shipped")
    assert (await orders.find(order.id)).lines[0].gone == 1
    assert await books() == []


async def test_the_second_agent_is_told_who_has_it_and_what_she_typed_is_not_lost(market: Market, desk: Desk) -> None:
    case = await complained(await delivered(market))
    mei, li = await sits(desk, "mei"), await sits(desk, "li")
    at = f"/desk/cases/{case.id}"

    await mei.post(f"{at}/claim")
    await li.read(at)
    refused = await li.post(f"{at}/answer", status=409, key="1", text="Which bag?", then="")
    seen = await mei.read(at)

    assert "Mei has this case" in refused
    assert "Which bag?</textarea>" in refused
    assert "Li looks at this too" in seen


async def test_a_proposal_is_agreed_to_on_the_page_by_somebody_else(market: Market, desk: Desk) -> None:
    await asks_all_to_succeed()
    case = await complained(await delivered(market))
    tom, lin = await sits(desk, "tom", may_refund=False), await sits(desk, "lin", "lead")
    at = f"/desk/cases/{case.id}"
    shown = dict(re.findall(r'hidden" form="give" name="(\w+)" value="([^"]*)"', await tom.read(at)))

    await tom.post(f"{at}/give", how="now", **shown)
    own = await tom.read(at)
    await tom.post(f"{at}/approve", status=409, decision=1)
    assert f'href="{at}"' in await lin.read("/desk?view=approve")
    await lin.post(f"{at}/approve", decision=1)

    assert ">Agree<" not in own
    assert (await support.decision(1)).approver == "staff:2"
    assert (await orders.find(case.order.id)).lines[0].credited == 1


async def test_goods_come_back_by_their_code_and_are_looked_at(market: Market, desk: Desk) -> None:
    await asks_all_to_succeed()
    case = await complained(await delivered(market))
    mei = await sits(desk, "mei")
    at = f"/desk/cases/{case.id}"
    shown = dict(re.findall(r'hidden" form="give" name="(\w+)" value="([^"]*)"', await mei.read(at)))
    await mei.post(f"{at}/give", how="goods_first", **shown)
    back = await support.return_of(1)
    assert back is not None

    await mei.post("/desk/arrived", status=404, code="NOTHING")
    await mei.post("/desk/arrived", code=back.code.lower())
    page = await mei.read(at)
    await mei.post(
        f"{at}/inspect", decision=1, key="i", restock="yes", text="", **{f"line_{case.order.lines[0].id}": 1}
    )

    assert "here since" in page
    assert (await support.case(case.id)).state == "decided"


async def test_a_lead_keeps_replies_and_a_customer_gets_hers_in_her_language(market: Market, desk: Desk) -> None:
    case = await complained(await delivered(market))
    lin = await sits(desk, "lin", "lead")
    at = f"/desk/cases/{case.id}"

    await lin.read("/desk/replies")
    await lin.post(
        "/desk/replies",
        code="sorry",
        text_en="Dear {name}, {order}?",
        text_ru="{name}!",
        tag="new",
        then_state="waiting",
    )
    page = await lin.read(at)
    text = re.search(r'data-text="([^"]+)"', page)
    assert text is not None
    await lin.post(f"{at}/answer", key="1", text=text[1], reply="sorry", then="")

    assert text[1] == f"Dear Ann, {case.order.number}?"
    assert ((await support.case(case.id)).state, list(await support.tags(case.id))) == ("waiting", ["new"])


async def test_a_page_of_the_queue_is_a_fixed_number_of_statements_by_its_index(market: Market, desk: Desk) -> None:
    mei = await staff.add(login="mei", name="Mei", role="agent")
    for sku in ("rice", "tea", "pan"):
        await complained(await delivered(market, sku))
    await support.tag(staff_id=mei.id, case_id=1, tag="x")
    explain = "EXPLAIN QUERY PLAN" if db.dialect() == "sqlite" else "EXPLAIN"
    if db.dialect() == "postgres":
        for name in ("seqscan", "sort", "bitmapscan"):
            await db.execute(f"SET enable_{name} = off")

    pages = [await support.queue(view=view, staff_id=mei.id) for view in support.VIEWS]
    plan = await db.rows(
        f"{explain} SELECT c.id FROM support_case c WHERE c.state IN ('open', 'waiting', 'returning')"
        " ORDER BY c.due_at, c.id LIMIT 40"
    )

    assert [len(page) for page in pages] == [0, 3, 3, 0, 0, 0]
    assert "support_case_queue" in str([list(row.values()) for row in plan])


async def test_a_lead_sees_how_the_desk_did_and_an_agent_does_not(market: Market, desk: Desk) -> None:
    await asks_all_to_succeed()
    case = await complained(await delivered(market))
    lin, mei = await sits(desk, "lin", "lead"), await sits(desk, "mei")
    shown = dict(
        re.findall(r'hidden" form="give" name="(\w+)" value="([^"]*)"', await lin.read(f"/desk/cases/{case.id}"))
    )
    await lin.post(f"/desk/cases/{case.id}/give", how="now", **shown)

    await mei.read("/desk/reports", status=403)
    page = await lin.read("/desk/reports?days=7")
    table = await lin.read("/desk/reports?days=7&as=csv")

    assert "CN¥46.90" in page
    assert page.count("<td>0 ×</td>") == 7
    assert "reason,damaged,1,4690" in table


async def test_photos_are_kept_whatever_is_done_with_the_words(market: Market, desk: Desk) -> None:
    case = await complained(await delivered(market))
    mei = await sits(desk, "mei")
    at = f"/desk/cases/{case.id}"
    for number, then in enumerate(("", "note", "closed")):
        await mei.read(at)
        form = FormData(default_to_multipart=True)
        for name, value in {"csrf": mei.csrf, "key": str(number), "text": f"as {then}", "then": then}.items():
            form.add_field(name, value)
        picture = io.BytesIO()
        Image.effect_noise((1300, 1300), 90 + number).save(picture, "PNG")
        form.add_field("photo", io.BytesIO(picture.getvalue()), filename="a.png", content_type="image/png")
        async with mei.client.post(f"{at}/answer", data=form, allow_redirects=False) as response:
            assert response.status == 303, await response.text()

    said = [(one.author, one.text, len(one.photos)) for one in await support.messages(case.id)]
    photo = (await support.messages(case.id))[-1].photos[0]
    async with mei.client.get(f"/desk/photos/{photo}") as response:
        assert (response.status, response.content_type) == (200, "image/jpeg")
    assert said[1:] == [("staff", "as", 1), ("note", "as note", 1), ("staff", "as closed", 1)]
    assert (await support.case(case.id)).state == "closed"


async def test_the_next_page_of_the_queue_goes_on_where_the_first_one_ended(market: Market, desk: Desk) -> None:
    at = clock.now()
    await db.many(
        "INSERT INTO support_case (person_id, state, reason, wanted, at, opened_at, due_at, ended_at)"
        " VALUES (?, ?, 'other', 'answer', ?, ?, ?, ?)",
        [
            (market.ann, state, at, at, at + n, at + n if state == "closed" else None)
            for n in range(50)
            for state in ("open", "closed")
        ],
    )
    mei = await sits(desk, "mei")

    for view in ("all", "ended"):
        first = await mei.read(f"/desk?view={view}")
        more = re.search(rf'href="(/desk\?view={view}[^"]*after=[^"]+)"', first)
        assert more is not None
        second = await mei.read(more[1].replace("&amp;", "&"))
        seen = [re.findall(r'href="(/desk/cases/\d+)"', page) for page in (first, second)]
        assert (len(seen[0]), len(seen[1]), set(seen[0]) & set(seen[1])) == (40, 10, set())
