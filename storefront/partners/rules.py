"""Who may ask for what, which grants are taken, and how an event is signed and tried again. Pure."""

import base64
import hashlib
import hmac
import ipaddress
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from storefront.kernel import clock
from storefront.kernel.errors import N_, Refusal

CUSTOMER = r"^[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}$"
BATCH_MAX = 1000
POINTS_MAX = 10_000_000
CAUSE_MAX = 60
LINK_CODE_LENGTH = 12
LINK_CODE_MINUTES = 15
USED_EVERY_MS = clock.MINUTE
OLD_SECRET_MS = clock.DAY
CODES_KEPT_MS = clock.DAY
TAKEN_EVENTS_KEPT_MS = 90 * clock.DAY
SECRET_PREFIX = "whsec_"  # noqa: S105  (how such secrets begin)
# How long to wait after each failed try; after the last one the event is given up, about three days after the first.
TRY_AGAIN_MS = (
    5 * clock.SECOND,
    clock.MINUTE,
    5 * clock.MINUTE,
    30 * clock.MINUTE,
    2 * clock.HOUR,
    6 * clock.HOUR,
    12 * clock.HOUR,
    clock.DAY,
    clock.DAY,
)
_KEY = re.compile(r"[!-~]{1,80}")
_NEVER = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


class Scope(StrEnum):
    """What a key may be used for."""

    GRANT = "points:grant"
    READ = "points:read"
    LINK = "customers:link"


class WrongKey(Refusal):
    """No key, an unknown one or a revoked one: they look alike."""

    text = N_("This key is not known here. Ask the shop for a new one.")


class NotLinked(Refusal):
    """The partner's customer is nobody in this shop yet."""

    text = N_("This customer has not linked a chat yet.")


class WrongCode(Refusal):
    """The partner's code is unknown, used or too old: they look alike."""

    text = N_("This code does not work: it may be mistyped, used or too old. Get a new one where you got this one.")


class NameTaken(Refusal):
    """Partners are told apart by name."""

    text = N_("There is a partner of this name already.")


class WrongAddress(Refusal):
    """Events are sent over https only."""

    text = N_("Events are sent to an https:// address; to this machine itself only with WEBHOOKS_TO_LOOPBACK.")


class Outcome(StrEnum):
    """What became of one grant."""

    GRANTED = "granted"
    REPEATED = "repeated"
    CONFLICT = "conflict"
    UNKNOWN_CUSTOMER = "unknown_customer"
    REFUSED = "refused"


@dataclass(frozen=True)
class Grant:
    """Points that a partner gives to its customer; `key` is the partner's own name for it, `expires_at` is epoch ms."""

    key: str
    customer: str
    points: int
    cause: str
    expires_at: int | None = None


def malformed(grant: Grant) -> str | None:
    """Why a grant can never be taken, None when it has its form."""
    if not _KEY.fullmatch(grant.key):
        return "key: 1 to 80 printable ASCII characters without spaces"
    if not 1 <= grant.points <= POINTS_MAX:
        return f"points: 1 to {POINTS_MAX}"
    if not clean_cause(grant.cause):
        return f"cause: 1 to {CAUSE_MAX} characters"
    return None


def too_late(grant: Grant, now: int) -> str | None:
    """Why a grant cannot be taken now, None when it can."""
    ended = grant.expires_at is not None and grant.expires_at <= now
    return "expires_at: in the future, or left out" if ended else None


def clean_cause(text: str) -> str:
    """A cause as a statement shows it: one line, at most 60 characters."""
    return " ".join(_NEVER.sub(" ", text).split())[:CAUSE_MAX]


def clean_code(text: str) -> str:
    """A link code as it was made: capital letters and digits only."""
    return re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", text).upper())


def try_again_ms(attempts: int) -> int | None:
    """How long to wait after so many failed tries, None to give up."""
    return TRY_AGAIN_MS[attempts - 1] if attempts <= len(TRY_AGAIN_MS) else None


def signature(secrets: Sequence[str], *, webhook_id: str, timestamp_s: int, body: bytes) -> str:
    """The `webhook-signature` header of the Standard Webhooks scheme: one signature a secret, the newest first."""
    signed = f"{webhook_id}.{timestamp_s}.".encode() + body
    return " ".join(f"v1,{_sign(secret, signed)}" for secret in secrets)


def checked_address(url: str, *, to_loopback: bool) -> str:
    """The address of an endpoint: https, or http to this very machine when `to_loopback` allows it. Raises WrongAddress."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise WrongAddress from None
    plain = parts.scheme == "http" and to_loopback
    if not host or parts.username is not None or parts.fragment or len(url) > 500:
        raise WrongAddress
    if parts.scheme != "https" and not (plain and (host == "localhost" or is_address(host))):
        raise WrongAddress
    if is_address(host) and not may_be_reached(host, plain=plain):
        raise WrongAddress
    return url


def may_be_reached(address: str, *, plain: bool) -> bool:
    """Whether events may go to this IP address: http (`plain`) only to this machine itself, https anywhere else.

    Private networks are allowed: the operator alone sets an endpoint, and a bank's systems stand in its own network.
    What answers on link-local addresses (a cloud's metadata) is not.
    """
    found = ipaddress.ip_address(address)
    found = getattr(found, "ipv4_mapped", None) or found
    if plain:
        return found.is_loopback
    return not (
        found.is_loopback or found.is_link_local or found.is_multicast or found.is_unspecified or found.is_reserved
    )


def is_address(host: str) -> bool:
    """Whether a host is told by its IP address instead of a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _sign(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
