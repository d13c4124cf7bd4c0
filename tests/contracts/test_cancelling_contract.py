"""Cancelling on both databases: given back at the price that was paid, debts first, paid out once."""

import pytest
from sqlalchemy import text

from gateway.core.departure import Leaving
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.refusal import Refusal
from gateway.core.views_departures import Refunds
from gateway.prepayment.pay_refund import PayRefund
from tests.builders import BANK
from tests.counter import Opening
from tests.leaving import NEW, OLD, POINT, Town


@pytest.fixture
def town(fresh):
    return Town(fresh.database(count=3))


def booked(town, account, minor):
    """A balance that is there before."""
    town.give(Opening(account, minor))


def test_what_is_left_is_given_back_at_the_price_that_was_paid(town):
    bought = town.buy(10_000)
    town.cancel(remaining_wh=bought.energy_wh, shown_wh=bought.energy_wh)
    (refund,) = town.reader.rows(Refunds(branch=None))
    assert (refund.account_no, refund.currency) == ("A1", "CNY")
    assert 9_900 <= refund.amount_minor <= 10_000
    assert town.balance("REFUND_PAYABLE:A1") == -refund.amount_minor
    assert town.balance("E.VOID") == bought.energy_wh
    one = town.departures()[0].departure
    assert (one.kind, one.refund_minor, one.new_pan) == (Leaving.CANCELLED, refund.amount_minor, "")
    town.assert_sound()


def test_half_of_the_energy_is_half_of_the_money(town):
    bought = town.buy(10_000).energy_wh
    half = bought // 2
    town.cancel(remaining_wh=half, shown_wh=half)
    assert town.balance("REFUND_PAYABLE:A1") == pytest.approx(-5_000, abs=30)
    town.assert_sound()


@pytest.mark.parametrize("kind", ["ARREARS", "CONNECTION", "CAPACITY"])
def test_debts_are_paid_first_and_a_fee_then(town, kind):
    bought = town.buy(10_000).energy_wh
    booked(town, f"AR:A1:{kind}", 3_000)
    booked(town, "CUST:A1", -700)
    town.cancel(remaining_wh=bought, shown_wh=bought, fee=1_000)
    assert (town.balance(f"AR:A1:{kind}"), town.balance("CUST:A1")) == (0, 0)
    assert town.balance("FEE:CANCELLATION") == -1_000
    assert town.balance("REFUND_PAYABLE:A1") == pytest.approx(-6_700, abs=100)
    town.assert_sound()


def test_a_debt_that_is_greater_takes_all_of_it(town):
    bought = town.buy(5_000).energy_wh
    booked(town, "AR:A1:ARREARS", 30_000)
    town.cancel(remaining_wh=bought, shown_wh=bought)
    assert 25_000 <= town.balance("AR:A1:ARREARS") < 25_100
    assert town.reader.rows(Refunds(branch=None)) == []
    town.assert_sound()


def test_what_the_meter_had_lent_is_owed(town):
    bought = town.buy(5_000).energy_wh
    town.day = 1
    town.read(0, credit_wh=bought)
    town.day = 2
    used = bought + 10_000
    town.cancel(used / 1_000, remaining_wh=-10_000, shown_wh=-10_000)
    assert town.balance("AR:A1:OVERDRAFT") > 0
    assert (town.balance("E.LOADED"), town.balance("E.USED")) == (0, used)
    town.assert_sound()


def test_nothing_is_sold_any_more_and_the_supply_point_is_closed(town):
    assert town.cancel(remaining_wh=0) == Changed("1", 2)
    assert town.row("supply_point", "number", POINT).state == "closed"
    assert town.row("stock_meter", "pan", OLD).state == "in_stock"
    assert town.buy().reason is Refusal.METER_NOT_ACTIVE
    assert town.cancel(remaining_wh=0, version=2).reason is OfficeRefusal.WRONG_STATE
    town.assert_sound()


