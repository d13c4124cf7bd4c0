"""The stations' door and whoever means it harm, or has a bug: limits, deadlines, bodies that are none."""

import json
import random
import socket
import ssl
import threading
import time

import pytest
from twisted.internet.threads import deferToThread

from gateway.core.station_certificate import drawn_code
from gateway.endpoints.station_conversation import StationConversation
from gateway.endpoints.station_needs import StationLimits
from gateway.ports import OutcomeUnknown
from tests import cards
from tests.station_house import PAN, PASSWORD, SHAPES, CallingStation, now_us, served

SHORT = StationLimits(links_max=3, in_flight_max=2, request_deadline_s=0.6)
HELLO = {"version": "1", "readers": [], "unfinished": 0, "clock_us": 1}


@served(limits=SHORT)
def test_a_request_that_comes_too_slowly_is_cut_with_the_reason(house):
    station = house.station()
    with station.connected() as link:
        link.sendall(b"POST /station/v1/hello HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")
        began = time.monotonic()
        said = link.recv(4_096)
    assert b"408" in said.split(b"\r\n")[0]
    assert time.monotonic() - began < 5


@served(limits=SHORT)
def test_who_connects_and_says_nothing_is_cut(house):
    with socket.create_connection(("127.0.0.1", house.port), timeout=10) as link:
        try:
            said = link.recv(100)
        except ConnectionResetError:
            said = b""
    assert said == b""


@served
def test_a_body_that_is_too_long_is_refused_before_it_is_kept(house):
    station = house.station()
    status, said = station.send("hello", b"", **{"Content-Length": str(64 * 1024 + 1)})
    assert (status, said["fault"]["where"]) == (413, "body")
    with station.connected() as link:
        link.sendall(
            b"POST /station/v1/hello HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
        )
        assert b"413" in link.recv(4_096)


@served(limits=SHORT)
def test_there_is_an_end_to_the_connections(house):
    station = house.station()
    links = [station.connected() for _ in range(3)]
    with pytest.raises((ssl.SSLError, ConnectionError, OSError)):
        station.connected()
    for link in links:
        link.close()
    time.sleep(0.2)
    assert station.ask("hello", **HELLO)[0] == 200


@served(limits=SHORT)
def test_one_station_has_so_many_questions_answered_at_one_time(house):
    """Two sign-ins are being compared; the third question is told to come again, another station's is not."""
    station, other = house.station("n1"), house.station("s1")
    gate = threading.Event()
    passwords = house.door.desk._behind.passwords  # noqa: SLF001 - the double is of a thread that is slow
    passwords._run_elsewhere = slowly(gate)  # noqa: SLF001 - likewise
    waiting = [
        threading.Thread(target=station.ask, args=("sign_in",), kwargs={"login": login, "password": PASSWORD})
        for login in ("ann", "cho")
    ]
    for one in waiting:
        one.start()
    time.sleep(0.4)
    assert station.ask("hello", **HELLO)[0] == 429
    assert other.ask("hello", **HELLO)[0] == 200
    gate.set()
    for one in waiting:
        one.join()
    assert station.ask("hello", **HELLO)[0] == 200


def slowly(gate):
    def run(function, *arguments):
        def work():
            gate.wait(10)
            return function(*arguments)

        return deferToThread(work)

    return run


@served
def test_a_station_that_asks_too_fast_is_told_so_and_another_one_is_not(house):
    station, other = house.station("n1"), house.station("s1")
    pace = house.site._conversation._paces["n1"]  # noqa: SLF001 - thousands of requests take too long here
    pace.left, pace.at_s = 0.0, house.door.clock.seconds()
    status, said = station.ask("hello", **HELLO)
    assert (status, said["fault"]["where"]) == (429, "pace")
    assert other.ask("hello", **HELLO)[0] == 200


@served
def test_a_decision_that_does_not_come_is_answered_with_ask_again(house):
    station = house.station()
    station.sign_in()

    def closed(_command):
        raise OutcomeUnknown("the commit's fate is not known; ask again")

    house.poster.post = closed
    status, said = station.here("quote", pan=PAN, amount_minor=10_000)
    assert (status, set(said)) == (503, {"busy"})


@served
def test_a_bug_of_ours_is_answered_with_ask_again_and_counted(house):
    station = house.station()

    def broken(_status):
        raise KeyError("a bug")

    house.heard.hear = broken
    status, said = station.ask("hello", **HELLO)
    assert (status, set(said)) == (503, {"busy"})
    assert house.tally.counted["station_requests", ("asked", "hello"), ("outcome", "fault")] == 1


@served
def test_what_is_no_question_is_refused(house):
    station = house.station()
    assert station.send("nothing", b"{}")[0] == 404
    assert station.send("hello", b"", method="GET")[0] == 405
    for body in (b"", b"[]", b"null", b"{", b"\xff", b"[" * 60_000, b'{"a": NaN}', b'{"version": "\\ud800"}'):
        assert station.send("hello", body)[0] == 400, body[:20]
    assert station.ask("hello", **HELLO, more=1)[0] == 400
    assert station.ask("hello", **HELLO | {"unfinished": True})[0] == 400
    assert station.ask("hello", **HELLO | {"unfinished": -1})[0] == 400
    status, said = station.ask("hello", **HELLO | {"version": "1\n"})
    assert (status, said["fault"]["where"]) == (400, "hello.version")


