"""Vectors of meters: each family goes to its own runner; one that is not built yet is counted and skipped.

A document is ``{"vectors": {"dlt645": […], "iec62056_21": […], "dlms": […], "gdw376": […]}}``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from gateway.proof import dlms_vectors, dlt645_vectors, gdw376_vectors, iec62056_vectors
from gateway.proof.case import failed, skipped

if TYPE_CHECKING:
    from gateway.proof.case import Case

NOT_BUILT: Final = "this wire is not built yet"

#: Each runner takes a vector's name and its entry, and gives one case; ValueError for what is no vector.
FAMILIES: Final[Mapping[str, Callable[[str, Mapping[str, object]], Case]]] = {
    "dlt645": dlt645_vectors.attempt,
    "iec62056_21": iec62056_vectors.attempt,
    "dlms": dlms_vectors.attempt,
    "gdw376": gdw376_vectors.attempt,
}


def run(document: Mapping[str, object]) -> Iterator[Case]:
    """Try every frame or text of the document, family by family."""
    families = document.get("vectors")
    if not isinstance(families, Mapping):
        yield failed("meters", 'an object named "vectors"', type(families).__name__)
        return
    for family, entries in families.items():
        yield from _family(str(family), entries)


def _family(family: str, entries: object) -> Iterator[Case]:
    if not isinstance(entries, list):
        yield failed(family, "a list of vectors", type(entries).__name__)
        return
    attempt = FAMILIES.get(family)
    for place, entry in enumerate(entries):
        name = f"{family}/{entry.get('id', place) if isinstance(entry, Mapping) else place}"
        if attempt is None:
            yield skipped(name, NOT_BUILT)
            continue
        if not isinstance(entry, Mapping):
            yield failed(name, "a vector that can be tried", "the entry is no object")
            continue
        try:
            yield attempt(name, entry)
        except ValueError as fault:
            yield failed(name, "a vector that can be tried", f"{type(fault).__name__}: {fault}")
