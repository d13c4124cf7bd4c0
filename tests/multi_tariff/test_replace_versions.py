"""Prices are replaced as a whole, and each counts from its own moment on."""

from __future__ import annotations

from datetime import timedelta

from gateway.core.money import Money
from gateway.core.outcome import Declined
from gateway.core.pricing import Priced
from gateway.core.refusal import Refusal
from gateway.multi_tariff.quote_price import TariffPricing
from gateway.multi_tariff.read_version import read_version
from tests.builders import NOON, meter
from tests.multi_tariff.builders import approved

TENDER = Money(10_000, "CNY")


def version_at(pricing, moment):
    priced = pricing.price(meter(), TENDER, moment, {}, "east")
    assert isinstance(priced, Priced)
    return priced.version


def test_a_version_that_is_put_in_counts_from_its_moment_on():
    old, new = read_version(approved("v1")), read_version(approved("v2", 1))
    pricing = TariffPricing([old])
    pricing.replace_versions([new, old])
    assert version_at(pricing, new.from_moment - timedelta(microseconds=1)) == "v1"
    assert version_at(pricing, new.from_moment) == "v2"


def test_a_version_that_is_left_out_counts_no_more():
    pricing = TariffPricing([read_version(approved("v1")), read_version(approved("v2", -1))])
    assert version_at(pricing, NOON) == "v2"
    pricing.replace_versions([read_version(approved("v1"))])
    assert version_at(pricing, NOON) == "v1"
    pricing.replace_versions([])
    assert pricing.price(meter(), TENDER, NOON, {}, "east") == Declined(Refusal.NO_TARIFF)
