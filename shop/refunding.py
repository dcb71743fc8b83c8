"""How money goes back, by provider: the demo provider over HTTP; a provider without a way makes a task for the desk."""

from collections.abc import Mapping

import aiohttp

from storefront.payments import RefundFailed
from storefront.payments.service import Refunder

_TIMEOUT = aiohttp.ClientTimeout(total=15)


def refunders(*, webchat_api: str | None) -> Mapping[str, Refunder]:
    """The refunders of an open shop. Telegram's payment providers have none: the Bot API gives back only Stars."""
    return {"demo": _demo(webchat_api)} if webchat_api is not None else {}


def _demo(api: str) -> Refunder:
    async def refund(charge: str, amount_minor: int, currency: str, key: str) -> None:
        wish = {
            "provider_payment_charge_id": charge,
            "amount": amount_minor,
            "currency": currency,
            "idempotency_key": key,
        }
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT) as session,
                session.post(f"{api}/demo-provider/refunds", json=wish) as response,
            ):
                if response.status != 200:
                    raise RefundFailed(f"{response.status}: {(await response.text())[:200]}")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise RefundFailed(str(error) or type(error).__name__) from error

    return refund
