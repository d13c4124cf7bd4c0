"""Reads a tariff's rules: debts, free energy, limits of a purchase, rounding."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from gateway.core.currency import CURRENCY_EXPONENT
from gateway.core.rounding import ROUNDING
from gateway.core.tariff.field import (
    REMARKS,
    NotBuilt,
    TariffFault,
    choice,
    code_of,
    flag,
    known_keys,
    place_count,
    rate_of,
    record,
    share_of,
    wh_of,
    word_of,
)
from gateway.core.tariff.table import ENERGY, DebtRule, FreeEnergy, Limits, RoundingRule

_KWH_DP_MAX: Final = 3
"""Energy is whole watt-hours."""

_PER_DAY_MAX: Final = 1440
"""Most purchases of a meter in a day: a token id is a minute of the meter's time."""

_CARRY: Final = "carry_to_account"
_ROUNDS_DOWN: Final = ("ROUND_DOWN", "ROUND_FLOOR")


def read_arrears(value: object) -> DebtRule | None:
    """Read ``arrears``: which part of a tender pays old debts, before any energy is bought.

    ``percent_of_tender`` takes ``percent``, ``full_first`` all that is owed, ``instalment`` an ``amount``;
    ``cap`` is ``outstanding``, or the most as a share of the tender (langeberg.gov.za caps at 90 %). Where
    another mode has a ``percent`` too, it takes no more than that.
    """
    if not value:
        return None
    rule = record(value, "arrears")
    known_keys(rule, "arrears", {"code", "mode", "percent", "amount", "cap", "order"} | REMARKS)
    mode = choice(rule.get("mode"), "arrears.mode", ("percent_of_tender", "full_first", "instalment"))
    if rule.get("order") not in (None, "before_energy"):
        raise NotBuilt("arrears.order", str(rule["order"]))
    share, most = Fraction(1), None
    if mode == "percent_of_tender" or rule.get("percent") is not None:
        share = share_of(rule.get("percent"), "arrears.percent")
    if mode == "instalment":
        most = rate_of(rule.get("amount"), "arrears.amount")
    elif rule.get("amount") is not None:
        raise TariffFault("arrears.amount", "is for an instalment: the mode says otherwise")
    if rule.get("cap") not in (None, "outstanding"):
        share = min(share, share_of(rule["cap"], "arrears.cap"))
    return DebtRule(code_of(rule.get("code", "ARREARS"), "arrears.code"), share, most)


def read_emergency(value: object) -> DebtRule | None:
    """Read ``emergency_credit``: which part of a tender pays credit back that was given in advance."""
    if not value:
        return None
    rule = record(value, "emergency_credit")
    known_keys(rule, "emergency_credit", {"code", "percent"} | REMARKS)
    share = share_of(rule.get("percent", "1"), "emergency_credit.percent")
    return DebtRule(code_of(rule.get("code", "EMERGENCY"), "emergency_credit.code"), share)


def read_free(value: object) -> FreeEnergy | None:
    """Read ``free_basic``; ``issued`` says in words how it is given out, which is always the same here."""
    if not value:
        return None
    free = record(value, "free_basic")
    known_keys(free, "free_basic", {"kwh", "per", "issued", "counts_towards_blocks", "scheme"} | REMARKS)
    if free.get("per", "calendar_month") not in ("calendar_month", "month"):  # a list is no member of a set
        raise NotBuilt("free_basic.per", str(free["per"]))
    scheme = "" if free.get("scheme") is None else word_of(free["scheme"], "free_basic.scheme")
    counts = flag(free.get("counts_towards_blocks", True), "free_basic.counts_towards_blocks")
    return FreeEnergy(wh_of(free.get("kwh"), "free_basic.kwh"), counts, scheme)


def read_limits(value: object) -> Limits | None:
    """Read ``purchase_limits``."""
    if not value:
        return None
    limits = record(value, "purchase_limits")
    path = "purchase_limits"
    known_keys(limits, path, {"kwh_multiple", "min_kwh", "max_kwh", "max_per_day"} | REMARKS)
    multiple, least, most = (
        None if limits.get(key) is None else wh_of(limits[key], f"{path}.{key}")
        for key in ("kwh_multiple", "min_kwh", "max_kwh")
    )
    per_day = limits.get("max_per_day")
    if multiple == 0:
        raise TariffFault(f"{path}.kwh_multiple", "must be above 0")
    if least is not None and most is not None and most < least:
        raise TariffFault(f"{path}.max_kwh", "is below min_kwh: nothing could be bought")
    if per_day is not None and not place_count(per_day, f"{path}.max_per_day", _PER_DAY_MAX):
        raise TariffFault(f"{path}.max_per_day", "must be above 0")
    return Limits(multiple, least, most, per_day if isinstance(per_day, int) else None)


def read_rounding(value: object, currency: str, *, holds_money: bool) -> RoundingRule:
    """Read ``rounding``; a meter that holds money needs no digits of energy."""
    rule = record(value, "rounding")
    known = {"kwh_dp", "kwh_mode", "money_dp", "money_mode", "balancing_line", "residual_policy"}
    known_keys(rule, "rounding", known | REMARKS)
    exponent = CURRENCY_EXPONENT[currency]
    policy = choice(rule.get("residual_policy", "absorb"), "rounding.residual_policy", ("absorb", _CARRY))
    kwh_dp, kwh_mode = rule.get("kwh_dp"), rule.get("kwh_mode")
    if holds_money:
        kwh_dp, kwh_mode = (_KWH_DP_MAX if kwh_dp is None else kwh_dp), kwh_mode or "ROUND_DOWN"
    if policy == _CARRY and (kwh_mode not in _ROUNDS_DOWN or holds_money):
        raise TariffFault("rounding.residual_policy", "change is left over only where energy is rounded down")
    kwh_places = place_count(kwh_dp, "rounding.kwh_dp", _KWH_DP_MAX)
    money_places = place_count(rule.get("money_dp"), "rounding.money_dp", exponent)
    return RoundingRule(
        wh_unit=10 ** (_KWH_DP_MAX - kwh_places),
        round_energy=ROUNDING[choice(kwh_mode, "rounding.kwh_mode", ROUNDING)],
        minor_unit=10 ** (exponent - money_places),
        round_money=ROUNDING[choice(rule.get("money_mode"), "rounding.money_mode", ROUNDING)],
        balancing_line=code_of(rule.get("balancing_line", ENERGY), "rounding.balancing_line"),
        carries=policy == _CARRY,
    )
