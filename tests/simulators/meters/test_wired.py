"""A meter with its model: which face it gets, which password, and what a town need not load."""

import subprocess
import sys

import pytest

from gateway.codecs.meter_model.model import MODELS, model_named
from gateway.simulators.meters.face645 import Face645
from gateway.simulators.meters.face1997 import Face1997
from gateway.simulators.meters.face62056 import Face62056
from gateway.simulators.meters.face_dlms import FaceDlms, title_of
from gateway.simulators.meters.wired import WiredMeter
from tests.virtual_meters import house

FACES = {
    "dlt645-2007": Face645, "dlt645-prepaid": Face645, "dlt645-1997": Face1997, "iec62056-21": Face62056,
    "dlms-hdlc": FaceDlms, "dlms-tcp": FaceDlms, "dlms-prepaid": FaceDlms,
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_every_model_has_a_face_and_a_password(name):
    meter = WiredMeter(model_named(name), house())
    assert type(meter.face()) is FACES[name]
    assert meter.house.password == ("000000" if name.startswith("dlt645") else "00000000")
    assert meter.face() is not meter.face(), "each line has its own"


def test_a_password_that_it_has_is_kept():
    of = house()
    of.password = "314159"
    assert WiredMeter(model_named("dlt645-2007"), of).house.password == "314159"


def test_a_meter_is_as_quick_as_it_is_told_to_be():
    meter = WiredMeter(model_named("dlt645-2007"), house(), turn_ms=300)
    assert (meter.face().turn_ms, meter.face().answer_ms) == (300, 300)


def test_a_title_is_three_letters_and_the_number():
    assert title_of("000000000161") == b"PWS\0\0\0\0\xa1"
    assert len(title_of("999999999999")) == 8


def test_a_town_of_dlt_645_loads_no_cipher():
    code = (
        "import sys; from gateway.simulators.meters import serve, town, wired, security_module;"
        "sys.exit('cryptography' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
