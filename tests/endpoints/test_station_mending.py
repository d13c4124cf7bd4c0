"""Putting right at a card station over real TLS: cards reissued, purchases taken off, sales undone."""

from functools import partial

from twisted.internet import reactor
from twisted.internet.threads import blockingCallFromThread

from adapters.db.poster import run_here
from gateway.codecs.card.dialogue import write_card
from gateway.codecs.card.steps import AboutToWrite, Lost, Noted, Shown, Written
from gateway.core.approval import ApprovalState, Verdict
from gateway.core.authority import Function, Grant, Level
from gateway.core.card import CardState
from gateway.core.diary import Actor
from gateway.core.sale import SaleState
from gateway.core.timeline import microseconds
from gateway.core.views_booked import SaleFile
from gateway.core.views_cards import CardFile
from gateway.core.views_staff import Requests
from gateway.core.views_stations import CardOrdersKnown
from gateway.office.decide_request import DecideRequest
from gateway.office.orders import command_of
from gateway.prepayment.card_fit import loading_of
from gateway.simulators.card.faults import Fault, FaultKind
from tests import cards
from tests.station_house import PAN, PASSWORD, card_meter, carried, order_of, served, shown_said

NONCE, AGAIN = "nonce-of-reissue1", "nonce-of-reissue2"
WHY = "for another amount"


def refusal(station, op, **values):
    status, said = station.here(op, **values)
    assert status == 200, said
    assert "refused" in said, said
    return said["refused"]["code"]


def bought(station, card, **more):
    """A purchase that is on its card; gives the order."""
    order = station.sell(card, **more)
    _, shown = station.write(order, card)
    return station.ok("confirm", **station.of(order), card=shown)["order"]


def blank():
    return cards.blank("powertill-cpu", cards.OTHER_SERIAL)


def reissuing(station, card, **changes):
    said = {
        "nonce": NONCE, "pan": PAN, "before": cards.SERIAL, "gone": "lost", "reason": "identity card",
        "card": station.read(card, cards.OTHER_SERIAL),
    }  # fmt: skip
    return said | changes


def overwritten(station, order, card):
    """Overwrite the card of a purchase that is taken off, as a station does; gives what was read back."""
    seen = []

    def told(step):
        if isinstance(step, Shown):
            seen.append(shown_said(cards.as_shown(step.picture)))
        if isinstance(step, AboutToWrite):
            begun = station.begin(order, seen[-1])
            return Noted() if begun["state"] == "clearing" else Lost(begun["state"])
        return Noted()

    loading = loading_of(order_of(order))
    dialogue = write_card(station.house.profile, card.reset(), loading)
    outcome = carried(dialogue, card, station.answering(f"order/{order['id']}"), told)
    picture = getattr(outcome, "picture", None)
    return outcome, None if picture is None else shown_said(cards.as_shown(picture))


def requests(house):
    return house.asked(Requests(at_us=microseconds(house.now())))


def decided(house, verdict=Verdict.APPROVE):
    """Somebody else decides the one request that waits."""
    (request,) = [one for one in requests(house) if one.state is ApprovalState.ASKED]
    decision = DecideRequest(Actor("root"), request, verdict, command_of(request), "no" * 3)
    return house.posted(decision)


def state_of(house, order):
    (kept,) = house.asked(CardOrdersKnown(order=order["id"]))
    return kept.state.value


def sale_of(house, order):
    return house.views.totals(SaleFile(branch=None, key=order["payment"])).sale.state


def here(house, function, *arguments):
    blockingCallFromThread(reactor, lambda: run_here(partial(function, *arguments)))


# ---- another card in the place of one


@served
def test_the_last_purchase_goes_on_another_card_and_the_old_one_is_dead(house):
    station, old, new, meter = house.station(), cards.blank("powertill-cpu"), blank(), card_meter()
    station.sign_in()
    order = bought(station, old)
    found = station.done("find", number=PAN)
    assert found["held"] == {"serial": cards.SERIAL, "fee_minor": 0, "order": order}
    said = reissuing(station, new)
    again = station.done("reissue", **said)["order"]
    assert (again["state"], again["serial"], again["number"]) == ("reissued", cards.OTHER_SERIAL, 1)
    assert again["amount"] == order["amount"]
    assert station.done("reissue", **said)["order"] == again, "a lost answer is asked for again"
    outcome, shown = station.write(again, new)
    assert isinstance(outcome, Written)
    assert station.ok("confirm", **station.of(again), card=shown)["order"]["state"] == "confirmed"
    assert meter.insert(new).added == order["amount"]
    assert house.views.totals(CardFile(branch=None, serial=cards.SERIAL)).row.card.state is CardState.BLOCKED
    looked = station.done("look", shown=station.read(old))
    assert (looked["reason"], looked["is_sellable"]) == ("blocked", False)


