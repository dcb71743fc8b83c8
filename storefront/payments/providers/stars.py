"""Telegram Stars: the only money that the Bot API gives back itself."""

from collections.abc import Awaitable, Callable

from storefront import messaging
from storefront.payments.providers.refunding import NoWayBack, Refunder, RefundFailed, RefundWish

# (Telegram's number of the payer, of the charge) -> None when it is given back, else why not
GiveBack = Callable[[int, str], Awaitable[str | None]]


def refunder(bot_id: int, give_back: GiveBack) -> Refunder:
    """Give Stars back to the account that paid: one of the payer's at this bot. A charge is given back whole, and once."""

    async def refund(wish: RefundWish) -> None:
        if wish.amount != wish.charged:
            raise NoWayBack("Stars are given back whole")
        refused = "the payer has no account at this bot"
        for channel in await messaging.channels_of(wish.person_id):
            if channel.bot_id == bot_id:
                refused = await give_back(channel.user_id, wish.telegram_charge_id) or ""
                if not refused:
                    return
        raise RefundFailed(refused)

    return refund
