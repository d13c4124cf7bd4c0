"""Orders that wait are kept as given and read as kept; credits are given back, exceptions closed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.approval import Approval, Verdict, order_digest
from gateway.core.authority import FOUR_EYES, Function, Grant, Level
from gateway.core.card import CardSystem, ShownCard, ShownReturn
from gateway.core.contact import RelayOrder
from gateway.core.line_books import LineChange
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import ApprovalAsked, Changed
from gateway.core.outcome import Declined, Undone
from gateway.core.refusal import Refusal
from gateway.core.relay_hours import RelayHours
from gateway.core.remote_order import RemoteState
from gateway.core.trouble import Resolution, Trouble
from gateway.metering.order_relay import OrderRelay
from gateway.office.authorised import Authorised
from gateway.office.card_orders import TakeOffOrder
from gateway.office.orders import (
    DepositOrder,
    GiveBackOrder,
    ResolveOrder,
    UnknownOrder,
    act_of,
    command_of,
    order_of,
)
from gateway.office.relay_orders import SwitchOrder
from gateway.office.resolve_trouble import ResolveTrouble
from gateway.prepayment.take_off_card import TakeOffCard
from tests.builders import BANK, ZONE, meter
from tests.line_files import way
from tests.office.people import APPROVE, DO, NOON_US, Desk, actor, local, ordered, role, till

PAN, PAYMENT = meter(1).pan, "pay/east/r1"
GIVE_BACK = GiveBackOrder(PAYMENT, BANK, PAN, 5_000)
RESOLVE = ResolveOrder(7, "credit_overdue", "reversed", PAYMENT, BANK, PAN, 5_000)
SHOWN = ShownCard("0718", "powertill-cpu", 1, amount=5, count=2, returned=ShownReturn("1", "2", 3, 1))
TAKE_OFF = TakeOffOrder.of(
    TakeOffCard("cleo", "off/7", "n1", 7, PAYMENT, SHOWN, CardSystem("815", {2, 1}), "so"), PAN, 5_000
)

SWITCH = SwitchOrder.of(
    OrderRelay("cleo", "n1", PAN, RelayOrder.TRIP, "so", RelayHours(), ZONE, NOON_US, NOON_US + 1), ZONE.key
)

KEPT = [DepositOrder(BANK, 1, "CNY", "d1", covered=True), GIVE_BACK, RESOLVE, TAKE_OFF, SWITCH]

texts = st.text(max_size=30)
some_orders = st.one_of(
    st.builds(DepositOrder, texts, st.integers(-(2**63), 2**63), texts, texts, st.booleans()),
    st.builds(GiveBackOrder, texts, texts, texts, st.integers()),
    st.builds(
        ResolveOrder, st.integers(), texts, st.sampled_from(["explained"]), texts, texts, texts, st.integers()
    ),
)


def kept(order, reason="so", by="cleo") -> Approval:
    act = act_of(order, reason)
    return Approval(
        "r", act.function.value, act.kind, act.order, act.digest, act.subject, act.amount_minor, act.about,
        reason, by, NOON_US,
    )  # fmt: skip


def test_a_taking_off_is_kept_as_the_card_was_read():
    command = command_of(kept(TAKE_OFF))
    assert isinstance(command, TakeOffCard)
    assert (command.shown, command.system.key_versions) == (SHOWN, frozenset({1, 2}))
    assert (TAKE_OFF.subject, TAKE_OFF.about, TAKE_OFF.serial) == (PAYMENT, PAN, "0718")


@given(some_orders)
def test_an_order_is_read_as_it_was_kept(order):
    assert order_of(kept(order)) == order


@given(some_orders, some_orders)
def test_orders_that_differ_have_digests_that_differ(one, other):
    assert (act_of(one, "").digest == act_of(other, "").digest) is (one == other)


@pytest.mark.parametrize("order", KEPT)
def test_the_command_made_of_what_is_kept_is_the_one_that_was_ordered(order):
    for asked_by in ("cleo", "local:cleo"):
        assert command_of(kept(order, by=asked_by)) == order.command("cleo", "so")


@pytest.mark.parametrize("order", KEPT)
def test_every_order_that_is_kept_takes_four_eyes(order):
    assert order.function in FOUR_EYES
    assert Function(act_of(order, "so").function) is order.function


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("unheard-of", "{}"),
        ("deposit", "no JSON"),
        ("deposit", "[]"),
        ("deposit", "7"),
        ("deposit", "{}"),
        ("deposit", '{"bank":"east","amount_minor":1,"currency":"CNY","reference":"d1","more":1}'),
    ],
)
def test_an_order_of_a_newer_program_is_said_to_be_unknown(kind, text):
    with pytest.raises(UnknownOrder):
        order_of(replace(kept(GIVE_BACK), kind=kind, order=text))


def test_what_is_kept_is_plain_json():
    assert json.loads(act_of(GIVE_BACK, "so").order) == {
        "amount_minor": 5_000, "bank": BANK, "pan": PAN, "payment": PAYMENT,
    }  # fmt: skip


def test_a_deposit_that_an_older_program_has_kept_does_not_say_that_the_bank_pays_in_advance():
    old = {"bank": BANK, "amount_minor": 1, "currency": "CNY", "reference": "d1"}
    order = order_of(replace(kept(DepositOrder(BANK, 1, "CNY", "d1")), order=json.dumps(old)))
    assert isinstance(order, DepositOrder)
    assert not order.covered
    said = Desk().post(ordered("cleo", order))
    assert (said.reason, said.detail) == (OfficeRefusal.SETTLES_AFTERWARDS, BANK)


# -- given back ------------------------------------------------------------------------------------------


class Waiting:
    """A desk with a payment whose credit waits, and an exception because of it."""

    def __init__(self, **trouble):
        self.desk = Desk()
        self.till = till(self.desk)
        self.till.post(self.till.pay("r1", 5_000))
        sale = self.desk.books.sales[PAYMENT]
        usual = Trouble(7, "credit_overdue", BANK, PAYMENT, sale.id, "it waits", NOON_US, is_open=True)
        self.desk.office.troubles[7] = replace(usual, **trouble)

    def asked(self, order=GIVE_BACK):
        return self.desk.post(ordered("cleo", order))

    def done(self, order=GIVE_BACK):
        asked = self.asked(order)
        if not isinstance(asked, ApprovalAsked):
            return asked
        return self.desk.post(self.desk.decide("chen", Verdict.APPROVE, asked.reference))

    @property
    def state(self) -> str:
        return self.desk.books.sales[PAYMENT].state.value

    @property
    def trouble(self):
        return self.desk.office.troubles[7]


def test_a_waiting_credit_is_given_back_by_two_people():
    house = Waiting()
    assert isinstance(house.asked(), ApprovalAsked)
    assert house.state == "waiting"
    assert house.done() == Undone(1)
    assert house.state == "reversed"
    (entry,) = house.desk.decision.entries
    held = house.till.entries()[0]
    assert {(p.account, -p.amount) for p in entry.postings} == {(p.account, p.amount) for p in held.postings}
    assert house.desk.books.meters[PAN].counters.mtd_wh == 0


def test_a_bank_that_reverses_later_is_told_that_it_is_done():
    house = Waiting()
    house.done()
    assert house.till.post(house.till.reverse("r1", 5_000)) == Undone(1)
    assert house.till.post(house.till.ask("r1", 5_000)) == Declined(Refusal.REVERSED)
    assert house.till.post(house.till.hand_over("r1")) == Declined(Refusal.REVERSED)
    assert len(house.till.entries()) == 1


def test_a_bank_that_reverses_before_has_done_it():
    house = Waiting()
    house.till.post(house.till.reverse("r1"))
    assert house.asked() == Undone(1)
    assert house.desk.decision.entries == ()
    assert house.desk.office.approvals == {}


@pytest.mark.parametrize(
    "changes",
    [{"pan": meter(2).pan}, {"pan": ""}, {"amount_minor": 4_999}, {"amount_minor": 0}, {"bank": "west"}],
)
@pytest.mark.parametrize("order", [GIVE_BACK, RESOLVE])
def test_what_authority_judged_by_is_what_is_given_back(order, changes):
    """Else a small amount, or a meter of her branch, in the form would open another's large payment."""
    house = Waiting()
    answer = house.asked(replace(order, **changes))
    assert answer.reason is OfficeRefusal.NOT_AS_BOOKED
    assert house.desk.office.approvals == {}


