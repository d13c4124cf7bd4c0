"""Figures are taken as the page shows them, or plain; what can be read in two ways is refused."""

import re
from datetime import UTC

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from admin_web.shown import Shown
from admin_web.spans import moment_typed
from admin_web.typed import plain_figure
from admin_web.words import LANGUAGES
from tests.builders import NOON, ZONE


@given(language=st.sampled_from(sorted(LANGUAGES)), figure=st.integers(-(10**15), 10**15))
def test_a_count_is_read_as_it_is_shown(language, figure):
    locale = Locale(language)
    assert plain_figure(Shown(locale, UTC).number(figure), locale) == str(figure)


@given(language=st.sampled_from(sorted(LANGUAGES)), energy_wh=st.integers(0, 10**12))
def test_energy_is_read_as_it_is_shown_before_its_unit(language, energy_wh):
    locale = Locale(language)
    shown = re.match(r"[0-9., \u00a0\u202f]*[0-9]", Shown(locale, UTC).kwh(energy_wh))
    assert shown is not None
    plain = plain_figure(shown[0], locale)
    assert plain is not None
    whole, _, decimals = plain.partition(".")
    assert int(whole) * 1000 + int(decimals.ljust(3, "0")) == energy_wh


@pytest.mark.parametrize(
    ("language", "typed", "plain"),
    [
        ("en", "1234.50", "1234.50"),
        ("en", "1,234.50", "1234.50"),
        ("zh", "1,234,567", "1234567"),
        ("zh", "１，２３４．５０", "1234.50"),  # noqa: RUF001 - as East Asian keyboards type it
        ("ru", "1234.50", "1234.50"),
        ("ru", "1 234,50", "1234.50"),
        ("ru", "1\u202f234,50", "1234.50"),
        ("ru", "1\u00a0234.50", "1234.50"),
        ("ru", "12,5", "12.5"),
        ("ru", "-12,5", "-12.5"),
    ],
)
def test_a_figure_is_read_plain_or_as_its_language_writes_it(language, typed, plain):
    assert plain_figure(typed, Locale(language)) == plain


@pytest.mark.parametrize(
    ("language", "typed"),
    [
        ("en", "12,5"),
        ("en", "1,2345"),
        ("en", "1,23,456"),
        ("en", "1.234,50"),
        ("en", "1 234.50"),
        ("zh", "1.234,50"),
        ("ru", "1.234,50"),
        ("ru", "1,234.50"),
        ("ru", "1 23,5"),
        ("en", "1.2.3"),
        ("en", "."),
        ("en", ",5"),
        ("en", "²"),
        ("en", "1e5"),
        ("en", "+5"),
        ("en", "1" * 41),
    ],
)
def test_what_can_be_read_in_two_ways_or_in_none_is_refused(language, typed):
    assert plain_figure(typed, Locale(language)) is None


def test_a_moment_is_read_as_it_is_shown():
    shown = Shown(Locale("en"), ZONE).moment(NOON)
    assert moment_typed(shown, UTC) == NOON
