"""Names that nobody can guess, and what is kept of those that must stay secret."""

import hashlib
import secrets

_READABLE = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_SHORT = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def key() -> str:
    """A new key for one wish: 10 characters, short enough for a button's 64 bytes."""
    return "".join(secrets.choice(_SHORT) for _ in range(10))


def code(length: int) -> str:
    """A code that a person reads aloud or types: no 0, O, 1 or I; 5 bits a character."""
    return "".join(secrets.choice(_READABLE) for _ in range(length))


def digits(length: int) -> str:
    """A short number for a counter, such as a pick-up code."""
    return "".join(secrets.choice("0123456789") for _ in range(length))


def digest(secret: str) -> str:
    """What is stored of a secret: its SHA-256, in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()
