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
