"""Opens the port of a door, as its endpoint string says and with what Twisted's strings leave unsaid."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from twisted.internet import ssl
from twisted.internet.endpoints import SSL4ServerEndpoint, serverFromString
from twisted.internet.interfaces import IProtocolNegotiationFactory

if TYPE_CHECKING:
    from collections.abc import Sequence

BACKLOG_LEAST: Final = 50
"""Connections that wait to be taken in, at the least: Twisted's own figure."""

#: The kinds of endpoint that have such a queue; a socket of systemd's came with one.
_WITH_BACKLOG: Final = ("tcp", "tcp6", "ssl", "unix")
_BEFORE_BACKLOG: Final = 2
_COLON: Final = re.compile(r"(?<!\\):")


async def open_port(
    reactor: Any,  # noqa: ANN401 - Twisted's reactor is several interfaces at once
    endpoint: str,
    factory: Any,  # noqa: ANN401 - Twisted's interfaces mean nothing to the type checker
    links_max: int = 0,
) -> Any:  # noqa: ANN401 - likewise
    """Listen there; ``links_max`` is how many connections the door holds. OSError where the port is taken."""
    server = serverFromString(reactor, with_backlog(endpoint, links_max))
    if isinstance(server, SSL4ServerEndpoint):
        _let_others_offer(server, factory)
    return await server.listen(factory)


def with_backlog(endpoint: str, links_max: int) -> str:
    """Let twice as many connections wait as the door holds, unless the operator named a figure.

    Where a payment is a connection, all that a bank may hold can knock while we do something else; as many
    again may have been given up by callers, who have called anew. Whoever finds the queue full is not
    refused: his system calls again a second later, and the payment takes that second.

    >>> with_backlog("tcp:8588:interface=127.0.0.1", 64)
    'tcp:8588:interface=127.0.0.1:backlog=128'
    """
    kind, *arguments = _COLON.split(endpoint)
    unnamed = [argument for argument in arguments if "=" not in argument]
    # Without its name it is the third argument, or a later one.
    is_said = len(unnamed) > _BEFORE_BACKLOG or any(each.startswith("backlog=") for each in arguments)
    if kind not in _WITH_BACKLOG or is_said:
        return endpoint
    return f"{endpoint}:backlog={max(2 * links_max, BACKLOG_LEAST)}"


def _let_others_offer(server: SSL4ServerEndpoint, factory: Any) -> None:  # noqa: ANN401 - as above
    """Let a client offer what we do not speak (ALPN, RFC 7301): it is not chosen, and the line stands.

    Twisted breaks such a line off with an internal error (its alpnSelect returns an empty name), even where
    a door speaks nothing that has a name there, as ISO 8583. What is not spoken is never chosen.
    """
    negotiates = IProtocolNegotiationFactory.providedBy(factory)
    spoken = tuple(factory.acceptableProtocols()) if negotiates else ()

    none = ssl.SSL.NO_OVERLAPPING_PROTOCOLS  # type: ignore[attr-defined]  # pyOpenSSL, as Twisted imports it

    def chosen(_connection: object, offered: Sequence[bytes]) -> Any:  # noqa: ANN401 - a name, or that mark
        return next((name for name in spoken if name in offered), none)

    # The string has no word for it, and Twisted no public way to what it made of the string.
    server._sslContextFactory.getContext().set_alpn_select_callback(chosen)  # noqa: SLF001
