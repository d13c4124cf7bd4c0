"""A bank pays for a meter on a line, all real programs: the credit gets there, and the bank is told."""

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from typing import Any

import pytest

from gateway.assembly.crash_points import POINTS
from gateway.core.meter_way import LineKind
from tests.daemon import PROFILE
from tests.line_house import (
    enter_ways,
    keys_of,
    line_place,
    own_number,
    remote_meter,
    token_meter,
    wallet_meter,
    way_to,
)

IN_METER = "paid; the credit is in the meter"
SOON_S = 60


def said(answer):
    """What a bank's answer says in words."""
    return answer.fields.get(63, "")


def told(caller, payment, sentence):
    """Ask where the credit is until this is said; give the answer."""
    until = time.monotonic() + SOON_S
    while time.monotonic() < until:
        answer = caller.ask(caller.messages.query(payment))
        if sentence in said(answer):
            return answer
        time.sleep(0.2)
    raise AssertionError(f"not said within {SOON_S} s; last: {answer.fields}")


def tokens(answer):
    return PROFILE.tags_of(48, answer.fields[48])


def paid_for(caller, file):
    request = caller.messages.payment(file.identity.pan, 10_000)
    answer = caller.ask(request)
    assert answer.fields[39] == "00", answer.fields
    assert said(answer) == "paid; the credit is sent to the meter"
    assert "TK" not in tokens(answer)
    return request, answer


def shown(meter):
    """Ask a served meter how it stands."""
    meter.process.stdin.write("show\n")
    meter.process.stdin.flush()
    return meter.process.stdout.readline()


@pytest.mark.slow
def test_a_paid_token_is_entered_over_the_line_and_the_bank_is_told(tmp_path):
    file = remote_meter(1)
    place = line_place(tmp_path / "place", [file])
    keys_of(place, file)
    with token_meter(place, file) as meter, place.start() as gateway:
        enter_ways(place, way_to(file, meter.place))
        gateway.up()
        with gateway.caller("east") as caller:
            request, first = paid_for(caller, file)
            answer = told(caller, request, IN_METER)
            assert len(tokens(answer)["TK"]) == 20
            again = caller.ask(caller.messages.repeat(request))
            assert said(again) == said(first), "the payment itself is answered as it was"
        gateway.assert_no_fault()
        gateway.stop()
    found = place.assert_sound()
    assert [one.state for one in found.sales] == ["issued"]


@pytest.mark.slow
def test_a_wallet_is_recharged_once_for_each_payment(tmp_path):
    file = remote_meter(1)
    place = line_place(tmp_path / "place", [file])
    with wallet_meter(place, file) as meter, place.start() as gateway:
        enter_ways(place, way_to(file, meter.place, "dlt645-prepaid"))
        gateway.up()
        with gateway.caller("east") as caller:
            for _ in range(2):
                request, _ = paid_for(caller, file)
                told(caller, request, IN_METER)
        gateway.assert_no_fault()
        gateway.stop()
        read = subprocess.run(
            [sys.executable, "-m", "gateway.cli", "meter", "read", "--model", "dlt645-prepaid", "--at",
             f"tcp:{meter.place}", "--address", own_number(file), "purchases", "last-bought"],
            capture_output=True, text=True, timeout=60, check=True,
        ).stdout  # fmt: skip
    assert read.split()[1::3][:1] == ["2"] or " 2" in read, read
    assert "100.00" in read
    place.assert_sound()


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize("point", [point for point in POINTS if point.startswith("lines.")])
@pytest.mark.parametrize("kind", ["token", "wallet"])
def test_a_gateway_that_is_killed_on_the_way_to_a_meter_goes_on_when_it_is_started_again(
    kind, point, tmp_path
):
    file = remote_meter(1)
    place = line_place(tmp_path / "place", [file])
    keys_of(place, file)
    served: Any = {"token": (token_meter, "dlms-prepaid"), "wallet": (wallet_meter, "dlt645-prepaid")}
    serve, model = served[kind]
    with serve(place, file) as meter:
        enter_ways(place, way_to(file, meter.place, model))
        with place.start(point) as gateway:
            gateway.up()
            with gateway.caller("east") as caller:
                request, _ = paid_for(caller, file)
            assert gateway.ended() == -signal.SIGKILL
        with place.start() as gateway:
            gateway.up()
            with gateway.caller("east") as caller:
                told(caller, request, IN_METER)
            gateway.assert_no_fault()
            gateway.stop()
        assert credits_in(meter, kind, file) == 1
    place.assert_sound()


def credits_in(meter, kind, file):
    """Ask the meter itself how many credits it has taken."""
    words = ["--address", own_number(file), "purchases"]
    if kind == "token":
        # What was used since is little beside what one credit carries.
        return round(int(shown(meter).split()[-2]) / 204_700)
    found = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "meter", "read", "--model", "dlt645-prepaid", "--at",
         f"tcp:{meter.place}", *words, "--json"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return json.loads(found.stdout)["read"][0]["number"]


CALLERS = """
[[line]]
name = "callers"
kind = "calls_in"
at_once = 4
"""


@pytest.mark.slow
def test_a_meter_that_connects_by_itself_gets_its_credit_when_it_comes(tmp_path):
    file, port = remote_meter(1), 7_100
    place = line_place(tmp_path / "place", [file], more=CALLERS)
    config = place.folder / "powertill.toml"
    listens = f'[lines]\nlisten = "tcp:{port}:interface={place.host}"\nmodels_calling = ["dlt645-prepaid"]'
    config.write_text(config.read_text().replace("[lines]", listens))
    way = replace(way_to(file, own_number(file), "dlt645-prepaid"), kind=LineKind.CALLS_IN)
    enter_ways(place, way)
    with place.start() as gateway:
        gateway.up()
        with gateway.caller("east") as caller:
            request, _ = paid_for(caller, file)
            told(caller, request, "paid; waits for the meter's line")
            with wallet_meter(place, file, where=("--dial", f"{place.host}:{port}")):
                told(caller, request, IN_METER)
        gateway.assert_no_fault()
        gateway.stop()
    place.assert_sound()
