"""A document of published vectors goes to the runner of its kind; what is no such document is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.proof import iso8583_vectors, meter_vectors, sts_vectors, tariff_vectors, unbuilt_vectors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gateway.codecs.sts.sta import StaTables
    from gateway.proof.case import Case


class FormatFault(ValueError):  # noqa: N818 - the file's fault, not ours
    """The document is not of the format; the text follows the file's name."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A format: its runner, and under which keys its vectors stand (one of them must be there)."""

    # Each runner says what it takes of a JSON object; ``Any`` because only reading tells its types.
    run: Callable[[Any], Iterator[Case]]
    keys: tuple[str, ...]
    holds: type = list


KINDS: Mapping[str, Kind] = {
    "sts": Kind(sts_vectors.run, ("vectors",)),
    "iso8583": Kind(iso8583_vectors.run, ("messages", "malformed", "mac", "pin_blocks", "tr31")),
    "tariffs": Kind(tariff_vectors.run, ("cases",)),
    "meters": Kind(meter_vectors.run, ("vectors",), dict),
    "xmlvend": Kind(unbuilt_vectors.run_xmlvend, ("samples",)),
}


def cases_of(kind: str, document: object, sta_tables: StaTables | None = None) -> Iterator[Case]:
    """Run a document of one of the ``KINDS``; FormatFault, before anything is run, for another's.

    ``sta_tables`` are the operator's, for vectors of the kind ``sts`` that need the production tables.
    """
    format_ = KINDS[kind]
    if not isinstance(document, dict):
        raise FormatFault(f"holds {_named(document)}, not an object with vectors of the kind {kind}")
    found = [document[key] for key in format_.keys if key in document]
    if not found:
        wanted = " or ".join(f'"{key}"' for key in format_.keys)
        raise FormatFault(f"is no file of the kind {kind}: it has no {wanted}")
    if not all(isinstance(each, format_.holds) for each in found):
        wanted = "an object" if format_.holds is dict else "a list"
        raise FormatFault(f"is no file of the kind {kind}: its vectors must be {wanted}")
    return sts_vectors.run(document, sta_tables) if kind == "sts" else format_.run(document)


def _named(document: object) -> str:
    return {list: "a list", str: "a text", type(None): "nothing"}.get(type(document), "a single value")
