"""What was said in one chat was heard and answered in its order; what is being asked was asked by somebody's update."""

from storefront.kernel import clock
from storefront.kernel.checks import Checks, Findings, every, queries

# Replicas have clocks of their own, and what came at the same moment may be kept the other way round.
_TOGETHER_MS = 10 * clock.SECOND
# What ended long after something younger of the same chat or person had ended: what waits ends now at the soonest.
_OVERTAKEN = """
    SELECT {who} AS who, bot_id, id FROM (SELECT {who}, bot_id, id, COALESCE(done_at, {now}) AS ended,
    MAX(COALESCE(done_at, {now})) OVER (PARTITION BY bot_id, {who} ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    AS before FROM {table} WHERE {who} <> 0) o WHERE before > ended + {together} ORDER BY id LIMIT ?
"""
_UNASKED = """
    SELECT d.id, d.bot_id, d.chat_id, d.version FROM dialogue d LEFT JOIN (SELECT bot_id, chat_id, COUNT(*) AS n,
    MAX(done_at) AS last FROM inbox WHERE state = 'done' GROUP BY bot_id, chat_id) i ON i.bot_id = d.bot_id
    AND i.chat_id = d.chat_id WHERE i.last IS NULL OR i.last < d.updated_at OR d.version > i.n ORDER BY d.id LIMIT ?
"""


def findings() -> Findings:
    """Each update and message that was overtaken, each dialogue that no update brought to where it is, in a sentence."""
    return every(CHECKS)


def _overtaken(table: str, who: str) -> str:
    return _OVERTAKEN.replace("{table}", table).replace("{who}", who)


CHECKS: Checks = {
    "updates are handled in order": queries(
        ("update {id} of chat {who} was handled before an older one", _overtaken("inbox", "chat_id")),
        ("update {id} of user {who} was handled before an older one", _overtaken("inbox", "user_id")),
        now=clock.now,
        together=lambda: _TOGETHER_MS,
    ),
    "messages leave in order": queries(
        ("message {id} of chat {who} left before an older one", _overtaken("outbox", "chat_id")),
        now=clock.now,
        together=lambda: _TOGETHER_MS,
    ),
    "dialogues go on by updates": queries(
        ("dialogue {id} of chat {chat_id} has version {version}, no update that was handled explains it", _UNASKED)
    ),
}
