"""Somebody who looks at the office's pages: ``python -m bench.office_visitor`` hears which, says how long.

A process of its own, so that nothing of it is in the gateway's figures. It hears and says JSON on its
standard input and output: ``{"port", "cookie", "rounds", "asked": {name: {"path", "fields"}}}``, and
``{name: [milliseconds, status, octets]}``, the median of the rounds.
"""

from __future__ import annotations

import http.client
import json
import re
import statistics
import sys
import time
from html import unescape
from typing import Any
from urllib.parse import urlencode

_HOST = "127.0.0.1"
_SEAL = re.compile(r'action="/search" method="post"[^<]*>\s*<input type="hidden" name="seal" value="([^"]*)"')


class Visitor:
    """A browser's connection, which stays open."""

    def __init__(self, port: int, cookie: str) -> None:
        self._link = http.client.HTTPConnection(_HOST, port, timeout=120)
        self._usual = {"Cookie": cookie}
        self._origin = f"http://{_HOST}:{port}"
        self._seal = ""

    def ask(self, path: str, fields: dict[str, str] | None) -> tuple[int, bytes]:
        """Ask for a page, or send a form, whose seal is that of the search."""
        if fields is None:
            self._link.request("GET", path, headers=self._usual)
        else:
            body = urlencode(fields | {"seal": self._sealed()})
            more = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self._origin}
            self._link.request("POST", path, body, self._usual | more)
        answer = self._link.getresponse()
        return answer.status, answer.read()

    def _sealed(self) -> str:
        if not self._seal:
            found = _SEAL.search(self.ask("/search", None)[1].decode())
            assert found, "the search's form has no seal"
            self._seal = unescape(found[1])
        return self._seal


def visit(said: dict[str, Any]) -> dict[str, tuple[float, int, int]]:
    """Ask for everything, round by round."""
    visitor = Visitor(said["port"], said["cookie"])
    found = {}
    for name, one in said["asked"].items():
        visitor.ask(one["path"], one["fields"])  # the first pays for what is made once
        times = []
        for _ in range(said["rounds"]):
            began = time.perf_counter()
            status, body = visitor.ask(one["path"], one["fields"])
            times.append((time.perf_counter() - began) * 1_000)
        assert status in {200, 303}, (name, status)
        found[name] = (statistics.median(times), status, len(body))
    return found


if __name__ == "__main__":
    json.dump(visit(json.load(sys.stdin)), sys.stdout)
