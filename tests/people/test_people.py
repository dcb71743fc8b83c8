"""Customers are known by what they told us, and two accounts become one person by a code that works once."""

import asyncio

import pytest

from storefront import cart, messaging, orders, people, points
from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound
from storefront.people.rules import ADDRESSES_MAX, LINK_TRIES_PER_HOUR, TooManyAddresses, TooManyTries
from tests.support.market import BOT, Market, books, bought, drafted, given, market, stocked

__all__ = ["market"]

HOME = {"recipient": "Ann Lee", "phone": "138 0013 8000", "region": "chengdu", "line": "Peace Road 7, Chengdu"}


async def test_who_is_welcomed_is_found_again(database: str) -> None:
    ann = await people.welcome(name="  Ann\u202e \u200b Lee\n", language="ru")

    assert (await people.find(ann.id)).name == "Ann Lee"
    assert (await people.find(ann.id)).language == "ru"


async def test_a_stranger_is_not_found(database: str) -> None:
    with pytest.raises(NotFound):
        await people.find(4711)


async def test_the_chosen_language_stays(market: Market) -> None:
    chosen = await people.choose_language(person_id=market.ann, language="ar")

    assert (chosen.language, (await people.find(market.ann)).language) == ("ar", "ar")


async def test_a_language_that_is_not_spoken_is_refused(market: Market) -> None:
    with pytest.raises(NotFound):
        await people.choose_language(person_id=market.ann, language="tlh")


async def test_a_phone_is_kept_as_it_is_called_from_anywhere(market: Market) -> None:
    await people.save_phone(person_id=market.ann, phone="138-0013 8000")

    assert (await people.find(market.ann)).phone == "+8613800138000"


async def test_the_same_address_twice_is_one(market: Market) -> None:
    first = await people.save_address(person_id=market.ann, **HOME)
    again = await people.save_address(person_id=market.ann, **{**HOME, "phone": "+86 13800138000"})

    assert first == again
    assert await people.addresses(market.ann) == [first]


async def test_a_removed_address_is_still_known_to_the_orders_that_name_it(market: Market) -> None:
    home = await people.save_address(person_id=market.ann, **HOME)

    await people.remove_address(person_id=market.ann, address_id=home.id)

    assert await people.addresses(market.ann) == []
    assert await people.address(person_id=market.ann, address_id=home.id) == home


async def test_nobody_sees_or_removes_the_address_of_another(market: Market) -> None:
    home = await people.save_address(person_id=market.ann, **HOME)

    with pytest.raises(NotFound):
        await people.remove_address(person_id=market.bob, address_id=home.id)
    with pytest.raises(NotFound):
        await people.address(person_id=market.bob, address_id=home.id)
    assert await people.addresses(market.ann) == [home]


async def test_a_full_address_book_says_so(market: Market) -> None:
    for number in range(ADDRESSES_MAX):
        await people.save_address(person_id=market.ann, **{**HOME, "line": f"River Road {number}, Chengdu"})

    with pytest.raises(TooManyAddresses):
        await people.save_address(person_id=market.ann, **HOME)


async def test_two_accounts_become_one_person_with_all_that_both_had(market: Market) -> None:
    await given(market.ann, 300)
    await given(market.bob, 200)
    tea = await stocked("tea", 5, 1990)
    order = await bought(await drafted(market.bob, tea))
    await cart.add(person_id=market.bob, variant_id=tea, quantity=1, key="k")
    home = await people.save_address(person_id=market.bob, **HOME)

    code = await people.link_code(person_id=market.ann)
    joined = await people.join(person_id=market.bob, code=f" {code[:4].lower()}-{code[4:]} ")

    assert joined.id == market.ann
    assert (await people.find(market.bob)).id == market.ann
    assert (await points.balance(market.ann)).available == 500
    assert (await orders.get(person_id=market.ann, order_id=order.id)).number == order.number
    assert await people.addresses(market.ann) == [home]
    assert await cart.count(market.ann) == 1
    assert {channel.user_id for channel in await messaging.channels_of(market.ann)} == {1, 2}
    assert await books() == []


async def test_a_code_works_once(market: Market) -> None:
    code = await people.link_code(person_id=market.ann)
    eve = await people.welcome(name="Eve", language="en")
    await people.join(person_id=market.bob, code=code)

    with pytest.raises(people.WrongLinkCode):
        await people.join(person_id=eve.id, code=code)


async def test_of_two_who_use_a_code_at_the_same_instant_one_is_joined(market: Market) -> None:
    code = await people.link_code(person_id=market.ann)
    eve = await people.welcome(name="Eve", language="en")

    came = await asyncio.gather(
        *(people.join(person_id=person_id, code=code) for person_id in (market.bob, eve.id)), return_exceptions=True
    )

    assert sorted(type(one).__name__ for one in came) == ["Person", "WrongLinkCode"]
    joined = await db.rows("SELECT id FROM person WHERE joined_into = ?", market.ann)
    assert len(joined) == 1


async def test_a_new_code_ends_the_ones_before(market: Market) -> None:
    first = await people.link_code(person_id=market.ann)
    await people.link_code(person_id=market.ann)

    with pytest.raises(people.WrongLinkCode):
        await people.join(person_id=market.bob, code=first)


async def test_a_code_ends_by_itself(market: Market) -> None:
    with clock.driven() as time:
        code = await people.link_code(person_id=market.ann)
        time.forward(people.LINK_CODE_DAYS * clock.DAY)

        with pytest.raises(people.WrongLinkCode):
            await people.join(person_id=market.bob, code=code)


async def test_a_code_of_ones_own_is_for_the_other_chat(market: Market) -> None:
    code = await people.link_code(person_id=market.ann)

    with pytest.raises(people.OwnLinkCode):
        await people.join(person_id=market.ann, code=code)


async def test_the_code_itself_is_nowhere_in_the_database(market: Market) -> None:
    code = await people.link_code(person_id=market.ann)

    assert code not in str(await db.rows("SELECT * FROM link_code"))


async def test_codes_are_not_guessed(market: Market) -> None:
    with clock.driven() as time:
        for _ in range(LINK_TRIES_PER_HOUR):
            await people.tried(person_id=market.bob)

        with pytest.raises(TooManyTries):
            await people.tried(person_id=market.bob)

        time.forward(clock.HOUR + 1)
        await people.tried(person_id=market.bob)


async def test_a_letter_reaches_the_joined_person_where_she_was_last(market: Market) -> None:
    with clock.driven() as time:
        await people.join(person_id=market.bob, code=await people.link_code(person_id=market.ann))
        time.forward(clock.HOUR)
        bobs_account = await messaging.channel(bot_id=BOT, user_id=2)
        assert bobs_account is not None
        await messaging.seen(bobs_account)

        await messaging.tell(person_id=market.ann, letter="order_paid", facts={}, key="letter")

    assert [row["chat_id"] for row in await db.rows("SELECT chat_id FROM outbox")] == [2]


async def test_link_codes_and_tries_are_forgotten_a_day_after_their_end(database: str) -> None:
    with clock.driven() as time:
        ann = (await people.welcome(name="Ann", language="en")).id
        await people.link_code(person_id=ann)
        await people.tried(person_id=ann)
        time.forward((people.LINK_CODE_DAYS + 1) * clock.DAY)
        code = await people.link_code(person_id=ann)
        before = await people.forget()
        time.forward(1)

        assert (before, await people.forget(), await people.forget()) == (1, 1, 0)
        bob = (await people.welcome(name="Bob", language="en")).id
        assert (await people.join(person_id=bob, code=code)).id == ann
