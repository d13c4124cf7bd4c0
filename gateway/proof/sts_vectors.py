"""Run published STS vectors: what the ciphers, the keys and the tokens must give, bit by bit.

The format is in ``tests/vectors/README.md``. A vector for the production tables of EA07, which are licensed,
is skipped with its reason where no file of them is given, though its decoder key is compared. One that cannot
be read, or whose kind nobody knows, is a failure and never a crash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.proof import sts_ciphers, sts_opened, sts_tokens
from gateway.proof.case import Case, failed, skipped
from gateway.proof.sts_given import TablesNeeded, VectorFault, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gateway.codecs.sts.sta import StaTables
    from gateway.proof.sts_given import Entry

NEEDS_TABLES = "EA07 with the production tables, which are licensed: give their file with --sta-tables"

_RUNNERS: Mapping[str, Callable[[str, Entry, StaTables | None], Case]] = {
    "misty1-block": sts_ciphers.misty1_block,
    "misty1-cbc": sts_ciphers.misty1_cbc,
    "sta-block": sts_ciphers.sta_block,
    "crc": sts_ciphers.crc,
    "luhn": sts_ciphers.luhn,
    "luhn-reject": sts_ciphers.luhn_reject,
    "credit": sts_tokens.credit,
    "mgmt": sts_tokens.management,
    "currency": sts_tokens.currency,
    "class1": sts_tokens.meter_test,
    "kct": sts_tokens.key_change,
    "decode": sts_opened.decode,
    "decode-reject": sts_opened.decode_reject,
}


def run(document: Mapping[str, object], operators: StaTables | None = None) -> Iterator[Case]:
    """Yield one case for each vector of an ``sts.json`` document, in its order.

    ``operators`` are the tables of EA07 that the operator has; the sample tables are here.
    """
    vectors = document.get("vectors")
    if not isinstance(vectors, list):
        yield failed("sts", 'a list named "vectors"', type(vectors).__name__)
        return
    for place, entry in enumerate(vectors):
        yield _judged(place, entry, operators)


def _judged(place: int, entry: object, operators: StaTables | None) -> Case:
    """Return the case of one vector, whatever it holds."""
    if not isinstance(entry, dict):
        return failed(f"sts vector {place}", "an object", type(entry).__name__)
    given = entry.get("id")
    # What else it may be has no end: objects in objects, of which no text can be made.
    name = str(given) if isinstance(given, str | int) else f"sts vector {place}"
    try:
        runner = _RUNNERS.get(text(entry, "kind"))
        if runner is None:
            return failed(name, "a kind of the format", entry["kind"])
        return runner(name, entry, operators)
    except TablesNeeded:
        return skipped(name, NEEDS_TABLES)
    except VectorFault as fault:
        return failed(name, "a vector that can be run", fault)
    except (ValueError, TypeError, ArithmeticError, LookupError) as fault:
        # The texts of our own faults say what is wrong and carry no key.
        return failed(name, "a vector that can be run", f"{type(fault).__name__}: {fault}")
