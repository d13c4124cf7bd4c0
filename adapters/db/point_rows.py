"""Supply points as lists show them: each with its customer's name and branch, and its area's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from adapters.db import tables as t
from adapters.db.file_rows import point_of
from gateway.core.views_points import PointRow

if TYPE_CHECKING:
    from sqlalchemy import Row

_p, _c, _n = t.supply_point.c, t.customer.c, t.network_place.c

POINTS: Final = (
    select(
        t.supply_point,
        _c.name.label("owner"),
        _c.branch.label("owner_branch"),
        func.coalesce(_n.name, _p.area).label("area_name"),
    )
    .join(t.customer, _c.account_no == _p.account_no)
    .outerjoin(t.network_place, _n.code == _p.area)
)


def point_row_of(row: Row[Any]) -> PointRow:
    """Read one as ``POINTS`` finds it."""
    return PointRow(point_of(row), row.owner, row.owner_branch, row.area_name)
