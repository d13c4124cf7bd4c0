"""A bank profile by its name or its file, for commands that look at messages."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import schemas
from gateway.assembly.commands.terminal import CommandFault
from gateway.assembly.profile_file import ProfileFileFault, read_profile_table


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
        return read_profile_table(file)
    except ProfileFileFault as fault:
        raise CommandFault(f"--profile: {file}: {fault}; cure: name a profile's file or correct it") from None
