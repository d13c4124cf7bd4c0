"""A house as plain values, for a file: what it has counted, shows and owes, and what it was told.

While it lies in the file it has no power: its clock runs on, its energy does not. The meter's password is in
it, for it may have been changed over the wire: the file is for its owner only.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from gateway.simulators.meters.diary import Happened
from gateway.simulators.meters.meter_clock import moment_of
from gateway.simulators.meters.purse import PURCHASES_KEPT, Purchase, TokenPurse, Wallet
from gateway.simulators.meters.registers import MONTHS_KEPT, Counted
from gateway.simulators.meters.relay import RelayState
from gateway.simulators.meters.tariff_times import TARIFFS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.simulators.meters.house import House

COUNTER_LEAP: Final = 10_000
"""Invocation counters that are passed over after a time without power: more than a minute's answers."""

_STATE: Final = "the state of a house has its registers, clock, relay, tariffs, profile and purse"
_PLAIN: Final = ("password", "customer", "is_unlocked", "freeze_when")
_COUNTERS: Final = ("token_code", "token_at", "heard", "counter")
_RELAY: Final = ("is_out_of_credit", "is_kept_powered", "is_alarmed", "mode")


def plain(house: House) -> dict[str, Any]:
    """Give what must outlive the process, in values that JSON has."""
    house.update()
    registers = house.registers
    return {
        "number": house.number,
        "ahead_ms": house.clock.ahead_ms,
        "registers": {name: getattr(registers, name) for name in registers.__slots__},
        "months": [asdict(each) for each in house.months],
        "freezes": [asdict(each) for each in house.freezes],
        "profile": house.profile.plain(),
        "relay": {
            "ordered": house.relay.ordered.value,
            **{name: getattr(house.relay, name) for name in _RELAY},
        },
        **house.rates.plain(),
        "events": [asdict(each) for each in house.diary.events],
        "covers": house.diary.covers,
        "notes": {name: raw.hex() for name, raw in (house.notes or {}).items()},
        "purse": _purse(house),
        **{name: getattr(house, name) for name in (*_PLAIN, *_COUNTERS)},
    }


def restore(house: House, state: Mapping[str, Any]) -> None:
    """Give a new house what ``plain`` wrote of one like it; ``ValueError`` for what no such house gives."""
    try:
        _restore(house, state)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError):
        raise ValueError(_STATE) from None


def _restore(house: House, state: Mapping[str, Any]) -> None:
    for name in (*_PLAIN, *_COUNTERS):
        if type(state[name]) is not type(getattr(house, name)):
            raise ValueError(_STATE)
        setattr(house, name, state[name])
    house.number = str(state["number"])
    for name, value in state["registers"].items():
        if type(value) is not type(getattr(house.registers, name)):
            raise ValueError(_STATE)
        setattr(house.registers, name, value)
    if len(house.registers.tariffs) != TARIFFS:
        raise ValueError(_STATE)
    house.months = tuple(map(_counted, state["months"]))[:MONTHS_KEPT]
    house.freezes = tuple(map(_counted, state["freezes"]))
    house.profile.refill(state["profile"])
    house.relay.ordered = RelayState(state["relay"]["ordered"])
    for name in _RELAY:
        setattr(house.relay, name, type(getattr(house.relay, name))(state["relay"][name]))
    house.rates.restore(state)
    house.diary.recall(Happened(int(each["at"]), str(each["what"])) for each in state["events"])
    house.diary.covers = int(state["covers"])
    house.notes = {name: bytes.fromhex(raw) for name, raw in state["notes"].items()} or None
    _refill(house, state["purse"])
    house.begin_again(house.clock.true() + int(state["ahead_ms"]))
    # What was sealed since the file was written had counters of its own: none is used twice.
    house.counter += COUNTER_LEAP
    # What is shown must be a date: a file may say anything.
    moment_of(house.shown)
    house.credit_changed()


def _purse(house: House) -> dict[str, Any] | None:
    purse = house.purse
    if isinstance(purse, Wallet):
        return {
            "balance": purse.balance,
            "spent": purse.spent,
            "count": purse.count,
            "customer": purse.customer,
            "is_opened": purse.is_opened,
            "prices": purse.terms.prices,
            "purchases": [asdict(each) for each in purse.purchases],
        }
    return None if purse is None else {"spent": purse.spent}


def _refill(house: House, state: Mapping[str, Any] | None) -> None:
    purse = house.purse
    if (purse is None) != (state is None):
        raise ValueError(_STATE)
    if purse is None or state is None:
        return
    if isinstance(purse, TokenPurse) != ("balance" not in state):
        raise ValueError(_STATE)
    purse.spent = int(state["spent"])
    if isinstance(purse, Wallet):
        purse.balance, purse.count = int(state["balance"]), int(state["count"])
        purse.customer, purse.is_opened = str(state["customer"]), bool(state["is_opened"])
        purse.purchases = tuple(Purchase(**each) for each in state["purchases"])[:PURCHASES_KEPT]
        purse.set_prices(tuple(map(int, state["prices"])))


def _counted(row: Mapping[str, Any]) -> Counted:
    return Counted(**{**row, "tariffs": tuple(map(int, row["tariffs"]))})
