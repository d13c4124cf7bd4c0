"""The office's rows and the values they hold: one function each way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.core.approval import Approval, ApprovalState
from gateway.core.diary import DiaryRow
from gateway.core.hidden import Hidden
from gateway.core.meter import Carrier
from gateway.core.session import Session, Stage
from gateway.core.staff import Operator, Role, StaffState, Station, grants_of, grants_text
from gateway.core.stock import Face, StockMeter, StockState
from gateway.core.token import StsIdentity
from gateway.core.trouble import Trouble

if TYPE_CHECKING:
    from sqlalchemy import Row

    Columns = dict[str, object]


def operator_of(row: Row[Any]) -> Operator:
    """Read an operator; ``Any``, here and below, because the columns of a row carry no types."""
    return Operator(
        login=row.login,
        name=row.name,
        roles=tuple(row.roles.split(",")) if row.roles else (),
        branch=row.branch,
        state=StaffState(row.state),
        language=row.language,
        password=Hidden(row.password),
        must_change=bool(row.must_change),
        totp=Hidden(row.totp),
        totp_step=row.totp_step,
        failures=row.failures,
        held_until_us=row.held_until_us,
        valid_until_us=row.valid_until_us,
        version=row.version,
        helped_by=row.helped_by,
        helped_us=row.helped_us,
    )


def operator_row(one: Operator) -> Columns:
    """Write an operator."""
    return {
        "login": one.login,
        "name": one.name,
        "roles": ",".join(one.roles),
        "branch": one.branch,
        "state": one.state.value,
        "language": one.language,
        "password": one.password.reveal(),
        "must_change": one.must_change,
        "totp": one.totp.reveal(),
        "totp_step": one.totp_step,
        "failures": one.failures,
        "held_until_us": one.held_until_us,
        "valid_until_us": one.valid_until_us,
        "version": one.version,
        "helped_by": one.helped_by,
        "helped_us": one.helped_us,
    }


def role_of(row: Row[Any]) -> Role:
    """Read a role."""
    return Role(row.code, row.name, grants_of(row.grants), row.version)


def role_row(one: Role) -> Columns:
    """Write a role."""
    return {
        "code": one.code, "name": one.name, "grants": grants_text(one.grants), "version": one.version,
    }  # fmt: skip


def station_of(row: Row[Any]) -> Station:
    """Read a station."""
    return Station(row.code, row.name, row.branch, bool(row.is_open))


def session_of(row: Row[Any]) -> Session:
    """Read a session."""
    return Session(row.id, row.login, row.began_us, row.seen_us, Stage(row.stage), row.address, row.ended_us)


def session_row(one: Session) -> Columns:
    """Write a session."""
    return {
        "id": one.id, "login": one.login, "began_us": one.began_us, "seen_us": one.seen_us,
        "stage": one.stage.value, "address": one.address, "ended_us": one.ended_us,
    }  # fmt: skip


_APPROVAL = (
    "reference", "function", "kind", "digest", "subject", "amount_minor", "about", "reason", "asked_by",
    "asked_us", "decided_by", "decided_us", "outcome",
)  # fmt: skip


def approval_of(row: Row[Any]) -> Approval:
    """Read a request."""
    same = {name: getattr(row, name) for name in _APPROVAL}
    return Approval(**same, order=row.order_text, state=ApprovalState(row.state))


def approval_row(one: Approval) -> Columns:
    """Write a request."""
    same: Columns = {name: getattr(one, name) for name in _APPROVAL}
    return {**same, "order_text": one.order, "state": one.state.value}


def trouble_of(row: Row[Any], branch: str) -> Trouble:
    """Read an exception; its branch is that of its sale's customer."""
    return Trouble(
        id=row.id,
        kind=row.kind,
        bank=row.bank,
        key=row.key,
        sale_id=row.sale_id,
        text=row.text,
        at_us=row.at_us,
        is_open=bool(row.is_open),
        branch=branch,
        resolution=row.resolution,
        resolved_by=row.resolved_by,
        resolved_us=row.resolved_us,
        reason=row.reason,
    )


def diary_row_of(row: Row[Any]) -> DiaryRow:
    """Read a line of the diary."""
    return DiaryRow(
        row.id, row.at_us, row.actor, row.station, row.address, row.function, row.action, row.subject,
        row.outcome, row.detail,
    )  # fmt: skip


_IDENTITY = ("pan", "sgc", "krn", "ti", "ea", "kt", "base_date")
_FACE = ("phases", "voltage_v", "current_a")
_STOCK = ("model", "branch", "lot", "arrived_us", "note", "version")


def stock_of(row: Row[Any]) -> StockMeter:
    """Read a meter in stock."""
    return StockMeter(
        identity=StsIdentity(**{name: getattr(row, name) for name in _IDENTITY}),
        carrier=Carrier(row.carrier),
        state=StockState(row.state),
        face=Face(**{name: getattr(row, name) for name in _FACE}),
        **{name: getattr(row, name) for name in _STOCK},
    )


def stock_row(one: StockMeter) -> Columns:
    """Write a meter in stock."""
    return {
        **{name: getattr(one.identity, name) for name in _IDENTITY},
        **{name: getattr(one.face, name) for name in _FACE},
        **{name: getattr(one, name) for name in _STOCK},
        "drn": one.drn,
        "carrier": one.carrier.value,
        "state": one.state.value,
    }
