"""The ``[refunds]`` table of the configuration: at which price energy is given back when a supply ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.core.refund_price import RefundPrice

if TYPE_CHECKING:
    from gateway.config.reader import Section

REFUNDS_KEYS: Final = ("price",)


def read_refunds(section: Section) -> RefundPrice:
    """Read the ``[refunds]`` table; without it what was paid is given back."""
    prices = tuple(one.value for one in RefundPrice)
    return RefundPrice(section.one_of("price", RefundPrice.PAID.value, prices))
