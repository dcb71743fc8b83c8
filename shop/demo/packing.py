"""Somebody who packs in the demo shop: what was paid leaves a little later, in two parcels where there is enough for two."""

import asyncio
from collections.abc import Mapping

import structlog

from storefront import fulfilment, orders
from storefront.kernel import clock, ids
from storefront.kernel.errors import Refusal

log = structlog.get_logger()

CARRIER = "demo"
_LOOKS_S = 10
_WAITS_MS = 2 * clock.MINUTE
_AT_ONCE = 50


async def pack() -> None:
    """Pack what is due, until cancelled."""
    while True:
        try:
            await pack_due()
        except Exception:
            log.exception("demo.not_packed")
        await asyncio.sleep(_LOOKS_S)


async def pack_due(waits_ms: int = _WAITS_MS) -> int:
    """Send what has waited for so long, and the rest as long after the first parcel; returns how many parcels left."""
    since, count = clock.now() - waits_ms, 0
    for order_id in await orders.to_ship(after=0, limit=_AT_ONCE, confirmed_before=since):
        order, sent = await orders.find(order_id), await fulfilment.parcels(order_id)
        if sent and sent[-1].at > since:
            continue
        try:
            await fulfilment.ship(
                order_id=order_id,
                pieces=_packed(order, first=not sent),
                carrier=CARRIER,
                tracking=f"D{ids.digits(9)}",
                key=f"demo:{order_id}:{len(sent)}",
                actor="demo",
            )
            count += 1
        except Refusal:
            # Given back at this very moment, say.
            log.info("demo.not_sent", order=order.number)
    return count


def _packed(order: orders.Order, *, first: bool) -> Mapping[int, int]:
    here = {line.id: line.here for line in order.lines if line.here}
    if not first or sum(here.values()) == 1:
        return here
    line_id, pieces = next(iter(here.items()))
    return {line_id: pieces if len(here) > 1 else pieces // 2}
