"""The figures of a tariff with their units: a price per kWh, a charge per month, a share in per cent.

What a figure is of hangs on its place in the format (``schemas/tariff/tariff.schema.json``): ``rate`` is
money for a kWh among the prices, and a share among the taxes.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from babel.numbers import format_decimal, format_percent

from admin_web.words import msg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from admin_web.asked import Asked

_ENERGY: Final = frozenset(
    {"kwh", "upto_kwh", "cap_kwh", "min_kwh", "max_kwh", "kwh_multiple", "free_kwh"}
)
_PRICES: Final = frozenset({"rate", "base_rate", "add", "fixed_rate", "comprehensive_rate"})

#: Parts of a tariff in which a ``rate`` is a share.
_SHARED: Final = frozenset({"taxes", "percent_items", "rebate", "channel_fees"})
_SHARES: Final = frozenset({"percent", "factor", "cap"})

_CHARGE: Final = re.compile(r"fixed_charges\[([0-9]+)\]\.(amount|amount_per_kw)")

#: As many decimals as anybody writes: what a tariff says is not rounded here.
_PER_CENT: Final = "#,##0.##########"

_PERIODS: Final[Mapping[tuple[str, str], str]] = {
    ("amount", "month"): msg("%(amount)s per month"),
    ("amount", "day"): msg("%(amount)s per day"),
    ("amount_per_kw", "month"): msg("%(amount)s per kW and month"),
    ("amount_per_kw", "day"): msg("%(amount)s per kW and day"),
}


def with_unit(asked: Asked, body: Mapping[str, Any], path: str, value: object) -> str | None:
    """Write a figure with its unit; None for what is no figure, or has none."""
    figure = _figure(value)
    if figure is None:
        return None
    part, name = re.split(r"[.\[]", path, maxsplit=1)[0], path.rpartition(".")[2]
    if name in _ENERGY:
        return asked.words.say(msg("%(figure)s kWh"), figure=_written(asked, figure))
    if name in _SHARES or (name == "rate" and part in _SHARED):
        return _per_cent(asked, figure)
    money = f"{_written(asked, figure)} {body.get('currency', '')}".rstrip()
    if name in _PRICES:
        return asked.words.say(msg("%(amount)s per kWh"), amount=money)
    charge = _CHARGE.fullmatch(path)
    if charge is not None:
        said = _PERIODS.get((charge[2], str(body["fixed_charges"][int(charge[1])].get("period"))))
        return money if said is None else asked.words.say(said, amount=money)
    if name == "amount":
        is_fee = part == "channel_fees"
        return asked.words.say(msg("%(amount)s per payment"), amount=money) if is_fee else money
    return None


def _figure(value: object) -> Decimal | None:
    """Read what the format holds as a figure: a decimal as text, or a whole number."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    try:
        figure = Decimal(value)
    except InvalidOperation:
        return None
    return figure if figure.is_finite() else None


def _written(asked: Asked, figure: Decimal) -> str:
    """Write it with the decimals that it was given: a price of 0.50 is not one of 0.5 to its reader."""
    places = max(0, -int(figure.as_tuple().exponent))
    digits = f"#,##0.{'0' * places}" if places else "#,##0"
    return format_decimal(figure, digits, locale=asked.shown.locale)


def _per_cent(asked: Asked, share: Decimal) -> str:
    locale = asked.shown.locale
    pattern = locale.percent_formats[None].pattern.replace("#,##0", _PER_CENT)
    return format_percent(share, pattern, locale=locale)
