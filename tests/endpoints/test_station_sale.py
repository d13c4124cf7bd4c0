"""Sales at a card station over real TLS: from the card that is read to the purchase that is confirmed."""

import pyotp
import pytest
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import blockingCallFromThread

from gateway.assembly.reserved_watch import ReservedWatch
from gateway.codecs.card.dialogue import read_card
from gateway.codecs.card.profile import profile_named
from gateway.codecs.card.steps import Over, Purpose, Unknown, Written
from gateway.core.card_order import CardOrderState
from gateway.core.payment import payment_key
from gateway.core.sale import SaleState
from gateway.core.views_booked import SaleFile
from gateway.core.views_staff import Diary
from gateway.core.views_stations import CardOrdersKnown
from gateway.simulators.card.faults import Fault, FaultKind
from tests import builders, cards
from tests.station_house import PAN, TOTP, ask_said, card_meter, carried, served

NONCE = "another-nonce-of-16"


def state_of(house, order):
    (kept,) = house.asked(CardOrdersKnown(order=order["id"]))
    return kept.state


@served
def test_a_card_is_sold_on_written_and_confirmed(house):
    station, card, meter = house.station(), cards.blank("powertill-cpu"), card_meter()
    station.sign_in()
    order = station.sell(card)
    assert (order["state"], order["station"], order["by"]) == ("reserved", "n1", "ann")
    outcome, shown = station.write(order, card)
    assert isinstance(outcome, Written)
    said = station.ok("confirm", **station.of(order), card=shown)
    assert said["order"]["state"] == "confirmed"
    assert said["receipt_no"] > 0
    assert said["invoice"] == {"series": "n1", "number": 1}
    assert station.ok("confirm", **station.of(order), card=shown) == said, "a lost answer is asked for again"
    assert meter.insert(card).added == order["amount"]
    looked = station.done("look", shown=station.read(card))
    assert (looked["reason"], looked["is_sellable"], looked["waiting"]) == ("ready", True, [])
    assert looked["meter"]["customer"] == "Zhang Wei"
    second, _ = station.write(station.sell(card, NONCE), card)
    assert isinstance(second, Written)
    counted = {place[1:] for place in house.tally.counted if place[0] == "station_requests"}
    assert (("asked", "confirm"), ("outcome", "done")) in counted
    assert any(place[0] == "card_answers" for place in house.tally.counted)


@served
def test_a_sale_whose_answer_was_lost_is_sent_again_and_sold_once(house):
    station, card = house.station(), cards.blank("powertill-cpu")
    station.sign_in()
    assert station.sell(card) == station.sell(card)
    assert len(house.asked(CardOrdersKnown(payment=payment_key("@n1", "nonce-0123456789")))) == 1


@served
def test_after_a_restart_a_station_finishes_what_it_began_though_nobody_is_signed_in(house):
    station, card = house.station(), cards.blank("powertill-cpu")
    station.sign_in()
    order = station.sell(card)
    station.done("sign_out")
    station.session = None
    outcome, shown = station.write(order, card)
    assert isinstance(outcome, Written)
    assert station.ok("confirm", **station.of(order), card=shown)["order"]["state"] == "confirmed"


@served
def test_a_torn_card_is_in_doubt_and_finished_with_the_same_number(house):
    station, card = house.station(), cards.blank("powertill-cpu")
    station.sign_in()
    order = station.sell(card)
    card.fault = Fault(at=14, kind=FaultKind.LEAVE)
    outcome, _ = station.write(order, card)
    assert isinstance(outcome, Unknown), outcome
    said = station.ok("doubt", **station.of(order), told="card_gone")
    assert said["order"]["state"] == "in_doubt"
    assert station.ok("doubt", **station.of(order), told="card_gone")["order"]["state"] == "in_doubt"
    card.fault = None
    looked = station.done("look", shown=station.read(card))
    assert (looked["reason"], looked["is_sellable"]) == ("unfinished", False)
    assert looked["order"]["id"] == order["id"]
    assert station.refused("give_up", **station.of(order), told="no") == "on_a_card"
    outcome, shown = station.write(order, card)
    assert isinstance(outcome, Written)
    assert station.ok("confirm", **station.of(order), card=shown)["order"]["state"] == "confirmed"
    assert card_meter().insert(card).added == order["amount"]


