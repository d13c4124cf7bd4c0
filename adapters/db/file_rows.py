"""The files' values and their rows: a customer, a supply point, a place of the network."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from adapters.db.meter_text import (
    codes_of,
    codes_text,
    proportions_of,
    proportions_text,
    whole_numbers_text,
)
from gateway.core.customer import Customer
from gateway.core.fitting import Fitting, Ratio
from gateway.core.network import NetworkKind, NetworkPlace
from gateway.core.supply_point import PointState, SupplyPoint
from gateway.core.terms import DueTerms, Terms

if TYPE_CHECKING:
    from sqlalchemy import Row

    from gateway.core.counters import Counters
    from gateway.core.customer import MeterFile
    from gateway.core.meter import MeterAccount
    from gateway.core.token import StsIdentity

    Columns = dict[str, object]

#: Made once.
_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

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
        due=_due_of(row),
    )


def _due_of(row: Row[Any]) -> DueTerms | None:
    """Read the change of terms that is due at a supply point."""
    if row.due_us is None or not row.due:
        return None
    kept = json.loads(row.due)
    parts = tuple((power_type, percent) for power_type, percent in kept["proportions"])
    terms = Terms(kept["power_type"], parts, kept["contract_w"], tuple(kept["schemes"]))
    prorates = kept.get("prorates", False)
    return DueTerms(kept["day"], row.due_us, terms, kept["by"], kept["reason"], prorates)


def _due_text(due: DueTerms | None) -> str:
    if due is None:
        return ""
    more = {"prorates": True} if due.prorates else {}
    return _dumps({"day": due.day, **asdict(due.terms), "by": due.by, "reason": due.reason, **more})


def point_row(one: SupplyPoint) -> Columns:
    """Write a supply point."""
    same: Columns = {name: getattr(one, name) for name in _POINT}
    return {
        **same,
        "schemes": codes_text(one.schemes),
        "proportions": proportions_text(one.proportions),
        "state": one.state.value,
        "due_us": None if one.due is None else one.due.begins_us,
        "due": _due_text(one.due),
    }


def filed_meter_row(one: MeterFile | MeterAccount, customer_id: int) -> Columns:
    """Write of a meter whose it is, what it is priced by, and whether it may be sold to."""
    return {
        "customer_id": customer_id, "state": one.state.value, "carrier": one.carrier.value,
        "power_type": one.power_type, "is_test": one.is_test, "contract_w": one.contract_w,
        "schemes": codes_text(one.schemes), "proportions": proportions_text(one.proportions),
    }  # fmt: skip


def identity_row(one: StsIdentity) -> Columns:
    """Write for what a meter's tokens are made."""
    names = ("pan", "sgc", "krn", "ti", "ea", "kt", "base_date")
    return {name: getattr(one, name) for name in names}


def counters_row(one: Counters) -> Columns:
    """Write the counters that a meter begins with."""
    names = (
        "month", "mtd_wh", "year", "ytd_wh", "bought_on", "times", "fees_month", "free_month", "days_paid",
    )  # fmt: skip
    return {**{name: getattr(one, name) for name in names}, "past_wh": whole_numbers_text(one.past_wh)}


def fitting_of(row: Row[Any]) -> Fitting:
    """Read how a meter is fitted."""
    return Fitting(
        pan=row.pan,
        point=row.point,
        fitted_on=row.fitted_on,
        registers=_registers_of(row.registers),
        seals=tuple(json.loads(row.seals)),
        current=Ratio(*json.loads(row.current)),
        voltage=Ratio(*json.loads(row.voltage)),
        note=row.note,
        removed_on=row.removed_on,
        final_registers=_registers_of(row.final_registers),
        version=row.version,
    )


def fitting_row(one: Fitting) -> Columns:
    """Write how a meter is fitted."""
    return {
        "pan": one.pan, "point": one.point, "fitted_on": one.fitted_on, "registers": _dumps(one.registers),
        "seals": _dumps(one.seals), "current": _dumps((one.current.primary, one.current.secondary)),
        "voltage": _dumps((one.voltage.primary, one.voltage.secondary)), "note": one.note,
        "removed_on": one.removed_on, "final_registers": _dumps(one.final_registers),
        "version": one.version,
    }  # fmt: skip


def _registers_of(text: str) -> tuple[tuple[str, int], ...]:
    return tuple((name, wh) for name, wh in json.loads(text))


def place_of(row: Row[Any]) -> NetworkPlace:
    """Read a place of the network."""
    return NetworkPlace(row.code, NetworkKind(row.kind), row.name, row.parent, bool(row.is_used), row.version)


def place_row(one: NetworkPlace) -> Columns:
    """Write a place of the network."""
    return {
        "code": one.code, "kind": one.kind.value, "name": one.name, "parent": one.parent,
        "is_used": one.is_used, "version": one.version,
    }  # fmt: skip
