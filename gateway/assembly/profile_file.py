"""A bank profile in a JSON file of the operator's: read within a limit, refused in words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

PROFILE_BYTES_MAX: Final = 1024 * 1024
"""Our own profiles have some 20 KiB; a table of 192 fields with long names stays far below this."""


class ProfileFileFault(ValueError):  # noqa: N818 - said to the operator as it is
    """The file holds no profile's table; the text says why, the caller names the file and the cure."""


def read_profile_table(file: Path) -> dict[str, Any]:
    """Read the JSON object in a file; ``Any``, since its types show only when it is compiled.

    ProfileFileFault: it cannot be read, is longer than PROFILE_BYTES_MAX, is not JSON, or is no object.
    """
    try:
        with file.open("rb") as opened:
            octets = opened.read(PROFILE_BYTES_MAX + 1)
    except OSError as fault:
        raise ProfileFileFault(f"cannot be read: {fault.strerror}") from None
    if len(octets) > PROFILE_BYTES_MAX:
        raise ProfileFileFault(f"is longer than {PROFILE_BYTES_MAX} bytes")
    try:
        found = json.loads(octets)
    except json.JSONDecodeError as fault:
        where = f"line {fault.lineno}, column {fault.colno}: {fault.msg}"
        raise ProfileFileFault(f"is not JSON ({where})") from None
    except (ValueError, RecursionError):
        # Bytes of no Unicode, numbers of thousands of digits, brackets without end: no place is named.
        raise ProfileFileFault("is not JSON") from None
    if not isinstance(found, dict):
        raise ProfileFileFault("is no profile: a profile is one JSON object")
    return found
