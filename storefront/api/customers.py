"""Which person a partner's customer is."""

from pydantic import AwareDatetime, BaseModel, Field

from storefront import partners
from storefront.api.operations import Call, operation
from storefront.api.points import CustomerPath, moment
from storefront.partners import Scope


class LinkCodeOut(BaseModel):
    """A one-time code for your customer, to be opened as a link or typed in the chat as `/link CODE`."""

    code: str
    link: str = Field(description="Opens the chat with the code.")
    expires_at: AwareDatetime


@operation(Scope.LINK)
async def link_code(call: Call, path: CustomerPath) -> LinkCodeOut:
    """A code by which your customer links her chat

    It works once, for 15 minutes; the codes made before for this customer stop working. Show it to nobody but her.
    """
    made = await partners.link_code(partner_id=call.partner_id, customer=path.customer)
    return LinkCodeOut(
        code=made.code,
        link=f"{call.chat}?start=b_{made.code}",
        expires_at=moment(made.expires_at),
    )


@operation(Scope.LINK)
async def unlink(call: Call, path: CustomerPath) -> None:
    """End a customer's link

    Her points stay hers; she is told. Grants for her are answered with `unknown_customer` from now on.
    """
    await partners.unlink_customer(partner_id=call.partner_id, customer=path.customer)
