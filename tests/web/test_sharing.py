"""The pages of shared links: they are counted once a browser, and say in the chat who passed them on."""

from http.cookies import SimpleCookie

from storefront import sharing
from storefront.kernel import db
from tests.sharing.friends import what_came
from tests.web.conftest import Shop
from tests.web.test_groups import open_group


async def test_a_shared_page_leads_into_the_chat_as_its_sharers_and_counts_each_browser_once(shop: Shop) -> None:
    group = await open_group()
    ann, rice = group.leader_id, shop.items["Wuchang rice"]
    link = await sharing.link(person_id=ann, to=sharing.group(group.code))

    async with shop.client.get(f"/g/{group.code}?s={link.code}") as response:
        page, cookies = await response.text(), response.cookies
    # The shop's address is https, this test's is not: a browser's jar would keep the cookie to itself.
    known = {"Cookie": f"pindan_sharer={cookies['pindan_sharer'].value}"}
    again = await shop.read(f"/g/{group.code}?s={link.code}&lang=ar", **known)
    item = await shop.read(f"/i/{rice}?s={link.code}", **known)

    assert f'href="/chat/?start={link.payload}"' in page
    assert f'href="/chat/?start={link.payload}"' in again
    assert f'href="/chat/?start=i_{rice}-{link.code}"' in item
    assert (await what_came(ann)).clicks == 1
    assert _marks(cookies) == ("Lax", True, True)


async def test_a_forged_or_missing_sharer_changes_nothing(shop: Shop) -> None:
    group = await open_group()

    for forged in ("", "?s=", "?s=%27%22%3E", "?s=" + "a" * 21, "?s=NoSuchCode"):
        page = await shop.read(f"/g/{group.code}{forged}")
        assert f'href="/chat/?start=g_{group.code}' in page

    assert await db.rows("SELECT 1 FROM share_click") == []


async def test_what_draws_previews_is_nobody(shop: Shop) -> None:
    group = await open_group()
    link = await sharing.link(person_id=group.leader_id, to=sharing.group(group.code))

    await shop.read(f"/g/{group.code}?s={link.code}", **{"User-Agent": "TelegramBot (like TwitterBot)"})

    assert (await what_came(group.leader_id)).clicks == 0


def _marks(cookies: SimpleCookie) -> tuple[str, bool, bool]:
    visitor = cookies["pindan_sharer"]
    return visitor["samesite"], visitor["httponly"], visitor["secure"]
