"""What was said in one chat was heard and answered in its order; what is being asked was asked by somebody's update."""

from storefront.kernel import clock
from storefront.kernel.checks import Checks, Findings, every, queries

# What came at the same moment may be kept the other way round.
_TOGETHER_MS = 10 * clock.SECOND
# By what waits still, not by times: clocks jump, and those of several machines differ.
_OVERTAKEN = """
    SELECT p.{who} AS who, p.bot_id, p.id, d.last FROM {table} p JOIN (SELECT bot_id, {who}, MAX(id) AS last FROM {table}
    WHERE state <> 'pending' GROUP BY bot_id, {who}) d ON d.bot_id = p.bot_id AND d.{who} = p.{who} AND d.last > p.id
    WHERE p.state = 'pending' AND p.{came} < {before} AND p.{who} <> 0 ORDER BY p.id LIMIT ?
"""
_UNASKED = """
    SELECT d.id, d.bot_id, d.chat_id, d.version FROM dialogue d LEFT JOIN (SELECT bot_id, chat_id, COUNT(*) AS n,
    MAX(done_at) AS last FROM inbox WHERE state = 'done' GROUP BY bot_id, chat_id) i ON i.bot_id = d.bot_id
    AND i.chat_id = d.chat_id WHERE i.last IS NULL OR i.last < d.updated_at OR d.version > i.n ORDER BY d.id LIMIT ?
"""


def findings() -> Findings:
    """Each update and message that was overtaken, each dialogue that no update brought to where it is, in a sentence."""
    return every(CHECKS)


def _overtaken(table: str, who: str, came: str) -> str:
    return _OVERTAKEN.replace("{table}", table).replace("{who}", who).replace("{came}", came)


def _before() -> int:
    return clock.now() - _TOGETHER_MS


CHECKS: Checks = {
    "updates are handled in order": queries(
        (
            "update {id} of chat {who} waits, {last} was handled before it",
            _overtaken("inbox", "chat_id", "received_at"),
        ),
        (
            "update {id} of user {who} waits, {last} was handled before it",
            _overtaken("inbox", "user_id", "received_at"),
        ),
        before=_before,
    ),
    "messages leave in order": queries(
        ("message {id} of chat {who} waits, {last} left before it", _overtaken("outbox", "chat_id", "created_at")),
        before=_before,
    ),
    "dialogues go on by updates": queries(
        ("dialogue {id} of chat {chat_id} has version {version}, no update that was handled explains it", _UNASKED)
    ),
}
