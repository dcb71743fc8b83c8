"""Who may do what: every route, command and button, asked for what is Ann's by everybody who is not Ann.

A route, command or button that is new is to be placed in the tables here; till then these tests fail.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp

from bot.app import COMMANDS, PRESSES
from storefront import staff, support
from storefront.groupbuy import GroupEnded
from storefront.kernel import db
from storefront.kernel.errors import NotFound
from storefront.partners import WrongCode
from storefront.web.desk import cases
from tests.attacks.conftest import Anns, Whole
from tests.journeys.conftest import settled
from tests.support.visitor import Message, Visitor, text_of

# Nobody, another customer of the chat, another bank with a key for everything, an agent and a lead of the desk.
ACTORS = ("anonymous", "customer", "partner", "agent", "lead")
OUTSIDERS = ACTORS[:3]
SECRETS = ("Peace Road 7", "13800138000", "The bag is torn", "Ann Li")
SIGN_IN = (303, 303, 303)
NO_KEY = (401, 401)
ALL, NONE = (200,) * 5, (403,) * 5

# How each of them is answered.
ROUTES: Mapping[str, tuple[int, ...]] = {
    "GET /": ALL,
    "GET /i/{item}": ALL,
    "GET /g/{code}": ALL,
    "GET /g/{code}.jpg": ALL,
    "GET /files/{hash}": (404,) * 5,
    "GET /healthz": ALL,
    "GET /readyz": ALL,
    "GET /metrics": NONE,
    "GET /static": ALL,
    "GET /desk/sign-in": ALL,
    "POST /desk/sign-in": NONE,
    "GET /desk/welcome": NONE,
    "POST /desk/welcome": NONE,
    "GET /desk": (*SIGN_IN, 200, 200),
    "GET /desk/live": (*SIGN_IN, 200, 200),
    "POST /desk/away": (*SIGN_IN, 200, 200),
    "GET /desk/reports": (*SIGN_IN, 403, 200),
    "GET /desk/replies": (*SIGN_IN, 403, 200),
    "POST /desk/replies": (*SIGN_IN, 403, 303),
    "POST /desk/arrived": (*SIGN_IN, 404, 404),
    "GET /desk/photos/{hash}": (*SIGN_IN, 200, 200),
    "GET /desk/cases/{case}": (*SIGN_IN, 200, 200),
    "GET /desk/cases/{case}/preview": (*SIGN_IN, 200, 200),
    "POST /desk/cases/{case}/typing": (*SIGN_IN, 204, 204),
    "POST /desk/cases/{case}/{act}": (*SIGN_IN, 303, 303),
    "POST /desk/sign-out": (*SIGN_IN, 303, 303),
    "GET /api/v1/openapi.json": ALL,
    "GET /api/v1/docs": ALL,
    "GET /api/v1/docs.css": ALL,
    # A bank's numbers for its customers are its own: C-1 of the other bank is not Ann.
    "POST /api/v1/points/grants": (*NO_KEY, 200, *NO_KEY),
    "GET /api/v1/points/redemptions": (*NO_KEY, 200, *NO_KEY),
    "GET /api/v1/customers/{customer}/points": (*NO_KEY, 404, *NO_KEY),
    "POST /api/v1/customers/{customer}/link-codes": (*NO_KEY, 200, *NO_KEY),
    "DELETE /api/v1/customers/{customer}/link": (*NO_KEY, 404, *NO_KEY),
    "GET /chat": (302,) * 5,
    "GET /chat/": ALL,
    "GET /chat/static": ALL,
    "GET /chat/history": (401, 200, 401, 401, 401),
    "GET /chat/events": (401, 400, 401, 401, 401),
    "GET /chat/invoice/{slug}": (401, 404, 401, 401, 401),
    "GET /chat/file/{file}": (401, 404, 401, 401, 401),
    "POST /chat/send": (403, 404, 403, 403, 403),
    "POST /chat/press": (403, 409, 403, 403, 403),
    "POST /chat/pay": (403, 404, 403, 403, 403),
    "POST /chat/language": (403, 200, 403, 403, 403),
    "POST /chat/name": (403, 200, 403, 403, 403),
    "POST /chat/block": (403, 200, 403, 403, 403),
    "POST /chat/upload": (403, 400, 403, 403, 403),
    "POST /chat/reset": (403, 200, 403, 403, 403),
    "POST /telegram/777": NONE,
    # On loopback only.
    "* /bot{token}/{method}": (401,) * 5,
    "GET /file/bot{token}/{path}": (401,) * 5,
    "POST /demo-provider/refunds": (400,) * 5,
}

# What is said of Ann's things to who presses; all other buttons show the presser's own things, or what everybody sees.
REFUSED: Mapping[str, str] = {
    **dict.fromkeys(
        (
            *(
                "f",
                "ff",
                "fs",
                "sx",
                "sw",
                "k",
                "kq",
                "kp",
                "kc",
                "kw",
                "kb",
                "ka",
                "kd",
                "ku",
                "kn",
                "ar",
                "xq",
                "xy",
                "py",
            ),
            *("od", "or", "oc", "oy", "oa", "ow", "op", "rc", "tx", "fw", "fa"),
            *("rf", "rr", "rl", "rn", "ry", "rw", "rv", "ra", "rt", "rg", "rx", "ro", "rk", "rs"),
        ),
        NotFound.text,
    ),
    "bk": WrongCode.text,
    "gy": GroupEnded.text,
}


def wishes(anns: Anns) -> dict[str, tuple[str, dict[str, Any]]]:
    """What is asked of each route: always for what is Ann's."""
    case = f"/desk/cases/{anns.case}"
    grant = {"key": "k", "customer": "C-1", "points": 5, "cause": "mine"}
    wish = {"client_id": "a-clever-wish"}
    return {
        "GET /": ("/", {}),
        "GET /i/{item}": ("/i/1", {}),
        "GET /g/{code}": (f"/g/{anns.group}", {}),
        "GET /g/{code}.jpg": (f"/g/{anns.group}.jpg", {}),
        "GET /files/{hash}": (f"/files/{anns.photo}", {}),
        "GET /healthz": ("/healthz", {}),
        "GET /readyz": ("/readyz", {}),
        "GET /metrics": ("/metrics", {}),
        "GET /static": ("/static/shop.css", {}),
        "GET /desk/sign-in": ("/desk/sign-in", {}),
        "POST /desk/sign-in": ("/desk/sign-in", {"data": {"login": "mei", "password": "guessed"}}),
        "GET /desk/welcome": ("/desk/welcome?code=GUESSED", {}),
        "POST /desk/welcome": ("/desk/welcome", {"data": {"invitation": "GUESSED", "password": "paper boats at dawn"}}),
        "GET /desk": ("/desk?view=all", {}),
        "GET /desk/live": ("/desk/live", {}),
        "POST /desk/away": ("/desk/away", {}),
        "GET /desk/reports": ("/desk/reports?as=csv", {}),
        "GET /desk/replies": ("/desk/replies", {}),
        "POST /desk/replies": ("/desk/replies", {"data": {"code": "sorry", "text_en": "Sorry"}}),
        "POST /desk/arrived": ("/desk/arrived", {"data": {"code": "NOTHING"}}),
        "GET /desk/photos/{hash}": (f"/desk/photos/{anns.photo}", {}),
        "GET /desk/cases/{case}": (case, {}),
        "GET /desk/cases/{case}/preview": (f"{case}/preview", {}),
        "POST /desk/cases/{case}/typing": (f"{case}/typing", {}),
        "POST /desk/cases/{case}/{act}": (f"{case}/escalate", {}),
        "POST /desk/sign-out": ("/desk/sign-out", {}),
        "GET /api/v1/openapi.json": ("/api/v1/openapi.json", {}),
        "GET /api/v1/docs": ("/api/v1/docs", {}),
        "GET /api/v1/docs.css": ("/api/v1/docs.css", {}),
        "POST /api/v1/points/grants": ("/api/v1/points/grants", {"json": {"grants": [grant]}}),
        "GET /api/v1/points/redemptions": ("/api/v1/points/redemptions", {}),
        "GET /api/v1/customers/{customer}/points": ("/api/v1/customers/C-1/points", {}),
        "POST /api/v1/customers/{customer}/link-codes": ("/api/v1/customers/C-1/link-codes", {}),
        "DELETE /api/v1/customers/{customer}/link": ("/api/v1/customers/C-1/link", {}),
        "GET /chat": ("/chat", {}),
        "GET /chat/": ("/chat/", {}),
        "GET /chat/static": ("/chat/static/chat.css", {}),
        "GET /chat/history": ("/chat/history", {}),
        "GET /chat/events": ("/chat/events", {}),
        "GET /chat/invoice/{slug}": ("/chat/invoice/anns-invoice", {}),
        "GET /chat/file/{file}": ("/chat/file/anns-file", {}),
        "POST /chat/send": ("/chat/send", {"json": {**wish, "forward": anns.message}}),
        "POST /chat/press": ("/chat/press", {"json": {**wish, "message_id": anns.message, "data": "m"}}),
        "POST /chat/pay": ("/chat/pay", {"json": {**wish, "slug": "anns-invoice", "card": "4242424242424242"}}),
        "POST /chat/language": ("/chat/language", {"json": {"language": "ru"}}),
        "POST /chat/name": ("/chat/name", {"json": {"name": "Mallory"}}),
        "POST /chat/block": ("/chat/block", {"json": {"blocked": False}}),
        "POST /chat/upload": ("/chat/upload", {"data": {"client_id": "a-clever-upload"}}),
        "POST /chat/reset": ("/chat/reset", {"json": {}}),
        "POST /telegram/777": ("/telegram/777", {"json": {"update_id": 1, "message": {"text": "/points"}}}),
        "* /bot{token}/{method}": ("/bot1:guessed/getUpdates", {"json": {}}),
        "GET /file/bot{token}/{path}": ("/file/bot1:guessed/photo", {}),
        "POST /demo-provider/refunds": ("/demo-provider/refunds", {"json": {"charge_id": "guessed"}}),
    }


