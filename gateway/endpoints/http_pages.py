"""A site of a few pages, which are made at once of what is in memory: for watchers, by GET and HEAD."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from gateway.endpoints.http_guard import said
from gateway.endpoints.http_wire import Answer, HttpRequest, OneRequestSite, WireLimits
from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.ports import Clock, Tally

log = logging.getLogger("powertill.http")

DEADLINE_S: Final = 10.0
"""From the connection to the last byte of the answer; a request of ours takes milliseconds."""

BODY_BYTES_MAX: Final = 1024
"""Nothing here reads a body; some clients send a short one all the same."""

LINKS_MAX: Final = 32
"""Connections at one time: a watcher, a scraper and a few curious people."""


class OneAnswerSite(OneRequestSite):
    """Serves a few paths to GET and HEAD. ``pages`` make their answers at once, from what is in memory.

    Anything else is 404, another method 405, a page that fails 500 (logged with its traceback).
    """

    def __init__(
        self, door: str, pages: Mapping[str, Callable[[], Answer]], *, tally: Tally, reactor: Clock
    ) -> None:
        limits = WireLimits(DEADLINE_S, BODY_BYTES_MAX, LINKS_MAX)
        super().__init__(door, limits, tally=tally, reactor=reactor)
        self._pages = dict(pages)

    def hear(self, request: HttpRequest) -> Answer:
        """Find the answer to a request."""
        if request.method not in {b"GET", b"HEAD"}:
            # "Method not allowed" names those that are (RFC 9110, 15.5.6).
            return Answer(405, b"only GET and HEAD\n", headers=(("Allow", "GET, HEAD"),))
        page = self._pages.get(request.path.decode("latin-1"))
        if page is None:
            return Answer(404, b"nothing here\n")
        try:
            return page()
        except Exception as fault:  # noqa: BLE001 - the door's one catch-all
            path = said(request.path)
            event(log, "http.fault", level=logging.ERROR, raised=fault, door=self.door, path=path)
            return Answer(500, b"system error\n")

    def known_path(self, path: str) -> str:
        """Return the path of a page, or ``other``."""
        return path if path in self._pages else "other"
