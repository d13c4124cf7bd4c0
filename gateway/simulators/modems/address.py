"""A place in the network as people write it: HOST:PORT."""

from __future__ import annotations

import ipaddress
from typing import Final, NamedTuple

PORT_MAX: Final = 65_535
_HOST_MAX: Final = 253


class AddressFault(ValueError):  # noqa: N818 - said to whoever wrote it
    """What was written is no HOST:PORT; the text says why."""


class Address(NamedTuple):
    """A host, by name or address, and a port; 0 where any will do."""

    host: str
    port: int

    def __str__(self) -> str:
        """Write it as people do."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def address_of(text: str, *, least_port: int = 1) -> Address:
    """Read HOST:PORT; an IPv6 address stands in brackets. AddressFault for anything else.

    >>> address_of("[::1]:7001")
    Address(host='::1', port=7001)
    """
    host, colon, port = text.rpartition(":")
    if not colon:
        raise AddressFault("must be HOST:PORT")
    if not (port.isascii() and port.isdigit() and len(port) <= len(str(PORT_MAX))):
        raise AddressFault("the port must be a number")
    if not least_port <= int(port) <= PORT_MAX:
        raise AddressFault(f"the port must be from {least_port} to {PORT_MAX}")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
        if not _is_address(host):
            raise AddressFault("in brackets stands an IPv6 address")
    elif ":" in host:
        raise AddressFault("an IPv6 address stands in brackets")
    if not host or len(host) > _HOST_MAX or not host.isascii() or not host.isprintable() or " " in host:
        raise AddressFault("the host is missing, or is none")
    return Address(host, int(port))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
