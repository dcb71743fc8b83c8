"""Every page of the shop, asked for as whoever may see it: nothing in it runs but files of ours, whatever people are called."""

import json
import re
from html.parser import HTMLParser

import aiohttp

from storefront import people, staff
from storefront.kernel import db
from tests.attacks.conftest import Whole
from tests.attacks.test_matrix import ROUTES, wishes

# What somebody would call herself, her thing, her shop, her branch, her campaign.
EVIL = "<img src=x onerror=alert(1)>{{7*7}}{% raw %}%(name)s {0.__class__}\u202egpj.\"'><script>alert(1)</script>"


class Reader(HTMLParser):
    """Reads a page as a browser does, and notes what would run."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        data = told.get("type", "") in ("application/json", "application/ld+json")
        ours = re.match(r"/(?!/)|static/", told.get("src") or "") is not None
        if (tag == "script" and not (data or ours)) or tag in ("style", "iframe", "object", "embed", "base"):
            self.runs.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or name in ("style", "srcdoc") or "script:" in (value or "").lower()[:20]:
                self.runs.append(f"{tag} {name}={value}")


async def test_no_page_runs_anything_inline_and_each_says_so_to_the_browser(whole: Whole) -> None:
    await call_everything_evil(whole)
    token = whole.staff["lead"][0]
    asked = wishes(whole.anns)
    pages = [asked[route][0] for route in ROUTES if route.startswith("GET ") and route != "GET /desk/live"]
    more = (
        "/?q=%3Cscript%3E",
        "/desk?q=%3Cscript%3E&view=all",
        "/desk/reports",
        "/desk?view=free",
        "/nowhere",
        "/?lang=ar",
    )
    seen = 0
    headers = {"Cookie": f"pindan_desk={token}"}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        for path in (*pages, *more):
            async with session.get(whole.address + path, headers=headers, allow_redirects=False) as response:
                if response.content_type != "text/html" or response.status in (302, 303):
                    continue
                page, policy = await response.text(), response.headers["Content-Security-Policy"]
            seen += 1
            reader = Reader()
            reader.feed(page)
            assert "unsafe" not in policy, path
            assert re.search(r"default-src 'none'|script-src 'self'", policy), path
            assert reader.runs == [], path
            assert "frame-ancestors" in policy, path
            assert "49" not in re.findall(r"onerror=alert\(1\)&gt;(\d+)", page), path
            assert response.headers["X-Content-Type-Options"] == "nosniff", path

    assert seen >= 15


async def call_everything_evil(whole: Whole) -> None:
    """Let her, her things, the branches and those who work here be called so, as an older version may have let them."""
    await people.rename(person_id=whole.anns.person, name=EVIL)
    names = f'{{"en": {json.dumps(EVIL)}}}'
    for table in ("item", "place", "category"):
        await db.execute(f"UPDATE {table} SET names = ?", names)
    await db.execute("UPDATE staff SET name = ?", EVIL)
    await db.execute("UPDATE support_message SET text = ? WHERE text <> ''", EVIL)
    await db.execute("UPDATE order_line SET names = ?", names)
    assert (await staff.by_login("lead")).name == EVIL