def presses(anns: Anns, partner: int) -> dict[str, str]:
    """What each button asks for when somebody else presses it with Ann's numbers."""
    draft, order, case, searched = anns.draft, anns.order, anns.case, anns.searched
    return {
        "m": "m",
        "g": "g:0",
        "f": f"f:{searched}:1:best:0:0",
        "i": f"i:1:0:1:{searched}:1:best:0:0",
        "ff": f"ff:{searched}:1:best:0:0",
        "fs": f"fs:b:1:0:{searched}:1:best:0:0",
        "sx": f"sx:0:{searched}:1:best:0:0",
        "sw": f"sw:{searched}",
        "sl": f"sl:1:{searched}:1:best:0:0",
        "sa": f"sa:1:{searched}:1:best:0:0",
        "sn": f"sn:1:{searched}:1:best:0:0",
        "a": "a:1:1:key",
        "c": "c",
        "cq": "cq:1:3",
        "cx": "cx",
        "b": "b:1:1",
        "co": "co",
        "k": f"k:{draft}",
        "kq": f"kq:{draft}:3",
        "kp": f"kp:{draft}:100",
        "kc": f"kc:{draft}",
        "kw": f"kw:{draft}",
        "kb": f"kb:{draft}:1",
        "ka": f"ka:{draft}:{anns.address}",
        "kd": f"kd:{draft}",
        "ku": f"ku:{draft}:0",
        "kn": f"kn:{draft}",
        "ar": f"ar:{draft}:city",
        "xa": f"xa:{draft}:kw",
        "xq": f"xq:{draft}:kw:{anns.address}",
        "xy": f"xy:{draft}:kw:{anns.address}",
        "py": f"py:{draft}:1:branch",
        "o": "o:1",
        "od": f"od:{order}",
        "or": f"or:{order}:key",
        "oc": f"oc:{order}",
        "oy": f"oy:{order}",
        "oa": f"oa:{order}",
        "ow": f"ow:{order}:{anns.address}",
        "op": f"op:{order}",
        "rc": f"rc:{order}:key",
        "rf": f"rf:{order}",
        "rr": f"rr:{case}:damaged",
        "rl": f"rl:{case}:1",
        "rn": f"rn:{case}:{anns.line}:1:1",
        "ry": f"ry:{case}:0:4690",
        "rw": f"rw:{case}:refund",
        "rv": f"rv:{case}",
        "rm": "rm",
        "ra": f"ra:{case}",
        "rt": f"rt:{order}",
        "rg": f"rg:{case}",
        "rx": f"rx:{case}",
        "ro": f"ro:{case}",
        "rk": f"rk:{case}",
        "rs": f"rs:{case}:5",
        "tx": f"tx:{order}",
        "un": "un:order_status",
        "l": "l",
        "lc": "lc:en",
        "bk": f"bk:{anns.link_code}",
        "bu": f"bu:{partner}",
        "by": f"by:{partner}",
        "p": "p",
        "cp": "cp",
        "cc": f"cc:{anns.coupon}",
        "ct": "ct",
        "gs": f"gs:{anns.campaign}",
        "gj": f"gj:{anns.group}",
        "gc": f"gc:{anns.group}",
        "gp": f"gp:{anns.group}:key",
        "gl": f"gl:{anns.group}",
        "gy": f"gy:{anns.group}",
        "gm": "gm",
        "fl": "fl",
        "fw": "fw:1",
        "fa": "fa:1",
        "pi": "pi",
        "pf": "pf",
        "ps": "ps",
        "pt": "pt:100:key",
        "pb": "pb",
    }