def test_the_price_travels_with_the_energy_to_the_next_meter(town):
    bought = town.buy(10_000).energy_wh
    town.replace(remaining_wh=bought, shown_wh=bought)
    refused = town.cancel(pan=NEW, version=2, remaining_wh=0)
    assert refused.reason is OfficeRefusal.TRANSFER_WAITS
    town.transfer()
    town.day = 3
    left = bought - 10_000
    town.cancel(pan=NEW, version=2, remaining_wh=left, shown_wh=left)
    assert town.balance("REFUND_PAYABLE:A1") == pytest.approx(-10_000 * left / bought, abs=60)
    town.assert_sound()


def test_figures_that_changed_are_not_carried_out(town):
    bought = town.buy(10_000).energy_wh
    order = town.cancel_order(remaining_wh=bought, shown_wh=bought)
    booked(town, "AR:A1:ARREARS", 100)
    assert town.give(order).reason is OfficeRefusal.FIGURES_CHANGED
    assert town.cancel(remaining_wh=bought, shown_wh=bought, fee=20_000).reason is OfficeRefusal.BAD_FILE


def test_a_payment_in_dispute_keeps_the_meter(town):
    bought = town.buy().energy_wh
    (sale,) = _sales(town)
    town.give(town.till.reverse(sale.rpartition("/")[2]))
    refused = town.cancel(remaining_wh=bought, shown_wh=bought)
    assert refused.reason is OfficeRefusal.IN_DISPUTE


def test_a_token_that_is_not_delivered_keeps_the_meter(town):
    town.buy()
    with town.engine.begin() as connection:
        connection.execute(text("UPDATE outbox SET attempts = 2"))
    assert town.cancel(remaining_wh=0).reason is OfficeRefusal.UNDELIVERED


def test_a_sale_that_waits_keeps_the_meter(town):
    town.till = type(town.till)(tid_lead_max=100_000, token_in_answer=False)
    town.buy()
    assert town.cancel(remaining_wh=0).reason is OfficeRefusal.SALE_WAITS


def _sales(town):
    with town.engine.connect() as connection:
        return [row[0] for row in connection.execute(text("SELECT key FROM sale")) if BANK in row[0]]


def pay(town, amount, by="li", **changes):
    said = {"station": "n1", "account_no": "A1", "amount_minor": amount, "currency": "CNY"}
    return town.give(PayRefund(by, town.nonce(), **(said | changes)))


def seated(town):
    """Li sits at a station."""
    with town.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO shift (id, login, station, opened_us) VALUES (1, 'li', 'n1', 1)")
        )


def test_a_refund_is_paid_out_of_the_cashiers_drawer_once(town):
    bought = town.buy(10_000).energy_wh
    town.cancel(remaining_wh=bought, shown_wh=bought)
    payable = -town.balance("REFUND_PAYABLE:A1")
    assert pay(town, payable).reason is OfficeRefusal.NO_SHIFT
    seated(town)
    assert pay(town, payable - 1).reason is OfficeRefusal.FIGURES_CHANGED
    booked(town, "CASH:n1:li", payable)
    assert pay(town, payable) == Changed("A1")
    assert (town.balance("CASH:n1:li"), town.balance("REFUND_PAYABLE:A1")) == (0, 0)
    assert pay(town, payable).reason is OfficeRefusal.NO_REFUND
    assert town.reader.rows(Refunds(branch=None)) == []
    town.assert_sound()


def test_a_refund_takes_no_drawer_below_nothing(town):
    bought = town.buy(10_000).energy_wh
    town.cancel(remaining_wh=bought, shown_wh=bought)
    payable = -town.balance("REFUND_PAYABLE:A1")
    seated(town)
    booked(town, "CASH:n1:li", payable - 1)
    refused = pay(town, payable)
    held = f"CNY {(payable - 1) / 100:.2f}"
    assert (refused.reason, refused.detail) == (OfficeRefusal.DRAWER_SHORT, f"{held} are in it")
    assert town.balance("REFUND_PAYABLE:A1") == -payable
    town.assert_sound()
