"""Tables that cross a border, as files: bank profiles, contracts, tariffs. Nothing of ours is imported."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import PurePosixPath
from typing import Any


def load(path: str) -> dict[str, Any]:
    """Read the JSON object at ``path`` below this room, for example ``iso8583/default.json``.

    Raises ``ValueError`` for a path that leaves the room, ``FileNotFoundError`` for one that is
    not there. ``Any`` because JSON tells its types only when it is read; whoever reads checks.
    """
    place = PurePosixPath(path)
    if place.is_absolute() or ".." in place.parts:
        raise ValueError(f"{path}: must stay below schemas/")
    text = resources.files(__name__).joinpath(*place.parts).read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
