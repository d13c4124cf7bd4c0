"""Sentences that pages say and other rooms have written: what the catalogs need beside those of this room.

Whoever shows the values of a further enum adds it here; its values must be English sentences or words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.codecs.meter_model.model import MODELS, model_named
from gateway.core.card import CardReason
from gateway.core.chart import CHART
from gateway.core.key_words import KeyRefusal, KeyWarningWhy
from gateway.core.meter_number import MeterNumberFaultWhy
from gateway.core.office import OfficeRefusal
from gateway.core.password_rule import PasswordFault
from gateway.core.quote import QuoteRefusal
from gateway.core.reading_rules import ReadingFault
from gateway.core.refusal import Refusal
from gateway.core.tariff_rules import TariffRefusal, TariffWarning
from gateway.core.token import IssuerRefusalWhy
from gateway.core.token_reasons import NextStep, Reason
from gateway.multi_tariff.plain_words import CODES
from gateway.office.card_lines import CardFaultWhy
from gateway.office.reading_lines import ReadingFileFault
from gateway.office.stock_lines import StockFaultWhy
from gateway.office.way_lines import WayFileFault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from enum import Enum

#: Enums whose values are shown.
ENUMS: Final[tuple[type[Enum], ...]] = (
    CardFaultWhy,
    IssuerRefusalWhy,
    KeyRefusal,
    KeyWarningWhy,
    MeterNumberFaultWhy,
    NextStep,
    OfficeRefusal,
    PasswordFault,
    QuoteRefusal,
    ReadingFault,
    ReadingFileFault,
    Reason,
    StockFaultWhy,
    TariffWarning,
    WayFileFault,
)


def sentences_of_others() -> Iterator[str]:
    """Give them all."""
    for kind in ENUMS:
        yield from (str(one.value) for one in kind)
    yield from (one.sentence for one in TariffRefusal)
    for _, meaning in CHART.values():
        yield meaning
    yield from CODES.values()
    yield from (reason.sentence for reason in CardReason)
    yield from (refusal.sentence for refusal in Refusal)
    yield from (model_named(name).title for name in MODELS)
