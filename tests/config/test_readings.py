"""What a reading may show and when somebody looks at a meter: usual values, and bounds."""

import pytest

from gateway.config.reader import ConfigFault, Section, Source
from gateway.config.readings import READINGS_KEYS, read_readings
from gateway.core.inspection import USUAL_LIMITS, InspectionLimits
from gateway.core.reading_rules import DAY_WH_MAX


def read(**keys):
    source = Source("powertill.toml", {})
    return read_readings(Section(source, ("readings",), "readings", keys, READINGS_KEYS))


def test_what_is_left_out_has_its_usual_value():
    assert (read().day_wh_max, read().limits) == (DAY_WH_MAX, USUAL_LIMITS)


def test_the_settings_are_watt_hours_and_days():
    settings = read(day_kwh_max=100, gap_kwh=20, idle_days=30, unread_days=95, noticed_days=7)
    assert settings.day_wh_max == 100_000
    assert settings.limits == InspectionLimits(20_000, 30, 95, 7)


@pytest.mark.parametrize("key", READINGS_KEYS)
@pytest.mark.parametrize("value", [0, -1, 10**9, 1.5, True, "many"])
def test_a_value_out_of_bounds_is_refused_by_its_name(key, value):
    with pytest.raises(ConfigFault, match=f"readings.{key}: must be a whole number"):
        read(**{key: value})


def test_a_key_that_nobody_reads_is_refused():
    with pytest.raises(ConfigFault, match=r"did you mean gap_kwh\?"):
        read(gap_kw=5)
