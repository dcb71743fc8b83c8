"""What came of a customer's links."""

from dataclasses import dataclass

from storefront.kernel import db


@dataclass(frozen=True)
class Came:
    """How many browsers opened a customer's links, and how many people came into the chat, joined a group, bought."""

    clicks: int
    started: int
    joined: int
    bought: int


async def what_came(person_id: int) -> Came:
    """What came of all the links of a customer; who came by several of them counts once."""
    found = await db.rows(
        "SELECT (SELECT COUNT(DISTINCT c.visitor) FROM share_click c JOIN share_link l ON l.id = c.link_id"
        " WHERE l.person_id = ?) AS clicks,"
        " (SELECT COUNT(DISTINCT s.person_id) FROM share_start s JOIN share_link l ON l.id = s.link_id"
        " WHERE l.person_id = ?) AS started,"
        " (SELECT COUNT(DISTINCT o.person_id) FROM share_order o JOIN share_link l ON l.id = o.link_id"
        " WHERE l.person_id = ? AND o.joined = 1) AS joined,"
        " (SELECT COUNT(DISTINCT o.person_id) FROM share_order o JOIN share_link l ON l.id = o.link_id"
        " WHERE l.person_id = ? AND o.confirmed_at IS NOT NULL) AS bought",
        *(person_id,) * 4,
    )
    return Came(**{name: int(count) for name, count in found[0].items()})
