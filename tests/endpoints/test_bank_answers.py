"""Whatever is booked can be said: full fields, long names, any profile; a booked payment brings its token."""

import random
import string
from dataclasses import replace
from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

import schemas
from adapters.db.journal_reader import JournalReader
from adapters.db.registry import Registry
from gateway.codecs.iso8583.message import Message
from gateway.codecs.iso8583.subfields import SubFieldLayout
from gateway.core.customer import Customer
from gateway.core.meter import Carrier
from gateway.core.outcome import Approved
from gateway.core.timeline import microseconds
from gateway.core.token import TokenDigits
from gateway.endpoints.answer_draft import fitted, plain_ascii
from gateway.endpoints.bank_answer import AnswerWriter
from gateway.endpoints.bank_profile import BankProfile
from gateway.endpoints.bank_wording import masked_name
from tests.builders import NOON, ZONE, Wire, bank_door, database, drn, meter_file

PROFILES = {
    name: BankProfile.from_tables(schemas.load(f"iso8583/{name}.json")) for name in ("default", "altopay")
}
#: Fields of free text, and how much they hold.
EXTRA = {43: 40, 44: 25, 45: 76, 46: 999, 47: 999, 54: 120, 57: 999, 60: 999, 61: 999, 62: 999, 63: 999}


def approved(**changes) -> Approved:
    usual = Approved(
        receipt_no=7,
        pan="600727070000000019",
        account_no="A1",
        customer="Zhang Wei",
        power_type="domestic",
        tender_minor=10_000,
        currency="CNY",
        energy_wh=204_700,
        lines=(("ENERGY", 8_850), ("VAT", 1_150)),
        tariff_version="domestic-1",
        carrier=Carrier.TOKEN,
        token=TokenDigits("12345678901234567890"),
        at_us=microseconds(NOON),
    )
    return replace(usual, **changes)


def answer(profile: BankProfile, request: Message, content) -> Message:
    return profile.spec.decode(AnswerWriter(profile, ZONE, time(0, 0)).decided(request, content))


def request(profile: BankProfile, **private: str) -> Message:
    fields = {3: "500000", 4: "000000010000", 7: "1123040000", 11: "000001", 13: "1123", 37: "632704000001"}
    return Message("0200", {**fields, **{int(n[1:]): text for n, text in private.items()}})


@given(
    name=st.text(max_size=300),
    receipt_no=st.integers(1, 10**18),
    energy_wh=st.integers(1, 10**12),
    filling=st.integers(0, 990),
    profile=st.sampled_from(sorted(PROFILES)),
)
def test_an_approval_is_always_said_with_its_token(name, receipt_no, energy_wh, filling, profile):
    bank = PROFILES[profile]
    asked_with = "ZZ99" + "x" * 99
    full = (asked_with * 10)[: 103 * (filling // 103)]
    asking = request(bank, f48=full[:103])  # a repeated tag cannot be read, so one is sent
    content = approved(customer=name, receipt_no=receipt_no, energy_wh=energy_wh)
    said = answer(bank, asking, content)
    assert said.fields[39] == "00"
    assert bank.layouts[48].parse(said.fields[48]).values["TK"] == "12345678901234567890"


def test_the_banks_own_tags_give_way_to_the_token_where_the_field_is_full():
    bank = PROFILES["default"]
    own = "".join(f"{a}{b}99" + "x" * 99 for a, b in zip("ABCDEFGHI", "ABCDEFGHI", strict=True))[:927]
    said = answer(bank, request(bank, f48=own + "RF60" + "y" * 60), approved())
    read = bank.layouts[48].parse(said.fields[48])
    assert read.values["TK"] == "12345678901234567890"
    assert read.values["RF"] == "y" * 60
    assert read.unknown == {}


def test_a_name_is_shown_so_that_it_is_recognised_and_no_more():
    assert masked_name("Zhang Wei") == "Zh*** We*"
    assert masked_name("Li Bo") == "L* B*"


def test_a_text_becomes_what_every_field_can_carry():
    assert plain_ascii("Zoë 张\n\x7f") == "Zoe ???"


def test_a_value_does_not_break_a_tagged_field():
    layout = SubFieldLayout.from_table(48, {"kind": "tagged", "separator": "|", "equals": "="})
    assert layout.parse(layout.build({"NM": fitted(layout, "a|b=c")})).values == {"NM": "a b c"}


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["default", "binary87"])
def test_whatever_stands_in_the_other_fields_a_booked_payment_brings_its_token(tmp_path, profile):
    engine = database(tmp_path / "till.db", meters=[meter_file(1, account_no="A1")])
    wire = Wire(bank_door(engine, profile, clock=Clock(), tid_lead_max=1_000_000)).sign_on()
    dice = random.Random(f"answers {profile}")
    booked = 0
    for _ in range(1_500):
        payment = wire.messages.payment(drn(1), dice.randint(100, 20_000))
        fields = dict(payment.fields)
        for number in dice.sample(sorted(EXTRA), dice.randint(0, 4)):
            size = EXTRA[number] if number == 43 else dice.randint(1, min(EXTRA[number], 200))
            fields[number] = "".join(dice.choices(string.ascii_letters + string.digits + " ", k=size))
        own = "".join(f"{tag}{n:02d}" + "x" * n for tag in ("Q1", "Q2") for n in [dice.randint(0, 99)])
        fields[48] += own * (dice.random() < 0.5)
        (said,) = wire.send(wire.profile.spec.encode("0200", dict(sorted(fields.items()))))
        if said.fields[39] == "00":
            booked += 1
            assert len(wire.profile.tags_of(48, said.fields[48])["TK"]) == 20
    assert booked == len(list(JournalReader(engine).sales()))
    assert booked == 1_500
    engine.dispose()


def test_a_customer_with_an_endless_name_gets_his_token(tmp_path):
    engine = database(tmp_path / "till.db", 1)
    registry = Registry(engine)
    registry.enter_customers([Customer("LONG", "X" * 400, "")])
    registry.enter_meters([meter_file(9, account_no="LONG")])
    wire = Wire(bank_door(engine, clock=Clock())).sign_on()
    assert wire.ask(wire.messages.inquiry(drn(9))).fields[39] == "00"
    paid = wire.ask(wire.messages.payment(drn(9), 10_000))
    assert len(wire.profile.tags_of(48, paid.fields[48])["TK"]) == 20
    engine.dispose()
