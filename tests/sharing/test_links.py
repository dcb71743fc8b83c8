"""A link opens the thing it names, and says who passed it on; whatever is forged in it does no harm."""

import asyncio
import re

import pytest

from storefront import people, sharing
from storefront.kernel import clock, db
from storefront.sharing import Came
from tests.groupbuy.groups import campaign, joined, opened
from tests.sharing.friends import came_by, mei, shared, what_came
from tests.support.market import Market, bought, drafted, letters, stocked

DAY = clock.DAY


@pytest.mark.parametrize(
    ("payload", "to", "code"),
    [
        ("i_12-Ab3xK9dQ2p", "i_12", "Ab3xK9dQ2p"),
        ("g_ABCDEFGH2345-Ab3xK9dQ2p", "g_ABCDEFGH2345", "Ab3xK9dQ2p"),
        ("f_Ab3xK9dQ2p", sharing.SHOP, "Ab3xK9dQ2p"),
        ("i_12", "i_12", None),
        ("i_12-", "i_12", None),
        ("i_12-%27 OR 1", "i_12", None),
        ("g_ABC-a-b", "g_ABC", None),
        ("f_\x00", sharing.SHOP, None),
        ("c_TEN-PERCENT", "c_TEN-PERCENT", None),
        ("", sharing.SHOP, None),
    ],
)
def test_a_link_leads_where_it_would_lead_without_a_sharer(payload: str, to: str, code: str | None) -> None:
    assert sharing.read(payload) == (to, code)


async def test_a_customer_has_one_link_to_each_thing_and_nobody_can_guess_it(market: Market) -> None:
    places = (sharing.SHOP, sharing.item(2**59), sharing.group("ABCDEFGH2345"))
    made = [await sharing.link(person_id=market.ann, to=to) for to in places]

    again = [await sharing.link(person_id=market.ann, to=to) for to in places]
    at_once = await asyncio.gather(*(sharing.link(person_id=market.bob, to=places[1]) for _ in range(5)))

    assert again == made
    assert len({link.code for link in [*made, *at_once]}) == 4
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", link.payload) for link in made)
    assert [sharing.read(link.payload) for link in made] == [(link.to, link.code) for link in made]
    assert {row["at"] for row in await db.rows("SELECT at FROM share_link")} != {0}


async def test_whoever_comes_is_counted_once_and_what_she_buys_is_the_last_sharers(market: Market) -> None:
    rice, lin = await stocked("rice"), await mei()
    with clock.driven() as time:
        for visitor in ("phone", "laptop", "phone"):
            await sharing.opened(code=await shared(market.ann), visitor=visitor)
        assert [await came_by(market.ann, market.bob) for _ in range(2)] == [True, False]
        assert not await came_by(lin, market.bob, sharing.item(1)), "he is new once"
        await bought(await drafted(market.bob, rice), "c1")
        time.forward(DAY)
        await came_by(market.ann, market.bob)
        await bought(await drafted(market.bob, rice), "c2")
        time.forward(31 * DAY)
        await bought(await drafted(market.bob, rice), "c3")

    assert await what_came(market.ann) == Came(clicks=2, started=1, joined=0, bought=1)
    assert await what_came(lin) == Came(clicks=0, started=1, joined=0, bought=1)
    assert await db.rows("SELECT COUNT(*) AS n FROM share_order") == [{"n": 2}]
    assert await letters(market.ann) == ["friend_came"]


async def test_who_joins_a_group_by_a_link_is_counted_and_its_leader_is_not(market: Market) -> None:
    lin = await mei()
    await stocked("rice")
    await came_by(lin, market.ann)
    group = await opened(market.ann, await campaign(size=2))
    await came_by(market.ann, market.bob, sharing.group(group.code))

    await joined(market.bob, group)

    assert (await what_came(market.ann)).joined == 1
    assert (await what_came(lin)).joined == 0


async def test_nobody_brings_herself_nor_whoever_brought_her(market: Market) -> None:
    lin = await mei()
    own = await came_by(market.ann, market.ann)
    forward = [await came_by(market.ann, market.bob), await came_by(market.bob, lin)]

    backward = [await came_by(market.bob, market.ann), await came_by(lin, market.ann), await came_by(lin, market.bob)]
    unknown = await sharing.touched(code="NoSuchCode", person_id=market.ann)

    assert (own, forward, backward, unknown) == (False, [True, True], [False] * 3, None)
    assert await db.rows("SELECT COUNT(*) AS n FROM share_start") == [{"n": 2}]


async def test_who_is_new_no_more_comes_back_by_a_link_and_is_nobodys_newcomer(market: Market) -> None:
    with clock.driven() as time:
        time.forward(2 * DAY)

        assert not await came_by(market.ann, market.bob)

    assert (await what_came(market.ann)).started == 1


async def test_two_accounts_of_one_person_have_brought_together_and_not_each_other(market: Market) -> None:
    rice, lin = await stocked("rice"), await mei()
    hers, his = await shared(market.ann), await shared(market.bob)
    await came_by(market.ann, market.bob)
    await came_by(market.ann, lin)
    await came_by(market.bob, lin)
    await bought(await drafted(market.bob, rice))

    await people.join(person_id=market.bob, code=await people.link_code(person_id=market.ann))
    late = await sharing.touched(code=his, person_id=await mei_again())

    assert await what_came(market.ann) == Came(clicks=0, started=2, joined=0, bought=0)
    assert late is not None
    assert late.id == market.ann
    assert await shared(market.ann) == hers


async def mei_again() -> int:
    return (await people.welcome(name="Kim", language="en")).id


async def test_a_link_that_a_machine_opens_all_day_fills_no_disk(market: Market) -> None:
    code = await shared(market.ann)
    await db.many(
        "INSERT INTO share_click (link_id, visitor, at) SELECT id, ?, ? FROM share_link",
        [(f"machine {number}", clock.now()) for number in range(1000)],
    )

    await sharing.opened(code=code, visitor="one more")

    assert (await what_came(market.ann)).clicks == 1000
