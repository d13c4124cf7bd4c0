"""What a step of a golden tariff case gives: the customer and the moment, as the ``Buyer`` of a quote."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from gateway.core.buyer import Buyer
from gateway.core.counters import month_key, months_between
from gateway.core.tariff import NotBuilt
from gateway.proof.tariff_number import known_keys, minor_of, number, record, rows, wh_of, whole

if TYPE_CHECKING:
    from gateway.core.tariff import Tariff
    from gateway.proof.tariff_number import Record

_CUSTOMER: Final = (
    frozenset({"mtd_kwh_purchased", "ytd_kwh_purchased", "mtd_kwh_used", "ytd_kwh_used", "average_kwh"})
    | frozenset({"arrears", "emergency", "balance", "account_balance", "fbe_claimed", "purchases_today"})
    | frozenset(
        {"fee_paid_this_month", "previous_purchase", "months_unpaid", "sanctioned_kw", "preferential"}
    )
    | frozenset({"name", "id"})
)
_PAYMENT: Final = frozenset({"amount", "kwh", "at", "channel", "currency", "id", "reference"})
_READING: Final = frozenset({"zone", "kwh", "at"})


@dataclass(frozen=True, slots=True)
class Given:
    """One step: the buyer, and what he pays, buys, or has used; None is for what the step does not have.

    ``user`` is the buyer with the energy that he *used* on the counters: what a debit by readings counts on.
    """

    buyer: Buyer
    user: Buyer
    pays_minor: int | None
    buys_wh: int | None
    readings: tuple[tuple[str, int], ...] | None
    balance_minor: int | None


def given(tariff: Tariff, step: Record) -> Given:
    """Read a step; NotBuilt names what a price might depend on and nobody here reads."""
    customer = record(step.get("customer") or {})
    payment = record(step.get("payment") or {}) | record(step.get("purchase") or {})
    known_keys(customer, _CUSTOMER, "customer")
    known_keys(payment, _PAYMENT, "payment")
    currency = tariff.currency
    if payment.get("currency", currency) != currency:
        raise ValueError("the payment is in another currency than the tariff")
    readings = None if step.get("readings_chronological") is None else rows(step["readings_chronological"])
    moment = payment.get("at") or step.get("at") or (readings[0].get("at") if readings else None)
    buyer = _buyer(tariff, customer, payment, _local(moment, tariff.timezone))
    balance = customer.get("balance")
    return Given(
        buyer=buyer,
        user=replace(
            buyer,
            mtd_wh=_wh(customer, "mtd_kwh_used", "mtd_kwh_purchased"),
            ytd_wh=_wh(customer, "ytd_kwh_used", "ytd_kwh_purchased"),
        ),
        pays_minor=None if payment.get("amount") is None else minor_of(payment["amount"], currency),
        buys_wh=None if payment.get("kwh") is None else wh_of(payment["kwh"]),
        readings=None if readings is None else tuple(_reading(tariff, row) for row in readings),
        balance_minor=None if balance is None else minor_of(balance, currency),
    )


def _buyer(tariff: Tariff, customer: Record, payment: Record, at: datetime | None) -> Buyer:
    average, claimed = customer.get("average_kwh"), _flag(customer, "fbe_claimed")
    return Buyer(
        at=at,
        mtd_wh=_wh(customer, "mtd_kwh_purchased", "mtd_kwh_used"),
        ytd_wh=_wh(customer, "ytd_kwh_purchased", "ytd_kwh_used"),
        average_wh=None if average is None else wh_of(average),
        months_due=_months_due(customer, tariff.timezone, at),
        days_due=_days_due(tariff, customer, at),
        times_today=whole(number(customer.get("purchases_today", 0))),
        contract_w=_wh(customer, "sanctioned_kw"),  # a kW is a thousand W, as a kWh is a thousand Wh
        schemes=_schemes(customer.get("preferential")),
        free_claimed=_has_bought(customer) if claimed is None else claimed,
        arrears_minor=_minor(customer, "arrears", tariff.currency),
        emergency_minor=_minor(customer, "emergency", tariff.currency),
        account_minor=_minor(customer, "account_balance", tariff.currency),
        channel=str(payment.get("channel") or ""),
    )


def _months_due(customer: Record, timezone: str, at: datetime | None) -> int:
    """Count the months owed: this one unless its fee is paid, and those that were missed before it.

    ``months_unpaid`` beside ``fee_paid_this_month`` are the months missed before; alone it is all that is
    due.
    Without either the month of the purchase before says which months are still to pay.
    """
    paid, unpaid = _flag(customer, "fee_paid_this_month"), customer.get("months_unpaid")
    if unpaid is not None:
        return whole(number(unpaid)) + (paid is False)
    previous = _day(customer.get("previous_purchase"), timezone)
    if paid is not None:
        return 0 if paid else 1
    if previous is None or at is None:
        return 0 if _has_bought(customer) else 1
    return max(0, months_between(month_key(previous), month_key(at.date())))


def _has_bought(customer: Record) -> bool:
    """Was there a purchase in this month before, so that this one is not the first?"""
    return _wh(customer, "mtd_kwh_purchased") > 0


def _days_due(tariff: Tariff, customer: Record, at: datetime | None) -> int:
    """Count the days from the purchase before to this one, both on the tariff's calendar."""
    previous = _day(customer.get("previous_purchase"), tariff.timezone)
    if previous is None or at is None:
        if tariff.counts_days and "previous_purchase" not in customer:
            raise NotBuilt("customer.previous_purchase", "a first purchase with daily charges")
        return 0
    return (at.date() - previous).days


def _day(value: object, timezone: str) -> date | None:
    moment = _local(value, timezone)
    return None if moment is None else moment.date()


def _local(value: object, timezone: str) -> datetime | None:
    """Read a moment as the tariff's clock shows it; one without an offset is local already."""
    if value is None:
        return None
    moment = datetime.fromisoformat(str(value))
    return moment if moment.tzinfo is None else moment.astimezone(ZoneInfo(timezone))


def _reading(tariff: Tariff, row: Record) -> tuple[str, int]:
    """Read one reading; where it names no zone, its moment says which it is."""
    known_keys(row, _READING, "readings_chronological")
    zone, moment = row.get("zone"), _local(row.get("at"), tariff.timezone)
    if zone is None and moment is not None:
        zone = tariff.zone_at(moment)
    return str(zone or ""), wh_of(row["kwh"])


def _wh(customer: Record, *keys: str) -> int:
    """Read the first of these figures that the case gives; nothing where there is none."""
    found = (customer[key] for key in keys if customer.get(key) is not None)
    return wh_of(next(found, "0"))


def _minor(customer: Record, key: str, currency: str) -> int:
    return 0 if customer.get(key) is None else minor_of(customer[key], currency)


def _flag(customer: Record, key: str) -> bool | None:
    value = customer.get(key)
    if value is not None and not isinstance(value, bool):
        raise TypeError(f"customer.{key} must be true or false")
    return value


def _schemes(value: object) -> tuple[str, ...]:
    if value is None or value is False:
        return ()
    return tuple(str(scheme) for scheme in value) if isinstance(value, list) else (str(value),)
