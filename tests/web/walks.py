"""Walks through the office as somebody: from page to page by the links that she is shown."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from tests.web.desk import Desk, Told

_LINK = re.compile(r'<a [^>]*?href="(/[^"#]*)')
#: Pages of one shape that are opened: the second of a kind may have another state than the first.
_ALIKE_MAX = 2


def walk(desk: Desk, who: str, start: str = "/") -> dict[str, Told]:
    """Open a page and all that is linked from there; of pages that differ in figures only, a few."""
    found: dict[str, Told] = {}
    alike: dict[str, int] = {}
    way = [start]
    while way:
        path = way.pop(0)
        shape = _shape(path)
        if path in found or alike.get(shape, 0) >= _ALIKE_MAX:
            continue
        alike[shape] = alike.get(shape, 0) + 1
        found[path] = told = desk.get(path, who)
        if told.header("Content-Type").startswith("text/html"):
            way += [one for one in map(unescape, _LINK.findall(told.text)) if "format=" not in one]
    return found


def _shape(path: str) -> str:
    """Name what kind of page it is: without what stands behind the second stroke, and values of its query."""
    parts = urlsplit(path)
    first, *rest = parts.path.strip("/").split("/")
    names = sorted(name for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    return " ".join([first, *(re.sub(r"[^a-z-]|^.*[0-9:].*$", "", one) and "x" for one in rest), *names])
