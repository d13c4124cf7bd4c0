r"""The journal's chain: each batch's rows are sealed together with the seal of the batch before.

    mac(n) = HMAC-SHA-256(secret, mac(n - 1) | number | at_us | last_id | last_position
                                  | table | columns | table | columns | …)      one on each line

The secret lies outside the database, so whoever may write there can neither change a sealed row, take one out
or put one in, nor seal anew. A chain that was cut short is found by a copy of its head that lies elsewhere.

Rows are sealed column by column, each column as PostgreSQL writes an array: that is also how they travel to
PostgreSQL, so sealing costs little more than the hash. A verifier in another language needs but this:

    whole numbers   {12, 13, NULL}
    texts           {"pay/east/1","a \"quoted\" one"}      with \ before every " and \
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

#: Tables whose rows are sealed, in the order of the seal.
SEALED: Final = (
    "account", "entry", "posting", "command_key", "sale", "token", "diary", "amendment", "invoice",
    "reading", "inspection", "departure", "sale_reset",
)  # fmt: skip

#: Columns of a sealed row that change in its life, or say how it is stored.
_UNSEALED: Final = {"account": ("balance", "link"), "sale": ("encoded_wh", "state", "link")}

#: What the first link is tied to.
GENESIS: Final = "0" * 64

#: The seal of rows that hang on no link.
UNSEALED: Final = ""

#: A chain's secret: as long as the hash it goes into (RFC 2104, 3).
SECRET_BYTES: Final = 32

#: Between the values of a column while they are joined; no name, number or sentence holds it.
_BETWEEN: Final = "\x1f"

#: Values of a streamed column that are written at a time.
_PIECE: Final = 5_000


class UnsealableText(ValueError):  # noqa: N818 - it names what a text must not hold
    """A text holds a character that no column keeps."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link as stored: the batch's number and moment, the last entry up to it, the seal.

    The last link is the journal's head.
    """

    number: int
    at_us: int
    last_id: int
    last_position: int
    mac: str


@dataclass(frozen=True, slots=True)
class SealedLink:
    """A link with the rows it seals, by table: those of SEALED, sealed columns only, in the seal's order."""

    link: Link
    rows: Mapping[str, Sequence[Sequence[Any]]]  # numbers and texts, as the table's columns have them

    def mac(self, secret: bytes, previous: str) -> str:
        """Seal the rows anew, as they stand."""
        parts = [(name, Rows(self.rows[name]).columns) for name in SEALED if self.rows.get(name)]
        return link_mac(secret, previous, self.link, parts)


def fits(sealed: SealedLink, secret: bytes, previous: str) -> bool:
    """Say whether a link's seal is right over its rows as they stand; strange values fit no seal."""
    try:
        return hmac.compare_digest(sealed.mac(secret, previous), sealed.link.mac)
    except (UnsealableText, TypeError, ValueError):
        return False


class Rows:
    """Rows of one table, and their columns in the sealed form (made once, when first asked for)."""

    __slots__ = ("_columns", "rows")

    def __init__(self, rows: Sequence[Sequence[object]]) -> None:
        self.rows = rows
        self._columns: list[str] | None = None

    @property
    def columns(self) -> list[str]:
        """Each column as PostgreSQL's array; empty when there are no rows."""
        if self._columns is None:
            self._columns = [array_text(column) for column in zip(*self.rows, strict=True)]
        return self._columns


def array_text(column: Sequence[object]) -> str:
    """Write whole numbers or texts (never both) as PostgreSQL writes an array; UnsealableText for a NUL."""
    if isinstance(column[0], str):
        return _texts(column)  # type: ignore[arg-type]  # the first one tells, and PostgreSQL would refuse
    if None in column:
        return "{" + ", ".join(["NULL" if value is None else str(value) for value in column]) + "}"
    return "{" + str(list(column))[1:-1] + "}"


def _texts(column: Sequence[str]) -> str:
    text = _BETWEEN.join(column)
    if text.count(_BETWEEN) != len(column) - 1 or "\x00" in text:
        raise UnsealableText("a control character stands in a text that is to be kept")
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return '{"' + text.replace(_BETWEEN, '","') + '"}'


def sealed(table: str, columns: Sequence[str], names: Sequence[str]) -> list[str]:
    """Take the columns of a table that are sealed, in the table's order; ``names`` are the columns' names."""
    unsealed = _UNSEALED.get(table, ("link",))
    return [column for name, column in zip(names, columns, strict=True) if name not in unsealed]


def link_mac(secret: bytes, previous: str, link: Link, parts: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Seal a batch: ``parts`` are the tables that have rows in it, in SEALED's order, with their columns."""
    pieces = [previous, str(link.number), str(link.at_us), str(link.last_id), str(link.last_position)]
    for table, columns in parts:
        pieces += [table, *columns]
    return hmac.digest(secret, "\n".join(pieces).encode(), "sha256").hex()


def streamed_mac(
    secret: bytes, previous: str, link: Link, parts: Iterable[tuple[str, Iterable[Iterable[object]]]]
) -> str:
    """Seal a batch that is larger than the memory: as ``link_mac``, each column a stream of its values."""
    seal = hmac.new(secret, digestmod="sha256")
    before = [previous, str(link.number), str(link.at_us), str(link.last_id), str(link.last_position)]
    seal.update("\n".join(before).encode())
    for table, columns in parts:
        seal.update(f"\n{table}".encode())
        for column in columns:
            seal.update(b"\n")
            for piece in _array_pieces(column):
                seal.update(piece.encode())
    return seal.hexdigest()


def _array_pieces(column: Iterable[object]) -> Iterator[str]:
    """Write a column as ``array_text`` does, some values at a time."""
    values = iter(column)
    comma = ""
    yield "{"
    while some := list(islice(values, _PIECE)):
        yield comma + array_text(some)[1:-1]
        comma = "," if isinstance(some[0], str) else ", "
    yield "}"
