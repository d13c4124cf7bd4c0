"""Delivery lists of cards: what is wrong is named by its line and column, and nothing is guessed."""

import pytest

from gateway.codecs.card.profile import PROFILES, profile_named
from gateway.core.card import CardState
from gateway.core.stock import DELIVERY_MAX
from gateway.office.card_lines import (
    FAULTS_MAX,
    CardFault,
    CardFaultWhy,
    Usual,
    is_of_its_kind,
    kinds_of_card,
    read_card_delivery,
)
from tests import cards

BRANCHES = ("", "north")
USUAL = Usual("powertill-cpu", "", "2026-11")
ONE, OTHER = cards.SERIAL, cards.OTHER_SERIAL


def read(text, usual=USUAL):
    return read_card_delivery(text.encode(), BRANCHES, usual)


def faults(text):
    return [(one.line, one.column, one.why) for one in read(text).faults]


@pytest.mark.parametrize("apart", [";", ","])
def test_a_list_is_read_with_either_separator(apart):
    lines = ["serial;profile;branch", f"{ONE};gdw365;north", "", f"{OTHER};;"]
    delivery = read("\n".join(lines).replace(";", apart))
    assert delivery.is_sound
    (first, one), (last, other) = delivery.cards
    assert (first, one.serial, one.profile, one.branch) == (2, ONE, "gdw365", "north")
    assert (last, other.profile, other.branch, other.lot) == (4, "powertill-cpu", "", "2026-11")
    assert {one.state, other.state} == {CardState.PERSONALISED}


def test_what_the_lines_do_not_say_is_said_for_all_of_them():
    ((_, one),) = read(f"SERIAL\n{ONE.lower()[:8]} {ONE[8:]}", Usual("powertill-cpu", "north", "L1")).cards
    assert (one.serial, one.branch, one.lot, one.version) == (ONE, "north", "L1", 1)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [(0, "", CardFaultWhy.EMPTY)]),
        ("serial\n\n", [(0, "", CardFaultWhy.EMPTY)]),
        ("number\n1", [(1, "serial", CardFaultWhy.NO_COLUMN)]),
        (f"serial;colour\n{ONE};red", [(1, "colour", CardFaultWhy.UNKNOWN_COLUMN)]),
        (f"serial;serial\n{ONE};{ONE}", [(1, "serial", CardFaultWhy.UNKNOWN_COLUMN)]),
        (f"serial;branch\n{ONE}", [(2, "", CardFaultWhy.WIDTH)]),
        (f"serial;profile\n{ONE};gold", [(2, "profile", CardFaultWhy.KIND)]),
        (f"serial;profile\n{ONE[:-1]};gdw365", [(2, "serial", CardFaultWhy.SERIAL)]),
        ("serial\nG1B2C3D4E5F60718", [(2, "serial", CardFaultWhy.SERIAL)]),
        (f"serial\n{ONE}\n{ONE}", [(3, "serial", CardFaultWhy.TWICE)]),
        (f"serial;branch\n{ONE};west", [(2, "branch", CardFaultWhy.BRANCH)]),
        (
            "serial;branch\n1;west",
            [(2, "serial", CardFaultWhy.SERIAL), (2, "branch", CardFaultWhy.BRANCH)],
        ),
    ],
)
def test_each_fault_is_named_by_its_line_and_column(text, found):
    assert faults(text) == found
    assert not read(text).is_sound


def test_what_is_no_text_is_said_to_be_none():
    (fault,) = read_card_delivery(b"serial\n\xff\xfe", BRANCHES, USUAL).faults
    assert fault == CardFault(0, "", "", CardFaultWhy.NO_TEXT)


def test_a_list_and_its_faults_have_limits():
    many = "serial\n" + "\n".join("x" for _ in range(FAULTS_MAX + 5))
    assert len(read(many).faults) == FAULTS_MAX
    too_many = "serial\n" + "\n".join(f"{n:016X}" for n in range(DELIVERY_MAX + 1))
    assert faults(too_many) == [(0, "", CardFaultWhy.TOO_MANY)]
    assert read(too_many.rpartition("\n")[0]).is_sound


def test_each_kind_has_serial_numbers_of_its_own_length():
    assert [(one.name, one.digits) for one in kinds_of_card()] == [
        (name, 2 * profile_named(name).serial.size) for name in PROFILES
    ]
    ((_, card),) = read(f"serial\n{ONE}").cards
    assert is_of_its_kind(card)
