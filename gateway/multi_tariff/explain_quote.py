"""Explain a quote to the person who paid: every line, every step, every rounding, in plain words.

The journey: what was paid and bought → where the money went, line by line → how the kWh follow from it, step
by step → preferential prices → what counts next. The lines sum on the page; every figure is worked out from
the quote and the tariff's own table, and none is rounded but where the page says so. Nothing is refused: what
was quoted can be explained (ValueError where buyer or tariff are not those of the quote).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.multi_tariff.explain_figures import kwh_text, money_text, rounded_kwh_text
from gateway.multi_tariff.explain_lines import explain_lines, month_name
from gateway.multi_tariff.explain_next import explain_next, explain_preference
from gateway.multi_tariff.explain_working import explain_working
from gateway.multi_tariff.explanation_layout import PAPER_COLUMNS, Row, laid_out
from gateway.multi_tariff.plain_words import day_text, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.multi_tariff.explanation import Receipt
    from gateway.multi_tariff.explanation_layout import Item


def explain_quote(receipt: Receipt, columns: int = PAPER_COLUMNS) -> list[str]:
    """Write the explanation in so many columns: 48 are a strip of paper, 80 a terminal."""
    items = [*_head(receipt), *explain_lines(receipt)]
    if receipt.quote.credit_minor is None:
        items += explain_working(receipt)
    return laid_out([*items, *explain_preference(receipt), *explain_next(receipt)], columns)


def _head(receipt: Receipt) -> Iterator[Item]:
    quote, currency, at = receipt.quote, receipt.currency, receipt.buyer.at
    yield say("title")
    if at is not None:
        yield f"{day_text(at.date())}, {at:%H:%M}"
    version = quote.version
    if receipt.since is None:
        yield say("tariff", version=version)
    else:
        yield say("tariff_since", version=version, day=day_text(receipt.since))
    yield ""
    yield Row(say("paid"), f"{currency} {money_text(quote.tender.minor, currency)}")
    if quote.credit_minor is not None:
        yield Row(say("bought_credit"), f"{currency} {money_text(quote.credit_minor, currency)}")
    else:
        bought = rounded_kwh_text(quote.energy_wh, receipt.table.rounding.wh_unit)
        yield Row(say("bought"), say("energy_total", kwh=bought))
    if quote.free_wh:
        yield Row(say("free", month=month_name(receipt)), say("energy_total", kwh=kwh_text(quote.free_wh)))