async def test_everybody_may_do_what_is_hers_and_nothing_that_is_anothers(whole: Whole) -> None:
    # One shop for all of it, which takes the longest to open; those who work here act last.
    await no_form_of_the_desk_does_anything_without_its_sessions_own_secret(whole)
    await every_button_and_command_gives_whoever_uses_it_her_own_and_nothing_of_anns(whole)
    await every_route_lets_in_whom_it_is_for_and_nobody_learns_or_changes_what_is_anns(whole)


async def every_route_lets_in_whom_it_is_for_and_nobody_learns_or_changes_what_is_anns(whole: Whole) -> None:
    asked = wishes(whole.anns)
    assert asked.keys() == ROUTES.keys() == whole.routes
    before = await _all_of(whole.anns.person)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session, Visitor(whole.address) as bob:
        badges = _badges(whole, bob)
        for actor in ACTORS:
            if actor == "agent":
                # What follows may act: it is what they are there for.
                await settled()
                assert await _all_of(whole.anns.person) == before
            for route, (path, wish) in asked.items():
                status, page = await _ask(session, whole, route, path, badges[actor], wish)
                assert status == ROUTES[route][ACTORS.index(actor)], (route, actor)
                assert actor not in OUTSIDERS or not any(secret in page for secret in SECRETS), (route, actor)


