"""A counter, on books alone or on kept ones: ``ann`` sits at ``n1``, and ``super`` corrects what she does."""

from __future__ import annotations

from gateway.core.books import Decision, Needs
from gateway.core.counter import CounterRules, counter_key
from gateway.core.ledger import EntryKind, transfer
from gateway.core.meter import MeterRef
from gateway.core.money import Money
from gateway.core.outcome import MeterFound, Noted
from gateway.core.payment import PaymentOrder
from gateway.core.shown_price import shown_of
from gateway.core.staff import Operator, Shift, Station
from gateway.prepayment.correct_sale import CorrectSale, InquireCorrection, correction_key
from gateway.prepayment.give_back import GiveBack
from gateway.prepayment.hand_over import HandOver
from gateway.prepayment.hoarding import InquireAtCounter
from gateway.prepayment.inquire import Inquire
from gateway.prepayment.issue_invoice import IssueInvoice
from gateway.prepayment.sell_at_counter import GiveOut, SellAtCounter, UndoAtCounter
from gateway.prepayment.take_payment import TakePayment
from gateway.prepayment.write_invoice import InvoiceAuthor
from tests.builders import ZONE, Till, meter

RULES = CounterRules(currency="CNY", least_minor=100, most_minor=500_000, undo_s=60, zone=ZONE)


class Counter(Till):
    """Makes the orders of the people at one counter, and posts them."""

    def __init__(self, on=None, rules: CounterRules = RULES, station="n1", login="ann"):
        super().__init__(on)
        self.rules, self.station, self.login = rules, station, login
        self.terms = rules.terms(station, login)
        office = self.books.office
        office.shifts[1] = Shift(1, login, station, 0)
        office.stations[station] = Station(station, "Counter 1", "north")
        office.operators[login] = Operator(login, login.title(), branch="north")
        self.books.invoices.next[station] = 1

    def key(self, nonce):
        return counter_key(self.station, nonce)

    def payment(self, key, minor, pan, terms=None):
        order = PaymentOrder(MeterRef(pan=pan), Money(minor, self.rules.currency), self.station, 5)
        return TakePayment(key, f"{pan} {minor}", order, terms or self.terms, self.pricing, self.issuer)

    def asked(self, order):
        """Ask what would be answered; nothing is kept of it."""
        return order.decide(self.books, self.now).content

    def shown(self, minor, pan):
        """The seal of what the amount would buy now, as a page has it; empty where it buys nothing."""
        return _offered(self.asked(self._inquiry(minor, pan)))

    def _inquiry(self, minor, pan):
        return Inquire(MeterRef(pan=pan), self.terms, self.pricing, Money(minor, self.rules.currency))

    def selling(self, nonce="form-1", minor=10_000, pan=None, shown=None):
        pan = pan or meter().pan
        seal = self.shown(minor, pan) if shown is None else shown
        return SellAtCounter(self.login, self.station, self.payment(self.key(nonce), minor, pan), seal)

    def sell(self, *order, **more):
        return self.post(self.selling(*order, **more))

    def giving_out(self, nonce="form-1", payment=None):
        handing = HandOver(payment or self.key(nonce), 7, self.terms, self.issuer)
        return GiveOut(self.login, self.station, handing)

    def give_out(self, *order, **more):
        return self.post(self.giving_out(*order, **more))

    def undoing(self, payment, pan, minor, *, by="ann", station="n1"):
        return UndoAtCounter(by, station, payment, pan, minor, self.rules.undo_s, "he changed his mind")

    def undo(self, nonce="form-1", minor=10_000, **who):
        return self.post(self.undoing(self.key(nonce), meter().pan, minor, **who))

    def correcting(
        self, *, minor, pan=None, payment=None, was=10_000, was_pan=None, by="super", shown=None,
        drawer="ann",
    ):  # fmt: skip
        wrong, pan = payment or self.key("form-1"), pan or meter().pan
        terms = self.rules.terms("n1", drawer)
        right = self.payment(correction_key(wrong), minor, pan, terms)
        if shown is None:
            undo = GiveBack(wrong, "@n1", "super", was_pan or meter().pan, was)
            shown = _offered(self.asked(InquireCorrection(undo, InquireAtCounter(self._inquiry(minor, pan)))))
        return CorrectSale(by, wrong, was_pan or meter().pan, was, right, shown, "another amount")

    def correct(self, **order):
        return self.post(self.correcting(**order))

    def invoicing(self, payment, pan=None):
        author = InvoiceAuthor(self.station, self.station, self.login)
        return IssueInvoice(payment, pan or meter().pan, author)

    def entries(self):
        every = [one for last in self.decisions for one in (*(first for _, first in last.first), last)]
        return [entry for one in every for entry in one.entries]


class KeptCounter(Counter):
    """The same on books that are kept: ``batch`` posts, and is asked as a page asks."""

    def __init__(self, batch, station="n1", login="ann"):
        super().__init__(station=station, login=login)
        self.batch = batch

    def asked(self, order):
        return self.post(order)

    def post(self, command):
        (content,) = self.batch.run([command])
        if isinstance(content, Exception):
            raise content
        return content


class Opening:
    """Books a balance that was there before, against an account of the same book."""

    digest, channel = "", "office:li"

    def __init__(self, account, minor):
        self.key, self.account, self.minor = f"owe/{account}", account, minor

    def needs(self):
        return Needs()

    def decide(self, books, now):
        debit, credit = (self.account, "OPENING") if self.minor > 0 else ("OPENING", self.account)
        entry = transfer(EntryKind.OPENING, debit=debit, credit=credit, amount=abs(self.minor), unit="CNY")
        return Decision(Noted(1), remembered=True, entries=(entry,))


def _offered(found):
    return shown_of(found.offer) if isinstance(found, MeterFound) and found.offer else ""
