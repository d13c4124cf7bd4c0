"""At which price energy is given back: what was paid, unless the configuration says otherwise."""

import pytest

from gateway.config.reader import ConfigFault, Section, Source
from gateway.config.refunds import REFUNDS_KEYS, read_refunds
from gateway.core.refund_price import RefundPrice


def read(**keys):
    return read_refunds(Section(Source("powertill.toml", {}), ("refunds",), "refunds", keys, REFUNDS_KEYS))


def test_what_was_paid_is_given_back_where_nothing_is_said():
    assert read() is RefundPrice.PAID


def test_todays_price_may_be_given_back():
    assert read(price="current") is RefundPrice.CURRENT


@pytest.mark.parametrize("value", ["", "today", 1, True])
def test_another_price_is_refused_by_its_name(value):
    with pytest.raises(ConfigFault, match=r"refunds\.price"):
        read(price=value)
