from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.token import (
    IssuerRefusal,
    IssuerRefusalWhy,
    StsIdentity,
    TidFault,
    TidTooFarAhead,
    TokenDigits,
    next_tid,
    tid_at,
)

FOREIGN_FIVE = "\N{ARABIC-INDIC DIGIT FIVE}"
DIGITS = "58625789986991357486"
IDENTITY = {
    "pan": "600727000000000009",
    "sgc": "201457",
    "krn": 1,
    "ti": "01",
    "ea": "11",
    "kt": 2,
    "base_date": 2014,
}

civil = datetime.fromisoformat
tids = st.integers(0, (1 << 24) - 200)


@pytest.mark.parametrize("show", [repr, str, "{}".format])
def test_a_token_shows_its_last_four_digits_only(show):
    shown = show(TokenDigits(DIGITS))
    assert "7486" in shown
    assert not any(DIGITS[at : at + 4] in shown for at in range(16))


def test_a_revealed_token_is_whole():
    assert TokenDigits(DIGITS).reveal() == DIGITS


def test_a_grouped_token_has_five_groups_of_four():
    assert TokenDigits(DIGITS).grouped() == "5862 5789 9869 9135 7486"


@pytest.mark.parametrize("text", ["", DIGITS[1:], DIGITS + "0", DIGITS[:-1] + "x", FOREIGN_FIVE * 20])
def test_anything_but_twenty_digits_is_no_token_and_is_not_repeated(text):
    with pytest.raises(ValueError, match="exactly 20 decimal digits") as caught:
        TokenDigits(text)
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"pan": "600727000000000008"},
        {"pan": "00000000000"},
        {"sgc": "20145"},
        {"sgc": "20145x"},
        {"krn": 0},
        {"krn": 10},
        {"ti": "1"},
        {"ea": "09"},
        {"kt": 4},
        {"base_date": 2013},
    ],
    ids=str,
)
def test_an_identity_no_meter_can_have_is_refused(wrong):
    with pytest.raises(ValueError, match=r"the .* (is|has) "):
        StsIdentity(**(IDENTITY | wrong))


@pytest.mark.parametrize(
    ("base_date", "at", "tid"),
    [
        (1993, civil("1993-01-01 00:00"), 0),
        (2014, civil("2014-01-01 08:00"), 480),
        (2014, civil("2014-01-01 08:00:59"), 480),
        (1993, civil("2024-11-24 20:15"), 2**24 - 1),
        (2014, civil("2045-11-24 20:15"), 2**24 - 1),
        (2035, civil("2066-11-24 20:15"), 2**24 - 1),
    ],
)
def test_a_token_id_counts_whole_minutes_from_the_base_date(base_date, at, tid):
    assert tid_at(base_date, at) == tid


@pytest.mark.parametrize(
    ("base_date", "at"),
    [
        (1993, civil("2024-11-24 20:16")),
        (2014, civil("2045-11-24 20:16")),
        (2035, civil("2066-11-24 20:16")),
        (2014, civil("2013-12-31 23:59")),
    ],
)
def test_an_instant_beyond_the_base_date_is_refused(base_date, at):
    with pytest.raises(TidFault, match="another base date"):
        tid_at(base_date, at)


def test_an_aware_time_is_refused_because_its_zone_may_not_be_that_of_the_supply_group():
    with pytest.raises(TidFault, match="naive civil time"):
        tid_at(2014, datetime(2026, 7, 29, tzinfo=UTC))


def test_the_first_token_of_a_meter_takes_the_minute():
    assert next_tid(6_000_000, None) == 6_000_000


def test_a_second_token_in_the_same_minute_takes_the_next_id():
    assert next_tid(6_000_000, 6_000_000) == 6_000_001


def test_a_clock_set_back_never_brings_an_id_back():
    assert next_tid(6_000_000, 6_000_030) == 6_000_031


def test_the_minute_after_midnight_is_left_out():
    # CTSA09: a token issued on 2026-07-29 at 00:01 carries the id of 00:02.
    reserved = tid_at(2014, civil("2026-07-29 00:01"))
    assert next_tid(reserved, None) == reserved + 1
    assert next_tid(reserved - 1, reserved - 1) == reserved + 1


def test_an_id_an_hour_ahead_is_the_last_one_given():
    assert next_tid(6_000_000, 6_000_059) == 6_000_060
    assert next_tid(6_000_000, 6_000_060) == TidTooFarAhead(lead=61, lead_max=60)


def test_the_lead_may_be_set():
    assert next_tid(6_000_000, 6_000_004, lead_max=5) == 6_000_005
    assert isinstance(next_tid(6_000_000, 6_000_005, lead_max=5), TidTooFarAhead)


def test_no_id_is_given_beyond_the_base_date():
    with pytest.raises(TidFault, match="another base date"):
        next_tid(2**24 - 1, 2**24 - 1)


@given(tids, st.none() | tids)
def test_an_id_is_new_not_in_the_past_and_not_reserved(now, last):
    tid = next_tid(now, last)
    if isinstance(tid, TidTooFarAhead):
        assert last is not None
        assert last + 1 >= now + 60
        return
    assert tid >= now
    assert last is None or tid > last
    assert tid % 1440 != 1


def test_an_issuers_refusal_says_why():
    refusal = IssuerRefusal(IssuerRefusalWhy.NO_KEY)
    assert refusal.why is IssuerRefusalWhy.NO_KEY
    assert "no vending key" in str(refusal)
