"""Departures in words: why a meter left, how what was left in it is known, and the statement of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.cells import Amount, State, Tone
from admin_web.words import msg
from gateway.core.departure import Basis, Leaving
from gateway.core.ledger import WATT_HOURS
from gateway.core.refund_price import RefundPrice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.core.departure import Departure
    from gateway.core.views_departures import DepartureCase

LEAVINGS: Final[Mapping[Leaving, str]] = {
    Leaving.REPLACED: msg("another meter came"),
    Leaving.CANCELLED: msg("the supply ended"),
}

BASES: Final[Mapping[Basis, str]] = {
    Basis.READ: msg("read: the meter showed it"),
    Basis.COUNTED: msg("worked out from what the meter counted"),
    Basis.ESTIMATED: msg("ESTIMATED by the mean use of three months: the meter shows nothing"),
}


PRICES: Final[Mapping[RefundPrice, str]] = {
    RefundPrice.PAID: msg("What was left is given back at the price that was paid for it."),
    RefundPrice.CURRENT: msg(
        "What was left is given back at what it costs today, and never at more than was paid for it."
    ),
}


def state_of(case: DepartureCase) -> State:
    """Say where a departure stands."""
    if case.waits:
        return State(msg("the credit waits to be given out"), Tone.WAITING)
    if case.sale_id is not None:
        return State(msg("the credit is given out"), Tone.GOOD)
    return State(LEAVINGS[case.departure.kind], Tone.QUIET)


def statement_of(one: Departure) -> Iterator[tuple[str, Amount]]:
    """Give the lines of the statement: what went out is what was used, what was left, and what is missing."""
    sums, seen_wh = one.sums, one.from_loaded_wh
    yield msg("Went out for this meter on tokens"), _energy(sums.issued_wh)
    yield msg("Used: the meter has counted it"), _energy(sums.used_wh)
    yield msg("Left in it, seen there"), _energy(seen_wh)
    yield msg("Left in it, not seen there"), _energy(one.remaining_wh - seen_wh)
    yield msg("Pending: went out, and was never seen in it"), _energy(one.pending_wh)
    yield msg("Taken back from this meter"), _energy(max(0, one.remaining_wh))
    if one.new_pan:
        yield msg("Goes to the new meter"), _energy(one.travels_wh)
    if one.preset is not None:
        yield msg("Came with the meter, and was not paid for: it is sold now"), _energy(one.preset.wh)
        yield msg("Owed for it as arrears"), Amount(one.preset.minor, one.currency)
    if one.kind is Leaving.CANCELLED:
        yield from _given_back(one)
    if one.overdraft_minor:
        yield msg("Lent by the meter: owed for it"), Amount(one.overdraft_minor, one.currency)
    if one.refund_minor:
        yield msg("To be paid out to the customer"), Amount(one.refund_minor, one.currency)


def _given_back(one: Departure) -> Iterator[tuple[str, Amount]]:
    paid = sum(lot.minor for lot in one.lots)
    given = sum(lot.given_minor for lot in one.lots)
    yield msg("What was left, at the price of its purchases"), Amount(paid, one.currency)
    if given != paid:
        yield msg("It costs less today, so less is given back for it"), Amount(given, one.currency)
    if one.refund_minor != given:
        rest = Amount(one.refund_minor - given, one.currency)
        yield msg("Debts and fee taken from it, own capital added: see the entry"), rest


def _energy(wh: int) -> Amount:
    return Amount(wh, WATT_HOURS)
