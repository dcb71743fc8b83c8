"""Events leave: signed, each customer's in their order, tried again when nobody takes them.

A row is claimed (intended -> sent) before it is posted and done once it was taken. Whoever dies in between leaves it sent: it is
posted again when its lease is over, with the same webhook-id, by which the receiver knows it.
"""

import asyncio
import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound
from storefront.partners import keys, rules, telling
from storefront.partners.providers.webhooks import NotTaken, Post, posting

_BATCH = 104
_AT_ONCE = 8
# Longer than a post may take: within it nobody else posts the same event.
_LEASE_MS = clock.MINUTE

log = structlog.get_logger()


@db.transaction
async def set_endpoint(*, name: str, url: str, to_loopback: bool = False) -> str:
    """Tell a partner's events to this address from now on; returns the secret that signs them. Raises WrongAddress, NotFound."""
    partner = await keys.find(name)
    address = rules.checked_address(url, to_loopback=to_loopback)
    kept = await db.rows(
        "INSERT INTO webhook_endpoint (partner_id, url, secret, made_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (partner_id) DO UPDATE SET url = excluded.url RETURNING secret",
        *(partner.id, address, _new_secret(), clock.now()),
    )
    return str(kept[0]["secret"])


@db.transaction
async def rotate_secret(*, name: str) -> str:
    """A new secret for a partner's endpoint; for a day both sign, so that the receiver can change over. Raises NotFound."""
    partner, secret = await keys.find(name), _new_secret()
    changed = await db.execute(
        "UPDATE webhook_endpoint SET previous_secret = secret, previous_until = ?, secret = ? WHERE partner_id = ?",
        *(clock.now() + rules.OLD_SECRET_MS, secret, partner.id),
    )
    if not changed:
        raise NotFound
    return secret


@db.transaction
async def remove_endpoint(*, name: str) -> None:
    """Tell a partner nothing by webhook any more; what was not told yet is kept for whoever asks. Raises NotFound."""
    partner = await keys.find(name)
    await db.execute("DELETE FROM webhook_endpoint WHERE partner_id = ?", partner.id)
    await db.execute(
        "UPDATE partner_event SET state = 'kept' WHERE partner_id = ? AND state IN ('intended', 'sent', 'failed')",
        partner.id,
    )


async def deliver() -> int:
    """Tell the partners what is due, outside any transaction; a partner that is away holds up no other. Returns how many."""
    endpoints = await db.rows("SELECT * FROM webhook_endpoint ORDER BY partner_id")
    return sum(await asyncio.gather(*(_deliver_to(endpoint) for endpoint in endpoints)))


async def _deliver_to(endpoint: Mapping[str, Any]) -> int:
    taken = 0
    try:
        await telling.number(endpoint["partner_id"])
        async with posting() as post:
            while heads := await _heads(endpoint["partner_id"]):
                for start in range(0, len(heads), _AT_ONCE):
                    some = await asyncio.gather(
                        *(_send(endpoint, head, post) for head in heads[start : start + _AT_ONCE])
                    )
                    taken += sum(some)
                    if not any(some):
                        # Nobody is there: the others are not tried one by one, the next run goes on with them.
                        return taken
    except Exception:
        log.exception("events.not_sent", partner=endpoint["partner_id"])
    return taken


async def _heads(partner_id: int) -> Sequence[Mapping[str, Any]]:
    """The oldest open event of each customer whose oldest is due."""
    return await db.rows(
        "SELECT e.* FROM partner_event e WHERE e.partner_id = ? AND e.state IN ('intended', 'sent') AND e.not_before <= ?"
        " AND e.seq IS NOT NULL AND NOT EXISTS (SELECT 1 FROM partner_event o WHERE o.partner_id = e.partner_id"
        " AND o.customer = e.customer AND o.state IN ('intended', 'sent') AND o.seq < e.seq) ORDER BY e.seq LIMIT ?",
        *(partner_id, clock.now(), _BATCH),
    )


async def _send(endpoint: Mapping[str, Any], row: Mapping[str, Any], post: Post) -> bool:
    at = clock.now()
    claimed = await db.execute(
        "UPDATE partner_event SET state = 'sent', attempts = attempts + 1, not_before = ?"
        " WHERE id = ? AND state IN ('intended', 'sent') AND attempts = ? AND not_before <= ?",
        *(at + _LEASE_MS, row["id"], row["attempts"], at),
    )
    if not claimed:
        return False
    body = json.dumps(telling.told(telling.event(row)), ensure_ascii=False).encode()
    try:
        await post(endpoint["url"], _headers(endpoint, row["id"], body, at), body)
    except NotTaken as error:
        await _not_taken(row, str(error))
        return False
    await db.execute(
        "UPDATE partner_event SET state = 'done', done_at = ?, error = NULL WHERE id = ? AND state = 'sent'",
        *(clock.now(), row["id"]),
    )
    return True


async def _not_taken(row: Mapping[str, Any], error: str) -> None:
    wait_ms = rules.try_again_ms(row["attempts"] + 1)
    state, not_before = ("failed", 0) if wait_ms is None else ("intended", clock.now() + wait_ms)
    await db.execute(
        "UPDATE partner_event SET state = ?, not_before = ?, error = ? WHERE id = ? AND state = 'sent' AND attempts = ?",
        *(state, not_before, error[:300], row["id"], row["attempts"] + 1),
    )
    log.warning("event.not_taken", number=row["id"], error=error, given_up=wait_ms is None)


def _headers(endpoint: Mapping[str, Any], event_id: int, body: bytes, at: int) -> dict[str, str]:
    signing = [endpoint["secret"]]
    if endpoint["previous_until"] is not None and endpoint["previous_until"] > at:
        signing.append(endpoint["previous_secret"])
    number, timestamp_s = telling.webhook_id(event_id), at // clock.SECOND
    return {
        "Content-Type": "application/json",
        "webhook-id": number,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": rules.signature(signing, webhook_id=number, timestamp_s=timestamp_s, body=body),
    }


def _new_secret() -> str:
    return rules.SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
