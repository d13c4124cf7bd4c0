"""The ``[notify]`` table of the configuration: who is told of what was sold, over HTTP.

A notice is signed and not encrypted, so beyond this machine it travels over TLS or not at all.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from gateway.config.secret_file import secret_of

if TYPE_CHECKING:
    from urllib.parse import SplitResult

    from gateway.config.reader import Section
    from gateway.secret import Secret

NOTIFY_KEYS: Final = ("url", "secret_file", "timeout_s")

NOTIFY_TIMEOUT_S_MAX: Final = 30
"""Seconds for one delivery: whoever needs longer should take the notice first and work afterwards."""

NOTIFY_SECRET_BYTES_MIN: Final = 16
"""128 bits: a shorter one can be guessed from one signed notice (NIST SP 800-131A calls 112 the least)."""

_EXAMPLE: Final = 'write for example "https://crm.example/powertill"'


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """Where notices are posted to, the secret they are signed with, and how long a delivery may take.

    ``url`` is in no repr: some services put a secret into it. ``host`` is what may be said of it.
    """

    url: str = field(repr=False)
    host: str
    secret: Secret
    timeout_s: int


def read_notify(section: Section) -> NotifySettings:
    """Read the ``[notify]`` table; ConfigFault for a URL that others could read along, or a weak secret."""
    url, host = _url(section)
    secret = secret_of(section, "secret_file")
    if len(secret.reveal()) < NOTIFY_SECRET_BYTES_MIN:
        file = section.file("secret_file")
        what = f"{file} holds less than {NOTIFY_SECRET_BYTES_MIN} bytes, which can be guessed"
        raise section.fault("secret_file", what, f"openssl rand -hex 32 > {file}; give the receiver a copy")
    timeout_s = section.whole("timeout_s", 10, least=1, most=NOTIFY_TIMEOUT_S_MAX)
    return NotifySettings(url, host, secret, timeout_s)


def _url(section: Section) -> tuple[str, str]:
    url = section.text("url")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
        host_on_the_wire = (host or "").encode("idna").decode("ascii")
    except ValueError:  # UnicodeError of a host that no name service knows is one, too
        raise section.fault("url", "is no URL", _EXAMPLE) from None
    if parts.scheme not in {"http", "https"} or not host_on_the_wire or " " in url:
        raise section.fault("url", "must be https://HOST/PATH", _EXAMPLE)
    if parts.username is not None or parts.password is not None:
        cure = "take it out of the URL: a notice is signed with secret_file, and the receiver checks that"
        raise section.fault("url", "holds a user or a password", cure)
    if parts.fragment:
        raise section.fault("url", "holds a #, and what stands behind it is never sent", "take it out")
    if parts.scheme == "http" and not _is_this_machine(parts):
        what = "leaves this machine without TLS: who is on the line reads what is sold"
        cure = "write https://, or http://127.0.0.1 with a tunnel that begins on this machine"
        raise section.fault("url", what, cure)
    return url, host_on_the_wire


def _is_this_machine(parts: SplitResult) -> bool:
    """Is it a loopback address? Of names only ``localhost`` is taken for one (RFC 6761, 6.3)."""
    host = parts.hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
