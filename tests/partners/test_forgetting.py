"""What nobody can ask for any more is deleted in time, and nothing else is."""

from storefront import partners
from storefront.kernel import clock, db
from storefront.partners import Grant
from tests.partners.bank import linked, outcomes
from tests.support.market import Market, books


async def left(table: str, what: str = "id") -> list[object]:
    return [row[what] for row in await db.rows(f"SELECT {what} FROM {table} ORDER BY id")]


async def test_codes_are_deleted_a_day_after_their_end_and_links_stay(market: Market, bank: int) -> None:
    with clock.driven() as time:
        await linked(bank, market.ann, "C-1")
        time.forward(15 * clock.MINUTE + clock.DAY)
        await partners.link_code(partner_id=bank, customer="C-2")
        assert await partners.forget() == 0

        time.forward(1)

        assert (await partners.forget(), await partners.forget()) == (1, 0)
        assert await left("customer_link_code", "customer") == ["C-2"]
        assert await partners.person_of(partner_id=bank, customer="C-1") == market.ann


async def test_events_are_deleted_90_days_after_they_were_taken_and_never_before(market: Market, bank: int) -> None:
    with clock.driven() as time:
        for state in ("done", "failed", "kept", "intended"):
            await db.execute(
                "INSERT INTO partner_event (partner_id, customer, kind, facts, key, state, at, done_at)"
                " VALUES (?, 'C-1', 'points.redeemed', '{}', ?, ?, ?, ?)",
                *(bank, state, state, time.at, time.at if state == "done" else None),
            )
        time.forward(90 * clock.DAY)
        assert await partners.forget() == 0

        time.forward(1)

        assert await partners.forget() == 1
        assert await left("partner_event", "state") == ["failed", "kept", "intended"]


async def test_a_grant_is_known_for_ever_whatever_is_forgotten(market: Market, bank: int) -> None:
    with clock.driven() as time:
        await linked(bank, market.ann, "C-1")
        grant = Grant("march", "C-1", 100, "Card points")
        await outcomes(bank, grant)
        time.forward(400 * clock.DAY)

        await partners.forget()

        assert await outcomes(bank, grant) == ["repeated"]
        assert await books() == []
