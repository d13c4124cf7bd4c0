"""powertill bank-sim against a real door on loopback, and what it refuses before it calls."""

import contextlib
import re

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.endpoints import serverFromString

import schemas
from gateway.assembly.commands.bank_visit import BankVisit, Errand
from gateway.cli import main
from gateway.core.money import Money
from gateway.endpoints.bank_iso8583 import BankLinkFactory
from gateway.simulators.bank import BankSimulator
from gateway.simulators.bank_messages import BankIdentity, altopay_identity
from gateway.simulators.bank_profile import BankProfile
from tests.builders import NOON, bank_door, database, drn, free_pricing

HUNDRED = Money(10_000, "CNY")


@contextlib.asynccontextmanager
async def listening(tmp_path, profile="default", **more):
    engine = database(tmp_path / "till.db")
    factory = BankLinkFactory(bank_door(engine, profile, clock=reactor, **more))
    port = await serverFromString(reactor, "tcp:0:interface=127.0.0.1").listen(factory)
    try:
        yield f"tcp:127.0.0.1:{port.getHost().port}"
    finally:
        await port.stopListening()
        await factory.drain()
        engine.dispose()


def visit(errand, meter="", profile="default", amount=HUNDRED, identity=None):
    bank = BankSimulator(BankProfile.named(profile), identity or BankIdentity(), lambda: NOON, first_trace=7)
    return BankVisit(bank, schemas.load(f"iso8583/{profile}.json"), errand, meter, amount)


@pytest_twisted.ensureDeferred
async def test_a_payment_prints_both_messages_and_the_token(tmp_path, capsys):
    async with listening(tmp_path) as endpoint:
        assert await visit(Errand.PAY, drn(1)).make(reactor, endpoint) == 0
    shown = capsys.readouterr().out
    assert "> request\nMTI 0200\n" in shown
    assert "< answer\nMTI 0210\n" in shown
    assert "Paid        CNY 100.00\nCustomer    Zh*** We*\nReceipt     1\nEnergy      204.7 kWh\n" in shown
    (token,) = [line for line in shown.splitlines() if line.startswith("Token ")]
    assert len(token.split()) == 6
    assert max(map(len, shown.splitlines())) <= 80


@pytest_twisted.ensureDeferred
async def test_what_comes_free_is_shown_with_its_token(tmp_path, capsys):
    rand = Money(50_000, "ZAR")
    who = BankIdentity(currency="ZAR")
    async with listening(tmp_path, pricing=free_pricing(), currency="ZAR") as endpoint:
        assert await visit(Errand.PAY, drn(1), amount=rand, identity=who).make(reactor, endpoint) == 0
    shown = capsys.readouterr().out
    assert "Energy      191.9 kWh\nFree energy 60.0 kWh\nToken " in shown
    assert re.search(r"^Free token  \d{4}( \d{4}){4}$", shown, re.MULTILINE)


@pytest_twisted.ensureDeferred
async def test_an_inquiry_with_an_amount_shows_the_offer(tmp_path, capsys):
    async with listening(tmp_path) as endpoint:
        assert await visit(Errand.INQUIRE, drn(1)).make(reactor, endpoint) == 0
        assert await visit(Errand.INQUIRE, drn(1), amount=None).make(reactor, endpoint) == 0
    shown = capsys.readouterr().out
    assert shown.count("Asked for") == 1
    assert "Asked for   CNY 100.00\nEnergy      204.7 kWh\nTariff      domestic-1\n" in shown
    assert "\nText        ENERGY 204.7 kWh; ENERGY 88.50; " in shown


@pytest_twisted.ensureDeferred
async def test_a_tour_sees_the_same_token_twice(tmp_path, capsys):
    async with listening(tmp_path) as endpoint:
        assert await visit(Errand.TOUR, drn(1)).make(reactor, endpoint) == 0
    shown = capsys.readouterr().out
    titles = [line.strip("- ") for line in shown.splitlines() if line.startswith("---- ")]
    assert titles == [
        "sign on",
        "echo",
        "inquiry",
        "payment of CNY 100.00",
        "the same payment again",
        "sign off",
    ]
    assert shown.endswith("The repeat brought the same token.\n")


@pytest_twisted.ensureDeferred
async def test_a_refusal_is_said_with_its_code_and_sentence(tmp_path, capsys):
    async with listening(tmp_path) as endpoint:
        assert await visit(Errand.PAY, drn(9)).make(reactor, endpoint) == 1
    shown = capsys.readouterr().out
    assert "Refused with code 14: no such meter or customer" in shown
    assert "Token " not in shown


@pytest_twisted.ensureDeferred
async def test_a_signed_sign_on_does_not_show_its_signature(tmp_path, capsys):
    who = altopay_identity("key-1", b"secret")
    async with listening(tmp_path, "altopay", sign_on_secret=b"secret", currency="IDR") as endpoint:
        assert await visit(Errand.ECHO, profile="altopay", identity=who).make(reactor, endpoint) == 0
    shown = capsys.readouterr().out
    assert re.search(r"SN signature, at sign-on +<64 masked>", shown)
    assert "key-1" not in shown


@pytest_twisted.ensureDeferred
async def test_who_cannot_sign_on_asks_nothing_more(tmp_path, capsys):
    who = altopay_identity("key-1", b"another")
    async with listening(tmp_path, "altopay", sign_on_secret=b"secret", currency="IDR") as endpoint:
        assert await visit(Errand.ECHO, profile="altopay", identity=who).make(reactor, endpoint) == 1
    assert "---- echo" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["echo"], "--port"),
        (["--port", "0", "echo"], "--port"),
        (["--port", "8583"], "ERRAND"),
        (["--port", "8583", "pay", "1"], "AMOUNT"),
        (["--port", "8583", "pay", "1", "0"], "AMOUNT"),
        (["--port", "8583", "pay", "1", "1.234"], "AMOUNT"),
        (["--port", "8583", "pay", "", "1"], "METER"),
        (["--port", "8583", "--currency", "XYZ", "echo"], "--currency"),
        (["--port", "8583", "--profile", "none", "echo"], "--profile"),
        (["--port", "8583", "--profile", "altopay", "echo"], "--secret-file"),
    ],
)
def test_wrong_input_is_named_before_anybody_is_called(words, named, capsys):
    assert main(["bank-sim", *words]) == 2
    assert named in capsys.readouterr().err
