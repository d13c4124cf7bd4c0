"""Who gets in at the stations' door: certificates, codes, signing in; what is taken back is dead at once."""

import base64
import logging
import socket
import ssl
import warnings
from datetime import timedelta

import pyotp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from sqlalchemy import update

from adapters.db import tables as t
from adapters.db.journal_reader import JournalReader
from adapters.keys.station_authority import StationAuthority, new_authority
from adapters.people.authenticators import Authenticators
from admin_web.diary_changes import Telling
from admin_web.diary_details import detail_said
from admin_web.shown import Shown
from admin_web.words import words_of
from gateway.core.authority import Function
from gateway.core.diary import Action, Actor
from gateway.core.hidden import Hidden
from gateway.core.session import EnrolPolicy
from gateway.core.station_certificate import code_digest
from gateway.core.views_staff import Diary
from gateway.core.views_stations import StationCertificates
from gateway.office.authorised import Act, Authorised
from gateway.office.manage_roles import KeepStation
from gateway.proof.verify import verify
from tests.builders import CHAIN_SECRET, ZONE
from tests.station_house import PASSWORD, SEALING, TOTP, CallingStation, now_us, served

HELLO = {"version": "1.0", "readers": [{"name": "Reader 0", "state": "ready"}], "unfinished": 1}


def hello(station, **changes):
    return station.ask("hello", **HELLO, clock_us=now_us(station.house), **changes)


@served
def test_a_code_lets_a_station_in_and_its_certificate_says_whose_it_is(house):
    station = house.station()
    (kept,) = house.asked(StationCertificates())
    assert (kept.station, kept.by, kept.revoked_us) == ("n1", "local:root", None)
    status, said = hello(station)
    assert status == 200
    assert {name: said["ok"][name] for name in ("station", "name", "branch", "currency", "zone")} == {
        "station": "n1", "name": "n1", "branch": "North", "currency": "CNY", "zone": "Asia/Shanghai",
    }  # fmt: skip
    assert (said["ok"]["system"], said["ok"]["key_versions"], said["ok"]["is_open"]) == (
        "00000815",
        [1],
        True,
    )
    status = house.heard.status("n1")
    assert (status.unfinished, status.readers[0].state, status.certificate) == (1, "ready", kept.number)
    assert status.address == "127.0.0.1"
    assert not status.is_silent(now_us(house))
    assert status.is_silent(now_us(house) + 91_000_000)


@served
def test_a_code_serves_once_and_the_same_key_gets_the_same_certificate_again(house):
    code, station = house.code(), CallingStation(house)
    first = station.ok("enrol", code=code, csr=station.csr())
    assert station.ok("enrol", code=code.lower().upper().replace("-", ""), csr=station.csr()) == first
    assert (
        CallingStation(house).refused("enrol", code=code, csr=CallingStation(house).csr())
        == "station_code_used"
    )
    assert len(house.asked(StationCertificates())) == 1


@served
def test_a_code_is_over_after_half_an_hour(house):
    code, station = house.code(), CallingStation(house)
    house.later(minutes=30)
    assert station.refused("enrol", code=code, csr=station.csr()) == "no_station_code"


@served
def test_after_five_wrong_codes_from_an_address_the_right_one_waits_as_well(house):
    code, station = house.code(), CallingStation(house)
    for n in range(5):
        assert station.refused("enrol", code=f"WRONG-WRONG-{n}", csr=station.csr()) == "no_station_code"
    assert station.refused("enrol", code=code, csr=station.csr()) == "tried_too_often"


def weak(station):
    return station.csr(rsa.generate_private_key(65_537, 1_024))  # noqa: S505 - that is what is refused


def unproven(station):
    """A request with the public key of one and the signature of another."""
    lines = station.csr().strip().splitlines()
    octets = bytearray(base64.b64decode("".join(lines[1:-1])))
    octets[-3] ^= 1
    body = base64.b64encode(octets).decode()
    return "\n".join([lines[0], body, lines[-1], ""])