@pytest.mark.parametrize(
    ("then", "why"),
    [
        (lambda bank: bank.hand_over("r1"), OfficeRefusal.CREDIT_GONE),
        (None, OfficeRefusal.NO_SALE),
    ],
)
def test_what_does_not_wait_is_not_given_back(then, why):
    house = Waiting()
    if then is None:
        house.desk.books.sales.clear()
    else:
        house.till.post(then(house.till))
    assert house.asked().reason is why


def test_a_claim_is_not_given_back():
    house = Waiting()
    house.till.post(house.till.hand_over("r1"))
    house.till.post(house.till.reverse("r1"))
    assert house.state == "claimed"
    assert house.asked() == Declined(Refusal.TOKEN_OUT)


# -- exceptions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("resolution", ["explained", "settled"])
def test_an_exception_is_explained_without_an_entry(resolution):
    house = Waiting()
    order = replace(RESOLVE, resolution=resolution)
    assert house.done(order) == Changed("trouble/7")
    assert house.desk.decision.entries == ()
    trouble = house.trouble
    assert (trouble.is_open, trouble.resolution, trouble.resolved_by) == (False, resolution, "cleo")
    assert (trouble.resolved_us, trouble.reason) == (NOON_US, "as on the statement")
    assert house.state == "waiting"
    assert f"credit_overdue: {resolution}" in house.desk.lines[-1].detail