@served
def test_three_hundred_bodies_that_were_changed_at_random_meet_no_bug(house):
    station, dice = house.station(), random.Random(26)
    station.sign_in()
    card = cards.blank("powertill-cpu")
    shown, right = station.read(card), bodies(station)
    right["look"]["shown"] = right["sell"]["card"] = right["begin"]["card"] = shown
    statuses = set()
    for _ in range(300):
        op = dice.choice(sorted(right))
        body = mutated(dice, json.dumps(right[op]).encode())
        house.site._conversation._paces.clear()  # noqa: SLF001 - the pace is another test's
        status, _ = station.send(op, body)
        statuses.add(status)
        assert status in {200, 400, 401, 413}, (op, body)
    assert {200, 400} <= statuses
    assert not [place for place in house.tally.counted if ("outcome", "fault") in place]


def bodies(station):
    """A right body of each question."""
    session = {"session": station.session}
    order = {"order": 1, "payment": "bank/@n1/x", "by": "ann"}
    ask = {
        "purpose": "seal", "profile": "powertill-cpu", "serial": cards.SERIAL, "key_version": 1,
        "key": "wallet", "size": 8, "challenge": "00" * 8, "header": "04d6830010", "body": "00" * 8,
        "system": cards.SYSTEM,
    }  # fmt: skip
    card = {"serial": "AA", "profile": "x", "key_version": 1}
    return {
        "enrol": {"code": drawn_code(bytes(128)), "csr": station.csr()},
        "renew": {"csr": station.csr()},
        "hello": HELLO,
        "sign_in": {"login": "ann", "password": "wrong", "code": "123456"},
        "errand": session
        | {"profile": "powertill-cpu", "serial": cards.SERIAL, "key_version": 1, "system": cards.SYSTEM},
        "answer": {"errand": "order/1", "ask": ask},
        "look": dict(session),
        "find": session | {"number": PAN},
        "quote": session | {"pan": PAN, "amount_minor": 10_000},
        "sell": session | {"nonce": "n" * 16, "pan": PAN, "tender_minor": 10_000, "price": "x"},
        "reserve": session
        | {
            "nonce": "n" * 16,
            "pan": PAN,
            "payment": "bank/east/r1",
            "card": {"serial": "AA", "profile": "x"},
        },
        "order": {"order": 1},
        "begin": dict(order),
        "confirm": order | {"card": {"serial": "AA", "profile": "x", "key_version": 1}},
        "doubt": order | {"told": "card_gone"},
        "give_up": order | {"told": "x"},
        "returned": {"serial": "AA", "profile": "x", "values": {"remaining": 1}, "raw": "00"},
        "undo": session | {"payment": "bank/@n1/x", "pan": PAN, "amount_minor": 1},
        "reissue": session
        | {"nonce": "n" * 16, "pan": PAN, "before": "AA", "gone": "lost", "reason": "x", "card": dict(card)},
        "take_off": session
        | {"order": 1, "payment": "bank/east/r1", "pan": PAN, "reason": "x", "card": dict(card)},
        "cleared": order | {"card": dict(card)},
    }


def mutated(dice, body):
    """A body with one thing wrong: a byte, a piece left out or doubled, a value exchanged, or nothing."""
    at, to = sorted((dice.randrange(len(body)), dice.randrange(len(body))))
    match dice.randrange(6):
        case 0:
            return body[:at] + bytes([dice.randrange(256)]) + body[at + 1 :]
        case 1:
            return body[:at] + body[to:]
        case 2:
            return body[:to] + body[at:to] + body[to:]
        case 3 | 4:
            return json.dumps(exchanged(dice, json.loads(body))).encode()
        case _:
            return body


def exchanged(dice, value):
    """The same with one value of it another."""
    strange: tuple = (
        "",
        "x" * 300,
        -1,
        2**70,
        1.5,
        True,
        None,
        [],
        {},
        "\u0000",
        "é\u2028",
        "../..",
        "' OR 1=1",
        "0" * 18,
    )
    if isinstance(value, dict) and value and dice.random() < 0.9:
        name = dice.choice(sorted(value))
        return value | {name: exchanged(dice, value[name]) if dice.random() < 0.5 else dice.choice(strange)}
    return dice.choice(strange)


def test_every_question_of_the_schema_is_heard_and_no_other():
    assert StationConversation(None).questions == set(SHAPES["requests"]) == set(SHAPES["answers"])


@served
def test_a_clock_that_is_off_is_told(house):
    station = house.station()
    assert station.ask("hello", **HELLO | {"clock_us": now_us(house) + 60_000_000})[0] == 200
    assert house.heard.status("n1").clock_off_us == 60_000_000


@served
def test_a_stranger_without_a_certificate_has_limits_as_well(house):
    stranger = CallingStation(house)
    status, said = stranger.send("enrol", json.dumps({"code": "AAAA-AAAA"}).encode())
    assert (status, said["fault"]["where"]) == (400, "enrol.csr")
    assert stranger.send("enrol", b"", **{"Content-Length": str(64 * 1024 + 1)})[0] == 413
