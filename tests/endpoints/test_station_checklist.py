"""The security checklist at the stations' door, each point by its number.

What a point says is tried here where nothing else does; the others are pointed at in ``ELSEWHERE``. Points 6
(addresses: docs/threats-stations.md), 13 to 16 (XML) and 11 (a bank's clock) are not of this door; 20 to 23
are of the keys, 26 and 30 to 32 of the office's pages, 35 to 39 and 42 to 45 of the whole house.
"""

import json
import re
import socket
import time
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.core.office import OfficeRefusal
from gateway.endpoints.station_needs import StationLimits
from tests import cards
from tests.endpoints.test_station_hostile import HELLO, bodies
from tests.station_house import PAN, SHAPES, CallingStation, served

FOLDER = Path(__file__).parent
ELSEWHERE = {
    1: ["test_station_entry.py::test_tls_before_1_2_and_plain_http_are_not_spoken"],
    2: [
        "test_station_entry.py::test_a_certificate_of_another_authority_does_not_get_past_the_handshake",
        "test_station_entry.py::test_without_a_certificate_nothing_is_answered_but_enrol",
    ],
    3: [
        "test_station_entry.py::test_what_the_authority_has_signed_lets_nobody_in_without_its_row",
        "test_station_entry.py::test_whom_a_certificate_names_and_what_it_may_do_is_ours_to_say",
    ],
    4: [
        "test_station_entry.py::test_a_certificate_that_was_taken_back_is_dead_at_the_next_request",
        "test_station_kept_line.py::test_a_certificate_that_is_taken_back_is_dead_on_a_line_that_is_open",
        "test_station_entry.py::test_a_certificate_that_is_over_does_not_get_past_the_handshake",
        "test_station_entry.py::test_a_certificate_that_is_over_by_its_row_lets_nobody_in",
    ],
    7: [
        "test_station_hostile.py::test_there_is_an_end_to_the_connections",
        "test_station_hostile.py::test_one_station_has_so_many_questions_answered_at_one_time",
        "test_station_hostile.py::test_a_station_that_asks_too_fast_is_told_so_and_another_one_is_not",
        "test_station_kept_line.py::test_a_station_has_so_many_lines_and_another_one_its_own",
    ],
    8: [
        "test_station_hostile.py::test_a_request_that_comes_too_slowly_is_cut_with_the_reason",
        "test_station_hostile.py::test_who_connects_and_says_nothing_is_cut",
        "test_station_kept_line.py::test_each_request_on_a_line_has_its_own_deadline",
    ],
    17: [
        "test_station_hostile.py::test_a_body_that_is_too_long_is_refused_before_it_is_kept",
        "test_station_hostile.py::test_what_is_no_question_is_refused",
    ],
    27: [
        "test_station_entry.py::test_after_five_wrong_codes_from_an_address_the_right_one_waits_as_well",
        "test_station_entry.py::test_whatever_was_wrong_the_same_is_said_and_after_five_tries_nothing_is_compared",
    ],
    28: ["test_station_entry.py::test_an_authenticator_s_code_is_asked_for_and_taken_once"],
    29: [
        "test_station_entry.py::test_a_session_is_good_at_its_own_station_only_and_for_a_quarter_of_an_hour",
    ],
    34: ["test_station_entry.py::test_who_may_not_sell_and_who_is_of_another_branch_gets_nothing"],
    40: ["test_station_entry.py::test_nothing_that_a_station_sends_stands_in_the_log"],
}  # fmt: skip


@pytest.mark.parametrize("number", sorted(ELSEWHERE))
def test_what_is_pointed_at_is_there(number):
    for place in ELSEWHERE[number]:
        file, name = place.split("::")
        assert re.search(rf"^def {name}\(", (FOLDER / file).read_text(), re.MULTILINE), place


@served
def test_05_http_2_is_not_offered(house):
    station = house.station()
    context = station.context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    plain = socket.create_connection((house.host, house.port), timeout=10)
    with context.wrap_socket(plain, server_hostname="localhost") as link:
        assert link.selected_alpn_protocol() in {None, "http/1.1"}


@served(limits=StationLimits(request_deadline_s=0.6))
def test_08_a_handshake_that_comes_byte_by_byte_is_cut(house):
    began = time.monotonic()
    with socket.create_connection((house.host, house.port), timeout=10) as link, suppress(OSError):
        for octet in b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100):
            link.sendall(bytes([octet]))
            time.sleep(0.1)
    assert 0.5 < time.monotonic() - began < 5


@served
def test_12_the_same_nonce_with_another_content_is_refused_and_changes_nothing(house):
    station = house.station()
    station.sign_in()
    card = cards.blank("powertill-cpu")
    order = station.sell(card, "nonce-0123456789", 10_000)
    shown, quoted = station.read(card), station.quote(20_000)
    said = {"pan": PAN, "tender_minor": 20_000, "price": quoted["price"], "card": shown}
    assert station.refused("sell", session=station.session, nonce="nonce-0123456789", **said)
    assert station.ok("order", order=order["id"])["order"] == order


@served
def test_18_no_amount_that_is_none_is_taken(house):
    station = house.station()
    station.sign_in()
    for amount in (1.5, 100.0, "100", True, -1, 2**63, float("inf")):
        body = json.dumps({"session": station.session, "pan": PAN, "amount_minor": amount})
        status, _ = station.send("quote", body.encode())
        assert status == 400, amount
    assert station.refused("quote", session=station.session, pan=PAN, amount_minor=0) == "one_of_both"


@served
def test_19_what_goes_wrong_inside_is_not_told_outside(house):
    station = house.station()

    def broken(_status):
        raise KeyError("secret_table.password")

    house.heard.hear = broken
    status, said = station.ask("hello", **HELLO)
    assert status == 503
    for word in ("secret", "KeyError", "Traceback", ".py", "gateway"):
        assert word not in json.dumps(said)
    for header in ("Server", "X-Powered-By"):
        assert header not in station.headers


def asked_of(station):
    return bodies(station) | {"sign_out": {"session": station.session}}


@served
def test_33_each_question_takes_a_certificate_that_stands_but_for_the_one_that_asks_for_it(house):
    station, stranger = house.station(), CallingStation(house)
    station.sign_in()
    questions = asked_of(station)
    assert set(questions) == set(SHAPES["requests"])
    for op, body in questions.items():
        status, said = stranger.send(op, json.dumps(body).encode())
        if op == "enrol":
            assert (status, said["refused"]["code"]) == (200, OfficeRefusal.NO_STATION_CODE.name.lower())
        else:
            assert (status, said["denied"]) == (401, "certificate"), op


@served
def test_33_each_question_of_a_cashier_takes_her_session(house):
    station = house.station()
    station.sign_in()
    hers = {op: body for op, body in asked_of(station).items() if "session" in body}
    assert {"errand", "look", "find", "quote", "sell", "reserve", "undo"} <= set(hers)
    card = station.read(cards.blank("powertill-cpu"))
    for op, body in hers.items():
        more = {"look": {"shown": card}, "sell": {"card": card}, "reserve": {"card": card}}.get(op, {})
        status, said = station.ask(op, **body | more | {"session": "A" * 43})
        assert (status, said["denied"]) == (401, "session"), (op, said)
