"""Free energy at both doors: its token reaches the customer, in every profile, now and when it is fetched."""

import copy
import json
import logging
from dataclasses import replace
from datetime import date, time

import pytest
from twisted.internet.task import Clock

import schemas
from adapters.db.journal_reader import JournalReader
from gateway.codecs.iso8583.message import Message
from gateway.core.meter import Carrier
from gateway.core.outcome import Approved, FreeToken, recalled
from gateway.core.timeline import microseconds
from gateway.core.token import TokenDigits
from gateway.endpoints.bank_answer import AnswerWriter
from gateway.endpoints.bank_profile import BankProfile, ProfileFault
from gateway.endpoints.bank_wording import price_lines, slip_lines, waiting_sentence
from gateway.endpoints.soap_answer import result_of
from gateway.endpoints.soap_values import QueryCall
from gateway.proof.check import check_books
from gateway.simulators.bank_messages import BankIdentity
from gateway.simulators.meter import Accepted, VirtualMeter
from tests.builders import (
    NOON,
    ZONE,
    Till,
    Wire,
    bank_door,
    database,
    decoder_key,
    drn,
    free_pricing,
    identity,
    pricing,
)

RAND = {"pricing": free_pricing(), "currency": "ZAR"}
PAID, FREE = "12345678901234567890", "09876543210987654321"
SOLD = Approved(
    receipt_no=7,
    pan="600727070000000019",
    account_no="A1",
    customer="Zhang Wei",
    power_type="domestic",
    tender_minor=50_000,
    currency="ZAR",
    energy_wh=134_300,
    lines=(("ARREARS", 15_000), ("ENERGY_NET", 30_435), ("VAT", 4_565)),
    tariff_version="lifeline-1",
    carrier=Carrier.TOKEN,
    token=TokenDigits(PAID),
    at_us=microseconds(NOON),
    free=FreeToken(60_000, TokenDigits(FREE)),
)
WAITING = replace(SOLD, token=None, free=FreeToken(60_000, None))
DAY = date(2026, 11, 23)


@pytest.fixture
def engine(tmp_path):
    engine = database(tmp_path / "till.db", 2)
    yield engine
    assert check_books(JournalReader(engine)) == []


def rand_wire(engine, profile="default", **changes):
    door = bank_door(engine, profile, clock=Clock(), **(RAND | changes))
    return Wire(door, BankIdentity(currency="ZAR")).sign_on()


def tags(wire, answer, field=48):
    return wire.profile.tags_of(field, answer.fields[field])


def answered(profile: BankProfile, content, **private: str) -> Message:
    fields = {3: "500000", 4: "000000050000", 7: "1123040000", 11: "000001", 13: "1123", 37: "632704000001"}
    request = Message("0200", fields | {int(n[1:]): text for n, text in private.items()})
    return profile.spec.decode(AnswerWriter(profile, ZONE, time(0, 0)).decided(request, content))


def profile_of(name="default", **door) -> BankProfile:
    tables = copy.deepcopy(schemas.load(f"iso8583/{name}.json"))
    tables["door"] |= door
    return BankProfile.from_tables(tables)


# -- ISO 8583 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", ["default", "binary87"])
def test_both_tokens_of_a_sale_reach_the_meter(engine, profile):
    wire = rand_wire(engine, profile)
    said = tags(wire, wire.ask(wire.messages.payment(drn(1), 50_000)))
    assert (said["EN"], said["FE"]) == ("191900", "60000")
    meter = VirtualMeter(identity(1), decoder_key(identity(1)))
    taken = [meter.enter(said[tag]) for tag in ("TK", "FT")]
    assert [one.energy_wh for one in taken if isinstance(one, Accepted)] == [191_900, 60_000]


def test_a_repeat_brings_both_tokens_in_the_same_bytes(engine):
    wire = rand_wire(engine)
    request = wire.messages.payment(drn(1), 50_000)
    payload = wire.profile.spec.encode(request.mti, request.fields)
    said = []
    for one in (wire, rand_wire(engine), rand_wire(engine)):
        one.link.dataReceived(one.profile.framing.wrap(payload))
        said.append(one.transport.value())
        one.transport.clear()
    assert said[0] == said[1] == said[2]
    assert len(list(JournalReader(engine).sales())) == 1


def test_the_second_purchase_of_a_month_has_nothing_free(engine):
    wire = rand_wire(engine)
    wire.ask(wire.messages.payment(drn(1), 50_000))
    assert not {"FT", "FE"} & tags(wire, wire.ask(wire.messages.payment(drn(1), 50_000))).keys()


