"""Copies of the chain's head that lie elsewhere: a line of JSON for each, the oldest first.

    {"at": "2026-11-24T03:00:00Z", "link": 4711, "position": 998877, "mac": "9f86d0…"}

Whoever cuts the books short, or writes them anew, cannot reach these.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from gateway.core.timeline import moment_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.core.chain import Link

#: Characters of a line: ours have some 150.
LINE_MAX: Final = 1_000

_MAC: Final = re.compile(r"[0-9a-f]{64}")


class HeadsFault(ValueError):  # noqa: N818 - said to the caller as it is
    """A line that is no copy of a head; the text names the line."""


def head_line(head: Link) -> str:
    """Write a head as a line, without its end."""
    at = moment_of(head.at_us).isoformat(timespec="seconds").replace("+00:00", "Z")
    return json.dumps({"at": at, "link": head.number, "position": head.last_position, "mac": head.mac})


def read_heads(lines: Iterable[str]) -> dict[int, str]:
    """Read copied heads: link number → seal; HeadsFault names the first line that is none."""
    heads: dict[int, str] = {}
    for place, line in enumerate(lines, 1):
        if not line.strip():
            continue
        number, mac = _head(line, place)
        if heads.setdefault(number, mac) != mac:
            raise HeadsFault(f"line {place}: link {number} stands in another line with another seal")
    return heads


def _head(line: str, place: int) -> tuple[int, str]:
    try:
        found = json.loads(line[:LINE_MAX])
        number, mac = found["link"], found["mac"]
    except (ValueError, TypeError, KeyError):
        raise HeadsFault(f"line {place} is no copy of the chain's head") from None
    if type(number) is not int or number < 1 or not isinstance(mac, str) or not _MAC.fullmatch(mac):
        raise HeadsFault(f"line {place} is no copy of the chain's head")
    return number, mac
