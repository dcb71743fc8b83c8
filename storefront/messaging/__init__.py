"""What was said reached the customer, in order, or the shop knows that it did not.

Inbox: what came, kept before it is acknowledged. Cards and outbox: what we say. Dialogues: where a conversation stands.
Channels: at which bot a person is reached. Leases: who fetches and delivers.
"""

from storefront.messaging.auditing import audited
from storefront.messaging.channels import Channel, blocked, channel, channels_of, connect, follow, seen
from storefront.messaging.dialogues import Dialogue, ask, dialogue, end
from storefront.messaging.inbox import TRIES_MAX, Received, done, failed, next_update, receive
from storefront.messaging.leases import give_up, hold_lease
from storefront.messaging.outbox import (
    Delivered,
    Said,
    card_of,
    change,
    delivered,
    dropped,
    due,
    file_id,
    known_file,
    post,
    postponed,
    refresh,
    say,
    tell,
)
from storefront.messaging.verifying import CHECKS, findings

__all__ = [
    "CHECKS",
    "TRIES_MAX",
    "Channel",
    "Delivered",
    "Dialogue",
    "Received",
    "Said",
    "ask",
    "audited",
    "blocked",
    "card_of",
    "change",
    "channel",
    "channels_of",
    "connect",
    "delivered",
    "dialogue",
    "done",
    "dropped",
    "due",
    "end",
    "failed",
    "file_id",
    "findings",
    "follow",
    "give_up",
    "hold_lease",
    "known_file",
    "next_update",
    "post",
    "postponed",
    "receive",
    "refresh",
    "say",
    "seen",
    "tell",
]
