"""What a card check says of each field; what is expected is written out by hand."""

from dataclasses import replace

from gateway.core.card import CardInDoubt, CardState, CardSystem, KnownCard, ShownCard, ShownReturn
from gateway.core.card_check import checked

SYSTEM = CardSystem("017", (1, 2))
KNOWN = KnownCard("aa01", "powertill-cpu", CardState.ISSUED, "4400718", "20031", count=7)
BACK = ShownReturn("0000004400718", "000020031", remaining=310, count=7)
SHOWN = ShownCard(
    "aa01", "powertill-cpu", 2, system="0017", meter_no="0000004400718", customer_no="000020031",
    amount=12_950, count=7, returned=BACK,
)  # fmt: skip


def said(shown=SHOWN, known=KNOWN, amount=12_950):
    return {
        one.field.value: (one.on_card, one.in_books, one.agrees)
        for one in checked(shown, known, SYSTEM, amount)
    }


def test_a_card_that_is_as_we_have_it_agrees_in_every_field():
    assert said() == {
        "profile": ("powertill-cpu", "powertill-cpu", True),
        "key_version": ("2", "1, 2", True),
        "system": ("17", "17", True),
        "state": ("", "issued", None),
        "meter_no": ("4400718", "4400718", True),
        "customer_no": ("20031", "20031", True),
        "count": ("7", "7", True),
        "amount": ("12950", "12950", True),
        "returned_meter_no": ("4400718", "4400718", True),
        "returned_customer_no": ("20031", "20031", True),
        "returned_count": ("7", "7", True),
        "returned_remaining": ("310", "", None),
    }


def test_what_differs_is_said_where_it_differs_and_nowhere_else():
    other = replace(SHOWN, meter_no="4400719", count=6, amount=5_000, key_version=3, profile="gdw365")
    found = said(other)
    assert {field for field, (_, _, agrees) in found.items() if agrees is False} == {
        "profile", "key_version", "meter_no", "count", "amount",
    }  # fmt: skip
    assert found["meter_no"] == ("4400719", "4400718", False)


def test_a_card_that_the_meter_has_not_taken_yet_is_no_difference():
    waiting = replace(SHOWN, returned=replace(BACK, count=6))
    assert said(waiting)["returned_count"] == ("6", "7", None)


def test_a_meter_that_has_taken_more_than_was_sold_is_a_difference():
    ahead = replace(SHOWN, returned=replace(BACK, count=8))
    assert said(ahead)["returned_count"] == ("8", "7", False)


def test_another_meter_s_return_is_a_difference():
    elsewhere = replace(SHOWN, returned=replace(BACK, meter_no="4400720"))
    assert said(elsewhere)["returned_meter_no"] == ("4400720", "4400718", False)


def test_a_purchase_in_doubt_is_what_is_expected_on_the_card():
    doubted = replace(KNOWN, in_doubt=CardInDoubt("aa01", 8, 9_000))
    assert said(SHOWN, doubted, 9_000)["count"] == ("7", "8", False)


def test_of_a_card_that_is_none_of_ours_only_what_is_on_it_is_said():
    found = said(SHOWN, None, None)
    assert "state" not in found
    assert {field for field, (_, _, agrees) in found.items() if agrees is not None} == {
        "key_version",
        "system",
    }


def test_a_blank_card_says_nothing_of_its_holder():
    blank = ShownCard("aa02", "powertill-cpu", 1, system="017")
    in_stock = KnownCard("aa02", "powertill-cpu", CardState.PERSONALISED)
    found = said(blank, in_stock, None)
    assert found["meter_no"] == ("", "", None)
    assert found["count"] == ("0", "0", True)
    assert found["amount"] == ("0", "", None)


def test_records_that_are_not_whole_are_said():
    assert said(replace(SHOWN, garbled=True))["whole"] == ("", "", False)
