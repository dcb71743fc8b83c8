"""Cards that customers post in other chats: the same for everybody who reads them there, in the language of who posts."""

from typing import Any

from bot.buttons import link
from bot.context import House
from bot.render import render
from storefront import catalog
from storefront.groupbuy import Campaign, Group
from storefront.kernel.texts import Texts
from storefront.people import Person


def of_group(house: House, poster: Person, group: Group, variant: catalog.Variant, address: str) -> dict[str, Any]:
    """A group, with a button to `address` that joins it; the names of its members stay in the shop."""
    texts = Texts(poster.language)
    join = texts.fill("✅ Join for %(amount)s", amount=group.price)
    button = join if group.free else texts.gettext("🛍 Open in the shop")
    facts = {"person": poster, "house": house, "group": group, "variant": variant, "seat": None, "names": ()}
    state = f"lang={texts.language}&v={group.state}-{group.paid}"
    return {
        "text": render("groupbuy/group", texts, **facts),
        "keyboard": [[link(button, address)]],
        "preview": _above(house, f"/g/{group.code}.jpg?{state}"),
    }


def of_item(
    house: House, poster: Person, summary: catalog.Summary, campaign: Campaign | None, address: str
) -> dict[str, Any]:
    """An item, with what it costs alone and together, and a button to `address` where it is bought."""
    texts = Texts(poster.language)
    return {
        "text": render("catalog/posted", texts, summary=summary, campaign=campaign),
        "keyboard": [[link(texts.gettext("🛍 Open in the shop"), address)]],
        "preview": _above(house, f"/files/{summary.photo}" if summary.photo is not None else None),
    }


def cheaper(summary: catalog.Summary, campaign: Campaign | None) -> Campaign | None:
    """The campaign, when an item costs less together than alone."""
    if campaign is None or summary.price is None or campaign.price.minor >= summary.price.minor:
        return None
    return campaign


def _above(house: House, picture: str | None) -> dict[str, Any]:
    """A picture above the text: Telegram fetches it, for which the shop must be in the world."""
    public = house.settings.public_url
    if public is None or picture is None:
        return {"is_disabled": True}
    return {"url": f"{public}{picture}", "prefer_large_media": True, "show_above_text": True}
