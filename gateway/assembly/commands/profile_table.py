"""A bank profile by its name or its file, for commands that look at messages."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import schemas
from gateway.assembly.commands.terminal import CommandFault

PROFILE_BYTES_MAX: Final = 1024 * 1024
"""Our own profiles have some 20 KiB; a table of 192 fields with long names stays far below this."""


def profile_table(name: str) -> dict[str, Any]:
    """Read a profile of ours or another's JSON file; ``Any``, since its types show when it is compiled."""
    if name.endswith(".json"):
        return _of_file(Path(name))
    known = sorted(
        each.name.removesuffix(".json")
        for each in (files("schemas") / "iso8583").iterdir()
        if each.name.endswith(".json")
    )
    if name not in known:
        raise CommandFault(
            f"--profile: {name[:40]!r} is none; cure: one of {', '.join(known)}, or the path of a .json file"
        )
    return schemas.load(f"iso8583/{name}.json")


def _of_file(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as opened:
            octets = opened.read(PROFILE_BYTES_MAX)
        found = json.loads(octets)
    except OSError as fault:
        raise CommandFault(f"--profile: {file}: {fault.strerror}; cure: name a profile's file") from None
    except (ValueError, RecursionError) as fault:
        raise CommandFault(f"--profile: {file} is not JSON: {fault}; cure: correct the file") from None
    if not isinstance(found, dict):
        raise CommandFault(f"--profile: {file} is no profile; cure: name a profile's file")
    return found
