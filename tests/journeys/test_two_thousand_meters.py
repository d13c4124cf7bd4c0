"""Two thousand meters on lines, all real programs: half behind modems on ptys, half over TCP. One round reads
them all, while a bank pays for one: its token goes first, and the bank is told when it is in the meter.
"""

import json
import time
from datetime import datetime

import pytest
from sqlalchemy import func, select

from adapters.db import tables as t
from gateway.core.meter_way import LineKind, MeterWay
from gateway.core.reading_plan import GroupKind, MeterGroup, ReadingSchedule, Wants
from tests.builders import ZONE, meter_file
from tests.journeys.test_remote_credit import IN_METER, paid_for, tokens, told
from tests.line_house import (
    enter_ways,
    fit,
    keys_of,
    line_place,
    own_number,
    plan,
    remote_meter,
    rows,
    token_meter,
)
from tests.programs import Program

#: Groups of a hundred meters on one line, as behind a concentrator or on one wire.
ON_A_LINE = 100
LINES = {"tcp": 14, "modem": 6}
METERS = ON_A_LINE * sum(LINES.values())
MODEMS = 1 + LINES["modem"]
FIRST_PORT = {"tcp": 21_000, "modem": 22_000}
FIRST_NUMBER = {"tcp": 1, "modem": 500_001}
SOON_S = 300

MODEM_LINE = """
[[line]]
name = "modem-{n}"
kind = "modem"
port = "{port}"
is_reserved = {is_reserved}
"""


def soon() -> str:
    """A recurrence whose next moment is soon, and the one behind it far away: one round is enough."""
    minute = datetime.now(ZONE).hour * 60 + datetime.now(ZONE).minute
    steps = (step for step in range(4, 241) if 1440 % step == 0)
    return f"minutes {min(steps, key=lambda step: -minute % step or step)}"


def town_file(folder):
    """Meters at TCP ports, and meters at ports that modems lead to, a hundred on each; clocks are wrong."""
    groups = [
        {"model": "dlt645-2007", "count": ON_A_LINE * LINES[way], "first": f"{FIRST_NUMBER[way]:012d}",
         "load_w": 600, "curve": "home", "drift_ppm": 20, "clock_off_s": 30, "energy_kwh": 9000,
         "turn_ms": 5, "where": {"ports_from": FIRST_PORT[way], "bus": ON_A_LINE}}
        for way in LINES
    ]  # fmt: skip
    file = folder / "town.json"
    file.write_text(json.dumps({"seed": 7, "zone": "+08:00", "groups": groups}))
    return file


def numbers(place_of_paid):
    """A number for each line of the second group, and one for the meter that is paid for."""
    found = [
        {"number": f"555{line:04d}", "place": f"127.0.0.1:{FIRST_PORT['modem'] + line}"}
        for line in range(LINES["modem"])
    ]
    return [*found, {"number": "5559999", "place": place_of_paid}]


def ways(files, paid):
    """The way to each meter: a bus at a TCP port, a bus behind a modem, and one alone behind a modem."""
    for n, file in enumerate(files):
        over = "tcp" if n < ON_A_LINE * LINES["tcp"] else "modem"
        at = n if over == "tcp" else n - ON_A_LINE * LINES["tcp"]
        line, own = at // ON_A_LINE, f"{FIRST_NUMBER[over] + at:012d}"
        kind = LineKind.NETWORK if over == "tcp" else LineKind.MODEM
        where = f"127.0.0.1:{FIRST_PORT['tcp'] + line}" if over == "tcp" else f"555{line:04d}"
        yield MeterWay(file.identity.pan, kind, where, own, "dlt645-2007", f"{over}-{line}")
    yield MeterWay(paid.identity.pan, LineKind.MODEM, "5559999", own_number(paid), "dlms-prepaid")


@pytest.mark.slow
@pytest.mark.once
def test_a_round_reads_two_thousand_meters_while_a_token_goes_first(tmp_path, counted):
    paid = remote_meter(1)
    files = [meter_file(serial) for serial in range(2, 1 + METERS)]
    links = [tmp_path / f"modem-{n}" for n in range(MODEMS)]
    modems = "".join(
        MODEM_LINE.format(n=n, port=link, is_reserved=str(n == 0).lower()) for n, link in enumerate(links)
    )
    place = line_place(tmp_path / "place", [paid, *files], more=modems, at_once=LINES["tcp"])
    keys_of(place, paid)
    fit(place, [paid, *files])
    now = ReadingSchedule("now", "Now and then", "all", Wants.REGISTERS, soon(), "00:00", "00:00")
    plan(place, MeterGroup("all", "All meters", GroupKind.ALL), now)
    town = Program("meter-sim", "town", str(town_file(tmp_path)))
    with town, token_meter(place, paid) as meter:
        book = tmp_path / "book.json"
        book.write_text(json.dumps({"numbers": numbers(meter.place)}))
        ptys = [word for link in links for word in ("--modem", str(link))]
        with Program("modem-sim", "--book", str(book), "--ring-s", "0.05", *ptys):
            enter_ways(place, *ways(files, paid))
            with place.start() as gateway:
                gateway.up()
                waited = _one_round(place, gateway, paid)
                gateway.assert_no_fault()
                gateway.stop()
    _tell(place, waited, counted)
    place.assert_sound()


def _one_round(place, gateway, paid):
    """Wait until the round is open; pay; wait for both. Give the seconds from the payment to the meter."""
    _until(lambda: _read(place) >= 100, "some meters are read")
    with gateway.caller("east") as caller:
        before = time.monotonic()
        request, _ = paid_for(caller, paid)
        answer = told(caller, request, IN_METER)
        waited = time.monotonic() - before
        assert len(tokens(answer)["TK"]) == 20
    _until(lambda: _read(place) == METERS, "all meters are read")
    return waited


def _tell(place, waited, counted):
    (calls, longest) = rows(place, select(func.count(), func.max(t.line_call.c.seconds)))[0]
    by_modem = rows(place, select(func.count()).where(t.line_call.c.line.like("modem-%")))[0][0]
    readings = rows(place, select(func.count(func.distinct(t.reading.c.pan))))[0][0]
    counted(
        f"{METERS} meters read in {calls} calls (the longest {longest} s, {by_modem} over modems on ptys), "
        f"{readings} of them in the ledger; the token was in its meter {waited:.1f} s after it was paid"
    )
    assert by_modem > LINES["modem"]
    assert readings == METERS


def _read(place):
    return rows(place, select(func.count()).where(t.meter_contact.c.good_us.is_not(None)))[0][0]


def _until(is_so, what):
    until = time.monotonic() + SOON_S
    while time.monotonic() < until:
        if is_so():
            return
        time.sleep(1)
    raise AssertionError(f"not within {SOON_S} s: {what}")
