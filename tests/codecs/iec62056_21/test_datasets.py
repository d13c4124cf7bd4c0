"""Data sets and load profiles: published read-outs, heads of real meters, and what is none."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.iec62056_21.centre import Centre
from gateway.codecs.iec62056_21.datasets import SETS_MAX, DataSet, Unread, Value, read_sets, sets_text
from gateway.codecs.iec62056_21.events import ReadOut
from gateway.codecs.iec62056_21.fault import PeerFault
from gateway.codecs.iec62056_21.profile import Channel, read_profile

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/meters.json").read_text())["vectors"][
    "iec62056_21"
]
# Heads of an EMH, a Metcom and a third meter, and rows, of public test data (Runamook/iec_62056-21, tests).
EMH = "P.01(1220823161500)(00000000)(15)(6)(1.5)(kW)(2.5)(kW)(5.5)(kvar)(6.5)(kvar)(7.5)(kvar)(8.5)(kvar)\r\n(0.18374)(0.00078)(0.00000)(0.00006)(0.00087)(0.02431)\r\n(0.16832)(0.00000)(0.00000)(0.00000)(0.00000)(0.02686)"  # noqa: E501
METCOM = "P.01(1220401010000)(08)(15)(2)(1-0:1.5.0)(kW)(1-0:8.5.0)(kvar)\r\n(0.30499)(0.00728)\r\n"


def inner(text):
    return {one.address: one.inner for one in read_sets(text).sets}


def test_values_without_an_address_belong_to_the_one_before():
    sets = read_sets("1.6.0(002.076*kW)(16-12-05,12:45)\r\n(1)(2)\r\n").sets
    assert sets[0] == DataSet("1.6.0", (Value("002.076", "kW"), Value("16-12-05,12:45")))
    assert sets[1] == DataSet("1.6.0", (Value("1"), Value("2")), is_continued=True)
    assert sets_text(list(sets)) == "1.6.0(002.076*kW)(16-12-05,12:45)\r\n(1)(2)\r\n"


def test_several_data_sets_stand_in_one_line():
    assert inner("0.0.0(1)0.9.1(2)(3)1.8.0*01( 0.00*kWh)") == {
        "0.0.0": "1",
        "0.9.1": "2)(3",
        "1.8.0*01": " 0.00*kWh",
    }


def test_an_empty_value_and_a_missing_unit_are_values():
    assert inner("0-0:96.13.1()\n33.7.0(+1.00)") == {"0-0:96.13.1": "", "33.7.0": "+1.00"}


def test_a_line_that_is_none_is_named_and_the_others_are_read():
    found = read_sets("0.0.0(1)\r\nrubbish\r\n1.8.0(2\r\n2.8.0(3)x\r\n!\r\n9.9.9(4)")
    assert [one.inner for one in found.sets] == ["1", "3"]
    assert found.unread == (Unread(2, 0), Unread(3, 0), Unread(4, 8))


def test_more_data_sets_than_any_meter_has_are_cut_off():
    found = read_sets("1(1)\n" * (SETS_MAX + 5))
    assert (len(found.sets), len(found.unread)) == (SETS_MAX, 1)


@pytest.mark.parametrize(
    "vector", [one for one in VECTORS if one["bytes_hex"].startswith("2f")], ids=lambda one: one["id"]
)
def test_a_pushed_telegram_is_read_with_its_check(vector):
    centre = Centre()
    centre.listen()
    raw = bytes.fromhex(vector["bytes_hex"])
    (out,) = [event for event in centre.receive(raw) if isinstance(event, ReadOut)]
    assert out.sets.unread == ()
    assert (out.is_crc_right is None) == raw.endswith(b"!\r\n")
    assert len([one for one in out.sets.sets if not one.is_continued]) == len(vector["expect"])


def test_a_load_profile_has_its_head_and_rows():
    (segment,) = read_profile(read_sets(EMH).sets)
    assert (segment.season, segment.start, segment.status, segment.period_min) == (
        "1",
        "220823161500",
        "00000000",
        15,
    )
    assert segment.channels[0] == Channel("1.5", "kW")
    assert (len(segment.channels), len(segment.rows), segment.rows[1][5]) == (6, 2, "0.02686")


def test_a_new_head_begins_a_new_segment():
    segments = read_profile(read_sets(METCOM + METCOM.replace("0401010000", "0401020000") + "(1)(2)").sets)
    assert [(one.start, len(one.rows)) for one in segments] == [("220401010000", 1), ("220401020000", 2)]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("P.01(1)(2)(3)", "a head has"),
        ("P.01(yesterday)(08)(15)(1)(1.5)(kW)", "ZYYMMDDhhmmss"),
        ("P.01(1220401010000)(08)(0)(1)(1.5)(kW)", "from 1 to 1440"),
        ("P.01(1220401010000)(08)(15)(65)(1.5)(kW)", "from 1 to 64"),
        ("P.01(1220401010000)(08)(15)(2)(1.5)(kW)", "2 channels are announced"),
        ("P.01(1220401010000)(08)(15)(1)(1.5)(kW)\n(1)(2)", "2 values in a row"),
    ],
)
def test_what_is_no_load_profile_is_refused_with_its_place(text, why):
    with pytest.raises(PeerFault, match=why):
        read_profile(read_sets(text).sets)


def test_rows_before_a_head_are_refused():
    with pytest.raises(PeerFault, match="before the first head"):
        read_profile(read_sets("(1)(2)").sets)


WORDS = st.text("0123456789.:-AFkWh ", min_size=1, max_size=12)


@given(
    st.lists(
        st.tuples(WORDS, st.lists(st.tuples(WORDS, st.sampled_from(["", "kWh"])), min_size=1, max_size=4))
    )
)
def test_what_is_written_is_read_again(rows):
    sets = [DataSet(address, tuple(Value(*value) for value in values)) for address, values in rows]
    assert list(read_sets(sets_text(sets)).sets) == sets


@given(st.text("()*!/\r\n01.A", max_size=200))
def test_any_text_is_read_or_named(text):
    found = read_sets(text)
    assert all(one.values for one in found.sets)
    with suppress(PeerFault):
        read_profile(found.sets)
