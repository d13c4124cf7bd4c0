"""Books of a few meters that are reset for selling; a day passes where a test says so."""

from __future__ import annotations

from sqlalchemy import text

from gateway.core.reset import Evidence, Shows
from gateway.prepayment.give_again import GiveAgain
from gateway.prepayment.reset_sale import ResetSale
from gateway.simulators.meter import Accepted, VirtualMeter
from tests.builders import BANK, decoder_key, identity
from tests.leaving import LI, OLD, Town


class ResetTown(Town):
    """Each purchase has a day of its own; ``paid`` is the last one's key."""

    def buy(self, minor=10_000, pan=OLD):
        self.day += 1
        content = super().buy(minor, pan)
        self.paid = f"pay/{BANK}/rn{self.count}"
        return content

    def shows(self, *, is_taken, credits=None, evidence=Evidence.DISPLAY, ago_us=0):  # noqa: A002 - its name
        return Shows(evidence, self.now_us - ago_us, is_taken, credits, "Chen, on the spot")

    def reset(self, *, is_taken=False, credits=None, payment=None, **more):  # noqa: A002 - its name
        self.day += 1
        said = {name: more.pop(name) for name in ("evidence", "ago_us") if name in more}
        shows = self.shows(is_taken=is_taken, credits=credits, **said)
        usual = {"by": LI, "nonce": self.nonce(), "pan": OLD, "payment": payment or self.paid}
        self.last_order = ResetSale(**(usual | {"shows": shows, "reason": "it was not taken"} | more))
        return self.give(self.last_order)

    def again(self, reset=1, **more):
        usual = {"by": LI, "nonce": "", "reset": reset, "pan": OLD, "payment": self.paid}
        return self.give(GiveAgain(**(usual | {"workshop": self.workshop} | more)))

    def count_of(self, table):
        with self.engine.connect() as connection:
            return connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608 - ours


def wall(of_meter=None):
    """The meter on the wall, which holds the key of the vectors."""
    of_meter = of_meter or identity(1)
    return VirtualMeter(of_meter, decoder_key(of_meter))


def takes(virtual, *tokens):
    """How many of these it takes, in this order."""
    return sum(isinstance(virtual.enter(one.reveal()), Accepted) for one in tokens)
