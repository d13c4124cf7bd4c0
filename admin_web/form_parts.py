"""The parts of a form with files in it (RFC 7578), cut at its boundary by hand.

    --b CRLF head CRLF CRLF octets CRLF --b CRLF head ... CRLF --b--

A parser of mail does far more than browsers ask for: parts within parts, parameters in many spellings, at a
price that a stranger may choose. Here each octet is looked at a few times, and everything has a limit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The longest of our forms with a file has some dozen fields.
PARTS_MAX: Final = 20

#: Octets of a part's head: its name, the file's name and kind.
HEAD_OCTETS_MAX: Final = 1_024

#: Letters of a request's Content-Type; a browser's boundary has some forty (RFC 2046, 5.1.1: at most 70).
CONTENT_TYPE_MAX: Final = 200

_BOUNDARY: Final = re.compile(r'; ?boundary=(?:"([!#-~]{1,70})"|([!#-+\--:<-~]{1,70}))\Z', re.IGNORECASE)

#: What stands between quotation marks has none in it: browsers write it as %22 there, others behind a stroke.
_QUOTED: Final = r'"((?:[^"\\]|\\.)*)"'
_DISPOSITION: Final = re.compile(
    rf"content-disposition: ?form-data; ?name={_QUOTED}(?:; ?filename={_QUOTED})?", re.IGNORECASE
)


class NoParts(ValueError):  # noqa: N818 - what it says
    """What was sent are no parts of a form of ours."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part: a field, or a file where it has a file's name."""

    name: str
    file_name: str | None
    body: bytes = field(repr=False)


def parts_of(body: bytes, content_type: str) -> Iterator[Part]:
    """Cut a body into its parts; NoParts where it has none, or too many of them."""
    found = _BOUNDARY.search(content_type) if len(content_type) <= CONTENT_TYPE_MAX else None
    if found is None:
        raise NoParts("its boundary is not said")
    mark = b"\r\n--" + (found[1] or found[2]).encode()
    before, *parts = (b"\r\n" + body).split(mark, PARTS_MAX + 2)
    if before or not 1 < len(parts) <= PARTS_MAX + 1 or parts.pop().rstrip(b"\r\n") != b"--":
        raise NoParts("the parts cannot be told apart")
    return map(_part, parts)


def _part(octets: bytes) -> Part:
    """Read a part: a line's end, its head, an empty line, and what it carries."""
    end = octets.find(b"\r\n\r\n", 0, HEAD_OCTETS_MAX)
    if end < 0 or not octets.startswith(b"\r\n"):
        raise NoParts("a part has no head")
    try:
        lines = octets[2:end].decode().split("\r\n")
    except UnicodeDecodeError as fault:
        raise NoParts("a part's head is no text") from fault
    for line in lines:
        said = _DISPOSITION.fullmatch(line)
        if said is not None:
            name, file_name = said.groups()
            return Part(name, _unquoted(file_name), octets[end + 4 :])
    raise NoParts("a part has no name")


def _unquoted(text: str | None) -> str | None:
    return None if text is None else re.sub(r"\\(.)", r"\1", text).replace("%22", '"')
