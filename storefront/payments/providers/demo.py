"""The demo provider, which the browser chat runs: it needs no account and keeps no money."""

import aiohttp

from storefront.payments.providers.refunding import Refunder, RefundFailed, RefundWish

_TIMEOUT = aiohttp.ClientTimeout(total=15)


def refunder(api: str) -> Refunder:
    """Give back over HTTP, at the address of the browser chat's Bot API."""

    async def refund(wish: RefundWish) -> None:
        asked = {
            "provider_payment_charge_id": wish.charge_id,
            "amount": wish.amount.minor,
            "currency": wish.amount.currency,
            "idempotency_key": wish.key,
        }
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT) as session,
                session.post(f"{api}/demo-provider/refunds", json=asked) as response,
            ):
                if response.status != 200:
                    raise RefundFailed(f"{response.status}: {(await response.text())[:200]}")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise RefundFailed(str(error) or type(error).__name__) from error

    return refund