@pytest.mark.parametrize(
    "make",
    [
        lambda station: station.csr(ec.generate_private_key(ec.SECP384R1())),
        weak,
        lambda station: "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
        unproven,
    ],
    ids=["P-384", "RSA 1024", "no request", "of somebody else's key"],
)
def test_a_request_that_is_too_weak_or_unproven_is_refused_and_the_code_still_serves(make, tmp_path):
    @served
    def story(house):
        code, station = house.code(), CallingStation(house)
        assert station.refused("enrol", code=code, csr=make(station)) == "bad_request"
        assert station.ok("enrol", code=code, csr=station.csr())["station"] == "n1"

    return story(tmp_path)


@served
def test_whom_a_certificate_names_and_what_it_may_do_is_ours_to_say(house):
    code, station = house.code("s1"), CallingStation(house)
    said = station.ok("enrol", code=code, csr=station.csr(name="n1"))
    made = x509.load_pem_x509_certificate(said["certificate"].encode())
    assert said["station"] == "s1"
    assert made.subject.rfc4514_string() == "CN=s1"
    usage = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH]
    assert not made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert said["authority"] == house.authority.pem


@served
def test_without_a_certificate_nothing_is_answered_but_enrol(house):
    stranger = CallingStation(house)
    status, said = hello(stranger)
    assert (status, said["denied"]) == (401, "certificate")
    assert stranger.ask("look", session="x" * 43, shown={})[0] == 401


@served
def test_a_certificate_that_was_taken_back_is_dead_at_the_next_request(house):
    station = house.station()
    assert hello(station)[0] == 200
    (kept,) = house.asked(StationCertificates())
    house.revoke(kept.number)
    status, said = hello(station)
    assert (status, said["denied"]) == (401, "certificate")
    assert station.ask("renew", csr=station.csr())[0] == 401


@served
def test_a_certificate_that_is_over_by_its_row_lets_nobody_in(house):
    station = house.station()
    house.later(days=31)
    assert hello(station)[0] == 401


@served
def test_a_certificate_of_another_authority_does_not_get_past_the_handshake(house):
    station = CallingStation(house)
    made = new_authority("Riverside Power", house.now())
    other = StationAuthority(made.certificate, made.key, 30)
    station.holding(other.signed(station.csr(), "n1", house.now()).pem, "other.pem")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        hello(station)


@served
def test_a_certificate_that_is_over_does_not_get_past_the_handshake(house):
    station = CallingStation(house)
    made = house.authority.signed(station.csr(), "n1", house.now() - timedelta(days=60))
    station.holding(made.pem, "old.pem")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        hello(station)


@served
def test_what_the_authority_has_signed_lets_nobody_in_without_its_row(house):
    station = CallingStation(house)
    station.holding(house.authority.signed(station.csr(), "n1", house.now()).pem, "signed.pem")
    status, said = hello(station)
    assert (status, said["denied"]) == (401, "certificate")


@served
def test_the_door_s_own_certificate_opens_nothing_for_a_station(house):
    """It is of the authority as well, and has no row; TLS refuses it, for it may only serve."""
    station = CallingStation(house)
    pair = house.authority.server(["127.0.0.1"], house.now())
    station.certificate = house.folder / "server.pem"
    station.certificate.write_bytes(pair.key + pair.certificate)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        hello(station)