async def no_form_of_the_desk_does_anything_without_its_sessions_own_secret(whole: Whole) -> None:
    before = await _all_of(whole.anns.person)
    acts = [f"/desk/cases/{whole.anns.case}/{act}" for act in cases._ACTS]
    forms = [
        *acts,
        f"/desk/cases/{whole.anns.case}/typing",
        "/desk/away",
        "/desk/replies",
        "/desk/arrived",
        "/desk/sign-out",
    ]
    (agent, _), (lead, leads) = whole.staff["agent"], whole.staff["lead"]
    posts = {route for route in whole.routes if route.startswith("POST /desk") and "sign-in" not in route}
    assert len(posts - {"POST /desk/welcome"}) == len(forms) - len(acts) + 1, "a form is new"

    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        for path in forms:
            for token, given in ((lead, None), (lead, ""), (lead, "guessed"), (agent, leads), (lead, "\u2028")):
                if path == "/desk/replies" and token == agent:
                    continue  # not hers, whatever she sends
                form = {} if given is None else {"csrf": given}
                headers = {"Cookie": f"pindan_desk={token}"}
                async with session.post(f"{whole.address}{path}", headers=headers, data=form) as response:
                    assert response.status == 409, (path, given)

    assert await _all_of(whole.anns.person) == before
    assert (await support.case(whole.anns.case)).staff_id is None


