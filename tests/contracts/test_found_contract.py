"""Looking for something by whatever is in hand, on both databases; and a token that is missing."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import event

from adapters.keys.issuer import issuer_of_files
from gateway.core.refusal import Refusal
from gateway.core.token_reasons import Reason
from gateway.core.token_story import story_of
from gateway.core.views_booked import SaleFile
from gateway.core.views_found import CASES_MAX, HITS_MAX, Found, HitKind, TokenQuestion
from tests.builders import drn
from tests.contracts.office_town import NORTH, PANS, SOUTH, Town


@pytest.fixture
def town(fresh):
    return Town(fresh)


def hits(town, text, branch=None):
    return [(hit.kind, hit.name, hit.is_exact) for hit in town.reader.rows(Found(text, branch))]


def token_of(town, key):
    return town.reader.totals(SaleFile(branch=None, key=key)).tokens[0].digits


def test_nothing_is_looked_for_but_the_kinds_that_are_asked_for(town):
    assert {kind for kind, *_ in hits(town, "1")} == {HitKind.SALE, HitKind.ENTRY}
    for kinds in ({HitKind.ENTRY}, {HitKind.CUSTOMER, HitKind.SALE}, set()):
        found = town.reader.rows(Found("1", None, frozenset(kinds)))
        assert {hit.kind for hit in found} == kinds & {HitKind.SALE, HitKind.ENTRY}


def test_a_kind_that_is_not_asked_for_costs_nothing(town):
    sent: list[str] = []
    event.listen(town.engine, "before_cursor_execute", lambda _c, _cursor, text, *_more: sent.append(text))
    town.reader.rows(Found("zhang", None, frozenset({HitKind.CUSTOMER})))
    asked = " ".join(text for text in sent if "FROM" in text)
    assert "FROM customer" in asked
    assert not re.search(r"\b(meter|sale|token|entry)\b", asked)


def test_a_customer_is_found_by_number_telephone_or_name_and_the_exact_one_is_first(town):
    exact, part = (HitKind.CUSTOMER, "A1", True), (HitKind.CUSTOMER, "A10", False)
    assert hits(town, "A1") == [exact, part]
    assert hits(town, " A10 ") == [(HitKind.CUSTOMER, "A10", True)]
    assert hits(town, "13800000001")[0] == exact
    assert {name for _, name, _ in hits(town, "zhang")} == {"A1", "A10"}


def test_a_meter_is_found_by_the_number_on_its_face_by_its_long_form_and_by_a_part(town):
    meter = (HitKind.METER, PANS[1], True)
    grouped = f"{drn(2)[:4]} {drn(2)[4:]}"
    for text in (drn(2), PANS[1], grouped):
        assert hits(town, text)[0] == meter
    assert (HitKind.METER, PANS[1], False) in hits(town, drn(2)[:10])


def test_a_sale_is_found_by_reference_key_trace_and_receipt_number(town):
    for text in ("r2", "r2-2026-11-23", "pay/east/r2-2026-11-23", "000007", "000007-2026-11-23"):
        assert (HitKind.SALE, "pay/east/r2-2026-11-23", True) in hits(town, text)
    assert hits(town, "1") == [(HitKind.SALE, "pay/east/r1", True), (HitKind.ENTRY, "1", True)]


def test_a_token_is_found_by_all_its_digits_or_the_last_four(town):
    digits = token_of(town, "pay/east/r1")
    assert (
        hits(town, digits.reveal()) == hits(town, digits.grouped()) == [(HitKind.TOKEN, "pay/east/r1", True)]
    )
    assert (HitKind.TOKEN, "pay/east/r1", False) in hits(town, digits.reveal()[-4:])
    wrong = ("1" if digits.reveal()[0] == "0" else "0") + digits.reveal()[1:]
    assert hits(town, wrong) == []


def test_what_is_found_tells_no_token(town):
    digits = token_of(town, "pay/east/r1").reveal()
    assert digits not in repr(town.reader.rows(Found(digits, None)))


def test_another_branch_s_things_are_found_by_no_name(town):
    digits = token_of(town, "pay/east/r1").reveal()
    for text in ("A1", "zhang", "13800000001", drn(1), "r1", "pay/east/r1", "1", digits, digits[-4:]):
        found = {name for _, name, _ in hits(town, text, SOUTH)}
        assert not found & {"A1", "A10", PANS[0], "pay/east/r1", "1"}


def test_wild_cards_are_letters_and_nothing_is_nothing(town):
    assert hits(town, "%") == hits(town, "_") == [(HitKind.CUSTOMER, "A3", False)]
    assert hits(town, "   ") == hits(town, "no such thing") == hits(town, "'") == []
    assert hits(town, "9" * 30) == []


def test_of_each_kind_there_are_a_few_and_no_more(town):
    town.post(*(town.west.pay(f"many-{n}", pan=PANS[1]) for n in range(HITS_MAX + 5)))
    assert len(hits(town, "many")) == HITS_MAX == town.reader.count(Found("many", None))


# -- where is my token? ----------------------------------------------------------------------------------


def told(town, **asked):
    cases = town.reader.rows(TokenQuestion(**({"branch": None} | asked)))
    return {case.key: story_of(case).reason for case in cases}


def test_each_standing_of_a_payment_has_its_story(town):
    assert told(town, reference="r1") == {"pay/east/r1": Reason.OUT_NOT_TOLD}
    assert told(town, reference="r3") == {"pay/east/r3": Reason.CLAIMED}
    assert told(town, reference="w1") == {"pay/west/w1": Reason.REVERSED}
    assert told(town, reference="w3") == {"pay/west/w3": Reason.OVERDUE}
    assert told(town, reference="c1") == {"pay/west/c1": Reason.ON_CARD}
    assert told(town, reference="never") == {"pay/east/never": Reason.REVERSED_BEFORE}
    assert told(town, reference="b1") == {"pay/east/b1": Reason.REFUSED}
    assert told(town, reference="nobody") == {}


def test_a_refused_payment_tells_why(town):
    (case,) = town.reader.rows(TokenQuestion(branch=SOUTH, reference="b1"))
    assert case.refused.reason is Refusal.METER_BLOCKED


def test_the_payments_that_may_be_meant_come_newest_first(town):
    cases = town.reader.rows(TokenQuestion(branch=None, pan=PANS[0]))
    assert [case.key for case in cases] == ["pay/east/r4", "pay/west/w2", "pay/east/r1"]
    assert [case.key for case in town.reader.rows(TokenQuestion(branch=None, phone="13800000001"))] == [
        case.key for case in cases
    ]
    assert town.reader.count(TokenQuestion(branch=None, pan=PANS[0])) == 3


def test_one_payment_more_than_are_looked_at_says_that_there_are_others(town):
    town.post(*(town.east.pay(f"more-{n}", pan=PANS[0]) for n in range(CASES_MAX + 5)))
    assert len(town.reader.rows(TokenQuestion(branch=None, pan=PANS[0]))) == CASES_MAX + 1


def test_a_time_narrows_what_may_be_meant(town):
    assert list(told(town, pan=PANS[0], end_us=town.us(23, 10))) == ["pay/east/r1"]
    assert list(told(town, reference="b1", begin_us=town.us(24, 11))) == []
    assert "pay/west/c1" in told(town, begin_us=town.us(24, 0))


def test_a_vending_key_that_makes_no_token_stands_in_the_way_of_its_meters(town):
    keyless = replace(town.west.hand_over("w3"), issuer=issuer_of_files({}))
    town.post(keyless)
    assert told(town, reference="w3") == {"pay/west/w3": Reason.NO_KEY}
    assert told(town, reference="w2") == {"pay/west/w2": Reason.OUT_NOT_TOLD}


def test_one_row_of_a_vending_key_stands_for_whoever_took_the_money(town):
    refused = replace(town.east.pay("keyless", 5_000, pan=PANS[0]), issuer=issuer_of_files({}))
    assert town.post(refused) is not None
    assert told(town, reference="w3") == {"pay/west/w3": Reason.NO_KEY}


def test_another_branch_s_payments_are_not_told(town):
    assert told(town, branch=SOUTH, reference="r1") == told(town, branch=SOUTH, pan=PANS[0]) == {}
    assert list(told(town, branch=NORTH, reference="r1")) == ["pay/east/r1"]
