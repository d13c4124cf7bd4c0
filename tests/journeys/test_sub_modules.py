"""The three sub-modules, each alone and in every company: they start, do what is theirs, and stop."""

import itertools
import time

import pytest
from sqlalchemy import select

from adapters.db import tables as t
from gateway.core.reading_plan import GroupKind, MeterGroup
from gateway.core.remote_order import RemoteKind
from tests.daemon import CONFIG
from tests.journeys.test_remote_credit import IN_METER, paid_for, told
from tests.line_house import (
    enter_ways,
    fit,
    keys_of,
    line_place,
    order_relay,
    plan,
    publish,
    remote_meter,
    rows,
    token_meter,
    way_to,
)
from tests.timetables import rates

MODULES = ("prepayment", "metering", "multi_tariff")
COMPANIES = [list(c) for size in (1, 2, 3) for c in itertools.combinations(MODULES, size)]
FLAT = CONFIG + '\n[pricing]\nflat_rate = "0.5000"\n'
SOON_S = 120


def _until(is_so, what):
    until = time.monotonic() + SOON_S
    while time.monotonic() < until:
        if is_so():
            return
        time.sleep(0.3)
    raise AssertionError(f"not within {SOON_S} s: {what}")


def sells(place, gateway, file):
    """A bank is answered, and what it paid for is in the meter."""
    with gateway.caller("east") as caller:
        request, _ = paid_for(caller, file)
        told(caller, request, IN_METER)


def switches(place, _gateway, file):
    """A relay that was ordered open is open, and the meter said so."""
    order_relay(place, file.identity.pan)
    of_it = select(t.remote_order.c.state, t.remote_order.c.told).where(
        t.remote_order.c.kind == RemoteKind.RELAY.value
    )
    _until(lambda: rows(place, of_it)[0][0] == "delivered", "the relay is seen open")


def publishes(place, _gateway, _file):
    """Rates that two people have let out are in the meter, and wait there for their moment."""
    plan(place, MeterGroup("all", "All meters", GroupKind.ALL))
    reference = publish(place, rates(), "all")
    of_it = select(t.remote_order.c.state, t.remote_order.c.told).where(t.remote_order.c.ask == reference)
    _until(lambda: [row.state for row in rows(place, of_it)] == ["delivered"], "the rates are in the meter")


JOURNEYS = {"prepayment": sells, "metering": switches, "multi_tariff": publishes}


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize("company", COMPANIES, ids="+".join)
def test_each_company_of_sub_modules_starts_does_what_is_its_own_and_stops(company, tmp_path):
    file = remote_meter(1)
    place = line_place(tmp_path / "place", [file], config=FLAT)
    keys_of(place, file)
    fit(place, [file])
    with token_meter(place, file) as meter, place.start(None, "--run", ",".join(company)) as gateway:
        enter_ways(place, way_to(file, meter.place))
        gateway.up()
        assert gateway.events("gateway.started")[0]["modules"] == ",".join(company)
        if "prepayment" not in company:
            with pytest.raises(ConnectionRefusedError):
                gateway.caller("east")
        for module in company:
            JOURNEYS[module](place, gateway, file)
        gateway.assert_no_fault()
        gateway.stop()
    place.assert_sound()
