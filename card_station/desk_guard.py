"""Who may drive the desk: the browser that was opened with its address, and no other page in that browser.

    /open/<token>     the address in ``desk.url``, which only the station's user may read ──► a cookie
    all else          the cookie (HttpOnly, SameSite=Strict), the Host of this machine, and for what is done
                      the Origin of these pages and a seal in the form

Another web page that is open at the counter can send requests to 127.0.0.1, but has neither cookie nor seal;
a name that was made to point here is no Host of ours.
"""

from __future__ import annotations

import hmac
import os
import secrets
from hashlib import sha256
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

COOKIE: Final = "powertill_station"
SEAL_FIELD: Final = "seal"

_CONTENT: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: What a browser may do with our pages: nothing from anywhere else, no script or style in a page.
HEADERS: Final = (
    (
        "Content-Security-Policy",
        _CONTENT,
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    # "no-referrer" would make the Origin of our own forms null.
    ("Referrer-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)


class Guard:
    """Knows the desk's own token."""

    def __init__(self, token: str, port: int) -> None:
        self._token = token
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self.cookie = self._made("cookie")
        self.seal = self._made("seal")

    @property
    def opening(self) -> str:
        """The path that lets a browser in."""
        return f"/open/{self._token}"

    def is_host(self, host: str | None) -> bool:
        """Is it this machine by a name of its own?"""
        return host in self._hosts

    def is_token(self, token: str) -> bool:
        """Is this the address that was written down?"""
        return hmac.compare_digest(token.encode(), self._token.encode())

    def is_let_in(self, cookie: str | None) -> bool:
        """Was this browser opened with it?"""
        return cookie is not None and hmac.compare_digest(cookie.encode(), self.cookie.encode())

    def is_from_here(self, origin: str | None, seal: str) -> bool:
        """Did the form stand on a page of ours?"""
        is_ours = origin is None or origin in {f"http://{host}" for host in self._hosts}
        return is_ours and hmac.compare_digest(seal.encode(), self.seal.encode())

    def _made(self, what: str) -> str:
        return hmac.new(self._token.encode(), what.encode(), sha256).hexdigest()


def token_in(file: Path) -> str:
    """Give the token of this station, drawn once, in a file that only its user may read."""
    if file.exists():
        return file.read_text(encoding="ascii").strip()
    token = secrets.token_urlsafe(24)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as opened:
        opened.write(token + "\n")
    return token
