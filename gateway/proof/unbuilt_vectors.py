"""Vectors of what is not built yet: each is counted, and skipped with its reason.

The documents are ``{"samples": […]}`` for xmlvend.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gateway.proof.case import Case, failed, skipped

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_XMLVEND = "the XMLVend door is not built yet"


def run_xmlvend(document: Mapping[str, object]) -> Iterator[Case]:
    """Yield one skip for each document of an ``xmlvend.json`` collection."""
    yield from _each("xmlvend", document.get("samples"), NO_XMLVEND)


def _each(group: str, entries: object, reason: str) -> Iterator[Case]:
    if not isinstance(entries, list):
        yield failed(group, "a list of vectors", type(entries).__name__)
        return
    for place, entry in enumerate(entries):
        identity = entry.get("id", place) if isinstance(entry, Mapping) else place
        yield skipped(f"{group}/{identity}", reason)
