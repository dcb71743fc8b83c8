"""What a bank does."""

from storefront import partners
from storefront.kernel import db
from storefront.partners import Grant


async def linked(bank: int, person_id: int, customer: str) -> None:
    """A customer of the bank showed in the chat who she is."""
    made = await partners.link_code(partner_id=bank, customer=customer)
    linking = await partners.redeem(person_id=person_id, code=made.code)
    assert linking is not None
    if not linking.done:
        await partners.confirm(person_id=person_id, code_id=linking.code_id)


async def outcomes(bank: int, *grants: Grant) -> list[str]:
    """What became of a batch."""
    return [result.outcome.value for result in await partners.grant(partner_id=bank, grants=grants)]


def card_points(key: str, customer: str = "C-1", points: int = 100, cause: str = "Card points") -> Grant:
    """Points for what a customer paid by card."""
    return Grant(key, customer, points, cause)


async def events(bank: int) -> list[tuple[str, str, str]]:
    """What the bank is told: what, about whom, and how far that is."""
    found = await db.rows("SELECT kind, customer, state FROM partner_event WHERE partner_id = ? ORDER BY id", bank)
    return [(row["kind"], row["customer"], row["state"]) for row in found]
