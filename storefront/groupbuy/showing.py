"""Messages that show a group stay true: when it changes they are written anew, not more often than channels bear."""

from collections.abc import Mapping
from typing import Any

from storefront import catalog, messaging
from storefront.groupbuy.queries import Group
from storefront.kernel import clock, db, posters
from storefront.kernel.texts import Texts, pick

CARD, POSTED = "groupbuy/group", "groupbuy/posted"
_KINDS = (CARD, POSTED, "group_joined")
_CARDS_MAX = 100
_EVERY_MS = 10 * clock.SECOND


def pictured(group: Group, variant: catalog.Variant, texts: Texts) -> posters.Joined:
    """What a picture of the group says to this reader."""
    return posters.Joined(
        name=pick(variant.names, texts.language),
        price=texts.money(group.price),
        alone=texts.fill("%(amount)s alone", amount=variant.price) if variant.price else "",
        count=texts.fill("%(paid)s of %(size)s have joined", paid=group.paid, size=group.size),
        paid=group.paid,
        size=group.size,
    )


@db.transaction
async def watch(*, card_id: int, group: Group, posted: bool = False) -> None:
    """This card shows the group as it is now: change it when the group does. One that is posted is read in another chat."""
    await db.execute(
        "INSERT INTO group_card (card_id, group_id, state, taken, paid, posted) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (card_id) DO UPDATE SET group_id = excluded.group_id, state = excluded.state, taken = excluded.taken,"
        " paid = excluded.paid",
        *(card_id, group.id, group.state, group.taken, group.paid, int(posted)),
    )


async def stale(limit: int) -> list[int]:
    """Groups that some card shows as they were; one that is open not more often than every ten seconds."""
    found = await db.rows(
        "SELECT DISTINCT g.id FROM group_card k JOIN group_buy g ON g.id = k.group_id"
        " WHERE (k.taken <> g.taken OR k.paid <> g.paid OR k.state <> g.state)"
        " AND (g.state <> 'open' OR g.shown_at <= ?) LIMIT ?",
        *(clock.now() - _EVERY_MS, limit),
    )
    return [int(row["id"]) for row in found]


@db.transaction
async def refresh(group_id: int) -> bool:
    """Let the newest cards of a group show it as it is, posted ones first; one that shows something else by now is left alone."""
    # Locks the group, so that no two do this at once.
    await db.execute("UPDATE group_buy SET shown_at = ? WHERE id = ?", clock.now(), group_id)
    group = (await db.rows("SELECT state, taken, paid, size FROM group_buy WHERE id = ?", group_id))[0]
    now = {name: group[name] for name in ("state", "taken", "paid")}
    cards = await db.rows("SELECT * FROM group_card WHERE group_id = ? ORDER BY posted DESC, card_id DESC", group_id)
    gone = [(card["card_id"],) for card in cards[_CARDS_MAX:]]
    for card in cards[:_CARDS_MAX]:
        kind, letter = (POSTED, "group_posted") if card["posted"] else (CARD, "group_card")
        payload = {"letter": letter, "facts": {"group_id": group_id, **now}}
        same = _visible(card, group["size"]) == _visible(now, group["size"])
        if not same and not await messaging.refresh(card_id=card["card_id"], kinds=_KINDS, kind=kind, payload=payload):
            gone.append((card["card_id"],))
    if now["state"] != "open":
        gone = [(card["card_id"],) for card in cards]
    await db.many("DELETE FROM group_card WHERE card_id = ?", gone)
    await db.execute(
        "UPDATE group_card SET state = ?, taken = ?, paid = ? WHERE group_id = ?",
        *(now["state"], now["taken"], now["paid"], group_id),
    )
    return True


def _visible(card: Mapping[str, Any], size: int) -> tuple[str, int, bool]:
    """What a card says of a group: of its seats, only whether there is a free one."""
    return card["state"], card["paid"], card["taken"] >= size
