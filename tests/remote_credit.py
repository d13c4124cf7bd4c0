"""Orders over a line on books alone: a sale for a meter on a line, its order, and the steps of a contact."""

from gateway.codecs.meter_model.model import MeterCredit
from gateway.core.line_books import LineBooks
from gateway.core.meter import Carrier
from gateway.core.meter_way import LineKind, MeterWay
from gateway.core.payment import handover_key
from gateway.metering.step_remote import EndRemote, MendRemote
from gateway.prepayment.begin_remote import BeginRemoteCredit
from gateway.prepayment.hand_over import HandOver
from gateway.prepayment.order_remote import OrderRemoteCredit
from tests.builders import Till, books, issuer, meter, terms

PAN = meter().pan
WAY = MeterWay(PAN, LineKind.MODEM, "5550161", "1", "dlms-prepaid")


class LineTill(Till):
    """A till whose meter takes its credit over a line."""

    def __init__(self, credit=MeterCredit.TOKEN, way=WAY, carrier=Carrier.REMOTE):
        super().__init__(books(meter(carrier=carrier)))
        self.credit = credit
        self.books.files.lines = LineBooks(ways={} if way is None else {PAN: way})

    def sold(self, reference="r1", **more):
        """Sell; give the payment's key."""
        command = self.pay(reference, **more)
        self.post(command)
        return command.key

    def ordered(self, payment):
        """Order the credit over the line; give the order, or the refusal."""
        content = self.post(OrderRemoteCredit(payment, PAN, self.credit))
        return self.order(payment) or content

    def order(self, payment):
        """Give the order of a payment as it stands."""
        return self.books.files.lines.of_payment(payment)

    def begun(self, payment):
        """Begin a contact; give what is answered."""
        hand_over = HandOver(payment, 3, terms(), issuer())
        return self.post(BeginRemoteCredit(self.order(payment).id, hand_over, self.credit, WAY.version))

    def ended(self, payment, ended):
        """End it; give where the order stands."""
        self.post(EndRemote(self.order(payment).id, ended, payment))
        return self.order(payment)

    def out(self, payment):
        """Give what went out for a payment."""
        return self.books.known[handover_key(payment)].recall()

    def mended(self, payment, event, nonce="n1"):
        """Have a person say what becomes of it; give what is answered."""
        return self.post(MendRemote("li", nonce, self.order(payment).id, event, "it was put right"))
