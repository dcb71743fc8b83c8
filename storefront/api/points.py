"""Points for partners: grants in, balances and redemptions out."""

from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from storefront import partners, points
from storefront.api.operations import Call, operation
from storefront.kernel import clock
from storefront.partners import Outcome, Scope

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class GrantIn(BaseModel):
    """Points for one customer."""

    model_config = ConfigDict(extra="forbid", strict=True)

    key: str = Field(description="Your own name for this grant: sent again with it, it is given once.")
    customer: str = Field(description="Your name for the customer, as it was linked.")
    points: int
    cause: str = Field(description="What the customer reads in her statement, up to 60 characters.")
    expires_at: AwareDatetime | None = Field(
        None, description="When the points end; left out, by the rule of the shop."
    )


class GrantsIn(BaseModel):
    """Grants, 1 to 1,000 at once."""

    model_config = ConfigDict(extra="forbid")

    grants: list[GrantIn] = Field(min_length=1, max_length=partners.BATCH_MAX)


class GrantOut(BaseModel):
    """What became of a grant: `granted`; `repeated` (this very grant was given before); `conflict` (another one was given under
    this key); `unknown_customer` (nobody is linked: send it again once somebody is); `refused`, with the reason."""

    key: str
    outcome: Outcome
    reason: str | None = None


class GrantsOut(BaseModel):
    """A result for each grant, in their order."""

    results: list[GrantOut]


class CustomerPath(BaseModel):
    """Your name for a customer."""

    customer: str = Field(pattern=partners.CUSTOMER)


class EndingOut(BaseModel):
    """Points that end together, and when."""

    points: int
    at: AwareDatetime


class PointsOut(BaseModel):
    """What a customer has: free to spend, held by unpaid orders, and the part of it that ends next."""

    customer: str
    balance: int
    held: int
    ends_next: EndingOut | None


class RedemptionsQuery(BaseModel):
    """Which redemptions."""

    model_config = ConfigDict(extra="forbid")

    after: int = Field(0, ge=0, le=2**62, description="The `seq` of the last one you have.")
    limit: int = Field(100, ge=1, le=1000)


class RedemptionData(BaseModel):
    """Whose points, how many, and for which order of the shop (none for points that ended)."""

    customer: str
    points: int = Field(ge=1)
    order: int | None


class RedemptionOut(BaseModel):
    """Points were used for an order, came back from one, or ended."""

    id: str = Field(description="The same as webhook-id: what you have seen once you need not do again.")
    seq: int = Field(ge=1, description="Its place in your list: rising, and never filled later.")
    type: Literal["points.redeemed", "points.returned", "points.expired"]
    timestamp: AwareDatetime
    data: RedemptionData


class RedemptionsOut(BaseModel):
    """A page of redemptions, the oldest first; ask again after the last one's `seq` until it is empty."""

    redemptions: list[RedemptionOut]


@operation(Scope.GRANT)
async def grant(call: Call, body: GrantsIn) -> GrantsOut:
    """Give points to customers

    Each grant is given once for its key, whatever becomes of the others. A batch that got no answer is sent again as it was.
    """
    grants = [
        partners.Grant(
            key=one.key,
            customer=one.customer,
            points=one.points,
            cause=one.cause,
            expires_at=None if one.expires_at is None else (one.expires_at - _EPOCH) // timedelta(milliseconds=1),
        )
        for one in body.grants
    ]
    results = await partners.grant(partner_id=call.partner_id, grants=grants)
    return GrantsOut(results=[GrantOut(key=one.key, outcome=one.outcome, reason=one.reason) for one in results])


@operation(Scope.READ)
async def balance(call: Call, path: CustomerPath) -> PointsOut:
    """What a customer has"""
    person_id = await partners.person_of(partner_id=call.partner_id, customer=path.customer)
    has = await points.balance(person_id)
    ends = has.ends_next
    return PointsOut(
        customer=path.customer,
        balance=has.available,
        held=has.held,
        ends_next=None if ends is None else EndingOut(points=ends[0], at=moment(ends[1])),
    )


@operation(Scope.READ)
async def redemptions(call: Call, query: RedemptionsQuery) -> RedemptionsOut:
    """What became of your customers' points

    For those without webhooks; it tells the same events with the same numbers.
    """
    found = await partners.redemptions(partner_id=call.partner_id, after=query.after, limit=query.limit)
    return RedemptionsOut(redemptions=[RedemptionOut.model_validate(partners.told(event)) for event in found])


def moment(at: int) -> datetime:
    """A moment of ours (epoch ms) as the world writes it."""
    return datetime.fromtimestamp(at / clock.SECOND, UTC)
