"""What a meter was asked to change, and what is seen there afterwards."""

import pytest

from gateway.core.contact import ItemRead, ItemWritten, RelayDone, RelayOrder, RelayState


@pytest.mark.parametrize(
    ("wanted", "seen", "is_so"),
    [
        ("120000", "120000", True),
        ("5", "005.00", True),
        ("-1.5", "-01.50", True),
        ("12:00:00", "12:00:01", False),
        ("5", "6", False),
        ("5", "5 kW", False),
        ("1e3", "1000", False),
    ],
)
def test_a_write_is_as_wanted_where_it_is_seen_so(wanted, seen, is_so):
    assert ItemWritten("item", wanted, ItemRead("item", "at", seen)).is_as_wanted is is_so
    assert not ItemWritten("item", wanted, None).is_as_wanted


@pytest.mark.parametrize(
    ("order", "obeyed"),
    [
        (RelayOrder.TRIP, {RelayState.OPEN}),
        (RelayOrder.CLOSE, {RelayState.CLOSED}),
        (RelayOrder.PERMIT, {RelayState.READY, RelayState.CLOSED}),
    ],
)
def test_a_relay_obeys_where_it_is_seen_so(order, obeyed):
    assert {state for state in (*RelayState, None) if RelayDone(order, state).is_obeyed} == obeyed


@pytest.mark.parametrize(
    ("item", "wanted", "seen", "is_so"),
    [
        ("time", "120000", "120000", True),
        ("time", "120000", "120059", True),
        ("time", "120000", "120101", False),
        ("time", "235950", "000005", True),
        ("time", "120000", "115959", False),
        ("time", "12:00:00", "12:00:07", True),
        ("start", "120000", "120007", False),
        ("clock", "2026-11-26T12:00:00+08:00", "2026-11-26T12:00:07+08:00", True),
        ("clock", "2026-11-26T12:00:00+08:00", "2026-11-26T04:00:07+00:00", True),
        ("clock", "2026-11-26T12:00:00+08:00", "2026-11-26T12:02:00+08:00", False),
        ("clock", "2026-11-26T12:00:00+08:00", "2026-11-26T12:00:07", False),
        ("clock", "2026-11-26T12:00:00+08:00", "-", False),
    ],
)
def test_a_clock_that_was_set_has_gone_on(item, wanted, seen, is_so):
    assert ItemWritten(item, wanted, ItemRead(item, "at", seen)).is_as_wanted is is_so
