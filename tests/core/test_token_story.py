"""Every standing of a payment has its reason and its next step."""

from __future__ import annotations

import itertools

import pytest

from gateway.core.card import CardKind
from gateway.core.card_order import CardOrder, CardOrderState
from gateway.core.delivery import NEVER_US
from gateway.core.meter import Carrier
from gateway.core.outcome import Declined
from gateway.core.reading import Sums
from gateway.core.refusal import Refusal
from gateway.core.remote_order import RemoteKind, RemoteOrder, RemoteState
from gateway.core.reset import Evidence, Outcome, Reset, Shows
from gateway.core.sale import SaleState
from gateway.core.token import ReservedId, TokenDigits
from gateway.core.token_reasons import AFTER_REFUSAL, NEXT, NextStep, Reason
from gateway.core.token_story import NO_TOKEN, OVERDUE, TokenCase, story_of
from gateway.core.trouble import Trouble
from gateway.core.views_booked import NoticeRow
from gateway.core.views_resets import ResetCase
from gateway.core.views_sales import SoldSale

WAITS, GIVEN_UP = NoticeRow(1, "token_issued", 1, 5, 1), NoticeRow(2, "token_issued", 1, NEVER_US, 22)


def sale(state=SaleState.WAITING, token_end="", bank="east"):
    return SoldSale(
        1, 1, "2026-11-23", 1, bank, "A1", "Zhang Wei", "", 1, "600727070000000135", "domestic", 10_000,
        "CNY", 204_700, state, "pay/east/r1", "T1", "", "domestic-1", token_end,
    )  # fmt: skip


def trouble(kind, *, is_open=True):
    return Trouble(1, kind, "east", "k", None, "", 1, is_open)


def case(state=SaleState.WAITING, token_end="", **more):
    facts = {"carrier": Carrier.TOKEN} | more
    return TokenCase("pay/east/r1", 1, sale(state, token_end), **facts)


def at_counter(state=SaleState.WAITING, token_end="", **more):
    facts = {"carrier": Carrier.TOKEN} | more
    return TokenCase("pay/@n1/form", 1, sale(state, token_end, "@n1"), **facts)


def on_card(state, of=SaleState.ISSUED):
    """A sale whose purchase is on its way to a card."""
    order = CardOrder(
        1, "pay/east/r1", "600727070000000019", "2000000030", "A1", "powertill-cpu", CardKind.PURCHASE, 2,
        1_000, state, "n1", "ann", 1,
    )  # fmt: skip
    return case(of, carrier=Carrier.CARD, card=order)


def lost(digits=None):
    """A reset that found a purchase lost; with the digits that went out then."""
    shows = Shows(Evidence.PHOTO, 1, is_taken=False, credits=None, reference="photo 12")
    known = Sums(204_700)
    reset = Reset(
        1, 2, "600727070000000019", "pay/east/r1", Outcome.LOST, shows, 1, known, known, "why", "li", 0, "k",
        again=ReservedId(2014, 5, 3),
    )  # fmt: skip
    return ResetCase(reset, 1, *((3, TokenDigits(digits)) if digits else ()))


def on_line(state, sale=SaleState.ISSUED):
    """A credit that has gone out for a meter on a line."""
    order = RemoteOrder(1, RemoteKind.TOKEN, "600727070000000019", "7", payment="pay/east/r1", state=state)
    return case(sale, "6219" if sale is SaleState.ISSUED else "", carrier=Carrier.REMOTE, line=order)


STORIES = {
    Reason.REFUSED: TokenCase("k", 1, refused=Declined(Refusal.METER_BLOCKED)),
    Reason.REVERSED_BEFORE: TokenCase("k", 1),
    Reason.NO_KEY: case(troubles=(trouble(NO_TOKEN), trouble(OVERDUE)), is_reserved=True),
    Reason.AT_MODULE: case(is_reserved=True),
    Reason.NOT_FETCHED: case(),
    Reason.OVERDUE: case(troubles=(trouble(OVERDUE),)),
    Reason.AT_COUNTER: at_counter(),
    Reason.ON_CARD: case(carrier=Carrier.CARD),
    Reason.CARD_BEGUN: on_card(CardOrderState.WRITING),
    Reason.CARD_IN_DOUBT: on_card(CardOrderState.IN_DOUBT),
    Reason.CARD_REISSUED: on_card(CardOrderState.REISSUED),
    Reason.ON_THE_CARD: on_card(CardOrderState.CONFIRMED),
    Reason.ON_LINE: case(carrier=Carrier.REMOTE),
    Reason.ON_ITS_WAY: on_line(RemoteState.ON_WAY),
    Reason.LINE_UNKNOWN: on_line(RemoteState.UNKNOWN),
    Reason.LINE_REFUSED: on_line(RemoteState.REFUSED),
    Reason.LINE_AGAIN: on_line(RemoteState.WAITING),
    Reason.BY_HAND: on_line(RemoteState.BY_HAND),
    Reason.OUT: case(SaleState.ISSUED, "6219"),
    Reason.GIVEN_OUT: at_counter(SaleState.ISSUED, "6219"),
    Reason.OUT_NOT_TOLD: case(SaleState.ISSUED, "6219", notices=(WAITS,)),
    Reason.OUT_GIVEN_UP: case(SaleState.ISSUED, "6219", notices=(WAITS, GIVEN_UP)),
    Reason.LOST: case(SaleState.ISSUED, "6219", resets=(lost(),), notices=(GIVEN_UP,)),
    Reason.OUT_AGAIN: case(SaleState.ISSUED, "6219", resets=(lost("1234" * 5),)),
    Reason.DELIVERED: case(SaleState.ISSUED),
    Reason.REVERSED: case(SaleState.REVERSED),
    Reason.TAKEN_BACK: at_counter(SaleState.REVERSED),
    Reason.CLAIMED: case(SaleState.CLAIMED, "6219"),
    Reason.CONCEDED: case(SaleState.CONCEDED, "6219"),
}


