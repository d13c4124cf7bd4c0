"""Cookies: one kind only, which no other host, no script and no other site's link can use.

``__Host-`` binds a cookie to this host and this path (RFC 6265bis, 4.1.3.2). Browsers take it over plain HTTP
from this machine alone, which is where a demo runs; elsewhere the site stands behind TLS.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

SESSION_COOKIE: Final = "__Host-powertill"
LANGUAGE_COOKIE: Final = "__Host-powertill-language"
DEVICE_COOKIE: Final = "__Host-powertill-device"

#: A year: the language of a browser at a counter is chosen once.
LANGUAGE_S: Final = 365 * 24 * 3600

#: Half a year: it is renewed with each signing in, and who has been away for longer is a stranger once.
DEVICE_S: Final = 182 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie to set; ``lasts_s`` None is until the browser closes, 0 takes it away."""

    name: str
    value: str = field(repr=False)
    lasts_s: int | None = None

    def __post_init__(self) -> None:
        """Refuse what would break out of the header."""
        if not all(letter.isalnum() or letter in "-_." for letter in self.value):
            raise ValueError("a cookie's value is letters, digits, - _ and .")

    def header(self) -> str:
        """Write the value of ``Set-Cookie``."""
        lasts = "" if self.lasts_s is None else f"; Max-Age={self.lasts_s}"
        return f"{self.name}={self.value}; Path=/; Secure; HttpOnly; SameSite=Strict{lasts}"


def read_cookie(header: str, name: str) -> str:
    """Find a cookie in the header that a browser sent; empty where it has none.

    >>> read_cookie("a=1; __Host-powertill=x-2", "__Host-powertill")
    'x-2'
    """
    for part in header.split(";"):
        found, _, value = part.strip().partition("=")
        if found == name:
            return value
    return ""