@served
def test_a_card_that_was_reissued_at_one_station_is_finished_at_another(house):
    """Its own station died; the customer goes on with the new card in his hand."""
    station, old, new = house.station(), cards.blank("powertill-cpu"), blank()
    station.sign_in()
    bought(station, old)
    order = station.done("reissue", **reissuing(station, new))["order"]
    new.fault = Fault(14, FaultKind.LEAVE)
    station.write(order, new)
    new.fault = None
    other = house.station("s1")
    outcome, shown = other.write(order, new, errand_of(house, other, new))
    assert isinstance(outcome, Written), outcome
    assert other.ok("confirm", **other.of(order), card=shown)["order"]["station"] == "s1"
    assert station.refused("doubt", **station.of(order), told="card_gone") == "other_station"


def errand_of(house, station, card):
    """Until it has begun, another station reads with a permit of its own; then it seals for the order."""
    bob = {"bob": "s1", "ann": "n1"}
    login = next(name for name, at in bob.items() if house.stations[at] is station)
    station.sign_in(login)
    errand = station.done(
        "errand", profile="powertill-cpu", serial=cards.OTHER_SERIAL, key_version=1, system=cards.SYSTEM
    )["errand"]
    real, begin, begun = station.answering, station.begin, []

    def beginning(order, shown):
        begun.append(order["id"])
        return begin(order, shown)

    def answering(name):
        def answered(step):
            return real(f"order/{begun[0]}" if begun else errand)(step)

        return answered

    station.begin, station.answering = beginning, answering
    return errand


@served
def test_where_a_card_cannot_take_another_s_place_it_is_said(house):
    station, old, new = house.station(), cards.blank("powertill-cpu"), blank()
    station.sign_in()
    said = reissuing(station, new)
    assert refusal(station, "reissue", **said) == "other_card", "no card was ever issued"
    assert "held" not in station.done("find", number=PAN)
    bought(station, old)
    assert refusal(station, "reissue", **said | {"reason": " "}) == "no_reason"
    assert refusal(station, "reissue", **said | {"before": cards.OTHER_SERIAL}) == "other_card"
    assert refusal(station, "reissue", **said | {"card": station.read(old)}) == "card_refused"
    assert refusal(station, "reissue", **said | {"pan": "6" * 18}) == "other_branch"
    assert station.here("reissue", **said | {"gone": "sold"})[0] == 400
    card_meter().insert(old)
    reserved = station.sell(old, AGAIN)
    assert refusal(station, "reissue", **said) == "card_order_open"
    station.ok("give_up", **station.of(reserved), told="he has lost it")
    assert station.done("reissue", **said)["order"]["number"] == 1
    assert refusal(station, "reissue", **said | {"gone": "worn"}) == "reference_used"


@served
def test_who_may_not_sell_or_is_of_another_branch_reissues_nothing(house):
    station, south, old, new = house.station(), house.station("s1"), cards.blank("powertill-cpu"), blank()
    station.sign_in()
    bought(station, old)
    said = reissuing(station, new)
    south.sign_in("bob")
    assert refusal(south, "reissue", **said | {"card": south.read(new, cards.OTHER_SERIAL)}) == "other_branch"
    station.sign_in("nil")
    assert refusal(station, "reissue", **said) == "not_allowed"


# ---- a purchase taken off its card


def taking_off(station, order, card):
    return {
        "order": order["id"], "payment": order["payment"], "pan": PAN, "card": station.read(card),
        "reason": WHY,
    }  # fmt: skip


@served
def test_a_wrong_purchase_is_taken_off_once_a_second_person_has_agreed(house):
    station, card, meter = house.station(), cards.blank("powertill-cpu"), card_meter()
    station.sign_in()
    wrong = bought(station, card, minor=50_000)
    looked = station.done("look", shown=station.read(card))
    assert (looked["reason"], looked["last"]) == ("never_inserted", wrong)
    said = taking_off(station, wrong, card)
    waits = station.done("take_off", **said)
    assert set(waits) == {"waits_until_us"}
    assert station.done("take_off", **said) == waits, "asked again it is the same request"
    assert [(one.kind, one.amount_minor, one.asked_by) for one in requests(house)] == [
        ("take_off", 50_000, "ann")
    ]
    assert state_of(house, wrong) == "confirmed", "nothing has happened yet"
    decided(house)
    order = station.done("take_off", **said)["order"]
    assert order["state"] == "clearing"
    looked = station.done("look", shown=station.read(card))
    assert looked["order"] == order
    outcome, shown = overwritten(station, order, card)
    assert isinstance(outcome, Written), outcome
    done = station.ok("cleared", **station.of(order), card=shown)
    assert done["order"]["state"] == "void"
    assert station.ok("cleared", **station.of(order), card=shown) == done, "a lost answer is asked for again"
    assert sale_of(house, wrong) is SaleState.WAITING
    assert meter.insert(card).added == 0
    undone = {"payment": wrong["payment"], "pan": PAN, "amount_minor": 50_000}
    assert station.done("undo", **undone) == {}
    right = bought(station, card, nonce=AGAIN, minor=20_000)
    assert (right["number"], meter.insert(card).added) == (1, right["amount"])


