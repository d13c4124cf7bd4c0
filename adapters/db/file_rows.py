"""The files' values and their rows: a customer, a supply point, a place of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.db.meter_text import codes_of, codes_text, proportions_of, proportions_text
from gateway.core.customer import Customer
from gateway.core.network import NetworkKind, NetworkPlace
from gateway.core.supply_point import PointState, SupplyPoint

if TYPE_CHECKING:
    from sqlalchemy import Row

    Columns = dict[str, object]

_CUSTOMER: Final = (
    "account_no", "name", "address", "phone", "id_no", "branch", "credit_limit_minor", "version",
)  # fmt: skip

_POINT: Final = (
    "number", "account_no", "address", "power_type", "area", "feeder", "transformer", "phases", "contract_w",
    "alarm_wh", "hoard_wh", "pan", "version",
)  # fmt: skip


def customer_of(row: Row[Any]) -> Customer:
    """Read a customer."""
    return Customer(**{name: getattr(row, name) for name in _CUSTOMER})


def customer_row(one: Customer) -> Columns:
    """Write a customer."""
    return {name: getattr(one, name) for name in _CUSTOMER}


def point_of(row: Row[Any]) -> SupplyPoint:
    """Read a supply point."""
    return SupplyPoint(
        **{name: getattr(row, name) for name in _POINT},
        schemes=codes_of(row.schemes),
        proportions=proportions_of(row.proportions),
        state=PointState(row.state),
    )


def point_row(one: SupplyPoint) -> Columns:
    """Write a supply point."""
    same: Columns = {name: getattr(one, name) for name in _POINT}
    return {
        **same,
        "schemes": codes_text(one.schemes),
        "proportions": proportions_text(one.proportions),
        "state": one.state.value,
    }


def place_of(row: Row[Any]) -> NetworkPlace:
    """Read a place of the network."""
    return NetworkPlace(row.code, NetworkKind(row.kind), row.name, row.parent, bool(row.is_used), row.version)


def place_row(one: NetworkPlace) -> Columns:
    """Write a place of the network."""
    return {
        "code": one.code, "kind": one.kind.value, "name": one.name, "parent": one.parent,
        "is_used": one.is_used, "version": one.version,
    }  # fmt: skip