def test_each_reason_has_a_story_and_a_next_step():
    assert set(STORIES) == {Reason.REFUSED, *NEXT} == set(Reason)
    assert {*NEXT.values(), *AFTER_REFUSAL.values()} == set(NextStep)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"is_reserved": True}, Reason.AT_COUNTER),
        ({"troubles": (trouble(OVERDUE),)}, Reason.AT_COUNTER),
        ({"troubles": (trouble(NO_TOKEN),)}, Reason.NO_KEY),
        ({"carrier": Carrier.CARD}, Reason.ON_CARD),
    ],
)
def test_no_bank_is_asked_for_what_waits_at_a_counter(more, reason):
    assert story_of(at_counter(**more)).reason is reason


def test_each_refusal_has_a_next_step():
    assert set(AFTER_REFUSAL) == set(Refusal)


@pytest.mark.parametrize(
    ("refusal", "step"),
    [
        (Refusal.METER_BLOCKED, NextStep.UNBLOCK),
        (Refusal.NO_TARIFF, NextStep.SET_PRICE),
        (Refusal.BY_READINGS, NextStep.BILL),
        (Refusal.NOT_COVERED, NextStep.COVER),
        (Refusal.TOO_OFTEN, NextStep.PAY_LATER),
        (Refusal.BELOW_MINIMUM, NextStep.PAY_RIGHT),
    ],
)
def test_nobody_is_told_to_pay_anew_what_would_be_refused_again(refusal, step):
    assert story_of(TokenCase("k", 1, refused=Declined(refusal))).next_step is step


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.name)
def test_a_case_has_its_reason(reason):
    story = story_of(STORIES[reason])
    assert story.reason is reason
    if reason is not Reason.REFUSED:
        assert story.next_step is NEXT[reason]


@pytest.mark.parametrize("kind", [NO_TOKEN, OVERDUE])
def test_a_trouble_that_was_looked_at_stands_in_no_way(kind):
    assert story_of(case(troubles=(trouble(kind, is_open=False),))).reason is Reason.NOT_FETCHED


@pytest.mark.parametrize("carrier", [Carrier.CARD, Carrier.REMOTE])
def test_a_credit_that_needs_no_token_waits_for_no_vending_key(carrier):
    told = story_of(case(carrier=carrier, troubles=(trouble(NO_TOKEN),), is_reserved=True))
    assert told.reason in {Reason.ON_CARD, Reason.ON_LINE}


@pytest.mark.parametrize("state", [CardOrderState.RESERVED, CardOrderState.VOID])
def test_a_credit_that_nobody_has_begun_to_write_still_waits_for_its_card(state):
    assert story_of(on_card(state, SaleState.WAITING)).reason is Reason.ON_CARD


def test_a_credit_that_was_seen_in_its_meter_is_delivered():
    assert story_of(on_line(RemoteState.DELIVERED)).reason is Reason.DELIVERED


@pytest.mark.parametrize("state", RemoteState)
def test_a_credit_that_has_not_gone_out_waits_for_its_line(state):
    assert story_of(on_line(state, SaleState.WAITING)).reason is Reason.ON_LINE


def test_whatever_stands_in_the_books_has_a_story():
    states = [state for state in SaleState if state is not SaleState.BEGIN]
    troubles = ((), (trouble(NO_TOKEN),), (trouble(OVERDUE),), (trouble("reversed_after_token"),))
    for state, end, carrier, noted, notices, reserved in itertools.product(
        states, ("", "6219"), Carrier, troubles, ((), (WAITS,), (GIVEN_UP,)), (False, True)
    ):
        told = story_of(
            case(state, end, carrier=carrier, troubles=noted, notices=notices, is_reserved=reserved)
        )
        assert told.next_step is NEXT[told.reason]
        assert not (state is SaleState.WAITING and told.reason.name.startswith(("OUT", "DELIVERED")))


def test_no_sale_is_kept_before_it_has_begun():
    with pytest.raises(ValueError, match="begun"):
        story_of(case(SaleState.BEGIN))
