"""What was said reached the customer, in order, or the shop knows that it did not.

Inbox: what came, kept before it is acknowledged. Cards and outbox: what we say. Dialogues: where a conversation stands.
Channels: at which bot a person is reached. Leases: who fetches and delivers. Dead: what the office decides about.
Unclear: what was not understood, of nobody in particular.
"""

from storefront.messaging.auditing import audited
from storefront.messaging.backlog import Waiting, dead_counts, inbox_waiting, outbox_waiting
from storefront.messaging.channels import Channel, blocked, channel, channels_of, connect, follow, seen
from storefront.messaging.dead import (
    DeadLetter,
    NothingLeft,
    PutAside,
    dead_letters,
    drop_letter,
    drop_update,
    put_aside,
    retry_letter,
    retry_update,
)
from storefront.messaging.dialogues import HEARD, Dialogue, ask, dialogue, end
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
from storefront.messaging.unclear import Unclear, keep_unclear, label_unclear, labelled, unlabelled
from storefront.messaging.verifying import CHECKS, findings

__all__ = [
    "CHECKS",
    "HEARD",
    "TRIES_MAX",
    "Channel",
    "DeadLetter",
    "Delivered",
    "Dialogue",
    "NothingLeft",
    "PutAside",
    "Received",
    "Said",
    "Unclear",
    "Waiting",
    "ask",
    "audited",
    "blocked",
    "card_of",
    "change",
    "channel",
    "channels_of",
    "connect",
    "dead_counts",
    "dead_letters",
    "delivered",
    "dialogue",
    "done",
    "drop_letter",
    "drop_update",
    "dropped",
    "due",
    "end",
    "failed",
    "file_id",
    "findings",
    "follow",
    "give_up",
    "hold_lease",
    "inbox_waiting",
    "keep_unclear",
    "known_file",
    "label_unclear",
    "labelled",
    "next_update",
    "outbox_waiting",
    "post",
    "postponed",
    "put_aside",
    "receive",
    "refresh",
    "retry_letter",
    "retry_update",
    "say",
    "seen",
    "tell",
    "unlabelled",
]
