"""Tests of lines that somebody waits for: what is asked, what is seen of it, and how one ends."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

import schemas
from gateway.assembly.line_part import Lines
from gateway.assembly.line_test import TEST_S_MAX, TESTS_MAX, TRACE_LINES_MAX
from gateway.codecs.meter_model.model import MeterProtocol
from gateway.config.line_settings import LineSettings, LinesSettings
from gateway.core.contact import ContactWhy, RelayState
from gateway.core.line_test import LineTestRefusal, LineTestStands
from gateway.core.line_work.call import PassedOver
from gateway.core.line_work.policy import Policy
from gateway.core.meter_way import LineKind, MeterWay
from gateway.simulators.meters.wired import PASSWORDS
from gateway.simulators.modems.book import At, Entry, Outcome, Trouble
from gateway.simulators.modems.places import InProcess
from tests.adapters.test_crew import NOW_S, Town
from tests.calling import Spoken
from tests.line_house import secret
from tests.virtual_meters import NUMBER
from tests.visits import Met

PAN = f"{161:018d}"
PASSWORD = "73910264"
CALLED = "550161"
ZONE = ZoneInfo("Asia/Shanghai")


class LinesInProcess(Lines):
    """Lines whose modems are virtual ones at an exchange in this process, with meters at numbers."""

    def __init__(self, folder):
        self.town = Town(lines=1)
        row = LineSettings("line 1", LineKind.MODEM, "/dev/none", cost_call_minor=5)
        super().__init__(LinesSettings((row,), access=folder), Policy(ZONE), self.town.clock, self.moment)

    def _line(self, row):
        return self.town.here(self.town.modems[0])

    def moment(self):
        return datetime.fromtimestamp(NOW_S, UTC) + timedelta(seconds=self.town.clock.seconds())

    def move_in(self, model, number=CALLED, *, password="", **how):
        """Put a meter behind a number; its calls go wrong as ``how`` says."""
        met = Met(model, clock=self.town.clock)
        met.house.password = password or PASSWORDS[met.model.protocol]
        place = InProcess(lambda: Spoken(self.town.clock, met.meter.face().receive))
        self.town.exchange.enter(Entry(number, place, **how))
        return met

    def seen(self, way):
        """Test a way to the end; give what is seen of it."""
        assert self.tests.begin(way, "li") is None
        self.town.pass_time(0.2)
        return self.tests.look(way.pan)


@pytest.fixture
def lines(tmp_path):
    return LinesInProcess(tmp_path)


def way_to(model, number=CALLED, pan=PAN):
    return MeterWay(pan, LineKind.MODEM, number, NUMBER, model)


def frames(test):
    """The octets of a trace that can be read, as they stand in its rows."""
    rows = [row[18:] for row in test.trace if re.fullmatch(r"(?:(?:[0-9A-F]{2}|\*\*) ?)+", row[18:])]
    return bytes.fromhex("".join(rows).replace("*", ""))


@pytest.mark.parametrize("model", ["dlt645-2007", "dlt645-1997", "iec62056-21", "dlms-hdlc"])
def test_a_meter_is_called_and_says_who_it_is_its_clock_its_total_and_its_relay(lines, tmp_path, model):
    met = lines.move_in(model, password=PASSWORD if model == "iec62056-21" else "")
    secret(tmp_path / f"{model}.password", met.house.password)
    test = lines.seen(way_to(model))
    assert (test.stands, test.why, test.line, test.by) == (LineTestStands.ENDED, None, "line 1", "li")
    assert test.missing == ()
    assert int(test.number[-12:]) == 161
    clocks = {"clock"} if model.startswith("dlms") else {"date", "time"}
    assert {one.item for one in test.read} == {*clocks, "energy"}
    assert test.relay is (None if model == "dlt645-1997" else RelayState.CLOSED)
    assert test.ended_at > test.asked_at
    assert any("  ->  " in line for line in test.trace)
    assert any("  <-  " in line for line in test.trace)
    assert test.trace[0].startswith(f"{test.asked_at:%H:}"), "in the utility's own zone"


@pytest.mark.parametrize("model", ["asking", "dlms-hdlc"])
def test_the_trace_covers_the_password_that_the_meter_is_told(lines, tmp_path, model):
    # A model whose total is not in its read-out, so that it is asked for, behind the password.
    table = schemas.load("meters/models/iec62056-21.json")
    table = table | {"name": "asking", "items": table["items"] | {"energy": {"at": "1.8.0*7"}}}
    (tmp_path / "asking.json").write_text(json.dumps(table))
    lines.move_in("iec62056-21" if model == "asking" else model, password=PASSWORD)
    secret(tmp_path / f"{model}.password", PASSWORD)
    test = lines.seen(way_to(model))
    assert (test.why, test.relay) == (None, RelayState.CLOSED), "it has let us in"
    assert PASSWORD not in "".join(test.trace)
    assert PASSWORD.encode() not in frames(test)
    assert "** ** ** ** ** ** ** **" in "\n".join(test.trace), "and it went over the line"
    assert PASSWORD not in repr(test)


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"fails": Outcome.BUSY}, ContactWhy.BUSY),
        ({"fails": Outcome.NO_ANSWER}, ContactWhy.NO_ANSWER),
        ({"fails": Outcome.NO_CARRIER}, ContactWhy.NO_CARRIER),
        ({"trouble": Trouble(lost=At(50))}, ContactWhy.LOST),
        ({"trouble": Trouble(silent=At(50))}, ContactWhy.TIMEOUT),
    ],
)
def test_a_call_that_does_not_do_is_the_only_one_and_says_why(lines, how, why):
    lines.move_in("dlt645-2007", **how)
    test = lines.seen(way_to("dlt645-2007"))
    assert (test.stands, test.why) == (LineTestStands.ENDED, why)
    assert (test.trace == ()) is ("fails" in how), "what was said before is shown"
    assert lines.waiting() == {}


def test_another_meter_is_named_and_nothing_of_it_counts(lines, tmp_path):
    lines.move_in("iec62056-21")
    secret(tmp_path / "iec62056-21.password", "00000000")
    test = lines.seen(replace(way_to("iec62056-21"), address="162"))
    assert (test.why, test.number, test.read) == (ContactWhy.WRONG_METER, "", ())
    assert f"it calls itself '{NUMBER}'" in str(test.missing[0][1])
    assert sum(line.endswith("/?! ") for line in test.trace) == 1, "it is read out once"


def test_a_password_that_is_no_file_of_its_owner_s_alone_is_said_before_a_word_is_spoken(lines, tmp_path):
    lines.move_in("dlt645-2007")
    secret(tmp_path / "dlt645-2007.password", "000000").chmod(0o644)
    test = lines.seen(way_to("dlt645-2007"))
    ((item, fault),) = test.missing
    assert (test.why, item, fault.why, test.trace) == (ContactWhy.AUTH, "access", ContactWhy.AUTH, ())


def test_how_far_a_test_has_come_is_seen_while_it_runs(lines):
    lines.move_in("dlt645-2007")
    assert lines.tests.look(PAN) is None
    lines.tests.begin(way_to("dlt645-2007"), "li")
    seen = [lines.tests.look(PAN).stands]
    while not lines.tests.look(PAN).has_ended:
        lines.town.pass_time(0.1 / 3600)
        stands = lines.tests.look(PAN).stands
        if stands is not seen[-1]:
            seen.append(stands)
    assert seen == [LineTestStands.CALLING, LineTestStands.TALKING, LineTestStands.ENDED]


def test_a_meter_whose_test_runs_is_not_called_twice(lines):
    lines.move_in("dlt645-2007")
    first = lines.tests.begin(way_to("dlt645-2007"), "li"), lines.tests.begin(way_to("dlt645-2007"), "wang")
    assert first == (None, None)
    assert lines.waiting().total() == 1
    assert lines.tests.look(PAN).by == "li"


def test_a_test_waits_for_its_line_and_is_over_when_that_takes_too_long(lines):
    lines.move_in("dlt645-2007", fails=Outcome.NO_ANSWER)
    lines.seen(way_to("dlt645-2007"))
    assert lines.tests.begin(way_to("dlt645-2007"), "li") is None
    assert lines.tests.look(PAN).stands is LineTestStands.WAITING, "the number rests"
    lines.town.clock.advance(TEST_S_MAX)
    assert lines.tests.look(PAN).why is PassedOver.NO_TIME


def test_where_no_line_leads_there_that_is_said_at_once(lines):
    way = replace(way_to("dlt645-2007"), kind=LineKind.NETWORK, place="10.0.4.7:4059")
    assert lines.tests.begin(way, "li") is LineTestRefusal.NO_LINE
    assert lines.tests.look(PAN) is None


def test_the_newest_tests_are_kept_and_those_that_run_are_not_forgotten(lines):
    pans = [f"{pan:018d}" for pan in range(1, TESTS_MAX + 2)]
    for pan in pans[:-1]:
        assert lines.tests.begin(way_to("dlt645-2007", f"55{pan[-4:]}", pan), "li") is None
    last = way_to("dlt645-2007", "559999", pans[-1])
    assert lines.tests.begin(last, "li") is LineTestRefusal.TOO_MANY
    lines.town.clock.advance(TEST_S_MAX)
    lines.town.pass_time(1)
    assert lines.tests.begin(last, "li") is None
    assert [lines.tests.look(pan) is None for pan in pans] == [True] + [False] * TESTS_MAX


def test_of_a_long_trace_the_newest_lines_are_kept(lines, tmp_path, monkeypatch):
    met = lines.move_in("iec62056-21")
    secret(tmp_path / "iec62056-21.password", "00000000")
    short = lines.seen(way_to("iec62056-21"))
    assert (short.left_out, met.model.protocol) == (0, MeterProtocol.IEC62056_21)
    assert len(short.trace) < TRACE_LINES_MAX
    monkeypatch.setattr("gateway.assembly.line_test.TRACE_LINES_MAX", 10)
    lines.town.pass_time(1)
    cut = lines.seen(way_to("iec62056-21"))
    assert (len(cut.trace), cut.left_out + 10) == (10, len(short.trace))
