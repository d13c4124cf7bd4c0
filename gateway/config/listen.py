"""Where a door listens: a Twisted server endpoint string, judged before anything is opened.

Powertill opens ``tcp`` and ``tcp6`` (a port and an interface), ``ssl`` (with a certificate), ``unix``
(a path) and ``systemd`` (a socket that was opened for us); the rest of the text is Twisted's to read.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gateway.config.reader import Section

_KINDS: Final = ("tcp", "tcp6", "ssl", "unix", "systemd")
_WITH_PORT: Final = ("tcp", "tcp6", "ssl")
_COLON: Final = re.compile(r"(?<!\\):")
_PORT: Final = re.compile(r"[0-9]{1,5}")
_CURE: Final = 'write for example "tcp:8583:interface=127.0.0.1"'


def listen_of(section: Section, key: str = "listen") -> str:
    """Give an endpoint string; ConfigFault for an unknown kind or port (0 to 65535; 0 is any free one)."""
    found = section.text(key)
    kind, *arguments = _COLON.split(found)
    if kind not in _KINDS:
        raise section.fault(key, f"must begin with one of {', '.join(_KINDS)} and a colon", _CURE)
    if kind in _WITH_PORT:
        port = _named(arguments).get("port", arguments[0] if arguments else "")
        if _PORT.fullmatch(port) is None or int(port) > 65_535:  # noqa: PLR2004 - the highest TCP port
            raise section.fault(key, f"port {port[:20]!r} must be a number from 0 to 65535", _CURE)
    elif not any(arguments):
        raise section.fault(key, f"{kind} must be told which one", 'write for example "unix:/run/bank"')
    return found


def place_of(endpoint: str) -> tuple[str, str] | None:
    """Say which place an endpoint takes, so that two doors at one are noticed; None for any free port.

    >>> place_of("tcp:8583:interface=127.0.0.1") == place_of("tcp:port=8583:interface=127.0.0.1")
    True
    """
    kind, *arguments = _COLON.split(endpoint)
    if kind not in _WITH_PORT:
        return kind, ":".join(arguments)
    named = _named(arguments)
    port = int(named.get("port", arguments[0]))
    return (str(port), named.get("interface", "")) if port else None


def is_local(endpoint: str) -> bool:
    """Say whether an endpoint can be reached from this machine alone.

    A socket that systemd hands over may be anywhere, so it is not.
    """
    kind, *arguments = _COLON.split(endpoint)
    if kind == "unix":
        return True
    if kind not in _WITH_PORT:
        return False
    try:
        return ip_address(_named(arguments).get("interface", "").replace("\\", "")).is_loopback
    except ValueError:  # no interface is all of them
        return False


def _named(arguments: list[str]) -> dict[str, str]:
    return {name: value for name, equals, value in (each.partition("=") for each in arguments) if equals}
