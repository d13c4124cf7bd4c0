"""A permit: what a station may have answered for an order, and what a stolen one may not."""

from dataclasses import replace

import pytest

from gateway.codecs.card.answering import fits
from gateway.codecs.card.dialogue import read_card, write_card
from gateway.codecs.card.permit import Permit, PermitRefusal
from gateway.codecs.card.profile import PROFILES, profile_named
from gateway.codecs.card.steps import Ask, Over, Purpose, Read, Written
from gateway.simulators.card.desk import answered
from tests.cards import AMOUNT, OTHER_SERIAL, SERIAL, SYSTEM, blank, keys, loading, written


def system_of(name):
    return SYSTEM if profile_named(name).system else ""


def permit(name, wanted=None):
    return Permit("order 7", name, SERIAL, 1, system_of(name), wanted)


def in_hand(name):
    """A card with a purchase on it: of a blank memory card nothing is proved."""
    card = blank(name)
    written(name, card, loading(1, "open"))
    return card


def asked(dialogue, card):
    """Bring a dialogue to its end, with keys that answer all; gives every question, and the outcome."""
    questions, holder = [], keys()
    while dialogue.step is not None:
        if isinstance(dialogue.step, Ask):
            questions.append(dialogue.step)
        dialogue.answer(answered(dialogue.step, card, holder))
    return questions, dialogue.outcome


def refusals(one, questions):
    return {one.refusal(ask) for ask in questions}


@pytest.mark.parametrize("name", PROFILES)
def test_all_that_a_purchase_asks_is_permitted_to_its_order_and_fits(name):
    card = blank(name)
    for count in range(1, 4):
        wanted = loading(count, "open" if count == 1 else "purchase")
        questions, outcome = asked(write_card(profile_named(name), card.reset(), wanted), card)
        assert isinstance(outcome, Written)
        assert refusals(permit(name, wanted), questions) == {None}
        assert all(map(fits, questions))


@pytest.mark.parametrize("name", PROFILES)
def test_a_count_that_must_be_voided_is_permitted(name):
    card = blank(name)
    written(name, card, loading(1, "open"))
    wanted = loading(1, amount=2 * AMOUNT)
    questions, outcome = asked(write_card(profile_named(name), card.reset(), wanted), card)
    assert isinstance(outcome, Written)
    assert refusals(permit(name, wanted), questions) == {None}


@pytest.mark.parametrize("name", PROFILES)
def test_reading_is_permitted_and_changes_nothing(name):
    card, wanted = in_hand(name), loading(2)
    questions, outcome = asked(read_card(profile_named(name), card.reset()), card)
    assert isinstance(outcome, Read)
    assert refusals(permit(name), questions) == {None}
    questions, _ = asked(write_card(profile_named(name), card.reset(), wanted), card)
    changing = [ask for ask in questions if ask.purpose in {Purpose.SEAL, Purpose.CODE}]
    assert changing
    assert refusals(permit(name), changing) == {PermitRefusal.ONLY_READING}


@pytest.mark.parametrize(
    "changes",
    [{"amount": AMOUNT + 100}, {"count": 2}, {"meter_no": "123457"}, {"customer_no": "100043"}],
    ids=["amount", "number", "meter", "customer"],
)
@pytest.mark.parametrize("name", PROFILES)
def test_nothing_is_sealed_but_what_the_order_loads(name, changes):
    card, ordered = blank(name), loading(1, "open")
    other = replace(ordered, **changes)
    questions, _ = asked(write_card(profile_named(name), card.reset(), other), card)
    assert PermitRefusal.OTHER_CONTENT in refusals(permit(name, ordered), questions)


@pytest.mark.parametrize("name", PROFILES)
def test_a_permit_is_of_one_card(name):
    card = in_hand(name)
    questions, _ = asked(read_card(profile_named(name), card.reset()), card)
    for other in ({"serial": OTHER_SERIAL}, {"key_version": 2}, {"system": "00000816"}, {"profile": "x"}):
        assert refusals(replace(permit(name), **other), questions) == {PermitRefusal.OTHER_CARD}
    elsewhere = permit(name, loading(1, "open", serial=OTHER_SERIAL))
    assert elsewhere.refusal(sealing(name)) is PermitRefusal.ONLY_READING


def sealing(name, header="", body=b""):
    file = profile_named(name).wallet.name
    size = profile_named(name).security.mac_size
    return Ask(Purpose.SEAL, name, SERIAL, 1, file, size, Over(bytes(8), bytes.fromhex(header), body),
               system=system_of(name))  # fmt: skip


@pytest.mark.parametrize(
    ("header", "at"),
    [("04B0830010", "reading"), ("04D6830110", "beside"), ("04D6850010", "another file"), ("", "nowhere")],
)
def test_no_answer_of_the_card_is_made_and_no_other_place_is_written(header, at):
    wanted = loading(1, "open")
    body = wanted.records(profile_named("powertill-cpu"))["wallet"]
    one = permit("powertill-cpu", wanted)
    assert one.refusal(sealing("powertill-cpu", "04D6830010", body)) is None
    assert one.refusal(sealing("powertill-cpu", header, body)) is PermitRefusal.OTHER_CONTENT, at


def test_a_record_of_a_memory_card_stands_in_one_of_its_slots():
    wanted = loading(1, "open")
    file = profile_named("sle4442").wallet
    body = wanted.records(profile_named("sle4442"))[file.name]
    one = permit("sle4442", wanted)
    for place in file.places:
        assert one.refusal(sealing("sle4442", f"{place:02X}{file.size:02X}", body)) is None
    for header in (f"00{file.size:02X}", f"{file.places[0]:02X}00", ""):
        assert one.refusal(sealing("sle4442", header, body)) is PermitRefusal.OTHER_CONTENT
    assert one.refusal(sealing("sle4442", f"{file.places[0]:02X}{file.size:02X}", body + b"x")) is not None