def test_an_exception_is_closed_with_the_reversal_in_one_decision():
    house = Waiting()
    assert house.done(RESOLVE) == Undone(1)
    assert len(house.desk.decision.entries) == 1
    assert house.state == "reversed"
    assert (house.trouble.is_open, house.trouble.resolution) == (False, "reversed")


def test_who_closes_exceptions_does_not_give_money_back_by_it():
    house = Waiting()
    house.desk.office.roles |= {
        "closer": role("closer", exceptions=DO), "looker": role("looker", exceptions=APPROVE),
    }  # fmt: skip
    house.desk.changed("operators", "gina", roles=("closer",))
    assert house.desk.why(ordered("gina", RESOLVE)) is OfficeRefusal.NOT_ALLOWED
    assert isinstance(
        house.desk.post(ordered("gina", replace(RESOLVE, resolution="explained"))), ApprovalAsked
    )
    house.desk.office.approvals.clear()
    asked = house.asked(RESOLVE)
    house.desk.changed("operators", "chen", roles=("looker",))
    decide = house.desk.decide("chen", Verdict.APPROVE, asked.reference)
    assert house.desk.why(decide) is OfficeRefusal.NOT_ALLOWED
    assert house.state == "waiting"


def test_a_request_that_was_kept_under_another_function_is_not_carried_out():
    """An older program kept the giving back of an exception under the closing of exceptions."""
    house = Waiting()
    asked = house.asked(RESOLVE)
    old = house.desk.request(asked.reference)
    digest = order_digest("exceptions", old.kind, old.order)
    house.desk.changed("approvals", asked.reference, function="exceptions", digest=digest)
    decide = house.desk.decide("chen", Verdict.APPROVE, asked.reference)
    assert house.desk.why(decide) is OfficeRefusal.OTHER_CONTENT
    assert house.state == "waiting"


def test_closed_it_stays_closed():
    house = Waiting()
    first = house.done(RESOLVE)
    assert house.asked(RESOLVE) == first
    for other in ("explained", "settled"):
        assert house.asked(replace(RESOLVE, resolution=other)).reason is OfficeRefusal.TROUBLE_CLOSED


def test_an_exception_closed_as_explained_is_not_said_to_be_reversed_because_the_bank_did():
    house = Waiting()
    house.done(replace(RESOLVE, resolution="explained"))
    house.till.post(house.till.reverse("r1"))
    assert house.asked(RESOLVE).reason is OfficeRefusal.TROUBLE_CLOSED


def test_a_payment_reversed_meanwhile_is_not_reversed_by_its_exception():
    house = Waiting()
    house.till.post(house.till.reverse("r1"))
    assert house.asked(RESOLVE).reason is OfficeRefusal.NOT_WAITING
    assert isinstance(house.done(replace(RESOLVE, resolution="settled")), Changed)


@pytest.mark.parametrize(
    ("order", "trouble", "why"),
    [
        (replace(RESOLVE, id=8), {}, OfficeRefusal.UNKNOWN_TROUBLE),
        (replace(RESOLVE, payment="pay/east/r2"), {}, OfficeRefusal.UNKNOWN_TROUBLE),
        (RESOLVE, {"sale_id": None}, OfficeRefusal.NO_SALE),
        (RESOLVE, {"is_open": False, "resolution": "explained"}, OfficeRefusal.TROUBLE_CLOSED),
    ],
)
def test_an_exception_that_is_not_so_is_not_closed(order, trouble, why):
    assert Waiting(**trouble).asked(order).reason is why


