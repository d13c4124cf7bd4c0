"""A request as it came over the wire, before anything of it is believed."""

# mypy: allow-untyped-calls
# twisted.web's requests carry no types yet.

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from admin_web.wire_request import OfficeRequest

METHODS: Final = frozenset({b"GET", b"HEAD", b"POST"})


@dataclass(frozen=True, slots=True)
class Heard:
    """A request's parts. ``origin`` is None where the browser sent none; a path is without its query."""

    method: str
    path: str
    query: bytes = field(repr=False)
    body: bytes = field(repr=False)
    content_type: str
    cookies: str = field(repr=False)
    origin: str | None
    fetch_site: str
    accepted_languages: str
    is_htmx: bool
    peer: str

    @classmethod
    def of(cls, request: OfficeRequest) -> Heard:
        """Take the parts of a request of the wire."""
        header = request.getHeader
        return cls(
            method=request.method.decode("latin-1"),
            path=unquote(request.path.decode("latin-1")),
            query=request.uri.partition(b"?")[2],
            body=request.content.read(),
            content_type=header("content-type") or "",
            cookies=header("cookie") or "",
            origin=header("origin"),
            fetch_site=header("sec-fetch-site") or "",
            accepted_languages=header("accept-language") or "",
            is_htmx=header("hx-request") == "true",
            peer=request.channel.site.links.peer(request),
        )


def is_for(origin: str, host: str) -> bool:
    """Was this host meant? A name that somebody else's records lead here (DNS rebinding) is not ours.

    >>> is_for("https://till.example", "till.example")
    True
    """
    return host.lower() == urlsplit(origin).netloc.lower()
