"""A mill that has bought for its meter, beside what ``departed`` enters: its purchase may be reset."""

from __future__ import annotations

from gateway.core.outcome import Approved
from gateway.core.reset import Evidence, ResetDone, Shows
from gateway.core.timeline import microseconds
from gateway.prepayment.give_again import GiveAgain
from gateway.prepayment.manage_meter import Workshop
from gateway.prepayment.reset_sale import ResetSale
from tests.builders import NOON, ZONE, Till, issuer
from tests.web.departed import CAME

#: The meter that is reset, and the purchase's key.
METER, PAID = CAME, "pay/east/mill-1"


def with_purchase(staffed):
    """It buys at the builders' noon, as its meter is fitted; returns the books."""
    (sold,) = staffed.batch.run([Till(tid_lead_max=100_000).pay("mill-1", 10_000, pan=METER)])
    assert isinstance(sold, Approved), sold
    return staffed


def with_lost_purchase(staffed):
    """It was found to be lost, and went out once more; returns the books."""
    staffed.now = NOON
    shows = Shows(
        Evidence.PHOTO, microseconds(staffed.now), is_taken=False, credits=0, reference="photo 12 of Chen Bo"
    )
    why = "the meter says that the token is not for it"
    workshop = Workshop(issuer(), ZONE, "CNY")
    for order in (
        ResetSale("local:deputy", "mill-lost", METER, PAID, shows, why),
        GiveAgain("local:deputy", "", 1, METER, PAID, workshop),
    ):
        (content,) = staffed.batch.run([order])
        assert isinstance(content, Approved | ResetDone), content
    return staffed
