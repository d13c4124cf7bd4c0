"""A counter that is closed, beside the others: its drawer was counted, and its cash is in the safe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.core.views_staff import Shifts
from gateway.office.keep_shift import CloseShift, OpenShift
from gateway.office.manage_roles import KeepStation
from tests.counter import KeptCounter
from tests.web.staffed import CASHIER, PASSWORD

if TYPE_CHECKING:
    from tests.web.staffed import Staffed


def with_counted(staffed: Staffed) -> Staffed:
    """Of Mei a shift is counted, a little too little, and another goes on in which nothing was sold yet."""
    people = staffed.people
    for code, name in (("north-2", "Counter 2"), ("north-3", "Counter 3")):
        people.give(KeepStation("local:root", people.nonce(), code, name, "north", is_open=True, is_new=True))
    people.enter("mei", PASSWORD, CASHIER, branch="north", name="Mei Lin")
    people.of_herself(OpenShift("mei", "mei-1", "north-2"))
    mei = KeptCounter(staffed.batch, "north-2", "mei")
    mei.sell("sold", 5_000, staffed.buyers()[9].pan)
    mei.give_out("sold")
    (first,) = staffed.reader().rows(Shifts(login="mei"))
    counted = CloseShift("mei", "mei-2", first.id, "mei", "north-2", 4_950, 5_000, "CNY", "a coin was false")
    people.of_herself(counted)
    people.of_herself(OpenShift("mei", "mei-3", "north-3"))
    return staffed
