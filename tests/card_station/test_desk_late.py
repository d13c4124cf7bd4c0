"""Answers that come late, or twice, at the desk: what stands on the screen is not disturbed by them."""

# ruff: noqa: SLF001 - the program is driven without its reader, its pages and its socket.

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from card_station.centre import Hello
from card_station.desk import Desk
from card_station.desk_guard import Guard
from card_station.desk_site import DeskSite
from card_station.identity import Folder, third_of_life
from card_station.mending import Mending
from card_station.sale import NotKnown, NotSold
from card_station.screen import Screen
from card_station.service import HELLO_S, StationPlan, StationService
from gateway.core.office import NotDone, OfficeRefusal
from tests.station import Shop


class SlowCentre:
    """Holds the answers of one question until they are let go."""

    def __init__(self, line, op):
        self.line, self.op = line, op
        self.held: list[Deferred[None]] = []

    async def ask(self, op, request):
        if op == self.op:
            held: Deferred[None] = Deferred()
            self.held.append(held)
            await held
        return await self.line.ask(op, request)

    def let_go(self):
        self.held.pop(0).callback(None)


class SlowReader:
    """Begins a conversation when it is let go."""

    def __init__(self, reader):
        self.reader = reader
        self.held: Deferred[None] = Deferred()

    async def converse(self, begin, tell):
        await self.held
        return await self.reader.converse(begin, tell)


def desk_of(shop, centre):
    journal = shop.program.journal
    hello = Hello("n1", "Counter 1", "north", "CNY", "Asia/Shanghai", is_there=True)
    return Desk(
        shop.program.counter,
        centre,
        shop.reader,
        lambda: journal.purchases,
        Deferred.fromCoroutine,
        hello=hello,
    )


def begun(work):
    return Deferred.fromCoroutine(work)


def signed_in(shop, op):
    centre = SlowCentre(shop.line, op)
    desk = desk_of(shop, centre)
    begun(desk.sign_in("ann", "four words are better", ""))
    assert desk.screen is Screen.READY
    return desk, centre


def page(desk):
    site = DeskSite(desk, Guard("token", 1))
    return site._page(Silent()).decode()


class Silent:
    def setHeader(self, name, text):  # noqa: N802 - Twisted's name
        pass


@pytest.mark.parametrize("leave", ["back", "sign_out"])
def test_a_meter_that_is_found_when_the_card_is_gone_changes_nothing(leave, tmp_path):
    shop = Shop("powertill-cpu", tmp_path, taken=0)
    desk, centre = signed_in(shop, "find")
    desk.read()
    begun(desk.find(shop.books_counter.pan))
    if leave == "back":
        desk.back()
    else:
        begun(desk.sign_out())
    stood = desk.screen
    centre.let_go()
    assert desk.screen is stood
    assert desk.meter is None
    assert "<main" in page(desk)


def test_a_price_that_comes_while_the_card_is_written_is_not_shown(tmp_path):
    shop = Shop("powertill-cpu", tmp_path)
    desk, centre = signed_in(shop, "quote")
    desk.read()
    for amount in ("100", "200"):
        begun(desk.quote(amount))
    centre.let_go()
    desk.reader = reader = SlowReader(shop.reader)
    desk.commit()
    centre.let_go()
    assert desk.doing == "writing"
    assert "leave it in the reader" in page(desk)
    reader.held.callback(None)
    assert desk.screen is Screen.RESULT
    shop.check(2)


def test_whoever_signs_in_twice_is_in_once_and_the_second_session_is_ended(tmp_path):
    shop = Shop("powertill-cpu", tmp_path)
    centre = SlowCentre(shop.line, "sign_in")
    desk = desk_of(shop, centre)
    for _ in range(2):
        begun(desk.sign_in("ann", "four words are better", ""))
    centre.let_go()
    desk.reader = reader = SlowReader(shop.reader)
    desk.read()
    centre.let_go()
    assert desk.screen is Screen.BUSY
    assert shop.centre.asked[-1] == "sign_out"
    reader.held.callback(None)


class FullDisk:
    """A centre's line on which each answer meets a fault of the machine."""

    def __init__(self):
        self.count = 0

    async def ask(self, op, _request):
        self.count += 1
        raise OSError(28, op)


def service_of(shop, desk, client):
    """The program of a desk, without its reader and its pages."""
    plan = StationPlan(
        "https://localhost:1",
        Folder(Path("nowhere"), Path("nowhere")),
        Path("nowhere"),
        "Reader 0",
        "",
        1,
        "en",
        "1.0",
    )
    service = StationService(plan, Clock(), lambda: datetime(2000, 1, 1, tzinfo=UTC))
    service._desk, service._client = desk, client
    service._counter, service._journal = shop.program.counter, shop.program.journal
    return service


