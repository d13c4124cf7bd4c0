"""The ``[admin]`` table of the configuration: where the office's pages are, and how people sign in there."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from gateway.config.listen import is_local, listen_of
from gateway.config.secret_file import hex_secret

if TYPE_CHECKING:
    from gateway.config.reader import Section
    from gateway.secret import Secret

ADMIN_KEYS: Final = ("listen", "origin", "secret_file", "authenticators", "links_max", "behind_proxy")

ADMIN_SECRET_BYTES: Final = 32
"""As long as the hash that seals with it (RFC 2104, 3)."""

ADMIN_LINKS_MAX: Final = 10_000
"""Connections of browsers at one time: a browser has six, and an office some hundred people."""

AUTHENTICATORS: Final = ("nobody", "approvers", "everybody")

_EXAMPLE: Final = 'write for example "https://till.example"'


@dataclass(frozen=True, slots=True)
class AdminSettings:
    """Where the pages listen, what browsers call them (``origin``), the secret that seals sessions' forms and
    authenticators, who must have an authenticator, and how many connections there may be. ``behind_proxy``:
    they come from a proxy on this machine, which tells the browser's address in X-Forwarded-For.
    """

    listen: str
    origin: str
    secret: Secret
    authenticators: str
    links_max: int
    behind_proxy: bool


def read_admin(section: Section) -> AdminSettings:
    """Read the ``[admin]`` table; ConfigFault for an origin that others on the line could read along."""
    listen = listen_of(section)
    return AdminSettings(
        listen=listen,
        origin=_origin(section, listen),
        secret=hex_secret(section, "secret_file", ADMIN_SECRET_BYTES),
        authenticators=section.one_of("authenticators", "approvers", AUTHENTICATORS),
        links_max=section.whole("links_max", 500, least=1, most=ADMIN_LINKS_MAX),
        behind_proxy=_behind_proxy(section, listen),
    )


def _origin(section: Section, listen: str) -> str:
    text = section.text("origin")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise section.fault("origin", "is no address of pages", _EXAMPLE) from None
    rest = (parts.path, parts.query, parts.fragment, parts.username or "")
    if parts.scheme not in {"http", "https"} or not host or any(rest) or text != text.lower():
        what = "must be http or https, a name in small letters, perhaps a port, and nothing behind"
        raise section.fault("origin", what, _EXAMPLE)
    if port in {80, 443} and parts.netloc.endswith(f":{port}"):
        raise section.fault("origin", "names the port that a browser leaves out", "leave it out")
    if parts.scheme == "http" and not _is_loopback(host):
        what = "leaves this machine without TLS: who is on the line takes passwords and sessions"
        cure = "write https://, and let listen be ssl: or a proxy's local port"
        raise section.fault("origin", what, cure)
    if not is_local(listen) and not listen.startswith("ssl:"):
        what = "can be reached from outside without TLS"
        cure = 'let it be "ssl:…", or behind a proxy on this machine "tcp:8443:interface=127.0.0.1"'
        raise section.fault("listen", what, cure)
    return text


def _behind_proxy(section: Section, listen: str) -> bool:
    """Believe what a proxy says only where nobody but a program on this machine can say it."""
    behind = section.flag("behind_proxy", default=False)
    if behind and not is_local(listen):
        what = "would let anybody who reaches the pages say where he comes from"
        raise section.fault("behind_proxy", what, 'let listen be "tcp:8443:interface=127.0.0.1"')
    return behind


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