@served
def test_tls_before_1_2_and_plain_http_are_not_spoken(house):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=house.authority.pem)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with (
        pytest.raises((ssl.SSLError, ConnectionError)),
        socket.create_connection(("127.0.0.1", house.port)) as plain,
    ):
        context.wrap_socket(plain, server_hostname="localhost")
    with socket.create_connection(("127.0.0.1", house.port), timeout=10) as plain:
        plain.sendall(b"POST /station/v1/enrol HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
        assert b"HTTP" not in plain.recv(100)


@served
def test_the_next_certificate_is_given_to_one_that_stands_and_the_one_before_lasts_a_day_more(house):
    station = house.station()
    before = house.stations["n1"].certificate.read_text()
    again = CallingStation(house)
    again.certificate = station.certificate
    said = station.ok("renew", csr=again.csr())
    assert station.ok("renew", csr=again.csr()) == said, "a lost answer is asked for again"
    again.holding(said["certificate"], "renewed.pem")
    assert hello(again)[0] == 200
    assert hello(station)[0] == 200
    house.later(hours=24)
    assert hello(station)[0] == 401
    assert hello(again)[0] == 200
    assert before == station.certificate.read_text()


@served
def test_a_station_that_keeps_its_key_gets_the_next_certificate_and_a_lost_answer_the_same_again(house):
    station = house.station()
    said = station.ok("renew", csr=station.csr())
    assert said["certificate"].encode() not in station.certificate.read_bytes()
    assert station.ok("renew", csr=station.csr()) == said, "a lost answer is asked for again"
    station.holding(said["certificate"], "renewed.pem")
    assert hello(station)[1]["ok"]["certificate_ends_us"] == said["ends_us"]
    assert station.ok("renew", csr=station.csr())["certificate"] != said["certificate"]


@served
def test_no_more_certificates_stand_than_a_station_may_have(house):
    station = house.station()
    for _ in range(7):
        assert "certificate" in station.ok("renew", csr=CallingStation(house).csr())
    assert station.refused("renew", csr=CallingStation(house).csr()) == "too_many_certificates"


@served
def test_a_station_that_was_closed_tells_how_it_stands_and_sells_nothing(house):
    station = house.station()
    station.sign_in()
    order = KeepStation("local:root", "close", "n1", "n1", "north", is_open=False, is_new=False)
    house.posted(order_at_the_machine(order))
    status, said = hello(station)
    assert (status, said["ok"]["is_open"]) == (200, False)
    status, said = station.here("find", number="0726")
    assert (status, said["denied"]) == (403, "closed")
    assert station.ask("sign_in", login="ann", password=PASSWORD)[0] == 403
    code = station.refused("enrol", code="AAAA-AAAA", csr=station.csr())
    assert code == "no_station_code"


def order_at_the_machine(order):
    act = Act(Function.STATIONS, "KeepStation", "", "n1", needs_reason=False, action=Action.CHANGE)
    return Authorised(Actor("root"), act, order)


# ---- people


@served
def test_a_cashier_signs_in_with_what_she_has_in_the_office(house):
    station = house.station()
    said = station.sign_in()
    assert (said["login"], said["name"], said["language"], said["has_shift"]) == ("ann", "Ann", "en", True)
    assert station.done("find", number="Zhang")["meters"]
    assert station.done("sign_out") == {}
    status, said = station.here("find", number="Zhang")
    assert (status, said["denied"]) == (401, "session")


@served
def test_whatever_was_wrong_the_same_is_said_and_after_five_tries_nothing_is_compared(house):
    station = house.station()
    for login in ("ann", "nobody", "Not A Login"):
        assert station.refused("sign_in", login=login, password="wrong") == "wrong_sign_in"
    for _ in range(4):
        assert station.refused("sign_in", login="ann", password="wrong") == "wrong_sign_in"
    assert station.refused("sign_in", login="ann", password=PASSWORD) == "wrong_sign_in"
    assert station.sign_in("cho", code=code_of(house))["login"] == "cho", "a colleague is not held back"


def code_of(house):
    return pyotp.TOTP(TOTP).at(house.now())


@served
def test_an_authenticator_s_code_is_asked_for_and_taken_once(house):
    station = house.station()
    assert Authenticators(SEALING, "x").step_of(Hidden(TOTP), code_of(house), house.now())
    assert station.refused("sign_in", login="cho", password=PASSWORD) == "wrong_sign_in"
    assert station.sign_in("cho", code=code_of(house))["has_shift"] is False
    assert station.refused("sign_in", login="cho", password=PASSWORD, code=code_of(house)) == "wrong_sign_in"


@served
def test_who_must_set_a_password_of_her_own_is_sent_to_the_office_first(house):
    station = house.station()
    assert station.refused("sign_in", login="new", password=PASSWORD) == "set_password"
    sessions = house.asked(Diary(action="sign_out"))
    assert [row.subject for row in sessions] == ["new"]


@served(policy=EnrolPolicy.EVERYBODY)
def test_who_must_have_an_authenticator_is_sent_to_the_office_first(house):
    assert house.station().refused("sign_in", login="ann", password=PASSWORD) == "set_authenticator"


@served
def test_a_session_is_good_at_its_own_station_only_and_for_a_quarter_of_an_hour(house):
    north, south = house.station("n1"), house.station("s1")
    north.sign_in()
    status, said = south.ask("find", session=north.session, number="Zhang")
    assert (status, said["denied"]) == (401, "session")
    house.later(minutes=14)
    assert north.done("find", number="Zhang")
    house.later(minutes=14)
    assert north.done("find", number="Zhang"), "she was there meanwhile"
    house.later(minutes=16)
    assert north.here("find", number="Zhang")[0] == 401


@served
def test_who_may_not_sell_and_who_is_of_another_branch_gets_nothing(house):
    station, south = house.station("n1"), house.station("s1")
    station.sign_in("nil")
    assert station.here("find", number="Zhang")[1]["refused"]["code"] == "not_allowed"
    station.sign_in("bob")
    assert station.here("find", number="Zhang")[1]["refused"]["code"] == "other_branch"
    south.sign_in("bob")
    assert south.done("find", number="Zhang")["meters"] == []


@served
def test_what_was_done_stands_in_the_diary_without_code_or_password_and_verifies(house):
    code, station = house.code(), CallingStation(house)
    station.let_in(code)
    station.sign_in()
    lines = " ".join(f"{row.actor} {row.subject} {row.detail}" for row in house.asked(Diary(limit=200)))
    assert "@n1" in lines
    telling = Telling(words_of("zh"), Shown(words_of("zh").locale, ZONE), "CNY", {})
    said = [detail_said(row, telling) for row in house.asked(Diary(limit=200))]
    assert any("凭 local:root 生成的代码接入" in one for one in said), said
    assert any("已生成接入该售电站的代码" in one for one in said), said
    for secret in (code, code_digest(code), PASSWORD, station.session or "none"):
        assert secret not in lines
    assert verified(house) == []


@served
def test_a_certificate_s_row_that_is_changed_by_hand_is_found(house):
    house.station()
    (kept,) = house.asked(StationCertificates())
    house.revoke(kept.number)
    assert verified(house) == []
    with house.engine.begin() as connection:
        connection.execute(update(t.station_certificate).values(revoked_us=None))
    assert any(f"certificate {kept.number}" in one for one in verified(house))


def verified(house):
    journal = JournalReader(house.engine)
    return list(verify(journal.sealed(), CHAIN_SECRET, journal.standing(), {}).findings)


class Heard(logging.Handler):
    def __init__(self, lines):
        super().__init__()
        self.lines = lines

    def emit(self, record):
        self.lines.append(f"{record.getMessage()} {record.__dict__}")


@served
def test_nothing_that_a_station_sends_stands_in_the_log(house):
    heard: list[str] = []
    handler = Heard(heard)
    log = logging.getLogger("powertill")
    log.addHandler(handler)
    was = log.level
    log.setLevel(logging.DEBUG)
    try:
        station = house.station()
        station.sign_in()
        station.done("find", number="600727")
        station.refused("sign_in", login="ann", password="a wrong password")
    finally:
        log.removeHandler(handler)
        log.setLevel(was)
    said = " ".join(heard)
    assert "/station/v1/find" in said
    for secret in (PASSWORD, "a wrong password", station.session, "600727"):
        assert secret not in said
