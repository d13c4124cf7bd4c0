"""A tariff as people write it, read into exact values; every refusal names the place.

The format is the tariff object of the golden cases (``tests/vectors/README.md``, tariffs.json):
numbers are decimal strings, since a number that went through binary floating point is no price.
What the format knows and this version cannot price is refused with ``NotBuilt``, never ignored: a
key that is silently skipped is a wrong price.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from gateway.core.money import CURRENCY_EXPONENT
from gateway.core.rounding import ROUNDING
from gateway.core.tariff_field import (
    NotBuilt,
    TariffFault,
    choice,
    code_of,
    flag,
    known_keys,
    listed,
    place_count,
    rate_of,
    record,
    wh_of,
    words,
)
from gateway.core.tariff_table import Block, Charge, KwhItem, Period, RoundingRule, Share, TariffTable

if TYPE_CHECKING:
    from collections.abc import Mapping

    _Rows = tuple[tuple[str, Mapping[str, object]], ...]

_BLOCKS_MAX: Final = 24
"""Most blocks of a tariff: the largest published ones have about ten."""

_LINES_MAX: Final = 40
"""Most items, charges and taxes of one kind: a receipt is a strip of paper."""

_REMARKS: Final = frozenset({"note", "name", "title", "source", "provenance"})
_BUILT: Final = frozenset(
    {"currency", "timezone", "credit_unit", "energy", "per_kwh_items", "percent_items", "rebate"}
    | {"fixed_charges", "taxes", "rounding"}
)
_NOT_BUILT: Final = frozenset(
    {"sub_items", "comprehensive_rate", "preferential", "free_basic", "arrears", "purchase_limits"}
)


_FALLS_DUE: Final = {
    Period.MONTH: {"taken_on": "first_purchase_of_month"},
    Period.DAY: {"since": "previous_purchase"},
}
_RESIDUAL_POLICIES: Final = frozenset({"absorb", "carry_to_account"})
_KWH_DP_MAX: Final = 3
"""Energy is whole watt-hours."""


def read_tariff(mapping: Mapping[str, object]) -> TariffTable:
    """Read the tariff object; TariffFault (NotBuilt for what cannot be priced yet) names the place."""
    tariff = record(mapping, "tariff")
    known_keys(tariff, "", _BUILT | _REMARKS, _NOT_BUILT)
    currency = choice(tariff.get("currency"), "currency", CURRENCY_EXPONENT)
    if tariff.get("credit_unit") not in (None, "kwh"):
        raise NotBuilt("credit_unit")
    energy = record(tariff.get("energy"), "energy")
    taxes = _rows(tariff, "taxes")
    blocks = _blocks(energy)
    includes_tax = _includes_tax(energy, taxes)
    return TariffTable(
        currency=currency,
        timezone=code_of(tariff.get("timezone"), "timezone", "/+-"),
        blocks=blocks,
        kwh_items=_kwh_items(tariff),
        charges=_charges(tariff),
        shares=(
            *_percent_items(tariff),
            *_rebate(tariff),
            *(_tax(tax, path, includes_tax=includes_tax) for path, tax in taxes),
        ),
        rounding=_rounding(record(tariff.get("rounding"), "rounding"), CURRENCY_EXPONENT[currency]),
    )


def _rows(tariff: Mapping[str, object], key: str) -> _Rows:
    """Read a list of objects, each with its path."""
    rows = listed(tariff.get(key), key, _LINES_MAX)
    return tuple((f"{key}[{number}]", record(row, f"{key}[{number}]")) for number, row in enumerate(rows))


def _blocks(energy: Mapping[str, object]) -> tuple[Block, ...]:
    match energy.get("kind"):
        case "flat":
            known_keys(energy, "energy", {"kind", "rate", "rates_include_tax", "reset"} | _REMARKS)
            return (Block(None, rate_of(energy.get("rate"), "energy.rate")),)
        case "block":
            known_keys(energy, "energy", {"kind", "blocks", "rates_include_tax", "reset"} | _REMARKS)
        case "additive_ladder" | "tou_additive_ladder":
            raise NotBuilt("energy.kind", str(energy["kind"]))
        case _:
            raise TariffFault("energy.kind", "flat or block")
    if energy.get("reset", "calendar_month") != "calendar_month":
        raise NotBuilt("energy.reset")
    return _ascending(listed(energy.get("blocks"), "energy.blocks", _BLOCKS_MAX))


def _ascending(rows: tuple[object, ...]) -> tuple[Block, ...]:
    blocks: list[Block] = []
    start_wh = 0
    for number, row in enumerate(rows):
        path = f"energy.blocks[{number}]"
        block = record(row, path)
        known_keys(block, path, {"upto_kwh", "rate"} | _REMARKS)
        is_last = number == len(rows) - 1
        if (block.get("upto_kwh") is None) != is_last:
            raise TariffFault(f"{path}.upto_kwh", "null in the last block, and only there")
        upto_wh = None if is_last else wh_of(block["upto_kwh"], f"{path}.upto_kwh")
        if upto_wh is not None:
            if upto_wh <= start_wh:
                raise TariffFault(f"{path}.upto_kwh", "must be above the block before")
            start_wh = upto_wh
        blocks.append(Block(upto_wh, rate_of(block.get("rate"), f"{path}.rate")))
    if not blocks:
        raise TariffFault("energy.blocks", "at least one block")
    return tuple(blocks)


def _includes_tax(energy: Mapping[str, object], taxes: _Rows) -> bool:
    """Do as the tariff says; when it is silent, a tax inside anything but the tender decides."""
    if "rates_include_tax" in energy:
        return flag(energy["rates_include_tax"], "energy.rates_include_tax")
    return any(tax.get("inclusive") is True and tax.get("base") != ["TENDER"] for _, tax in taxes)


def _kwh_items(tariff: Mapping[str, object]) -> tuple[KwhItem, ...]:
    items = []
    for path, item in _rows(tariff, "per_kwh_items"):
        known_keys(item, path, {"code", "rate"} | _REMARKS)
        code = code_of(item.get("code"), f"{path}.code")
        items.append(KwhItem(code, rate_of(item.get("rate"), f"{path}.rate")))
    return tuple(items)


def _percent_items(tariff: Mapping[str, object]) -> tuple[Share, ...]:
    return tuple(_share(item, path, sign=1) for path, item in _rows(tariff, "percent_items"))


def _rebate(tariff: Mapping[str, object]) -> tuple[Share, ...]:
    rebate = tariff.get("rebate")
    return () if rebate is None else (_share(record(rebate, "rebate"), "rebate", sign=-1),)


def _share(item: Mapping[str, object], path: str, *, sign: int) -> Share:
    """Read a levy or a rebate on named lines; without a base it is on the energy alone."""
    known_keys(item, path, {"code", "rate", "base"} | _REMARKS)
    return Share(
        code=code_of(item.get("code"), f"{path}.code"),
        factor=sign * rate_of(item.get("rate"), f"{path}.rate"),
        base=words(item.get("base"), f"{path}.base", _LINES_MAX) or ("ENERGY",),
        is_contained=False,
        path=path,
    )


def _tax(tax: Mapping[str, object], path: str, *, includes_tax: bool) -> Share:
    """Read a tax; inside a price the share of r is r / (1 + r), or the tax would be taken of itself."""
    known_keys(tax, path, {"code", "rate", "base", "inclusive"} | _REMARKS)
    rate = rate_of(tax.get("rate"), f"{path}.rate")
    base = words(tax.get("base"), f"{path}.base", _LINES_MAX)
    is_inclusive = flag(tax.get("inclusive", includes_tax), f"{path}.inclusive")
    if is_inclusive and not includes_tax and base != ("TENDER",):
        raise TariffFault(f"{path}.inclusive", "the rates do not include tax (energy.rates_include_tax)")
    return Share(
        code=code_of(tax.get("code"), f"{path}.code"),
        factor=Fraction(rate, 1 + rate) if is_inclusive else rate,
        base=base,
        is_contained=is_inclusive and includes_tax,
        path=path,
    )


def _charges(tariff: Mapping[str, object]) -> tuple[Charge, ...]:
    return tuple(_charge(charge, path) for path, charge in _rows(tariff, "fixed_charges"))


def _charge(charge: Mapping[str, object], path: str) -> Charge:
    known = {"code", "amount", "amount_per_kw", "period", "taken_on", "since", "taxed"}
    known_keys(charge, path, known | _REMARKS, {"accrues_when_unpaid"})
    period = Period(choice(charge.get("period"), f"{path}.period", {"month", "day"}))
    for key in ("taken_on", "since"):
        if charge.get(key) not in (None, _FALLS_DUE[period].get(key)):
            raise NotBuilt(f"{path}.{key}")
    if ("amount" in charge) == ("amount_per_kw" in charge):
        raise TariffFault(f"{path}.amount", "either amount or amount_per_kw")
    is_per_watt = "amount_per_kw" in charge
    amount = rate_of(charge["amount_per_kw" if is_per_watt else "amount"], f"{path}.amount")
    return Charge(
        code=code_of(charge.get("code"), f"{path}.code"),
        amount=Fraction(amount, 1000) if is_per_watt else amount,
        is_per_watt=is_per_watt,
        period=period,
        is_taxed=flag(charge.get("taxed", False), f"{path}.taxed"),
    )


def _rounding(rule: Mapping[str, object], exponent: int) -> RoundingRule:
    known = {"kwh_dp", "kwh_mode", "money_dp", "money_mode", "balancing_line", "residual_policy"}
    known_keys(rule, "rounding", known | _REMARKS)
    policy = choice(rule.get("residual_policy", "absorb"), "rounding.residual_policy", _RESIDUAL_POLICIES)
    if policy != "absorb":
        raise NotBuilt("rounding.residual_policy", policy)
    kwh_dp = place_count(rule.get("kwh_dp"), "rounding.kwh_dp", _KWH_DP_MAX)
    money_dp = place_count(rule.get("money_dp"), "rounding.money_dp", exponent)
    return RoundingRule(
        wh_unit=10 ** (_KWH_DP_MAX - kwh_dp),
        round_energy=ROUNDING[choice(rule.get("kwh_mode"), "rounding.kwh_mode", ROUNDING)],
        minor_unit=10 ** (exponent - money_dp),
        round_money=ROUNDING[choice(rule.get("money_mode"), "rounding.money_mode", ROUNDING)],
        balancing_line=code_of(rule.get("balancing_line", "ENERGY"), "rounding.balancing_line"),
    )
