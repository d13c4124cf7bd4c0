"""Red invoices of a supply that ends, on both databases: one for each part given back, without a gap."""

import pytest
from sqlalchemy import text

from gateway.core.invoice import Invoiced, InvoiceKind
from gateway.core.office_answer import Changed
from gateway.core.timeline import microseconds
from gateway.core.views_invoices import InvoiceFile, Invoices
from gateway.core.views_shift import ShiftFile
from gateway.prepayment.end_claim import ClaimEnd, EndClaim
from gateway.prepayment.issue_invoice import IssueInvoice
from gateway.prepayment.issue_red_invoice import IssueRedInvoice
from gateway.prepayment.write_invoice import InvoiceAuthor
from tests.builders import BANK
from tests.leaving import LI, NEW, OLD, Town

ANN = InvoiceAuthor("n1", "n1", "ann")


@pytest.fixture
def town(fresh):
    return Town(fresh.database(count=3))


def sale_keys(town):
    with town.engine.connect() as connection:
        found = connection.execute(text("SELECT key FROM sale ORDER BY id"))
        return [row.key for row in found if BANK in row.key]


def bought(town, minor=10_000, author=ANN):
    """A purchase with its invoice: what was bought, and the payment."""
    energy_wh = town.buy(minor).energy_wh
    key = sale_keys(town)[-1]
    assert isinstance(town.give(IssueInvoice(key, OLD, author)), Invoiced)
    return energy_wh, key


def written(town):
    """All invoices, the oldest first."""
    found = town.reader.rows(Invoices(branch=None))
    return sorted((one.invoice for one in found), key=lambda one: one.number)


def test_for_what_is_given_back_a_red_invoice_of_the_same_series_is_written(town):
    energy_wh, key = bought(town)
    half = energy_wh // 2
    assert isinstance(town.cancel(remaining_wh=half, shown_wh=half), Changed)
    normal, part = written(town)
    refund = -town.balance("REFUND_PAYABLE:A1")
    assert (part.name, part.kind, part.takes_back, part.nth) == ("n1/2", InvoiceKind.PART, 1, 1)
    assert (part.amount_minor, part.energy_wh, part.payment) == (-refund, -half, key)
    assert (part.by, part.reason, part.billed) == ("local:li", "the display is dark", normal.billed)
    facts = town.reader.totals(InvoiceFile(branch=None, series="n1", number=2))
    assert sum(line.minor for line in facts.lot.given_lines) == refund
    # The rest of it stands, so it is not written once more.
    assert town.give(IssueInvoice(key, OLD, ANN)) == Invoiced(normal, is_new=False)
    town.assert_sound()


def test_a_red_invoice_for_a_part_is_red_on_the_slip_of_the_shift(town):
    said = {"l": LI, "u": microseconds(town.now)}
    with town.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO shift (id, login, station, opened_us) VALUES (1, :l, 'n1', :u)"), said
        )
    half = bought(town, author=InvoiceAuthor("n1", "n1", LI))[0] // 2
    assert isinstance(town.cancel(remaining_wh=half, shown_wh=half), Changed)
    run = town.reader.totals(ShiftFile(branch=None, id=1)).invoices
    assert (run.first, run.last, run.count, run.red) == (1, 2, 2, 1)


def test_each_purchase_has_its_own_and_one_without_an_invoice_has_none(town):
    first, _ = bought(town, 5_000)
    between = town.buy(2_000).energy_wh
    last, _ = bought(town, 5_000)
    left = last + between + first // 2
    town.cancel(remaining_wh=left, shown_wh=left)
    assert [(one.name, one.takes_back) for one in written(town) if one.is_part] == [("n1/3", 1), ("n1/4", 2)]
    town.assert_sound()


def test_what_is_used_up_leaves_every_invoice_as_it_is(town):
    bought(town)
    town.cancel(remaining_wh=0)
    assert [one.kind for one in written(town)] == [InvoiceKind.NORMAL]
    town.assert_sound()


def test_what_travelled_to_another_meter_is_taken_back_of_the_invoice_that_was_given_for_it(town):
    energy_wh, key = bought(town)
    town.replace(remaining_wh=energy_wh, shown_wh=energy_wh)
    town.transfer()
    town.day = 1
    left = energy_wh - 1_000
    town.cancel(pan=NEW, version=2, remaining_wh=left, shown_wh=left)
    _, part = written(town)
    assert (part.payment, part.pan, part.kind) == (key, OLD, InvoiceKind.PART)
    assert part.amount_minor == town.balance("REFUND_PAYABLE:A1")
    town.assert_sound()


def test_what_is_left_of_an_invoice_is_taken_back_where_its_payment_does_not_stay(town):
    energy_wh, key = bought(town)
    half = energy_wh // 2
    town.cancel(remaining_wh=half, shown_wh=half)
    town.give(town.till.reverse(key.rpartition("/")[2]))
    town.give(EndClaim(key, ClaimEnd.CONCEDED, BANK, "super", OLD, 10_000))
    answer = town.give(IssueRedInvoice(key, OLD, "n1", 1, ANN, "the bank reversed it"))
    normal, part, red = written(town)
    assert answer == Invoiced(red, is_new=True)
    assert normal.amount_minor + part.amount_minor + red.amount_minor == 0
    assert normal.energy_wh + part.energy_wh + red.energy_wh == 0
    facts = town.reader.totals(InvoiceFile(branch=None, series="n1", number=3))
    assert facts.parts_before == (part,)
    town.assert_sound()
