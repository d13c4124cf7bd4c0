"""The vending keys with the head of their lives, and the meters that hold another key than their group's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, case, false, func, not_, or_, select, tuple_

from adapters.db import tables as t
from adapters.db.key_rows import IN_USE, group_of, key_of
from adapters.db.meter_text import key_change_of
from adapters.db.view import View
from gateway.core.key_life import KeyHead, in_places
from gateway.core.key_ring import KeyRing, KeyState
from gateway.core.token import StsIdentity
from gateway.core.views import GroupMigration, MeterNotMigrated

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from gateway.core.key_life import VendingKey
    from gateway.core.views import MetersNotMigrated, VendingKeys

_k, _m = t.vending_key.c, t.meter.c
_PLACE: Final = (_k.sgc, _k.krn, _k.id)
_HEAD: Final = select(
    func.count(),
    func.count(_k.approved_us),
    func.count().filter(_k.state == KeyState.WITHDRAWN.value),
).select_from(t.vending_key)

_ON_THE_WAY: Final = _m.key_change != ""
_METER: Final = select(
    t.customer.c.account_no, _m.key_change, _m.pan, _m.sgc, _m.krn, _m.ti, _m.ea, _m.kt, _m.base_date
).join(t.customer, t.customer.c.id == _m.customer_id)


def _asked(query: VendingKeys) -> list[ColumnElement[bool]]:
    """What holds for the rows that are asked for."""
    return [] if query.sgc is None else [_k.sgc == query.sgc]


def _keys(connection: Connection, query: VendingKeys) -> list[VendingKey]:
    statement = select(t.vending_key).where(*_asked(query))
    if query.after is not None:
        statement = statement.where(tuple_(*_PLACE) > tuple_(*query.after.place))
    return [key_of(row) for row in connection.execute(statement.order_by(*_PLACE).limit(query.limit))]


def _key_count(connection: Connection, query: VendingKeys) -> int:
    return _head(connection, query).keys


def _head(connection: Connection, query: VendingKeys) -> KeyHead:
    group = t.supply_group
    named = select(group).order_by(group.c.sgc)
    if query.sgc is not None:
        named = named.where(group.c.sgc == query.sgc)
    groups = tuple(group_of(row) for row in connection.execute(named))
    return KeyHead(*connection.execute(_HEAD.where(*_asked(query))).one(), groups)


VENDING_KEYS: Final = View(_keys, _key_count, _head)


def _behind(connection: Connection, query: MetersNotMigrated) -> ColumnElement[bool]:
    """What holds for a meter that needs a key change and has none on its way: see ``core.key_change``."""
    statement = select(t.vending_key).where(_k.state != KeyState.WITHDRAWN.value)
    revisions = [key.revision for key in in_places(key_of(row) for row in connection.execute(statement))]
    ring = KeyRing.of(revisions)
    groups = sorted({revision.sgc for revision in revisions if not revision.is_of_cards})
    serving = [one for one in (ring.serving(sgc, query.at_us) for sgc in groups) if one is not None]
    strangers = [
        and_(
            _m.sgc == one.sgc,
            not_(and_(_m.krn == one.krn, _m.kt == one.kt, _m.base_date == one.base_date)),
            _m.krn.not_in([r.krn for r in revisions if r.sgc == one.sgc and ring.is_newer(r.krn, one)]),
        )
        for one in serving
    ]
    return and_(not_(_ON_THE_WAY), or_(false(), *strangers))


def _of_group(query: MetersNotMigrated) -> list[ColumnElement[bool]]:
    return [IN_USE] if query.sgc is None else [IN_USE, _m.sgc == query.sgc]


def _meters(connection: Connection, query: MetersNotMigrated) -> list[MeterNotMigrated]:
    wanted = or_(_ON_THE_WAY, _behind(connection, query))
    statement = _METER.where(wanted, *_of_group(query)).order_by(_m.pan).limit(query.limit)
    if query.after is not None:
        statement = statement.where(_m.pan > query.after.pan)
    return [_meter(*row) for row in connection.execute(statement)]


def _meter(account_no: str, key_change: str, *of_meter: Any) -> MeterNotMigrated:  # noqa: ANN401 - columns
    held = StsIdentity(*of_meter)
    change = key_change_of(key_change, held)
    since_us = None if change is None else change.since_us
    return MeterNotMigrated(held.pan, account_no, held.sgc, held.krn, held.base_date, since_us)


def _meter_count(connection: Connection, query: MetersNotMigrated) -> int:
    return sum(one.on_the_way + one.behind for one in _per_group(connection, query))


def _per_group(connection: Connection, query: MetersNotMigrated) -> tuple[GroupMigration, ...]:
    sums = (
        func.count(),
        func.sum(case((_ON_THE_WAY, 1), else_=0)),
        func.sum(case((_behind(connection, query), 1), else_=0)),
    )
    statement = select(_m.sgc, *sums).where(*_of_group(query)).group_by(_m.sgc).order_by(_m.sgc)
    return tuple(GroupMigration(sgc, *map(int, counts)) for sgc, *counts in connection.execute(statement))


METERS_NOT_MIGRATED: Final = View(_meters, _meter_count, _per_group)
