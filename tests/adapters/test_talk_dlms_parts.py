"""Load profiles and tokens over DLMS; and a meter of mode E from its sign-on to its good-bye."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from adapters.lines.talk import Wanted
from adapters.lines.talk62056 import Talk62056
from adapters.lines.talk_dlms import TalkDlms
from gateway.codecs.dlms.datum import NULL, UINT8, UINT32, Datum, octets, structure
from gateway.codecs.dlms.moment import write_moment
from gateway.codecs.meter_model.model import DlmsWords, model_named
from gateway.core.contact import ContactWhy, ItemRead
from tests.failing_lines import outcome, wired
from tests.meter62056 import E, Meter62056
from tests.meter_dlms import COLUMNS, EAST, ENTERED, NOW, PERIOD, TOKEN, MeterDlms
from tests.meter_lines import Clock

FIRST = datetime(2026, 11, 1, tzinfo=EAST)
QUARTER = timedelta(minutes=15)


def begun(*, has_deviation=True, **more):
    clock = Clock()
    meter = MeterDlms(is_hdlc=False, **more)
    words = DlmsWords(client=32, logical=1, moments_with_deviation=has_deviation)
    model = replace(model_named("dlms-tcp"), proof="none", dlms=words)
    link = wired(clock, meter)
    return clock, meter, TalkDlms(link, clock, Wanted(model, "", lambda: NOW, "12345")), link


def fill(meter, days, *, has_gaps=False):
    for n in range(96 * days):
        moment = FIRST + n * QUARTER
        shown = octets(write_moment(moment)) if n % 96 == 0 or not has_gaps else Datum(NULL, None)
        said = Datum(UINT8, 8) if n % 96 == 0 or not has_gaps else Datum(NULL, None)
        meter.objects.rows[moment] = structure(shown, said, Datum(UINT32, 1000 + n))


@pytest.mark.parametrize("has_gaps", [False, True])
@pytest.mark.parametrize("has_deviation", [True, False])
@pytest.mark.parametrize("pdu_max", [200, 65_535])
def test_a_profile_is_read_day_by_day(has_gaps, has_deviation, pdu_max):
    clock, meter, talk, _ = begun(has_deviation=has_deviation, pdu_max=pdu_max)
    fill(meter, 3, has_gaps=has_gaps)
    # The same moment in another zone is the same.
    last = (FIRST + timedelta(days=3) - QUARTER).astimezone()
    read = outcome(clock, talk.profile(FIRST, last))
    assert (len(read.rows), read.fault) == (3 * 96, None)
    assert [row.moment for row in read.rows[1:3]] == [
        "2026-11-01T00:15:00+08:00",
        "2026-11-01T00:30:00+08:00",
    ]
    assert read.rows[1].values == (
        ItemRead("1/0-0:96.10.1.255/2", "1/0-0:96.10.1.255/2", "8", 8),
        ItemRead("energy", "3/1-0:1.8.0.255/2", "100.1", 1001, 1, "Wh"),
    )
    part = outcome(clock, talk.profile(FIRST + QUARTER, FIRST + 2 * QUARTER))
    assert [row.moment for row in part.rows] == [row.moment for row in read.rows[1:3]] or has_gaps


def test_the_rows_before_a_fault_are_kept():
    clock, meter, talk, link = begun()
    fill(meter, 2)
    meter.objects.rows[FIRST + timedelta(days=1, hours=3)] = structure(octets(bytes(12)))
    read = outcome(clock, talk.profile(FIRST, FIRST + timedelta(days=2)))
    assert (len(read.rows), read.fault.why) == (96, ContactWhy.GARBLED)
    link.deaf_at = link.gone
    lost = outcome(clock, talk.profile(FIRST, FIRST + timedelta(days=2)))
    assert lost.why is ContactWhy.TIMEOUT


@pytest.mark.parametrize("columns", [Datum(NULL, None), structure(), octets(b"x")])
def test_a_profile_whose_columns_are_not_told_is_not_read(columns):
    clock, meter, talk, _ = begun()
    fill(meter, 1)
    meter.objects.held[COLUMNS] = columns
    assert outcome(clock, talk.profile(FIRST, FIRST + QUARTER)).why is ContactWhy.GARBLED
    del meter.objects.held[PERIOD]
    assert outcome(clock, talk.profile(FIRST, FIRST + QUARTER, "nothing")).why is ContactWhy.REFUSED


@pytest.mark.parametrize(
    ("statuses", "code", "seconds"),
    [([3], 3, 0), ([8, 3], 3, 2), ([0, 1, 6], 6, 7), ([8, 8, 8, 3], 3, 17), ([8], 8, 17)],
)
def test_a_token_is_entered_once_and_looked_at_until_it_is_final(statuses, code, seconds):
    clock, meter, talk, _ = begun()
    outcome(clock, talk.identify())
    meter.objects.statuses = statuses
    before = clock.seconds()
    status = outcome(clock, talk.enter_token(TOKEN))
    assert (status.code, round(clock.seconds() - before), len(meter.objects.orders)) == (code, seconds, 1)
    assert meter.objects.held[ENTERED] == octets(TOKEN.encode())


@pytest.mark.parametrize("digits", ["1234", "x" * 20, "9" * 20])
def test_what_is_no_token_is_not_entered(digits):
    clock, _, talk, link = begun()
    fault = outcome(clock, talk.enter_token(digits))
    assert (fault.why, fault.is_in_doubt, digits in str(fault), link.sent) == (
        ContactWhy.REFUSED,
        False,
        False,
        [],
    )


def test_a_refusal_of_a_token_is_in_doubt_where_the_gateway_does_not_show_it():
    clock, meter, talk, _ = begun()
    meter.objects.held[ENTERED] = octets(b"0" * 20)
    act = meter.objects.act
    meter.objects.act = lambda *_: act(replace(COLUMNS, index=99), None)
    fault = outcome(clock, talk.enter_token(TOKEN))
    assert (fault.why, fault.is_in_doubt, "denied" in str(fault)) == (ContactWhy.REFUSED, True, True)


def test_a_meter_of_mode_e_is_signed_on_and_spoken_with_in_dlms():
    clock = Clock()
    meter = Meter62056(clock, E)
    inner = MeterDlms()
    meter.hdlc = None
    link = wired(clock, meter)
    first = Wanted(model_named("iec62056-21"), "12345", lambda: NOW)
    assert outcome(clock, Talk62056(link, clock, first).hand_over()) is None
    meter.hdlc = inner
    model = replace(model_named("dlms-hdlc"), proof="none", dlms=DlmsWords(client=32, logical=1))
    talk = TalkDlms(link, clock, Wanted(model, "", lambda: NOW, "12345"))
    assert [one.text for one in outcome(clock, talk.read(["energy"])).read] == ["123456.7"]
    assert outcome(clock, talk.leave()) is None


@pytest.mark.parametrize(("after_s", "why"), [(4, None), (30, ContactWhy.GARBLED)])
def test_an_answer_to_another_question_is_passed_over_and_does_not_hold_us_up(after_s, why):
    clock, meter, talk, _ = begun()
    outcome(clock, talk.identify())
    answers = meter.receive

    def late(chunk):
        right = answers(chunk)
        clock.callLater(after_s, meter.out, right)
        # The head of the wrapper, the answer's tag, and the number of another question.
        return right[:8] + right[8:10] + bytes([right[10] ^ 1]) + right[11:]

    meter.receive = late
    read = outcome(clock, talk.read(["1/0-0:42.0.0.255/2"]))
    assert [fault.why for _, fault in read.missing] == ([] if why is None else [why])
