"""Purchases that a golden tariff case wants refused, as people write them down.

A row is ``{"kwh": "505", "reason": "not a multiple of 10"}``, or ``{"amount": …}``; ``"500 again same day"``
is a purchase after another one of that day. The reason is read by its words, and a number in it must be the
tariff's own.
"""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from gateway.core.money import Money
from gateway.core.quote import QuoteRefusal, QuoteRefused
from gateway.core.rounding import decimal_text
from gateway.core.tariff import NotBuilt
from gateway.core.tariff.limits import refused_energy, refused_purchase
from gateway.core.tariff.table import Limits
from gateway.proof.tariff_number import known_keys, minor_of, rows, wh_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.core.buyer import Buyer
    from gateway.core.quote import Quote
    from gateway.core.tariff import Tariff
    from gateway.proof.tariff_given import Given
    from gateway.proof.tariff_number import Difference, Record

_AGAIN: Final = re.compile(r"again|same day|second|repeat", re.IGNORECASE)
_FIGURE: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_WORDS: Final = (
    (QuoteRefusal.TOO_OFTEN, re.compile(r"per.?day|a day|(same|this) day|daily|once|too often|again")),
    (QuoteRefusal.NOT_A_MULTIPLE, re.compile(r"multiple")),
    (
        QuoteRefusal.BELOW_CHARGES,
        re.compile(r"charge|fee|debt|arrears|insufficient|not enough|not cover"),
    ),
    (QuoteRefusal.BELOW_LEAST, re.compile(r"below|under|less|min|least|too (small|little|low)")),
    (QuoteRefusal.ABOVE_MOST, re.compile(r"above|over|more|max|exceed|most|too (much|large|high|big)")),
    (QuoteRefusal.BUYS_NOTHING, re.compile(r"nothing|no energy")),
    (QuoteRefusal.NOT_POSITIVE, re.compile(r"positive|zero|negative")),
)
"""Words of a reason, in the order in which they decide."""

_MEANT_TOO: Final = {
    QuoteRefusal.BELOW_LEAST: frozenset({QuoteRefusal.BUYS_NOTHING}),
    QuoteRefusal.NOT_POSITIVE: frozenset({QuoteRefusal.BUYS_NOTHING}),
    QuoteRefusal.BUYS_NOTHING: frozenset({QuoteRefusal.BELOW_CHARGES}),
    QuoteRefusal.BELOW_CHARGES: frozenset({QuoteRefusal.BUYS_NOTHING}),
}
"""Reasons that say the same of a purchase in other words: no energy is sold for nothing."""

_NUMBERED: Final = frozenset({QuoteRefusal.NOT_A_MULTIPLE, QuoteRefusal.BELOW_LEAST, QuoteRefusal.ABOVE_MOST})


def compare_rejections(wanted: object, tariff: Tariff, given: Given) -> Iterator[Difference]:
    """Try each purchase: it must be refused, and for that reason. A row without one means the step's own."""
    if not rows(wanted):
        yield "rejections", "at least one", "none"
    for listed in rows(wanted):
        row = listed if listed.keys() & {"kwh", "amount"} else _own(tariff, given) | listed
        known_keys(row, frozenset({"kwh", "amount", "reason"}), "expected.rejections")
        what = f"rejection of {row.get('kwh', row.get('amount'))}"
        reason = str(row["reason"])
        found = {each.reason: each.detail for each in _refusals(tariff, given.buyer, row)}
        meant = reason_of(reason)
        if found.keys() & _MEANT_TOO.get(meant, frozenset()):
            continue
        if meant not in found or not _same_figure(meant, reason, found[meant]):
            yield what, reason, ", ".join(f"{one.name} {detail}" for one, detail in found.items()) or "sold"


def _own(tariff: Tariff, given: Given) -> Record:
    """Write the step's own purchase as a row."""
    if given.buys_wh is not None:
        return {"kwh": decimal_text(Fraction(given.buys_wh, 1000), 3)}
    if given.pays_minor is not None:
        return {"amount": Money(given.pays_minor, tariff.currency).text()}
    return {}


def reason_of(text: str) -> QuoteRefusal:
    """Find the reason that the words mean; NotBuilt for words that we do not understand."""
    for reason, pattern in _WORDS:
        if text == reason.name or pattern.search(text.lower()):
            return reason
    raise NotBuilt("expected.rejections.reason", text)


def _same_figure(reason: QuoteRefusal, text: str, detail: str) -> bool:
    figures, ours = _FIGURE.findall(text), _FIGURE.findall(detail)
    if reason not in _NUMBERED or not figures or not ours:
        return True
    return Fraction(figures[-1]) == Fraction(ours[0])


def _refusals(tariff: Tariff, buyer: Buyer, row: Record) -> Iterator[QuoteRefused]:
    """Give the refusal of the quote itself, then every limit that the purchase breaks beside it."""
    limits = tariff.table.limits or Limits()
    given = str(row.get("kwh", row.get("amount")))
    figure = _FIGURE.match(given)
    if figure is None:
        raise NotBuilt("expected.rejections", given)
    if _AGAIN.search(given):
        buyer = replace(buyer, times_today=buyer.times_today + max(1, limits.per_day or 1))
    quote: Quote | QuoteRefused
    if "kwh" in row:
        quote = tariff.quote_energy(wh_of(figure[0]), buyer)
    else:
        quote = tariff.quote(Money(minor_of(figure[0], tariff.currency), tariff.currency), buyer)
    if not isinstance(quote, QuoteRefused):
        return
    yield quote
    if "kwh" in row:
        energy_wh = wh_of(figure[0])
        for one in (
            Limits(multiple_wh=limits.multiple_wh),
            Limits(least_wh=limits.least_wh),
            Limits(most_wh=limits.most_wh),
        ):
            refused = refused_energy(one, energy_wh)
            if refused is not None:
                yield refused
        refused = refused_purchase(limits, buyer)
        if refused is not None:
            yield refused