@served
def test_a_credit_that_a_bank_was_paid_for_is_offered_and_brought_to_its_card(house):
    station, card, bank = house.station(), cards.blank("powertill-cpu"), builders.Till()
    station.sign_in()
    house.posted(bank.pay(pan=PAN))
    (found,) = station.done("find", number=PAN)["meters"]
    (waiting,) = station.done("find", number=PAN)["waiting"]
    assert (found["pan"], waiting["tender_minor"], waiting["taken_by"]) == (PAN, 10_000, "bank east")
    said = {"nonce": NONCE, "pan": PAN, "payment": waiting["payment"], "card": station.read(card)}
    order = station.done("reserve", **said)["order"]
    assert station.done("reserve", **said)["order"] == order
    outcome, shown = station.write(order, card)
    assert isinstance(outcome, Written)
    said = station.ok("confirm", **station.of(order), card=shown)
    assert "invoice" not in said, "a bank's is written where it is asked for"


@served
def test_what_was_given_up_is_undone_and_what_was_begun_is_not(house):
    station, card = house.station(), cards.blank("powertill-cpu")
    station.sign_in()
    order = station.sell(card)
    said = {"payment": order["payment"], "pan": PAN, "amount_minor": 10_000}
    assert refusal(station, "undo", **said) == "card_order_open"
    assert station.ok("give_up", **station.of(order), told="he left")["order"]["state"] == "void"
    assert station.done("undo", **said) == {}
    assert station.done("undo", **said) == {}, "a lost answer is asked for again"
    facts = house.views.totals(SaleFile(branch=None, key=order["payment"]))
    assert facts.sale.state is SaleState.REVERSED
    again = station.sell(card, NONCE)
    station.begin(again, station.read(card))
    assert refusal(station, "undo", payment=again["payment"], pan=PAN, amount_minor=10_000) == "on_a_card"


def refusal(station, op, **values):
    status, said = station.here(op, **values)
    assert status == 200
    return said["refused"]["code"]


@served
def test_an_order_that_nobody_begins_is_given_up_after_ten_minutes_and_not_a_moment_before(house):
    station, card = house.station(), cards.blank("powertill-cpu")
    station.sign_in()
    order, shown = station.sell(card), station.read(card)
    watch = ReservedWatch(house.door.views, house.poster, None, house.now)
    house.later(minutes=9)
    looked(house, watch)
    assert state_of(house, order) is CardOrderState.RESERVED
    house.later(minutes=2)
    looked(house, watch)
    assert state_of(house, order) is CardOrderState.VOID
    status, said = station.ask("begin", **station.of(order), card=shown)
    assert (status, said["refused"]["code"]) == (200, "card_order_void")
    assert len(station.done("find", number=PAN)["waiting"]) == 1, "the money is still there"


def looked(house, watch):
    blockingCallFromThread(reactor, lambda: Deferred.fromCoroutine(watch.look()))


@served
def test_a_begun_order_is_given_up_by_no_clock(house):
    station, card = house.station(), cards.blank("powertill-cpu")
    station.sign_in()
    order = station.sell(card)
    station.begin(order, station.read(card))
    house.later(days=1)
    looked(house, ReservedWatch(house.door.views, house.poster, None, house.now))
    assert state_of(house, order) is CardOrderState.WRITING


# ---- what the keys are not used for


def asked(station, errand, **changes):
    """A question about sealing: what is answered."""
    said = {
        "purpose": "seal", "profile": "powertill-cpu", "serial": cards.SERIAL, "key_version": 1,
        "key": "wallet", "size": 8, "challenge": "00" * 8, "header": "04d6830010", "body": "00" * 8,
        "system": cards.SYSTEM,
    }  # fmt: skip
    return station.ok("answer", errand=errand, ask=said | changes)


def seals_of(station, order, card):
    """The questions about sealing that writing an order asks."""
    seals = []
    real = station.answering

    def listening(errand):
        def answered(step):
            if step.purpose is Purpose.SEAL:
                seals.append(step)
            return real(errand)(step)

        return answered

    station.answering = listening
    outcome, _ = station.write(order, card)
    station.answering = real
    assert isinstance(outcome, Written)
    return seals


