"""No test leaves this machine: a connection that is not to loopback is an error."""

import ipaddress
import sys
from typing import Any

_CONNECTS = {"socket.connect", "socket.sendto"}


def stay_home() -> None:
    """From now on, for this whole process."""
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _CONNECTS:
        address = arguments[1]
        if isinstance(address, tuple) and not _is_loopback(address[0]):
            raise ConnectionRefusedError(f"tests stay on loopback, and this one wanted {address}")
    elif event == "socket.getaddrinfo" and arguments[0] is not None and not _is_loopback(arguments[0]):
        raise ConnectionRefusedError(f"tests stay on loopback, and this one asked for {arguments[0]!r}")


def _is_loopback(host: str | bytes) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in {"", "localhost"} or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
