"""An inquiry with an amount: both doors say what it would buy, and nothing is booked."""

import copy
from dataclasses import replace
from datetime import time, timedelta

import pytest
from twisted.internet.task import Clock

import schemas
from adapters.db.journal_reader import JournalReader
from gateway.codecs.iso8583.message import Message
from gateway.core.meter import Carrier
from gateway.core.money import Money
from gateway.core.outcome import MeterFound, Offer
from gateway.core.timeline import microseconds
from gateway.endpoints.bank_answer import AnswerWriter
from gateway.endpoints.bank_profile import BankProfile, ProfileFault
from gateway.endpoints.bank_wording import offer_lines
from gateway.simulators.bank_messages import BankIdentity, altopay_identity
from tests.builders import NOON, ZONE, Wire, bank_door, database, drn, free_pricing, pricing

SECRET = b"a secret"
OFFER = Offer(
    tender=Money(50_000, "ZAR"),
    energy_wh=191_900,
    free_wh=60_000,
    lines=(("ENERGY_NET", 43_478), ("VAT", 6_522)),
    tariff_version="lifeline-1",
    valid_until_us=microseconds(NOON + timedelta(minutes=15)),
)
FOUND = MeterFound(
    pan="600727070000000019",
    account_no="A1",
    customer="Zhang Wei",
    power_type="domestic",
    carrier=Carrier.TOKEN,
    least=Money(100, "ZAR"),
    most=Money(500_000, "ZAR"),
    mtd_wh=0,
    offer=OFFER,
)


@pytest.fixture
def engine(tmp_path):
    engine = database(tmp_path / "till.db", 2)
    yield engine
    assert list(JournalReader(engine).entries()) == []


def wire_of(engine, profile="default", prices=None, currency="ZAR", **changes):
    door = bank_door(
        engine, profile, clock=Clock(), pricing=prices or free_pricing(), currency=currency, **changes
    )
    bank = altopay_identity("k", SECRET) if profile == "altopay" else BankIdentity(currency=currency)
    return Wire(door, bank).sign_on()


def tags(wire, answer, field=48):
    return wire.profile.tags_of(field, answer.fields[field])


def altered(message: Message, **fields: str | None) -> Message:
    changed = message.fields | {int(n[1:]): text for n, text in fields.items()}
    return Message(message.mti, {n: text for n, text in changed.items() if text is not None})


@pytest.mark.parametrize("profile", ["default", "binary87"])
def test_an_inquiry_with_an_amount_says_what_it_would_buy(engine, profile):
    wire = wire_of(engine, profile)
    answer = wire.ask(wire.messages.inquiry(drn(1), 50_000))
    said = tags(wire, answer)
    assert answer.fields[39] == "00"
    assert (said["NM"], said["EN"], said["FE"], said["TV"]) == ("Zh*** We*", "191900", "60000", "lifeline-1")
    assert answer.fields[63] == (
        "ENERGY 191.9 kWh; FREE ENERGY 60.0 kWh; ENERGY_NET 434.78; VAT 65.22; TOTAL ZAR 500.00;"
        " VALID UNTIL 12:15"
    )
    assert not {"TK", "FT", "RC"} & said.keys()


def test_altopay_names_the_amount_in_a_tag_and_shows_the_offer_on_its_screen(engine):
    wire = wire_of(engine, "altopay", pricing("idr_flat"), "IDR", sign_on_secret=SECRET, most_minor=10**9)
    request = wire.messages.inquiry(drn(1), 5_000_000)
    assert request.fields[4] == "0" * 12
    assert tags(wire, request)["AT"] == "000000050000"
    answer = wire.ask(request)
    assert answer.fields[39] == "00"
    assert list(tags(wire, answer, 57).values()) == [
        "CUSTOMER Zh*** We*",
        f"METER {drn(1)}",
        "ENERGY 33.6 kWh",
        "ENERGY 48544.00",
        "PPJ 1456.00",
        "TOTAL IDR 50000.00",
        "VALID UNTIL 12:15",
    ]


def test_an_inquiry_without_an_amount_is_answered_as_before(engine):
    wire = wire_of(engine)
    answer = wire.ask(wire.messages.inquiry(drn(1)))
    assert tags(wire, answer) == {"MT": drn(1), "NM": "Zh*** We*", "MV": "100"}
    assert 63 not in answer.fields


def test_an_amount_without_a_currency_says_nothing(engine):
    wire = wire_of(engine)
    answer = wire.ask(altered(wire.messages.inquiry(drn(1), 50_000), f49=None))
    assert answer.fields[39] == "00"
    assert "EN" not in tags(wire, answer)


@pytest.mark.parametrize(("minor", "code"), [(1, "13"), (500_001, "13")])
def test_an_amount_that_could_not_be_paid_is_refused_as_its_payment(engine, minor, code):
    wire = wire_of(engine)
    assert wire.ask(wire.messages.inquiry(drn(1), minor)).fields[39] == code


def test_an_amount_in_another_currency_is_refused(engine):
    wire = wire_of(engine)
    assert wire.ask(altered(wire.messages.inquiry(drn(1), 50_000), f49="156")).fields[39] == "12"


@pytest.mark.parametrize("amount", ["50.00", "-5", "1" * 13, "x"])
def test_an_amount_in_a_tag_that_is_none_is_refused(engine, amount):
    wire = wire_of(engine, "altopay", pricing("idr_flat"), "IDR", sign_on_secret=SECRET)
    asked = wire.messages.inquiry(drn(1))
    named = asked.fields[48] + f"AT{len(amount):02d}{amount}"
    answer = wire.ask(altered(asked, f48=named))
    assert answer.fields[39] == "30"
    assert "DE48 tag AT" in " ".join(tags(wire, answer, 57).values())


@pytest.mark.parametrize("most", range(12))
def test_however_many_lines_a_screen_has_the_offer_is_cut_in_good_order(most):
    lines = offer_lines(replace(OFFER, lines=tuple((f"LEVY_{n}", 5_000) for n in range(10))), "12:15", most)
    assert len(lines) == most
    shown = [float(line.split()[1]) for line in lines if line.startswith(("LEVY", "OTHER"))]
    assert not shown or sum(shown) == 500
    assert most < 4 or lines[-2:] == ["TOTAL ZAR 500.00", "VALID UNTIL 12:15"]


def test_an_offer_with_many_lines_fits_its_text():
    tables = copy.deepcopy(schemas.load("iso8583/default.json"))
    tables["message"]["fields"]["63"]["max"] = 120
    profile = BankProfile.from_tables(tables)
    many = replace(FOUND, offer=replace(OFFER, lines=tuple((f"LEVY_{n}", 1_000) for n in range(50))))
    request = Message("0200", {3: "300000", 4: "000000050000", 11: "000001"})
    said = profile.spec.decode(AnswerWriter(profile, ZONE, time(0, 0)).decided(request, many))
    text = said.fields[63]
    assert len(text) <= 120
    assert text.startswith("ENERGY 191.9 kWh; FREE ENERGY 60.0 kWh; ")
    assert text.endswith("; TOTAL ZAR 500.00; VALID UNTIL 12:15")
    assert "; OTHER " in text


def test_a_wrong_place_for_the_amount_is_refused():
    tables = copy.deepcopy(schemas.load("iso8583/default.json"))
    tables["door"]["offer_amount"] = {"field": 48, "tag": "XX"}
    with pytest.raises(ProfileFault, match=r"door\.offer_amount: the layout of field 48 has no XX"):
        BankProfile.from_tables(tables)
