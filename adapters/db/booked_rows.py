"""Rows around a sale or an entry as values: entries with their postings, tokens, notices, keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, select

from adapters.db import tables as t
from gateway.core.outcome import recalled
from gateway.core.token import TokenDigits
from gateway.core.views_booked import BookedEntry, NoticeRow, PostedLine, StoredKey, TokenOut

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection

_e, _p, _a, _t, _o, _k = t.entry.c, t.posting.c, t.account.c, t.token.c, t.outbox.c, t.command_key.c

_HEADS: Final = select(
    _e.id, _e.position, _e.kind, _e.at_us, _e.business_date, _e.channel, _e.key, _e.sale_id, _e.reverses_id
).order_by(_e.position)
_LINES: Final = (
    select(_p.entry_id, _p.line, _a.code, _p.amount, _p.unit)
    .join(t.account, _a.id == _p.account_id)
    .where(_p.entry_id.in_(bindparam("ids", expanding=True)))
    .order_by(_p.entry_id, _p.line)
)
_TOKENS: Final = select(_t.sale_id, _t.base_date, _t.tid, _t.digits, _t.at_us, _t.link)
_NOTICES: Final = (
    select(_o.subject, _o.id, _o.kind, _o.at_us, _o.due_us, _o.attempts)
    .where(_o.subject.in_(bindparam("ids", expanding=True)))
    .order_by(_o.id)
)
_KEYS: Final = select(_k.key, _k.digest, _k.content, _k.at_us, _k.link)


def entries(connection: Connection, *which: ColumnElement[bool]) -> list[BookedEntry]:
    """Read the entries for which all of this holds, in the journal's order."""
    heads = connection.execute(_HEADS.where(*which)).all()
    lines: dict[int, list[PostedLine]] = {head.id: [] for head in heads}
    if heads:
        for entry_id, *line in connection.execute(_LINES, {"ids": list(lines)}):
            lines[entry_id].append(PostedLine(*line))
    return [BookedEntry(*head, tuple(lines[head.id])) for head in heads]


def entries_of(connection: Connection, sale_ids: Sequence[int]) -> dict[int, list[BookedEntry]]:
    """Read the entries of sales: the first has the sale's own id, the others name it."""
    named = _e.sale_id.in_(sale_ids)
    found: dict[int, list[BookedEntry]] = {id_: [] for id_ in sale_ids}
    # Two questions, since each has an index of its own; what came later is seldom there.
    for part in (_e.id.in_(sale_ids), named & (_e.sale_id != _e.id)):
        for entry in entries(connection, part):
            if entry.sale_id in found:
                found[entry.sale_id].append(entry)
    return found


def tokens(connection: Connection, *which: ColumnElement[bool]) -> list[TokenOut]:
    """Read tokens, in the order in which they went out."""
    rows = connection.execute(_TOKENS.where(*which).order_by(_t.at_us, _t.base_date, _t.tid))
    return [_token(*row) for row in rows]


def newest_tokens(connection: Connection, meter_id: int, most: int) -> list[TokenOut]:
    """Read a meter's newest tokens, the newest first."""
    newest = (_t.at_us.desc(), _t.base_date.desc(), _t.tid.desc())
    rows = connection.execute(_TOKENS.where(_t.meter_id == meter_id).order_by(*newest).limit(most))
    return [_token(*row) for row in rows]


def _token(  # noqa: PLR0913, PLR0917 - the columns of a token, in their order
    sale_id: int, base_date: int, tid: int, digits: str, at_us: int, link: int
) -> TokenOut:
    return TokenOut(sale_id, base_date, tid, TokenDigits(digits), at_us, link)


def notices_of(connection: Connection, sale_ids: Sequence[int]) -> dict[int, list[NoticeRow]]:
    """Read what is still to be told to the outside about sales, or was given up."""
    found: dict[int, list[NoticeRow]] = {id_: [] for id_ in sale_ids}
    if sale_ids:
        for subject, *notice in connection.execute(_NOTICES, {"ids": list(sale_ids)}):
            found[subject].append(NoticeRow(*notice))
    return found


def keys(connection: Connection, wanted: Iterable[str]) -> list[StoredKey]:
    """Read what is stored under those of these keys that exist, in the order in which it was decided."""
    which = _k.key.in_(sorted(set(wanted)))
    rows = connection.execute(_KEYS.where(which).order_by(_k.link, _k.at_us, _k.key))
    return [
        StoredKey(key, digest, recalled(content), at_us, link) for key, digest, content, at_us, link in rows
    ]
