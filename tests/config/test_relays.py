"""When customers may be switched off: usual hours, others, and what is none."""

from datetime import time

import pytest

from gateway.config.reader import ConfigFault, Section, Source
from gateway.config.relays import RELAYS_KEYS, read_relays
from gateway.core.relay_hours import RelayHours


def read(**keys):
    return read_relays(Section(Source("powertill.toml", {}), ("relays",), "relays", keys, RELAYS_KEYS))


def test_nobody_is_switched_off_before_a_weekend_where_nothing_is_said():
    assert read() == RelayHours(frozenset({0, 1, 2, 3}), time(8), time(15))


def test_other_days_and_hours_may_be_said():
    assert read(hours="01234 09:00-12:30") == RelayHours(frozenset(range(5)), time(9), time(12, 30))


@pytest.mark.parametrize("value", ["", "always", "0 12:00-09:00", 1, True])
def test_hours_that_are_none_are_refused_by_their_name(value):
    with pytest.raises(ConfigFault, match=r"relays\.hours"):
        read(hours=value)
