"""Each figure of a tariff stands with its unit, in the reader's language."""

from types import SimpleNamespace

import pytest
from babel import Locale

from admin_web.shown import Shown
from admin_web.tariff_units import with_unit
from admin_web.tariff_words import line_said
from admin_web.words import words_of
from tests.builders import ZONE

BODY = {
    "currency": "CNY",
    "fixed_charges": [{"amount": "12.50", "period": "month"}, {"amount_per_kw": "3", "period": "day"}],
}


def said(path, value, language="en"):
    asked = SimpleNamespace(words=words_of(language), shown=Shown(Locale(language), ZONE))
    return with_unit(asked, BODY, path, value)


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("energy.blocks[0].rate", "0.4322", "0.4322 CNY per kWh"),
        ("energy.tiers[1].add", "0.0500", "0.0500 CNY per kWh"),
        ("sub_items[0].rate", "-0.0100", "-0.0100 CNY per kWh"),
        ("energy.blocks[0].upto_kwh", "2400", "2,400 kWh"),
        ("fixed_charges[0].amount", "12.50", "12.50 CNY per month"),
        ("fixed_charges[1].amount_per_kw", "3", "3 CNY per kW and day"),
        ("channel_fees[0].amount", "0.50", "0.50 CNY per payment"),
        ("channel_fees[0].rate", "0.005", "0.5%"),
        ("taxes[0].rate", "0.13", "13%"),
        ("arrears.percent", "0.30", "30%"),
        ("arrears.amount", "20", "20 CNY"),
    ],
)
def test_a_figure_has_the_unit_of_its_place(path, value, text):
    assert said(path, value) == text


@pytest.mark.parametrize(
    ("path", "value"),
    [("rounding.kwh_dp", 1), ("name", "2027"), ("energy.kind", "block"), ("taxes[0].inclusive", True)],
)
def test_what_is_no_measured_figure_has_no_unit(path, value):
    assert said(path, value) is None


@pytest.mark.parametrize(("language", "text"), [("zh", "0.4322 CNY/千瓦时"), ("ru", "0,4322 CNY за кВт·ч")])
def test_a_price_is_written_as_the_language_writes_figures(language, text):
    assert said("energy.rate", "0.4322", language) == text


@pytest.mark.parametrize(("language", "name"), [("en", "Energy"), ("zh", "电量"), ("ru", "Энергия")])
def test_a_line_of_a_meter_s_lesser_power_type_is_told_from_the_main_one_s(language, name):
    words = words_of(language)
    assert line_said(words, "ENERGY") == words.say("Energy")
    assert line_said(words, "ENERGY.shop") == f"{words.say('Energy')} (shop)"
    assert words.say("Energy").startswith(name[:2])
