"""Work a booked sale out again, to explain it: by its tariff version, for the buyer as he was then.

The sale keeps its version's name and what was known of the buyer; the versions are kept for ever. What comes
out must be what was booked, to the minor unit, or nothing is explained: ``CannotExplain`` says why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from gateway.core.buyer import Buyer
from gateway.core.counter import channel_of
from gateway.core.pricing import read_explained
from gateway.core.quote import QuoteRefused
from gateway.core.tariff import TariffFault, shared_by
from gateway.multi_tariff.explanation import Receipt

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.core.quote import Quote
    from gateway.core.sold import Sold
    from gateway.core.tariff import Tariff

    Version = tuple[str, datetime, Tariff]
    """Power type, the first moment, the tariff."""


class CannotExplain(ValueError):  # noqa: N818 - said to the caller as it is
    """The sale cannot be worked out again; the text says why."""


def receipt_of_sale(sold: Sold, versions: Sequence[Version]) -> Receipt:
    """Make the receipt of a booked sale; CannotExplain where it is not what was booked."""
    tariff, begun = _tariff(sold, versions)
    stored = read_explained(sold.explanation)
    if stored.buyer is None:
        raise CannotExplain("it was booked before sales kept what was known of the buyer")
    at = sold.at.astimezone(ZoneInfo(tariff.timezone))
    buyer = _buyer(stored.buyer, at, channel_of(sold.bank))
    quote = tariff.quote(sold.tender, buyer)
    if isinstance(quote, QuoteRefused) or not _is_same(quote, sold):
        raise CannotExplain("worked out again it is not what was booked")
    return Receipt(quote, buyer, tariff, begun.astimezone(at.tzinfo).date())


def _tariff(sold: Sold, versions: Sequence[Version]) -> tuple[Tariff, datetime]:
    """Find the sale's version; of a shared meter the versions of all its power types, the main one first."""
    parts = sorted(sold.proportions, key=lambda part: part[0] != sold.power_type)
    names = sold.tariff_version.split("+") if len(parts) > 1 else [sold.tariff_version]
    parts = parts if len(parts) > 1 else [(sold.power_type, 100)]
    if len(names) != len(parts):
        raise CannotExplain("its meter has other power types by now")
    found = []
    for name, (power_type, percent) in zip(names, parts, strict=True):
        fitting = [one for one in versions if (one[0], one[2].version) == (power_type, name)]
        if not fitting:
            raise CannotExplain(f"there is no tariff version {name} of {power_type}")
        found.append((percent, fitting[0]))
    begun = max(version[1] for _, version in found)
    if len(found) == 1:
        return found[0][1][2], begun
    try:
        return shared_by([(power_type, percent, tariff) for percent, (power_type, _, tariff) in found]), begun
    except (TariffFault, ValueError) as fault:
        raise CannotExplain(f"its meter has other power types by now: {fault}") from None


def _buyer(stored: Sequence[object], at: datetime, channel: str) -> Buyer:
    """Put the buyer together from the stored values, in the order of ``pricing.explained``."""
    mtd, ytd, average, months, days, times, contract, schemes, claimed, arrears, emergency, account = stored
    return Buyer(
        at=at,
        mtd_wh=cast("int", mtd),  # as explained() wrote them, here and below
        ytd_wh=cast("int", ytd),
        average_wh=cast("int | None", average),
        months_due=cast("int", months),
        days_due=cast("int", days),
        times_today=cast("int", times),
        contract_w=cast("int", contract),
        schemes=tuple(cast("list[str]", schemes)),
        free_claimed=bool(claimed),
        arrears_minor=cast("int", arrears),
        emergency_minor=cast("int", emergency),
        account_minor=cast("int", account),
        channel=channel,
    )


def _is_same(quote: Quote, sold: Sold) -> bool:
    """Is it what was booked? The booked lines may have change from and to the account behind them."""
    stored = read_explained(sold.explanation)
    booked = [line.minor for line in stored.lines]
    amounts = [line.amount.minor for line in quote.lines]
    is_same_energy = (quote.energy_wh, quote.free_wh) == (sold.energy_wh, stored.free_wh)
    change = quote.residual_minor - quote.account_minor
    return is_same_energy and booked[: len(amounts)] == amounts and sum(booked[len(amounts) :]) == change
