"""Reads the preferential price sheet: who pays less, on which part of the price, and who bears it."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from gateway.core.tariff.field import (
    REMARKS,
    TariffFault,
    code_of,
    flag,
    known_keys,
    rate_of,
    record,
    rows_of,
    share_of,
    wh_of,
    word_of,
)
from gateway.core.tariff.preference import stacked
from gateway.core.tariff.reader_calendar import whole_day
from gateway.core.tariff.table import TOTAL, Preference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.core.tariff.table import EnergyTable

_SHEET_MAX: Final = 64
"""Most entries of a sheet: published ones have a handful."""

_CAPS_MAX: Final = 8
"""Most different caps of a sheet: each makes the table of prices once longer; published sheets have two."""

_FUNDER: Final = re.compile(r"(AR|PREF)(:[!#-9;-\[\]-~]+){1,2}")
"""Money that is owed or spent. All other accounts are moved by what happens to sales, and by nothing else."""

_CUSTOMERS_DEBTS: Final = ("ARREARS", "EMERGENCY")

_FUNDER_MAX: Final = 40
"""Longest name of an account that funds a scheme: a ledger account's code."""


def read_preferences(tariff: Mapping[str, object], energy: EnergyTable) -> tuple[Preference, ...]:
    """Read ``preferential``: one entry, or a list of them; overlaps and more than 100 % are refused."""
    value = tariff.get("preferential")
    if not value:
        return ()
    if isinstance(value, list):
        rows = rows_of(tariff, "preferential", "", _SHEET_MAX)
    else:
        rows = (("preferential", record(value, "preferential")),)
    sheet = tuple(_entry(row, path, energy) for path, row in rows)
    for number, entry in enumerate(sheet):
        for other in sheet[:number]:
            if (entry.scheme, entry.target) == (other.scheme, other.target) and _overlap(entry, other):
                raise TariffFault(entry.path, f"{other.path} has the same scheme and price at that time")
    if len({entry.cap_wh for entry in sheet} - {None}) > _CAPS_MAX:
        raise TariffFault("preferential", f"has more than {_CAPS_MAX} different caps")
    _refuse_too_much(sheet, energy)
    return sheet


def _entry(row: Mapping[str, object], path: str, energy: EnergyTable) -> Preference:
    known = {"scheme", "sub_item", "total", "factor", "fixed_rate", "free_kwh", "cap_kwh", "valid", "funder"}
    known_keys(row, path, known | {"stacks"} | REMARKS)
    how = [key for key in ("factor", "fixed_rate", "free_kwh") if key in row]
    if len(how) != 1:
        raise TariffFault(path, "must have one of factor, fixed_rate and free_kwh")
    factor, fixed, cap_wh = None, None, None
    if "cap_kwh" in row:
        cap_wh = wh_of(row["cap_kwh"], f"{path}.cap_kwh")
    if how == ["factor"]:
        factor = share_of(row["factor"], f"{path}.factor")
    elif how == ["fixed_rate"]:
        fixed = rate_of(row["fixed_rate"], f"{path}.fixed_rate")
    else:
        if cap_wh is not None:
            raise TariffFault(f"{path}.cap_kwh", "free_kwh is the cap already")
        factor, cap_wh = Fraction(0), wh_of(row["free_kwh"], f"{path}.free_kwh")
    return Preference(
        scheme=word_of(row.get("scheme"), f"{path}.scheme"),
        target=_target(row, path, energy),
        factor=factor,
        fixed=fixed,
        cap_wh=cap_wh,
        valid=_valid(row.get("valid"), f"{path}.valid"),
        funder=_funder(row.get("funder"), f"{path}.funder"),
        stacks=flag(row.get("stacks", False), f"{path}.stacks"),
        path=path,
    )


def _target(row: Mapping[str, object], path: str, energy: EnergyTable) -> str:
    if row.get("sub_item") is not None:
        if row.get("total"):
            raise TariffFault(f"{path}.total", "either a sub-item or the total")
        code = code_of(row["sub_item"], f"{path}.sub_item")
        if code not in energy.components:
            raise TariffFault(f"{path}.sub_item", "the price has no sub-item of this name")
        return code
    if "total" in row and not flag(row["total"], f"{path}.total"):
        raise TariffFault(f"{path}.sub_item", "must name the sub-item that is cheaper")
    return TOTAL


def _valid(value: object, path: str) -> tuple[date | None, date | None]:
    if value is None:
        return None, None
    fields = record(value, path)
    known_keys(fields, path, {"from", "to"} | REMARKS)
    first, last = (
        None if fields.get(key) is None else whole_day(fields[key], f"{path}.{key}") for key in ("from", "to")
    )
    if first is not None and last is not None and last < first:
        raise TariffFault(f"{path}.to", "is before the first day")
    return first, last


def _funder(value: object, path: str) -> str:
    """Read the account of who bears it: a debtor, who is no customer, or a part of the utility's own cost."""
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _FUNDER_MAX or _FUNDER.fullmatch(value) is None:
        raise TariffFault(path, 'must be an account of a debtor or of a cost, such as "AR:CITY:SUBSIDY"')
    if value.rpartition(":")[2] in _CUSTOMERS_DEBTS:
        raise TariffFault(path, "is what a customer owes: he would pay for another one's preference")
    return value


def _overlap(one: Preference, other: Preference) -> bool:
    (first, last), (begins, ends) = one.valid, other.valid
    earliest, latest = date.min, date.max
    return (first or earliest) <= (ends or latest) and (begins or earliest) <= (last or latest)


def _refuse_too_much(sheet: tuple[Preference, ...], energy: EnergyTable) -> None:
    """No customer can belong to schemes that make a price less than nothing, whichever he belongs to."""
    every = dict.fromkeys(step.rates for option in energy.options for step in option.steps)
    tried = set()
    for entry in sheet:
        together = tuple(other for other in sheet if _overlap(entry, other))
        paths = tuple(other.path for other in together)
        if paths in tried:
            continue
        tried.add(paths)
        for rates in every:
            for rate, cuts in zip(rates, stacked(rates, energy.components, together), strict=True):
                if sum(cuts.values(), Fraction(0)) > max(rate, Fraction(0)):
                    raise TariffFault(entry.path, "takes more than 100 % with the entries it adds to")
