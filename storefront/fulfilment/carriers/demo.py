"""The demo carrier: its parcels move along with the clock, and arrive."""

from collections.abc import Sequence

from storefront.fulfilment.carriers.asking import CarrierEvent, Tracked
from storefront.kernel import clock

_WAY = (("moving", "Chengdu"), ("moving", "Qingshan"), ("out", "Qingshan"), ("delivered", "Qingshan"))


class DemoCarrier:
    """One stop every `step_ms`; a tracking number that begins with LOST gets lost at the second."""

    def __init__(self, step_ms: int = clock.MINUTE) -> None:
        self._step_ms = step_ms
        self.every_ms = min(step_ms, 15 * clock.SECOND)

    async def track(self, parcel: Tracked) -> Sequence[CarrierEvent]:
        """The stops that it has passed by now."""
        passed = min((clock.now() - parcel.at) // self._step_ms, len(_WAY))
        lost = parcel.tracking.startswith("LOST")
        way = (_WAY[0], ("lost", "")) if lost else _WAY
        return [
            CarrierEvent(id=str(stop), kind=kind, place=place, at=parcel.at + stop * self._step_ms)
            for stop, (kind, place) in enumerate(way[:passed], start=1)
        ]
