"""The tariff of a golden case as other people spell it, put into the words of this house.

Golden cases come from many hands, and the format leaves some spellings open: ``null`` for what is not there,
one word where a list of one is meant, ``year`` for ``calendar_year``. What is meant is in no doubt, so a case
is not failed for it. A tariff that is to be sold by is held to one spelling of each thing.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.proof.tariff_number import Record

_DECIMAL: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,12})?")
_BASED: Final = ("percent_items", "taxes")
_PLACES: Final = ("kwh_dp", "money_dp")
_MODES: Final = ("kwh_mode", "money_mode")
_RESETS: Final = ("reset", "ladder_reset")

_RESET_WORDS: Final = dict.fromkeys(("month", "monthly", "calendar_month"), "calendar_month") | dict.fromkeys(
    ("year", "yearly", "annual", "annually", "calendar_year"), "calendar_year"
)
_ARREARS_WORDS: Final = dict.fromkeys(("full", "full_first"), "full_first") | dict.fromkeys(
    ("installment", "fixed", "fixed_amount", "fixed_instalment", "fixed_installment"), "instalment"
)
_ORDER_WORDS: Final = dict.fromkeys(
    ("first", "before_charges", "before_fixed_charges", "before_tax", "before_taxes"), "before_energy"
)
"""A debt takes its share of the whole tender, whatever stands behind it: these all say the same."""


def in_our_words(tariff: Record) -> Record:
    """Spell a tariff as its reader wants it; what is not understood here is left for the reader to refuse."""
    told = cast("Record", _without_nulls(tariff))  # an object stays an object
    for key in _BASED:
        if isinstance(told.get(key), list):
            told[key] = [_one_listed(row) for row in cast("list[object]", told[key])]
    for key, change in (
        ("rebate", _one_listed),
        ("rounding", _rounding),
        ("arrears", _arrears),
        ("energy", _energy),
        ("purchase_limits", _limits),
    ):
        if key in told:
            told[key] = change(told[key])
    return told


def _without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_nulls(one) for key, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def _one_listed(row: object) -> object:
    """Take one word as the list of it."""
    if isinstance(row, dict) and isinstance(row.get("base"), str):
        return row | {"base": [row["base"]]}
    return row


def _rounding(rule: object) -> object:
    if not isinstance(rule, dict):
        return rule
    told = rule | {key: _whole(rule[key]) for key in _PLACES if key in rule}
    for key in _MODES:
        mode = told.get(key)
        if isinstance(mode, str) and not mode.upper().startswith("ROUND_"):
            told[key] = f"ROUND_{mode.upper()}"
    if told.get("balancing_line") == "ENERGY_NET":
        told["balancing_line"] = "ENERGY"
    return told


def _arrears(rule: object) -> object:
    """Reword the mode and the order; a cap above 1 is no share of a tender, so it is an amount of money."""
    told = _reworded(rule, {"mode": _ARREARS_WORDS, "order": _ORDER_WORDS})
    if not isinstance(told, dict) or "amount" in told or not _is_money(told.get("cap")):
        return told
    return {key: value for key, value in told.items() if key != "cap"} | {
        "mode": "instalment",
        "amount": told["cap"],
    }


def _is_money(cap: object) -> bool:
    return isinstance(cap, str) and _DECIMAL.fullmatch(cap) is not None and Fraction(cap) > 1


def _energy(energy: object) -> object:
    told = _reworded(energy, dict.fromkeys(_RESETS, _RESET_WORDS))
    if isinstance(told, dict):
        for key in _RESETS:
            if isinstance(told.get(key), str):
                told[key] = told[key].removesuffix(":00:00") + ":00" * told[key].endswith(":00:00")
    return told


def _limits(limits: object) -> object:
    if isinstance(limits, dict) and "max_per_day" in limits:
        return limits | {"max_per_day": _whole(limits["max_per_day"])}
    return limits


def _reworded(row: object, words: Mapping[str, Mapping[str, str]]) -> object:
    if not isinstance(row, dict):
        return row
    return {
        key: words[key].get(value, value) if key in words and isinstance(value, str) else value
        for key, value in row.items()
    }


def _whole(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isdecimal() else value
