"""Books of a few meters that leave their supply points; a day passes where a test says so."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

from sqlalchemy import text

from adapters.db.journal_reader import JournalReader
from adapters.db.views import ViewReader
from gateway.core.fitting import DIRECT
from gateway.core.meter import Carrier
from gateway.core.office_answer import LeavingFound
from gateway.core.outcome import TokensWanted
from gateway.core.reading import Shown, Source, Told
from gateway.core.stock import StockMeter
from gateway.core.timeline import microseconds
from gateway.core.views_departures import Departures
from gateway.office.keep_stock import TakeIn
from gateway.prepayment.cancel_meter import CancelMeter
from gateway.prepayment.give_transfer import GiveTransfer, ReserveTransfer
from gateway.prepayment.inquire_leaving import InquireLeaving, InquireWorth
from gateway.prepayment.leave_point import Going
from gateway.prepayment.manage_meter import Workshop
from gateway.prepayment.record_readings import ReadingLine, RecordReadings
from gateway.prepayment.replace_meter import Coming, ReplaceMeter
from gateway.proof.check import check_books
from gateway.proof.verify import verify
from tests.builders import CHAIN_SECRET, NOON, ZONE, Till, identity, issuer, posting_batch

LI = "local:li"
OLD, NEW, NEXT = identity(1).pan, identity(7).pan, identity(8).pan
POINT = "A1-1"


class Town:
    """Three meters with customers, two more in stock; ``day`` is how many days have passed since noon."""

    def __init__(self, engine, till=None):
        self.engine = engine
        self.reader = ViewReader(engine)
        self.till = till or Till(tid_lead_max=100_000)
        self.workshop = Workshop(issuer(), ZONE, "CNY")
        self.day = 0
        self.count = 0
        meters = [StockMeter(identity(n), "DDS-26", Carrier.TOKEN, "", "lot-1", 0) for n in (7, 8)]
        self.give(TakeIn(LI, self.nonce(), tuple(meters)))

    def nonce(self):
        self.count += 1
        return f"n{self.count}"

    def give(self, *commands):
        """Post a batch of its own; what the commands are answered."""
        batch = posting_batch(self.engine, lambda: self.now)
        contents = batch.run(commands)
        batch.close()
        for content in contents:
            if isinstance(content, Exception):
                raise content
        return contents[0] if len(contents) == 1 else contents

    @property
    def now(self):
        return NOON + timedelta(days=self.day)

    @property
    def now_us(self):
        return microseconds(self.now)

    def buy(self, minor=10_000, pan=OLD):
        return self.give(self.till.pay(f"r{self.nonce()}", minor, pan=pan))

    def read(self, kwh, pan=OLD, **more):
        shown = Shown(pan, self.now_us, (("total", int(kwh * 1_000)),), **more)
        return self.give(RecordReadings(LI, self.nonce(), (ReadingLine(shown, Told(Source.MANUAL, "Chen")),)))

    def going(self, kwh=None, **changes):
        """The old meter as it is taken out: ``kwh`` on its register, nothing where it is dark."""
        said = {
            "number": POINT, "version": 1, "pan": OLD, "left_on": self.now.date().isoformat(),
            "taken_us": self.now_us, "registers": () if kwh is None else (("total", int(kwh * 1_000)),),
            "remaining_wh": None, "said_by": "Chen", "to_stock": True, "reason": "the display is dark",
            "currency": "CNY",
        }  # fmt: skip
        return Going(**(said | changes))

    def coming(self, pan=NEW, **changes):
        said = {"registers": (("total", 0),), "seals": ("A17",), "current": DIRECT, "voltage": DIRECT}
        return Coming(pan, **(said | {"is_test": True} | changes))

    def replace(self, kwh=None, **changes):
        """Replace it: as a page does, which shows what is left before."""
        return self.give(self.order(kwh, **changes))

    def order(self, kwh=None, *, pan=NEW, by=LI, old=OLD, **changes):
        going = self.going(kwh, pan=old, **changes)
        return ReplaceMeter(by, self.nonce(), going, self.coming(pan))

    def cancel_order(self, kwh=None, *, fee=0, shown=None, by=LI, pricing=None, **changes):
        """The order that a page makes of what it was shown; ``pricing``: at today's price."""
        going = self.going(kwh, **changes)
        order = CancelMeter(by, self.nonce(), going, fee)
        if shown is None:
            looked = self.give(InquireLeaving(order) if pricing is None else InquireWorth(order, pricing))
            if not isinstance(looked, LeavingFound):
                return order
            order = dataclasses.replace(order, worth=looked.worth)
            shown = looked.departure.refund_minor
        return dataclasses.replace(order, shown_minor=shown)

    def cancel(self, kwh=None, **changes):
        """Cancel it: as a page does, which shows what is to be paid out before."""
        return self.give(self.cancel_order(kwh, **changes))

    def transfer(self, departure=1, pan=NEW, command=GiveTransfer):
        return self.give(command(departure, pan, LI, 5, self.workshop))

    def departures(self, **more):
        return self.reader.rows(Departures(**({"branch": None} | more)))

    def balance(self, account):
        return self.balances().get(account, 0)

    def balances(self):
        with self.engine.connect() as connection:
            found = connection.execute(text("SELECT code, balance FROM account"))
            return {code: balance for code, balance in found if balance}

    def row(self, table, key, value):
        with self.engine.connect() as connection:
            return connection.execute(
                text(f"SELECT * FROM {table} WHERE {key} = :v"), {"v": value}  # noqa: S608 - names of our own
            ).one()

    def assert_sound(self):
        reader = JournalReader(self.engine)
        assert check_books(reader) == []
        assert verify(reader.sealed(), CHAIN_SECRET, reader.standing(), {}).findings == []


__all__ = ["LI", "NEW", "NEXT", "OLD", "POINT", "ReserveTransfer", "TokensWanted", "Town"]