def test_a_waiting_credit_says_what_comes_free_and_a_query_fetches_both_tokens(engine):
    wire = rand_wire(engine, token_in_answer=False)
    payment = wire.messages.payment(drn(1), 50_000)
    waiting = wire.ask(payment)
    assert tags(wire, waiting)["FE"] == "60000"
    assert not {"TK", "FT"} & tags(wire, waiting).keys()
    assert waiting.fields[63] == "paid; the token waits to be fetched, with 60.0 kWh more that are free"
    fetched = tags(wire, wire.ask(wire.messages.query(payment)))
    assert len({fetched["TK"], fetched["FT"]}) == 2
    assert tags(wire, wire.ask(wire.messages.query(payment))) == fetched
    (sale,) = JournalReader(engine).sales()
    assert len([token for token in JournalReader(engine).tokens() if token.sale_id == sale.id]) == 2


def test_a_reversed_waiting_credit_gives_the_free_energy_of_the_month_back(engine):
    wire = rand_wire(engine, token_in_answer=False)
    payment = wire.messages.payment(drn(1), 50_000)
    wire.ask(payment)
    assert wire.ask(wire.messages.reversal(payment)).fields[39] == "00"
    assert tags(wire, wire.ask(wire.messages.payment(drn(1), 50_000)))["FE"] == "60000"


def test_altopay_says_the_free_token_in_its_tag_and_on_the_slip():
    profile = profile_of("altopay")
    said = answered(profile, SOLD)
    assert profile.layouts[48].parse(said.fields[48]).values["FT"] == FREE
    slip = profile.layouts[57].parse(said.fields[57]).values
    assert list(slip.values()) == [
        "TOKEN 1234 5678 9012 3456 7890",
        "FREE TOKEN 0987 6543 2109 8765 4321",
        "ENERGY 134.3 kWh",
        "FREE ENERGY 60.0 kWh",
        "METER 07000000001",
        "ARREARS 150.00",
        "ENERGY_NET 304.35",
        "VAT 45.65",
        "TOTAL ZAR 500.00",
        "RECEIPT 7",
    ]


def test_a_slip_with_too_many_lines_keeps_tokens_total_and_sum():
    profile = profile_of("altopay")
    lines = tuple((f"LEVY_{n}", 100) for n in range(60))
    said = answered(profile, replace(SOLD, lines=lines, tender_minor=6_000))
    slip = list(profile.layouts[57].parse(said.fields[57]).values.values())
    assert slip[:2] == ["TOKEN 1234 5678 9012 3456 7890", "FREE TOKEN 0987 6543 2109 8765 4321"]
    assert len(slip) == 19
    assert slip[-3:] == ["OTHER 49.00", "TOTAL ZAR 60.00", "RECEIPT 7"]
    assert sum(float(row.split()[1]) for row in slip[5:-2]) == 60


@pytest.mark.parametrize("most", range(1, 12))
def test_however_few_lines_there_are_the_tokens_stand_on_them(most):
    lines = slip_lines(SOLD, most)
    assert len(lines) <= most
    assert lines[0].startswith("TOKEN ")
    assert most < 2 or lines[1].startswith("FREE TOKEN ")


def test_a_long_code_is_cut_and_its_amount_never():
    (line,) = price_lines((("ENERGY." + "x" * 60, -12_345),), "ZAR", 1)
    assert (len(line), line[-8:]) == (40, " -123.45")


def test_the_banks_own_tags_give_way_to_both_tokens():
    profile = profile_of()
    own = "".join(f"{a}{b}99" + "x" * 99 for a, b in zip("ABCDEFGHI", "ABCDEFGHI", strict=True))[:927]
    said = answered(profile, SOLD, f48=own + "RF60" + "y" * 60)
    read = profile.layouts[48].parse(said.fields[48]).values
    assert (read["TK"], read["FT"]) == (PAID, FREE)


def test_both_tokens_fit_where_hardly_anything_does():
    tables = copy.deepcopy(schemas.load("iso8583/default.json"))
    tables["message"]["fields"]["48"]["max"] = 50
    del tables["door"]["answer"]["key_change"]
    profile = BankProfile.from_tables(tables)
    read = profile.layouts[48].parse(answered(profile, SOLD).fields[48]).values
    assert read == {"TK": PAID, "FT": FREE}


def test_a_slip_that_is_too_long_for_its_field_loses_its_last_lines_first():
    tables = copy.deepcopy(schemas.load("iso8583/altopay.json"))
    tables["message"]["fields"]["57"]["max"] = 99
    profile = BankProfile.from_tables(tables)
    slip = profile.layouts[57].parse(answered(profile, SOLD).fields[57]).values
    assert list(slip) == ["R0", "R1", "R2"]
    assert FREE in slip["R1"].replace(" ", "")


