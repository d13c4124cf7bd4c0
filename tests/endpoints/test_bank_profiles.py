"""Every profile over a real TCP link: the sample messages of the field, and the simulator's whole tour."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint, connectProtocol

import schemas
from adapters.db.journal_reader import JournalReader
from gateway.codecs.iso8583.message import Message
from gateway.core.tariff import Tariff
from gateway.endpoints.bank_iso8583 import BankLinkFactory
from gateway.multi_tariff.quote_price import TariffPricing
from gateway.multi_tariff.tariff_in_force import TariffInForce
from gateway.proof.check import check_books
from gateway.simulators.bank import BankSimulator
from gateway.simulators.bank_messages import BankIdentity, altopay_identity
from gateway.simulators.bank_profile import BankProfile
from gateway.simulators.meter import Accepted, VirtualMeter
from tests.builders import bank_door, database, decoder_key, drn, identity, meter_file

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "iso8583.json").read_text(encoding="utf-8"))
SAMPLES = {vector["id"]: vector for vector in VECTORS["messages"]}
#: Published beside the sample sign-on: the key of its signature, and the moment it was made.
SECRET = b"vkey_sidcsoi765djcos"
SIGNED_AT = datetime(2020, 11, 29, 7, 55, 40, tzinfo=UTC)


def rupiah_prices() -> TariffPricing:
    tariff = Tariff.from_mapping(schemas.load("tariff/idr_flat.json"), "idr-1")
    return TariffPricing([TariffInForce("domestic", datetime(2019, 1, 1, tzinfo=UTC), tariff)])


async def listening(door, profile: str, bank_identity: BankIdentity, now):
    """A port on loopback and a simulated bank's link to it; the first call of each test."""
    factory = BankLinkFactory(door)
    port = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(factory)
    simulator = BankSimulator(BankProfile.named(profile), bank_identity, now)
    link = await connectProtocol(
        TCP4ClientEndpoint(reactor, "127.0.0.1", port.getHost().port), simulator.link(reactor)
    )
    return factory, port, link


async def ended(factory, port, link):
    link.close()
    await factory.drain()
    await port.stopListening()


def sample(name: str) -> Message:
    vector = SAMPLES[name]
    return Message(vector["mti"], {int(number): text for number, text in vector["fields"].items()})


@pytest_twisted.ensureDeferred
async def test_the_altopay_samples_are_answered_over_tcp_and_the_payment_brings_a_token(tmp_path):
    customer = meter_file(1, account_no="081228812348")
    engine = database(tmp_path / "till.db", meters=[customer])
    door = bank_door(
        engine,
        "altopay",
        clock=reactor,
        now=lambda: SIGNED_AT,
        pricing=rupiah_prices(),
        sign_on_secret=SECRET,
        currency="IDR",
        most_minor=100_000_000,
    )
    identity_ = altopay_identity("akey_7HgyugUyfuT", SECRET)
    factory, port, link = await listening(door, "altopay", identity_, lambda: SIGNED_AT)
    signed_on = await link.ask(sample("ebipp-logon-0800"))
    assert signed_on.fields[39] == "00"
    assert (await link.ask(sample("ebipp-echo-0800"))).fields[39] == "00"

    inquired = await link.ask(sample("ebipp-inquiry-0200"))
    assert (inquired.mti, inquired.fields[39]) == ("0210", "00")
    profile = link.messages.profile
    assert profile.tags_of(48, inquired.fields[48])["NM"] == "Zh*** We*"
    assert profile.tags_of(57, inquired.fields[57])["S1"] == f"METER {drn(1)}"

    paid = await link.ask(sample("ebipp-payment-0200"))
    assert (paid.mti, paid.fields[39]) == ("0210", "00")
    tags = profile.tags_of(48, paid.fields[48])
    assert tags["CN"] == "081228812348"
    assert tags["FS"] == "67279"
    meter = VirtualMeter(identity(1), decoder_key(identity(1)))
    assert isinstance(meter.enter(tags["TK"]), Accepted)
    slip = profile.tags_of(57, paid.fields[57])
    assert slip["R0"].replace(" ", "") == f"TOKEN{tags['TK']}"
    assert "TOTAL IDR 138983.00" in slip.values()
    await ended(factory, port, link)
    assert check_books(JournalReader(engine)) == []
    engine.dispose()


@pytest_twisted.ensureDeferred
async def test_a_wrong_or_old_signature_does_not_sign_on(tmp_path):
    engine = database(tmp_path / "till.db", 1)
    for now, secret in ((SIGNED_AT, b"another"), (SIGNED_AT.replace(hour=9), SECRET)):
        door = bank_door(engine, "altopay", clock=reactor, now=lambda now=now: now, sign_on_secret=secret)
        factory, port, link = await listening(
            door, "altopay", altopay_identity("akey_7HgyugUyfuT", SECRET), lambda: SIGNED_AT
        )
        assert (await link.ask(sample("ebipp-logon-0800"))).fields[39] == "63"
        assert (await link.ask(sample("ebipp-inquiry-0200"))).fields[39] == "01"
        await ended(factory, port, link)
    engine.dispose()


@pytest.mark.parametrize("profile", ["default", "binary87"])
@pytest_twisted.ensureDeferred
async def test_a_payment_and_its_life_over_tcp(tmp_path, profile):
    engine = database(tmp_path / "till.db", 2)
    now = lambda: datetime.now(UTC)  # noqa: E731 - a clock
    door = bank_door(engine, profile, clock=reactor, now=now)
    factory, port, link = await listening(door, profile, BankIdentity(), now)
    assert (await link.sign_on()).fields[39] == "00"
    paid = await link.pay(drn(1), 10_000)
    assert paid.fields[39] == "00"
    again = await link.repeat(paid)
    read = link.messages.profile.tags_of
    assert read(48, again.fields[48])["TK"] == read(48, paid.fields[48])["TK"]
    assert (await link.pay(drn(1), 20_000, paid.fields[37])).fields[39] == "94"
    assert (await link.reverse(paid)).fields[39] == "12"
    await ended(factory, port, link)
    assert check_books(JournalReader(engine)) == []
    engine.dispose()


@pytest.mark.parametrize("header", [{"kind": "tpdu"}, {"kind": "text", "text": "ISO015000010"}])
@pytest_twisted.ensureDeferred
async def test_a_header_comes_back_as_the_network_wants_it(tmp_path, header):
    engine = database(tmp_path / "till.db", 1)
    tables = schemas.load("iso8583/default.json")
    tables["framing"] = {"kind": "be16_inclusive", "header": header, "max": 4096}
    now = lambda: datetime.now(UTC)  # noqa: E731 - a clock
    door = bank_door(engine, tables, clock=reactor, now=now)
    factory, port, link = await listening(door, "default", BankIdentity(), now)
    link.close()
    simulated = replace(BankProfile.named("default"), framing=door.profile.framing)
    simulator = BankSimulator(simulated, BankIdentity(), now)
    link = await connectProtocol(
        TCP4ClientEndpoint(reactor, "127.0.0.1", port.getHost().port), simulator.link(reactor)
    )
    assert (await link.sign_on()).fields[39] == "00"
    await ended(factory, port, link)
    engine.dispose()
