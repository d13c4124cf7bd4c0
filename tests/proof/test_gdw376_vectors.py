"""Vectors of concentrators: they hold, and a wrong one fails."""

import pytest

from gateway.proof.case import Verdict
from gateway.proof.meter_vectors import run
from tests.gdw376_frames import FRAMES

BY_ID = {each["id"]: each for each in FRAMES}


def verdict(entry):
    (found,) = run({"vectors": {"gdw376": [entry]}})
    return found.verdict


def changed(name, **expect):
    return BY_ID[name] | {"expect": BY_ID[name]["expect"] | expect}


def requested(name, **changes):
    return BY_ID[name] | {"request": BY_ID[name]["request"] | changes}


def test_every_published_vector_holds():
    assert {
        str(case) for case in run({"vectors": {"gdw376": FRAMES}}) if case.verdict is not Verdict.PASSED
    } == set()


def test_each_says_where_it_comes_from():
    assert all(one["source"] for one in FRAMES)


@pytest.mark.parametrize(
    "entry",
    [
        changed("q01", address="0200-04661"),
        changed("q01", number=2),
        changed("q01", test="heartbeat"),
        changed("q01", unheard_of=1),
        changed("q09", clock="2020-12-12T14:30:34"),
        changed("q08", master=0),
        changed("q24", error=2),
        changed("q24", denied=False),
        changed("q30", inner="68"),
        changed("q30", port=30),
        changed("q30", events=""),
        changed("q30", stamp=None),
        changed("q41", message_ms=30_000),
        changed("q41", line={"baud": 2400, "bits": 8, "parity": "even", "stop": 1}),
        changed("q51", inner=BY_ID["q01"]["hex"]),
        BY_ID["q01"] | {"confirms": "each"},
        BY_ID["q01"] | {"confirms": "none"},
        BY_ID["q01"] | {"confirmed_by": BY_ID["q05"]["hex"]},
        BY_ID["q01"] | {"valid_checksum": False},
        BY_ID["q01"] | {"hex": BY_ID["q01"]["hex"] * 2},
        BY_ID["q01"] | {"hex": "zz"},
        requested("q30", hex=BY_ID["q31"]["request"]["hex"]),
        requested("q30", expect={"password": "11" * 16}),
        requested("q30", expect=None),
        BY_ID["q30"] | {"request": 7},
        BY_ID["q31"] | {"request": BY_ID["q30"]["request"]},
        {"id": "x"},
        BY_ID["q01"] | {"expect": 7},
    ],
)
def test_a_wrong_vector_fails(entry):
    assert verdict(entry) is Verdict.FAILED