@served
def test_nothing_is_sealed_before_begin_nor_other_bytes_nor_for_another_card(house):
    station, card = house.station(), cards.blank("powertill-cpu")
    station.sign_in()
    order = station.sell(card)
    errand = f"order/{order['id']}"
    assert asked(station, errand)["lost"]["told"] == "not_authorised"
    seals = seals_of(station, order, card)
    assert seals
    for seal in seals:
        right = ask_said(seal)
        assert "granted" in station.ok("answer", errand=errand, ask=right)
        for name, value in (
            ("body", flipped(right["body"])), ("header", flipped(right["header"])),
            ("serial", cards.OTHER_SERIAL), ("key", "params" if right["key"] == "wallet" else "wallet"),
        ):  # fmt: skip
            said = station.ok("answer", errand=errand, ask=right | {name: value})
            assert said.get("lost", {}).get("told") == "not_authorised", (name, said)


def flipped(text):
    octets = bytearray.fromhex(text or "00")
    octets[-1] ^= 1
    return octets.hex()


@served
def test_once_it_is_confirmed_nothing_is_sealed_for_an_order_any_more(house):
    station, card = house.station(), cards.blank("powertill-cpu")
    station.sign_in()
    order = station.sell(card)
    seals = seals_of(station, order, card)
    shown = station.read(card)
    station.ok("confirm", **station.of(order), card=shown)
    said = station.ok("answer", errand=f"order/{order['id']}", ask=ask_said(seals[0]))
    assert said["lost"]["told"] == "not_authorised"


@served
def test_a_reading_errand_seals_nothing_and_is_one_card_s_and_one_station_s(house):
    station, south = house.station("n1"), house.station("s1")
    station.sign_in()
    said = {"profile": "powertill-cpu", "serial": cards.SERIAL, "key_version": 1, "system": cards.SYSTEM}
    errand = station.done("errand", **said)["errand"]
    challenge = {"purpose": "challenge", "key": "internal", "body": "", "header": "", "challenge": ""}
    assert asked(station, errand)["lost"]["told"] == "not_authorised"
    assert "granted" in asked(station, errand, **challenge)
    assert "lost" in asked(station, errand, **challenge, serial=cards.OTHER_SERIAL)
    assert "lost" in asked(south, errand, **challenge)
    assert "lost" in asked(station, "errand-of-nobody", **challenge)
    assert refusal(station, "errand", **said | {"key_version": 9}) == "card_refused"
    assert refusal(station, "errand", **said | {"system": "99"}) == "card_refused"
    assert refusal(station, "errand", **said | {"profile": "no-such-card"}) == "card_refused"


@served
def test_one_station_cannot_touch_what_another_has_reserved(house):
    north, south, card = house.station("n1"), house.station("s1"), cards.blank("powertill-cpu")
    north.sign_in()
    order, shown = north.sell(card), north.read(card)
    for op, more in (("begin", {"card": shown}), ("give_up", {"told": "x"}), ("doubt", {"told": "x"})):
        assert south.refused(op, **north.of(order), **more) == "other_station", op
    assert south.refused("order", order=order["id"]) == "other_station"
    assert south.refused("order", order=99) == "no_card_order"
    said = south.ok("answer", errand=f"order/{order['id']}", ask=ask_said(one_seal()))
    assert said["lost"]["told"] == "not_authorised"
    assert north.ok("order", order=order["id"])["order"] == order
    assert state_of(house, order) is CardOrderState.RESERVED
    other = {"order": order["id"], "payment": order["payment"], "by": "bob"}
    assert north.refused("begin", **other, card=shown) == "no_card_order"


def one_seal():
    dialogue = read_card(profile_named("powertill-cpu"), cards.blank("powertill-cpu").reset())
    found = []

    def answer(step):
        found.append(step)
        return cards.keys().answer(step)

    carried(dialogue, cards.blank("powertill-cpu"), answer)
    first = found[0]
    return type(first)(
        Purpose.SEAL, first.profile, first.serial, first.key_version, "wallet", 8,
        Over(bytes(8), bytes.fromhex("04d6830010"), bytes(8)), 0, first.system,
    )  # fmt: skip


@served
def test_a_cashier_of_another_branch_sees_no_customer_and_sells_him_nothing(house):
    north, south, card = house.station("n1"), house.station("s1"), cards.blank("powertill-cpu")
    north.sign_in()
    order = north.sell(card)
    outcome, shown = north.write(order, card)
    assert isinstance(outcome, Written)
    quoted = {"price": "x"}
    north.ok("confirm", **north.of(order), card=shown)
    south.sign_in("bob")
    read = south.read(card)
    assert refusal(south, "look", shown=read) == "other_branch"
    assert refusal(south, "quote", pan=PAN, amount_minor=10_000) == "other_branch"
    sale = {"nonce": NONCE, "pan": PAN, "tender_minor": 10_000, "price": quoted["price"], "card": read}
    assert refusal(south, "sell", **sale) == "other_branch"
    assert south.done("find", number=PAN) == {"meters": [], "waiting": []}


