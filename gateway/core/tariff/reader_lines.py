"""Reads what stands beside the energy on a receipt: items per kWh, shares, taxes, charges, channel fees."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from gateway.core.tariff.field import (
    REMARKS,
    NotBuilt,
    TariffFault,
    choice,
    code_of,
    flag,
    known_keys,
    rate_of,
    record,
    rows_of,
    share_of,
    words,
)
from gateway.core.tariff.table import ENERGY, TENDER, ChannelFee, Charge, KwhItem, Period, Share, ShareKind

if TYPE_CHECKING:
    from collections.abc import Mapping

_LINES_MAX: Final = 40
"""Most items, charges and taxes of one kind: a receipt is a strip of paper."""

_CHANNELS_MAX: Final = 200
"""Most channels with a fee of their own: more than any utility has banks."""

_FALLS_DUE: Final = {
    Period.MONTH: {"taken_on": "first_purchase_of_month"},
    Period.DAY: {"since": "previous_purchase"},
}


def read_kwh_items(tariff: Mapping[str, object]) -> tuple[KwhItem, ...]:
    """Read ``per_kwh_items``."""
    items = []
    for path, item in rows_of(tariff, "per_kwh_items", "", _LINES_MAX):
        known_keys(item, path, {"code", "rate"} | REMARKS)
        code = code_of(item.get("code"), f"{path}.code")
        items.append(KwhItem(code, rate_of(item.get("rate"), f"{path}.rate")))
    return tuple(items)


def read_shares(tariff: Mapping[str, object], *, includes_tax: bool) -> tuple[Share, ...]:
    """Read ``percent_items``, ``rebate`` and ``taxes``, in the order in which they are worked out."""
    rebate = tariff.get("rebate")
    return (
        *(
            _share(item, path, ShareKind.LEVY)
            for path, item in rows_of(tariff, "percent_items", "", _LINES_MAX)
        ),
        *(() if rebate is None else (_share(record(rebate, "rebate"), "rebate", ShareKind.REBATE),)),
        *(
            _tax(tax, path, includes_tax=includes_tax)
            for path, tax in rows_of(tariff, "taxes", "", _LINES_MAX)
        ),
    )


def includes_tax_of(tariff: Mapping[str, object]) -> bool:
    """Do as the tariff says; when it is silent, a tax inside anything but the tender decides."""
    energy = tariff.get("energy")
    if isinstance(energy, dict) and "rates_include_tax" in energy:
        return flag(energy["rates_include_tax"], "energy.rates_include_tax")
    taxes = rows_of(tariff, "taxes", "", _LINES_MAX)
    return any(tax.get("inclusive") is True and tax.get("base") != [TENDER] for _, tax in taxes)


def _share(item: Mapping[str, object], path: str, kind: ShareKind) -> Share:
    """Read a levy or a rebate on named lines; without a base it is on the energy alone."""
    known_keys(item, path, {"code", "rate", "base"} | REMARKS)
    rate = rate_of(item.get("rate"), f"{path}.rate")
    return Share(
        code=code_of(item.get("code"), f"{path}.code"),
        kind=kind,
        factor=-rate if kind is ShareKind.REBATE else rate,
        base=words(item.get("base"), f"{path}.base", _LINES_MAX) or (ENERGY,),
        is_contained=False,
        path=path,
    )


def _tax(tax: Mapping[str, object], path: str, *, includes_tax: bool) -> Share:
    """Read a tax; inside a price the share of r is r / (1 + r), or the tax would be taken of itself."""
    known_keys(tax, path, {"code", "rate", "base", "inclusive"} | REMARKS)
    rate = rate_of(tax.get("rate"), f"{path}.rate")
    base = words(tax.get("base"), f"{path}.base", _LINES_MAX)
    is_inclusive = flag(tax.get("inclusive", includes_tax), f"{path}.inclusive")
    if is_inclusive and not includes_tax and base != (TENDER,):
        raise TariffFault(f"{path}.inclusive", "the rates do not include tax (energy.rates_include_tax)")
    return Share(
        code=code_of(tax.get("code"), f"{path}.code"),
        kind=ShareKind.TAX,
        factor=Fraction(rate, 1 + rate) if is_inclusive else rate,
        base=base,
        is_contained=is_inclusive and includes_tax,
        path=path,
    )


def read_charges(tariff: Mapping[str, object]) -> tuple[Charge, ...]:
    """Read ``fixed_charges``."""
    return tuple(_charge(charge, path) for path, charge in rows_of(tariff, "fixed_charges", "", _LINES_MAX))


def _charge(charge: Mapping[str, object], path: str) -> Charge:
    known = {"code", "amount", "amount_per_kw", "period", "taken_on", "since", "taxed", "accrues_when_unpaid"}
    known_keys(charge, path, known | REMARKS)
    period = Period(choice(charge.get("period"), f"{path}.period", ("month", "day")))
    for key in ("taken_on", "since"):
        if charge.get(key) not in (None, _FALLS_DUE[period].get(key)):
            raise NotBuilt(f"{path}.{key}", str(charge[key]))
    if ("amount" in charge) == ("amount_per_kw" in charge):
        raise TariffFault(f"{path}.amount", "either amount or amount_per_kw")
    key = "amount_per_kw" if "amount_per_kw" in charge else "amount"
    amount = rate_of(charge[key], f"{path}.{key}")
    is_per_watt = key == "amount_per_kw"
    return Charge(
        code=code_of(charge.get("code"), f"{path}.code"),
        amount=Fraction(amount, 1000) if is_per_watt else amount,
        is_per_watt=is_per_watt,
        period=period,
        is_taxed=flag(charge.get("taxed", False), f"{path}.taxed"),
        accrues=flag(charge.get("accrues_when_unpaid", False), f"{path}.accrues_when_unpaid"),
    )


def read_channel_fees(tariff: Mapping[str, object]) -> tuple[ChannelFee, ...]:
    """Read ``channel_fees``: what each channel (or, without a name, any other) takes of a tender."""
    fees: dict[str, ChannelFee] = {}
    for path, fee in rows_of(tariff, "channel_fees", "", _CHANNELS_MAX):
        known_keys(fee, path, {"code", "channel", "amount", "rate"} | REMARKS)
        channel = "" if fee.get("channel") is None else code_of(fee["channel"], f"{path}.channel", "-")
        if channel in fees:
            raise TariffFault(f"{path}.channel", "has a fee already")
        if "amount" not in fee and "rate" not in fee:
            raise TariffFault(path, "must have an amount, a rate, or both")
        fees[channel] = ChannelFee(
            code=code_of(fee.get("code", "CHANNEL_FEE"), f"{path}.code"),
            channel=channel,
            amount=rate_of(fee.get("amount", "0"), f"{path}.amount"),
            share=share_of(fee.get("rate", "0"), f"{path}.rate"),
        )
    return tuple(fees.values())
