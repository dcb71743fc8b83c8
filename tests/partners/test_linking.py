"""A chat customer is a bank customer: shown by a one-time code."""

import asyncio
import json

import pytest

from storefront import partners, people
from storefront.kernel import clock, db
from storefront.partners import NotLinked, WrongCode
from tests.partners.bank import card_points, events, linked, outcomes
from tests.support.market import Market, letters


async def customers_of(person_id: int) -> list[str]:
    return [link.customer for link in await partners.links_of(person_id)]


async def test_a_code_links_the_customer_once_however_it_is_typed(market: Market, bank: int) -> None:
    made = await partners.link_code(partner_id=bank, customer="C-1")
    typed = f" {made.code[:4].lower()}-{made.code[4:8]}–{made.code[8:]} "

    linking = await partners.redeem(person_id=market.ann, code=typed)

    assert linking is not None
    assert (linking.done, linking.partner, linking.customer) == (True, "Bank", "C-1")
    assert await partners.person_of(partner_id=bank, customer="C-1") == market.ann
    assert await events(bank) == [("customer.linked", "C-1", "kept")]
    with pytest.raises(WrongCode):
        await partners.redeem(person_id=market.bob, code=made.code)
    assert made.code not in json.dumps(await db.rows("SELECT * FROM customer_link_code"))


async def test_a_code_ends_after_a_quarter_of_an_hour(market: Market, bank: int) -> None:
    with clock.driven() as time:
        made = await partners.link_code(partner_id=bank, customer="C-1")
        time.forward(15 * clock.MINUTE)

        with pytest.raises(WrongCode):
            await partners.redeem(person_id=market.ann, code=made.code)


async def test_a_newer_code_ends_the_older_one(market: Market, bank: int) -> None:
    older = await partners.link_code(partner_id=bank, customer="C-1")
    newer = await partners.link_code(partner_id=bank, customer="C-1")

    with pytest.raises(WrongCode):
        await partners.redeem(person_id=market.ann, code=older.code)
    assert (await partners.redeem(person_id=market.ann, code=newer.code)) is not None


async def test_a_code_of_nobody_is_no_partners_code(market: Market, bank: int) -> None:
    other_chat = await people.link_code(person_id=market.bob)

    assert await partners.redeem(person_id=market.ann, code="23456789ABCD") is None
    assert await partners.redeem(person_id=market.ann, code=other_chat) is None


async def test_one_code_sent_by_two_people_at_once_links_one(market: Market, bank: int) -> None:
    made = await partners.link_code(partner_id=bank, customer="C-1")

    told = await asyncio.gather(
        *(partners.redeem(person_id=person, code=made.code) for person in (market.ann, market.bob)),
        return_exceptions=True,
    )

    done = [one for one in told if isinstance(one, partners.Linking) and one.done]
    assert len(done) == 1
    links = await db.rows("SELECT person_id FROM customer_link WHERE ended_at IS NULL")
    assert len(links) == 1


async def test_a_customer_that_is_somebody_elses_moves_only_when_confirmed_and_the_other_is_told(
    market: Market, bank: int
) -> None:
    await linked(bank, market.bob, "C-1")
    made = await partners.link_code(partner_id=bank, customer="C-1")

    asked = await partners.redeem(person_id=market.ann, code=made.code)
    assert asked is not None
    assert not asked.done
    assert await partners.person_of(partner_id=bank, customer="C-1") == market.bob
    with pytest.raises(WrongCode):
        await partners.confirm(person_id=market.bob, code_id=asked.code_id)

    await partners.confirm(person_id=market.ann, code_id=asked.code_id)

    assert await partners.person_of(partner_id=bank, customer="C-1") == market.ann
    assert await letters(market.bob) == ["customer_unlinked"]
    assert await letters(market.ann) == []
    assert [kind for kind, _, _ in await events(bank)] == ["customer.linked", "customer.unlinked", "customer.linked"]
    with pytest.raises(WrongCode):
        await partners.confirm(person_id=market.ann, code_id=asked.code_id)


async def test_a_person_is_one_customer_of_a_partner_and_changes_only_when_she_confirms(
    market: Market, bank: int
) -> None:
    await linked(bank, market.ann, "C-1")
    made = await partners.link_code(partner_id=bank, customer="C-2")

    asked = await partners.redeem(person_id=market.ann, code=made.code)
    assert asked is not None
    assert not asked.done
    await partners.confirm(person_id=market.ann, code_id=asked.code_id)

    assert await customers_of(market.ann) == ["C-2"]
    assert await letters(market.ann) == []
    with pytest.raises(NotLinked):
        await partners.person_of(partner_id=bank, customer="C-1")


async def test_whoever_is_linked_already_is_not_asked(market: Market, bank: int) -> None:
    await linked(bank, market.ann, "C-1")
    made = await partners.link_code(partner_id=bank, customer="C-1")

    again = await partners.redeem(person_id=market.ann, code=made.code)

    assert again is not None
    assert again.done
    assert await customers_of(market.ann) == ["C-1"]
    assert len(await events(bank)) == 1


async def test_she_ends_her_link_and_keeps_her_points(market: Market, bank: int) -> None:
    await linked(bank, market.ann, "C-1")
    await outcomes(bank, card_points("march"))

    await partners.unlink(person_id=market.ann, partner_id=bank)
    await partners.unlink(person_id=market.ann, partner_id=bank)

    assert await outcomes(bank, card_points("march"), card_points("april")) == ["repeated", "unknown_customer"]
    assert [kind for kind, _, _ in await events(bank)] == ["customer.linked", "customer.unlinked"]


async def test_the_partner_ends_a_link_and_she_is_told(market: Market, bank: int) -> None:
    await linked(bank, market.ann, "C-1")

    await partners.unlink_customer(partner_id=bank, customer="C-1")

    assert await letters(market.ann) == ["customer_unlinked"]
    with pytest.raises(NotLinked):
        await partners.unlink_customer(partner_id=bank, customer="C-1")


async def test_another_partner_cannot_end_a_link_or_see_who_it_is(market: Market, bank: int) -> None:
    await partners.add(name="Other bank", scopes=[])
    other = (await partners.find("Other bank")).id
    await linked(bank, market.ann, "C-1")

    with pytest.raises(NotLinked):
        await partners.unlink_customer(partner_id=other, customer="C-1")
    with pytest.raises(NotLinked):
        await partners.person_of(partner_id=other, customer="C-1")


async def test_when_two_chats_become_one_person_her_links_come_along(market: Market, bank: int) -> None:
    await linked(bank, market.bob, "C-1")
    code = await people.link_code(person_id=market.ann)

    await people.join(person_id=market.bob, code=code)

    assert await customers_of(market.ann) == ["C-1"]
    assert await outcomes(bank, card_points("march")) == ["granted"]


async def test_when_both_chats_had_a_link_the_one_of_the_account_that_stays_is_kept(market: Market, bank: int) -> None:
    await linked(bank, market.ann, "C-1")
    await linked(bank, market.bob, "C-2")
    code = await people.link_code(person_id=market.ann)

    await people.join(person_id=market.bob, code=code)

    assert await customers_of(market.ann) == ["C-1"]
    assert [event for event in await events(bank) if event[0] == "customer.unlinked"] == [
        ("customer.unlinked", "C-2", "kept")
    ]