def test_an_old_free_token_in_a_request_does_not_look_like_the_answer_s():
    profile = profile_of()
    said = answered(profile, replace(SOLD, free=None), f48="FT20" + FREE + "MT1107000000013")
    assert "FT" not in profile.layouts[48].parse(said.fields[48]).values


def test_a_profile_without_a_place_for_the_free_token_says_it_in_its_text():
    answer = {"token": {"field": 48, "tag": "TK"}, "text": {"field": 63}}
    said = answered(profile_of(answer=answer), SOLD)
    assert said.fields[63] == "FREE TOKEN 0987 6543 2109 8765 4321"


def test_a_profile_that_could_not_say_a_free_token_is_refused():
    with pytest.raises(ProfileFault, match="a free token could not be said"):
        profile_of(answer={"token": {"field": 48, "tag": "TK"}})


def test_where_a_credit_waits_is_said_with_what_comes_free():
    sentences = {carrier: waiting_sentence(replace(WAITING, carrier=carrier)) for carrier in Carrier}
    assert all(sentence.endswith(", with 60.0 kWh more that are free") for sentence in sentences.values())
    assert "FREE ENERGY 60.0 kWh" in slip_lines(WAITING, 19)
    assert waiting_sentence(replace(WAITING, free=None)) == "paid; the token waits to be fetched"


def test_a_slip_says_what_of_the_energy_the_meter_had_before():
    assert "OF IT IN THE METER BEFORE 20.0 kWh" in slip_lines(replace(SOLD, preset_wh=20_000), 19)
    assert not any("BEFORE" in line for line in slip_lines(SOLD, 19))


# -- SOAP, and what is stored -------------------------------------------------------------------------


def test_a_soap_result_has_the_free_token_and_hides_it_from_its_repr():
    call = QueryCall("R1", DAY)
    result = result_of(call, SOLD, ZONE, time(0, 0))
    assert (result.free_wh, result.free_kwh, result.free_token) == (60_000, "60.0", FREE)
    assert FREE not in repr(result)
    waiting = result_of(call, WAITING, ZONE, time(0, 0))
    assert (waiting.free_wh, waiting.free_token) == (60_000, None)
    assert result_of(call, replace(SOLD, free=None), ZONE, time(0, 0)).free_wh is None


@pytest.mark.parametrize("sold", [SOLD, WAITING, replace(SOLD, free=None)])
def test_what_is_stored_is_recalled(sold):
    assert recalled(sold.stored()) == sold


def test_a_content_of_before_there_was_free_energy_is_still_recalled():
    stored = (
        '["approved",7,"600727070000000019","A1","Zhang Wei","domestic",50000,"ZAR",134300,'
        '[["ARREARS",15000],["ENERGY_NET",30435],["VAT",4565]],"lifeline-1","token",'
        f'"{PAID}",{microseconds(NOON)}]'
    )
    assert recalled(stored) == replace(SOLD, free=None)
    assert json.loads(replace(SOLD, free=None).stored()) == json.loads(stored)


def test_neither_token_shows_in_a_repr_or_a_log(engine, caplog):
    assert PAID not in repr(SOLD)
    assert FREE not in repr(SOLD)
    assert FREE not in f"{SOLD.free}"
    caplog.set_level(logging.DEBUG)
    wire = rand_wire(engine)
    said = tags(wire, wire.ask(wire.messages.payment(drn(1), 50_000)))
    logged = "".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "bank.decided" in logged
    assert said["TK"] not in logged
    assert said["FT"] not in logged


def test_a_waiting_credit_is_handed_over_with_both_tokens_and_its_debt_is_paid_once():
    till = Till(token_in_answer=False, currency="ZAR")
    till.pricing = free_pricing()
    till.books.balances["AR:A1:ARREARS"] = 120_000
    held = till.post(till.pay(minor=50_000, currency="ZAR"))
    assert (held.energy_wh, held.free) == (134_300, FreeToken(60_000, None))
    assert held.lines[0] == ("ARREARS", 15_000)
    handed = till.post(till.hand_over())
    assert handed.free is not None
    assert [handed.token, handed.free.token] == [token.digits for token in till.tokens()]
    assert handed.lines == held.lines
    assert till.post(till.hand_over()) == handed


def test_a_tariff_without_free_energy_says_nothing_of_it(engine):
    wire = Wire(bank_door(engine, clock=Clock(), pricing=pricing())).sign_on()
    assert not {"FT", "FE"} & tags(wire, wire.ask(wire.messages.payment(drn(1), 10_000))).keys()
