"""Vectors of DLMS: they hold, and a wrong one fails."""

import pytest

from gateway.proof.case import Verdict
from gateway.proof.meter_vectors import run
from tests.dlms_ends import FRAMES

BY_ID = {each["id"]: each for each in FRAMES}


def verdict(entry):
    (found,) = run({"vectors": {"dlms": [entry]}})
    return found.verdict


def changed(name, **expect):
    return BY_ID[name] | {"expect": BY_ID[name]["expect"] | expect}


def turned(name):
    wire = bytearray.fromhex(BY_ID[name]["hex"])
    wire[5] ^= 1
    return wire.hex()


def test_every_published_vector_holds():
    assert {
        str(case) for case in run({"vectors": {"dlms": FRAMES}}) if case.verdict is not Verdict.PASSED
    } == set()


@pytest.mark.parametrize(
    "entry",
    [
        changed("h01", type="UA"),
        changed("h01", src_client=17),
        changed("h03", type="I frame N(S)=1"),
        changed("h03", llc="e6e700"),
        changed("h05", max_info_tx=127),
        changed("h05", window_rx=2),
        changed("h01", max_info_tx=129),
        changed("h11", max_pdu=511),
        changed("h11", negotiated_conformance="000019"),
        changed("h11", type="AARQ"),
        BY_ID["h01"] | {"fcs_ok": False},
        BY_ID["h01"] | {"hex": turned("h01")},
        BY_ID["h01"] | {"hex": "zz"},
        BY_ID["h11"] | {"hex": BY_ID["h11"]["hex"] + "00"},
        {"id": "x", "proto": "dlms-hdlc"},
        BY_ID["h01"] | {"expect": 7},
    ],
)
def test_a_wrong_vector_fails(entry):
    assert verdict(entry) is Verdict.FAILED


def test_a_frame_whose_check_is_wrong_must_be_refused():
    assert verdict({"id": "x", "proto": "dlms-hdlc", "hex": turned("h01"), "fcs_ok": False}) is Verdict.PASSED


def test_an_apdu_alone_is_read():
    entry = {
        "id": "x",
        "proto": "dlms-apdu",
        "hex": "c001c100030100010800ff0200",
        "expect": {"type": "GET request"},
    }
    assert verdict(entry) is Verdict.PASSED


def test_prose_alone_is_no_pass():
    assert verdict(BY_ID["h11"] | {"expect": {"apdu": "AARE accepted"}}) is Verdict.SKIPPED