@served
def test_who_has_no_shift_here_and_what_costs_something_else_now_is_refused(house):
    station, card = house.station(), cards.blank("powertill-cpu")
    station.sign_in("cho", code=code_of(house))
    quoted = station.quote()
    sale = {"pan": PAN, "tender_minor": 10_000, "price": quoted["price"], "card": station.read(card)}
    assert refusal(station, "sell", nonce=NONCE, **sale) == "no_shift"
    station.sign_in("ann")
    assert refusal(station, "sell", nonce=NONCE, **sale | {"price": "another"}) == "price_changed"
    assert refusal(station, "sell", nonce=NONCE, **sale | {"tender_minor": 20_000}) == "price_changed"
    assert house.asked(CardOrdersKnown(payment=payment_key("@n1", NONCE))) == []


def code_of(house):
    return pyotp.TOTP(TOTP).at(house.now())


@served
def test_an_amount_or_an_energy_is_priced_and_not_both_nor_for_a_token_meter(house):
    station = house.station()
    station.sign_in()
    by_amount = station.quote()
    assert by_amount["tender_minor"] == 10_000
    assert sum(one["minor"] for one in by_amount["lines"]) == 10_000
    by_energy = station.done("quote", pan=PAN, energy_wh=by_amount["energy_wh"])
    # What so much energy costs is a whole amount, which buys no more than that.
    assert 0 < by_energy["tender_minor"] <= 10_000
    assert 0 <= by_amount["energy_wh"] - by_energy["energy_wh"] < 1_000
    assert refusal(station, "quote", pan=PAN) == "one_of_both"
    assert refusal(station, "quote", pan=PAN, amount_minor=1, energy_wh=1) == "one_of_both"
    assert refusal(station, "quote", pan=PAN, amount_minor=0) == "one_of_both"
    assert refusal(station, "quote", pan=PAN, amount_minor=1) == "below_minimum"
    assert refusal(station, "quote", pan=builders.identity(1).pan, amount_minor=10_000) == "not_a_card_meter"
    assert refusal(station, "quote", pan="6" * 18, amount_minor=10_000) == "other_branch"
    assert refusal(station, "find", number="6") == "too_short"


@served
def test_a_card_that_is_none_of_ours_is_said_so_and_names_nobody(house):
    station, card = house.station(), cards.blank("powertill-cpu", "0102030405060708")
    station.sign_in()
    shown = station.read(card, "0102030405060708")
    said = station.done("look", shown=shown)
    assert (said["reason"], said["is_sellable"]) == ("foreign", False)
    assert "meter" not in said
    status, answer = station.here(
        "sell", nonce=NONCE, pan=PAN, tender_minor=10_000, price=station.quote()["price"], card=shown
    )
    assert (status, answer["refused"]["code"]) == (200, "card_refused")


@served
def test_what_the_meter_returned_is_kept_once_whatever_it_says(house):
    station = house.station()
    values = {"meter_no": "000000000000", "remaining": 12_345, "count": 3, "at": "2026-11-26T05:17"}
    said = {"serial": cards.SERIAL, "profile": "powertill-cpu", "values": values, "raw": "6801"}
    assert station.ok("returned", **said) == {}
    assert station.ok("returned", **said) == {}
    mad = said | {"values": {"remaining": 2**53 - 1, "flags": ["a", "b"], "at": "never"}, "raw": "6802"}
    assert station.ok("returned", **mad) == {}
    lines = house.asked(Diary(function="readings"))
    assert len(lines) == 2
    assert '"remaining": 12345' in lines[-1].detail
    assert lines[-1].subject == f"card {cards.SERIAL}"


@pytest.mark.parametrize(
    "values",
    [{str(n): n for n in range(41)}, {"a": "x" * 129}, {"a": {"b": 1}}, {"a": [["b"]]}, {"a": 1.5}],
    ids=["many", "long", "nested", "lists", "float"],
)
def test_what_no_meter_writes_is_refused(values, tmp_path):
    @served
    def story(house):
        said = {"serial": cards.SERIAL, "profile": "powertill-cpu", "values": values, "raw": "6801"}
        status, answer = house.station().ask("returned", **said)
        assert (status, answer["fault"]["where"]) == (400, "returned.values")

    return story(tmp_path)