async def every_button_and_command_gives_whoever_uses_it_her_own_and_nothing_of_anns(whole: Whole) -> None:
    asked = presses(whole.anns, whole.partner)
    assert asked.keys() == PRESSES.keys()
    before = await _all_of(whole.anns.person)
    async with (
        Visitor(whole.address) as stranger,
        Visitor(whole.address) as agent,
        Visitor(whole.address) as lead,
    ):
        # Those who work here are customers in a chat, whatever they may do at the desk.
        for who, role in ((agent, "agent"), (lead, "lead")):
            await db.execute(
                "UPDATE staff SET telegram_user_id = ? WHERE id = ?",
                *(await who.user_id(), (await staff.by_login(role)).id),
            )
        await asyncio.gather(*(_presses_all(whole, who, asked) for who in (stranger, agent, lead)))
        for command in COMMANDS:
            await stranger.say(f"/{command}")
        await settled()
        for who in (stranger, agent, lead):
            told = " ".join(text_of(message) for message in await who.history())
            assert not any(secret in told for secret in SECRETS)

    assert await _all_of(whole.anns.person) == before


async def _presses_all(whole: Whole, who: Visitor, asked: Mapping[str, str]) -> None:
    offered = await _offered(whole, who, asked)
    for action, data in asked.items():
        (answer,) = await who.tap(offered, data)
        refused = REFUSED.get(action)
        if refused is not None:
            assert answer["text"] == refused, action
        else:
            assert answer.get("text") != NotFound.text, action


async def _offered(whole: Whole, who: Visitor, asked: Mapping[str, str]) -> Message:
    """A message of the bot whose buttons are those that Ann has."""
    keyboard = {"inline_keyboard": [[{"text": action, "callback_data": data}] for action, data in asked.items()]}
    wish = {"chat_id": await who.user_id(), "text": "Press", "reply_markup": keyboard}
    url = f"{whole.bot_api}/bot{whole.token}/sendMessage"
    async with aiohttp.ClientSession() as session, session.post(url, json=wish) as response:
        return dict((await response.json())["result"])


def _badges(whole: Whole, bob: Visitor) -> dict[str, dict[str, str]]:
    visitor = next(cookie.value for cookie in bob.session.cookie_jar if cookie.key == "pindan_visitor")
    return {
        "anonymous": {},
        "customer": {"Cookie": f"pindan_visitor={visitor}", "X-Webchat": "1"},
        "partner": {"Authorization": f"Bearer {whole.other_key}"},
        **{
            role: {"Cookie": f"pindan_desk={token}", "X-CSRF-Token": csrf}
            for role, (token, csrf) in whole.staff.items()
        },
    }


async def _ask(
    session: aiohttp.ClientSession, whole: Whole, route: str, path: str, badge: Mapping[str, str], wish: dict[str, Any]
) -> tuple[int, str]:
    method = route.partition(" ")[0].replace("*", "POST")
    on_loopback = path.startswith(("/bot", "/file/bot", "/demo-provider"))
    url = f"{whole.bot_api if on_loopback else whole.address}{path}"
    # As from another machine, through a proxy.
    headers = {**badge, "X-Forwarded-For": "203.0.113.9"}
    async with session.request(method, url, headers=headers, allow_redirects=False, **wish) as response:
        endless = response.content_type == "text/event-stream"
        return response.status, "" if endless else (await response.read()).decode(errors="replace")


# Through which column a row is hers, and of what.
_HERS = (
    ("person_id", "?"),
    ("order_id", "SELECT id FROM orders WHERE person_id = ?"),
    ("checkout_id", "SELECT id FROM checkout WHERE person_id = ?"),
    ("case_id", "SELECT id FROM support_case WHERE person_id = ?"),
    ("group_id", "SELECT group_id FROM group_seat WHERE person_id = ?"),
    ("account_id", "SELECT id FROM ledger_account WHERE kind LIKE 'customer%' AND owner = ?"),
)


async def _all_of(person_id: int) -> dict[str, list[Any]]:
    """Every row that is this person's, by its table."""
    kept = {"person": await db.rows("SELECT * FROM person WHERE id = ?", person_id)}
    # Which cards show her group is noted of all who look at it.
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'group_card' ORDER BY name"
    for table in await db.rows(tables):
        name = table["name"]
        columns = {row["name"] for row in await db.rows(f"PRAGMA table_info({name})")}
        for column, which in _HERS:
            if column in columns:
                kept[name] = await db.rows(f"SELECT * FROM {name} WHERE {column} IN ({which}) ORDER BY 1", person_id)
                break
    assert sum(map(bool, kept.values())) >= 20, "she has more than that"
    return kept