def test_an_exception_of_another_meter_is_not_closed_under_one_s_own():
    order = replace(RESOLVE, resolution="explained", pan=meter(2).pan)
    assert Waiting().asked(order).reason is OfficeRefusal.NOT_AS_BOOKED


def test_an_exception_without_a_sale_is_explained():
    house = Waiting(key="201457/1/2026-11-23/x", sale_id=None, kind="no_token")
    order = ResolveOrder(7, "no_token", "explained", "201457/1/2026-11-23/x", "", "", 0)
    assert isinstance(house.done(order), Changed)


def test_at_the_machine_an_exception_is_closed_at_once():
    house = Waiting()
    command = Authorised(local("root"), act_of(RESOLVE, "so"), RESOLVE.command("root", "so"))
    assert house.desk.post(command) == Undone(1)
    assert (house.state, house.trouble.resolved_by) == ("reversed", "root")
    assert house.desk.lines[-1].actor.said == "local:root"


# -- claims ----------------------------------------------------------------------------------------------


UPHELD = replace(RESOLVE, exception="reversed_after_token", resolution="upheld")
CONCEDED = replace(UPHELD, resolution="conceded")


class Claimed(Waiting):
    """The token of the payment went out, and the bank reversed it after that."""

    def __init__(self, **trouble):
        super().__init__(**({"kind": "reversed_after_token"} | trouble))
        self.till.post(self.till.hand_over("r1"))
        self.till.post(self.till.reverse("r1"))
        assert self.state == "claimed"


@pytest.mark.parametrize(("order", "state"), [(UPHELD, "issued"), (CONCEDED, "conceded")])
def test_a_claim_ends_with_its_exception_by_two_people(order, state):
    house = Claimed()
    asked = house.asked(order)
    assert isinstance(asked, ApprovalAsked)
    request = house.desk.request(asked.reference)
    assert (request.function, request.amount_minor, house.state) == ("reversals", 5_000, "claimed")
    assert house.done(order) == Changed("claim/pay/east/r1")
    assert (len(house.desk.decision.entries), house.state) == (1, state)
    assert (house.trouble.is_open, house.trouble.resolution) == (False, order.resolution)


def test_a_claim_above_her_limit_is_approved_by_somebody_else():
    house = Claimed()
    house.desk.office.roles |= {"small": role("small", reversals=Grant(Level.APPROVE, 4_999))}
    house.desk.changed("operators", "chen", roles=("small",))
    asked = house.asked(CONCEDED)
    decide = house.desk.decide("chen", Verdict.APPROVE, asked.reference)
    assert house.desk.why(decide) is OfficeRefusal.ABOVE_LIMIT
    assert house.state == "claimed"


@pytest.mark.parametrize("order", [UPHELD, CONCEDED])
def test_who_closes_exceptions_does_not_end_a_claim_by_it(order):
    house = Claimed()
    house.desk.office.roles |= {
        "closer": role("closer", exceptions=DO), "looker": role("looker", exceptions=APPROVE),
    }  # fmt: skip
    house.desk.changed("operators", "gina", roles=("closer",))
    assert house.desk.why(ordered("gina", order)) is OfficeRefusal.NOT_ALLOWED
    asked = house.asked(order)
    house.desk.changed("operators", "chen", roles=("looker",))
    decide = house.desk.decide("chen", Verdict.APPROVE, asked.reference)
    assert house.desk.why(decide) is OfficeRefusal.NOT_ALLOWED
    assert house.state == "claimed"


def test_an_end_of_a_claim_that_was_kept_under_the_closing_of_exceptions_is_not_carried_out():
    house = Claimed()
    asked = house.asked(CONCEDED)
    old = house.desk.request(asked.reference)
    digest = order_digest("exceptions", old.kind, old.order)
    house.desk.changed("approvals", asked.reference, function="exceptions", digest=digest)
    decide = house.desk.decide("chen", Verdict.APPROVE, asked.reference)
    assert house.desk.why(decide) is OfficeRefusal.OTHER_CONTENT
    assert house.state == "claimed"


@pytest.mark.parametrize("resolution", ["explained", "settled"])
def test_a_claim_that_stands_is_not_closed_by_words(resolution):
    house = Claimed()
    assert house.asked(replace(UPHELD, resolution=resolution)).reason is OfficeRefusal.CLAIM_STANDS
    assert house.trouble.is_open