@served
def test_the_meter_was_quicker_and_the_purchase_stays(house):
    station, card, meter = house.station(), cards.blank("powertill-cpu"), card_meter()
    station.sign_in()
    wrong = bought(station, card)
    station.done("take_off", **taking_off(station, wrong, card))
    decided(house)
    assert meter.insert(card).added == wrong["amount"]
    shown = station.read(card)
    looked = station.done("look", shown=shown)
    assert (looked["reason"], looked["is_confirming"]) == ("taken", True)
    assert station.refused("confirm", **station.of(wrong), card=shown) == "taking_off"
    said = station.ok("cleared", **station.of(wrong), card=shown)
    assert said["order"]["state"] == "confirmed"
    assert sale_of(house, wrong) is SaleState.ISSUED


@served
def test_a_late_confirmation_does_not_end_what_is_being_taken_off(house):
    """A station read the card back, and died; elsewhere the purchase is taken off the same card."""
    station, card = house.station(), cards.blank("powertill-cpu")
    station.sign_in()
    order = station.sell(card)
    _, shown = station.write(order, card)
    station.done("take_off", **taking_off(station, order, card))
    decided(house)
    assert station.refused("confirm", **station.of(order), card=shown) == "taking_off"
    assert state_of(house, order) == "clearing"
    assert station.refused("cleared", **station.of(order), card=shown) == "card_refused"
    assert station.refused("give_up", **station.of(order), told="no") == "on_a_card"
    assert station.ok("doubt", **station.of(order), told="no")["order"]["state"] == "clearing"


@served
def test_a_clearing_that_was_torn_is_finished_and_seals_nothing_else(house):
    station, card = house.station(), cards.blank("powertill-cpu")
    station.sign_in()
    order = bought(station, card)
    station.done("take_off", **taking_off(station, order, card))
    decided(house)
    order = station.ok("order", order=order["id"])["order"]
    purchase = order | {"state": "confirmed"}
    outcome, _ = overwritten(station, purchase, card)
    assert isinstance(outcome, Written), "what is there already is found, and not written again"
    card.fault = Fault(14, FaultKind.TEAR, 3)
    outcome, _ = overwritten(station, order, card)
    assert not isinstance(outcome, Written)
    card.fault = None
    outcome, _ = overwritten(station, purchase, card)
    assert not isinstance(outcome, Written), "its purchase is not sealed any more"
    outcome, shown = overwritten(station, order, card)
    assert isinstance(outcome, Written), outcome
    assert station.ok("cleared", **station.of(order), card=shown)["order"]["state"] == "void"


@served
def test_what_is_refused_in_the_office_or_asked_for_by_whom_it_is_not_hers_stays(house):
    station, south, card = house.station(), house.station("s1"), cards.blank("powertill-cpu")
    station.sign_in()
    order = bought(station, card)
    said = taking_off(station, order, card)
    assert refusal(station, "take_off", **said | {"reason": ""}) == "no_reason"
    assert refusal(station, "take_off", **said | {"order": 99}) == "no_card_order"
    assert refusal(station, "take_off", **said | {"payment": "pay/@n1/another"}) == "no_card_order"
    south.sign_in("bob")
    assert refusal(south, "take_off", **said | {"card": south.read(card)}) == "no_card_order"
    sells_only = {Function.SELLING: Grant(Level.DO)}
    here(house, partial(house.people.enter, "sam", PASSWORD, sells_only, branch="north"))
    station.sign_in("sam")
    assert refusal(station, "take_off", **said) == "not_allowed"
    station.sign_in("ann")
    waits = station.done("take_off", **said)
    assert station.done("take_off", **said | {"reason": "another"}) == waits
    decided(house, Verdict.REFUSE)
    assert state_of(house, order) == "confirmed"
    assert "waits_until_us" in station.done("take_off", **said), "it may be asked for anew"
    assert len(requests(house)) == 2
