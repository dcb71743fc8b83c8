"""Which ways to pay there are for an order, and what is refused. Pure."""

from storefront.kernel.errors import N_, Refusal

REFUND_TRIES_MAX = 8


class WrongAmount(Refusal):
    """The provider asks about another sum than is due."""

    text = N_("The price has changed since this invoice was made. Open the newest summary and pay there.")


class WrongPayer(Refusal):
    """The invoice is somebody else's."""

    text = N_("This invoice was made for somebody else. Search for the thing and order it yourself.")


def providers(*, total_minor: int, digital: bool, pickup: bool, channel: str, has_token: bool) -> list[str]:
    """The ways to pay that may be offered, the first one first.

    `points`: nothing is left to pay. Digital goods are sold for Stars only inside Telegram (its rule); the bot has no
    prices in Stars yet, so they are sold for points there and in the browser chat for everything.
    """
    if total_minor == 0:
        return ["points"]
    offered = []
    if channel == "webchat":
        offered.append("demo")
    elif has_token and not digital:
        offered.append("telegram")
    if pickup and not digital:
        offered.append("branch")
    return offered