def test_the_same_end_again_is_answered_the_same_and_the_other_one_is_refused():
    house = Claimed()
    first = house.done(UPHELD)
    assert house.asked(UPHELD) == first
    assert house.desk.decision.entries == ()
    assert house.asked(CONCEDED).reason is OfficeRefusal.TROUBLE_CLOSED
    assert house.state == "issued"


def test_a_bank_that_reverses_once_more_after_the_end_gets_its_answer_and_opens_no_second_claim():
    for order in (UPHELD, CONCEDED):
        house = Claimed()
        house.done(order)
        state, entries = house.state, len(house.till.entries())
        assert house.till.post(house.till.reverse("r1", 5_000)) == Declined(Refusal.TOKEN_OUT)
        assert (house.state, len(house.till.entries())) == (state, entries)


@pytest.mark.parametrize(
    "changes", [{"pan": meter(2).pan}, {"pan": ""}, {"amount_minor": 4_999}, {"bank": "west"}]
)
def test_a_claim_ends_only_as_it_was_booked(changes):
    house = Claimed()
    assert house.asked(replace(CONCEDED, **changes)).reason is OfficeRefusal.NOT_AS_BOOKED
    assert house.desk.office.approvals == {}


@pytest.mark.parametrize(
    ("house", "why"),
    [
        (Waiting(kind="reversed_after_token"), OfficeRefusal.NO_CLAIM),
        (Claimed(kind="credit_overdue"), OfficeRefusal.NO_CLAIM),
        (Claimed(sale_id=None), OfficeRefusal.NO_SALE),
    ],
)
def test_what_is_no_claim_does_not_end(house, why):
    assert house.asked(replace(UPHELD, exception=house.trouble.kind)).reason is why


def test_another_exception_of_a_disputed_sale_is_closed_by_words():
    house = Claimed(kind="credit_overdue")
    assert isinstance(house.done(replace(RESOLVE, resolution="explained")), Changed)
    assert house.state == "claimed"


def test_every_resolution_can_be_ordered():
    for resolution in Resolution:
        command = command_of(kept(replace(RESOLVE, resolution=resolution.value)))
        assert isinstance(command, ResolveTrouble)
        assert command.resolution is resolution
    assert actor("cleo").said == "cleo"


# -- relays ----------------------------------------------------------------------------------------------


def switching():
    """A desk at which cleo may order a relay and chen approve it, with a meter on a line."""
    desk = Desk()
    desk.office.roles |= {
        "switcher": role("switcher", relays=DO), "second": role("second", relays=APPROVE),
    }  # fmt: skip
    desk.changed("operators", "cleo", roles=("switcher",))
    desk.changed("operators", "chen", roles=("second",))
    desk.books.files.lines.apply(LineChange(ways=(way(PAN, version=1),)))
    return desk


def test_a_relay_is_switched_by_two_people_and_the_order_names_both():
    desk = switching()
    asked = desk.post(ordered("cleo", SWITCH))
    assert isinstance(asked, ApprovalAsked)
    assert desk.books.files.lines.orders == {}
    assert desk.post(desk.decide("chen", Verdict.APPROVE, asked.reference)) == Changed("1", 1)
    order = desk.books.files.lines.orders[1]
    assert (order.state, order.by, order.second, order.ask) == (
        RemoteState.WAITING, "cleo", "chen", "trip",
    )  # fmt: skip
    assert desk.lines[-1].subject == f"trip {PAN}"


def test_whoever_orders_a_relay_does_not_let_it_out():
    desk = switching()
    desk.changed("operators", "cleo", roles=("switcher", "second"))
    asked = desk.post(ordered("cleo", SWITCH))
    assert isinstance(asked, ApprovalAsked)
    assert desk.why(desk.decide("cleo", Verdict.APPROVE, asked.reference)) is OfficeRefusal.OWN_REQUEST


def test_a_customer_who_is_protected_meanwhile_is_not_switched_off_by_the_second_person():
    desk = switching()
    asked = desk.post(ordered("cleo", SWITCH))
    desk.books.files.lines.apply(LineChange(ways=(way(PAN, version=2, protection="oxygen"),)))
    assert desk.why(desk.decide("chen", Verdict.APPROVE, asked.reference)) is OfficeRefusal.PROTECTED
    assert desk.why(ordered("cleo", replace(SWITCH, nonce="n2"))) is OfficeRefusal.PROTECTED


def test_relays_of_another_branch_are_not_hers():
    desk = switching()
    desk.changed("operators", "cleo", roles=("switcher",), branch="south")
    assert desk.why(ordered("cleo", SWITCH)) is OfficeRefusal.OTHER_BRANCH
