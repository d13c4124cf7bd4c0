"""A receiver of notices: an HTTP server on loopback that keeps what it hears and answers as it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twisted.internet.endpoints import serverFromString
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.web.server import Request


@dataclass(frozen=True)
class Heard:
    """A request: what a receiver needs of it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def key(self) -> str:
        return self.headers["idempotency-key"]


class Receiver(Resource):
    """Answers each request as ``answer`` says: with a code, or by doing something to the request itself."""

    isLeaf = True  # noqa: N815 - Twisted's name

    def __init__(self, answer: Callable[[Request], Any] = lambda _request: 200):
        super().__init__()
        self.answer = answer
        self.heard: list[Heard] = []
        self.url = ""
        self._port: Any = None

    async def listen(self, reactor: Any, described: str = "tcp:0:interface=127.0.0.1") -> str:
        """Open the server; the URL of its hook."""
        site = Site(self)
        site.noisy = False
        self._port = await serverFromString(reactor, described).listen(site)
        self.url = f"http://127.0.0.1:{self._port.getHost().port}/hook"
        return self.url

    async def close(self) -> None:
        await self._port.stopListening()

    def render(self, request: Request) -> Any:
        """Hear it (Twisted's name)."""
        raw = request.requestHeaders.getAllRawHeaders()
        headers = {name.decode().lower(): values[0].decode() for name, values in raw}
        body = request.content.read()
        self.heard.append(Heard(request.method.decode(), request.path.decode(), headers, body))
        answer = self.answer(request)
        if not isinstance(answer, int):
            return NOT_DONE_YET
        request.setResponseCode(answer)
        return b"whatever"