def test_the_half_minutes_go_on_behind_a_fault(tmp_path, caplog):
    shop = Shop("powertill-cpu", tmp_path)
    line = FullDisk()
    service = service_of(shop, desk_of(shop, shop.line), line)
    with caplog.at_level(logging.CRITICAL):
        begun(service._begin())
        for _ in range(3):
            service._reactor.advance(HELLO_S)
    assert line.count == 4
    assert "station.fault" in caplog.text


def test_a_sale_that_the_centre_did_not_hear_is_asked_again_while_its_cashier_sits_there(tmp_path):
    shop = Shop("powertill-cpu", tmp_path)
    desk, _ = signed_in(shop, "none")
    desk.read()
    begun(desk.quote("100"))
    shop.line.is_down = True
    desk.commit()
    assert isinstance(desk.result, NotKnown)
    service = service_of(shop, desk, shop.line)
    begun(service._begin())
    assert desk.unfinished, "the centre is still not there"
    shop.line.mend()
    service._reactor.advance(HELLO_S)
    assert not desk.unfinished
    desk.read()
    assert [one["tender_minor"] for one in desk.waiting] == [10_000]
    desk.bring(0)
    shop.check(2)


def test_a_sale_that_is_refused_when_it_is_asked_again_is_told_to_its_cashier(tmp_path, monkeypatch):
    shop = Shop("powertill-cpu", tmp_path)
    desk, _ = signed_in(shop, "none")
    desk.read()
    begun(desk.quote("100"))
    shop.line.is_down = True
    desk.commit()
    shop.line.mend()
    monkeypatch.setattr(shop.centre, "_sell", lambda _: NotDone(OfficeRefusal.NO_SHIFT))
    desk.ask_again()
    assert not desk.unfinished
    desk.back()
    assert desk.screen is Screen.READY
    assert desk.said is not None
    assert desk.said.sentence.startswith("A sale that the centre had not answered was refused")
    assert "give the money back" in page(desk)
    desk.read()
    desk.back()
    assert desk.said is None
    shop.check(1)


def test_before_the_centre_has_said_who_this_station_is_nobody_is_let_in(tmp_path):
    """Neither the money's name nor the station's code is known then."""
    shop = Shop("powertill-cpu", tmp_path)
    desk = desk_of(shop, shop.line)
    desk.hello = Hello(why="the centre does not answer")
    greetings: list[str] = []

    async def greet():
        greetings.append("hello")
        if len(greetings) > 1:
            desk.hello.station = "n1"

    desk.greet = greet
    begun(desk.sign_in("ann", "four words are better", ""))
    assert (desk.screen, desk.session) == (Screen.SIGN_IN, None)
    assert desk.said is not None
    assert desk.said.sentence == "the centre does not answer"
    begun(desk.sign_in("ann", "four words are better", ""))
    assert desk.screen is Screen.READY
    begun(desk.sign_out())
    begun(desk.sign_in("ann", "four words are better", ""))
    assert len(greetings) == 2, "once it is known it is not asked again"


def test_money_that_is_taken_back_after_she_has_gone_on_is_said_when_her_hands_are_free(tmp_path):
    shop = Shop("powertill-cpu", tmp_path)
    desk, centre = signed_in(shop, "undo")
    desk.read()
    begun(desk.quote("100"))
    shop.reader.card = None
    desk.commit()
    assert isinstance(desk.result, NotSold)
    begun(Mending(desk).give_back())
    desk.back()
    shop.reader.card = shop.card
    desk.reader = reader = SlowReader(shop.reader)
    desk.read()
    centre.let_go()
    assert desk.screen is Screen.BUSY, "what is under way stays on the screen"
    reader.held.callback(None)
    desk.back()
    assert desk.said is not None
    assert desk.said.sentence.startswith("The sale was taken back in the books: hand its money out.")


@pytest.mark.parametrize(("days", "before"), [(3, 1), (90, 30), (365, 365 / 3)])
def test_a_certificate_is_renewed_in_the_last_third_of_its_life(days, before):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "n1")])
    begins = datetime(2026, 11, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(7).not_valid_before(begins).not_valid_after(begins + timedelta(days=days))
        .sign(key, SHA256())
    )  # fmt: skip
    assert third_of_life(made.public_bytes(Encoding.PEM).decode()) == timedelta(days=before)
