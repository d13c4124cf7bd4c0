"""The headers of every answer, errors and static files included: what a browser may do with our pages."""

from __future__ import annotations

from typing import Final

#: A year, as the preload lists ask for.
_HSTS_S: Final = 31_536_000

_CONTENT: Final = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)

#: Nothing of a counter's machine is ours to use.
_NOT_OURS: Final = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()"


def security_headers(origin: str) -> tuple[tuple[str, str], ...]:
    """Give the headers of every answer. Whatever may be kept says so itself; a page may not."""
    headers = (
        ("Content-Security-Policy", _CONTENT),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "same-origin"),
        ("Permissions-Policy", _NOT_OURS),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
    )
    if origin.startswith("https://"):
        return (*headers, ("Strict-Transport-Security", f"max-age={_HSTS_S}; includeSubDomains"))
    return headers
