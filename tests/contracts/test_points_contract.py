"""Supply points and amendments on both databases: found by what is known of them, and of her branch alone."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from adapters.db.views import ViewReader
from gateway.core.amendment import AmendmentKind, Subject
from gateway.core.network import NetworkKind
from gateway.core.supply_point import PointState
from gateway.core.views_files import CustomerFile, MeterFile
from gateway.core.views_points import (
    AMENDMENTS_SHOWN,
    Amendments,
    NetworkPlaces,
    SupplyPointFile,
    SupplyPoints,
)
from gateway.prepayment.amend_file import AmendPoint
from tests.builders import identity
from tests.contracts.test_files_contract import FIRST, LI, POINT, SECOND, ZHANG, Filed, install, stocked

#: A customer of the books from before: he is of the branch "north".
OLD_PAN = identity(1).pan


class Read(Filed):
    """The files with a reader; ``old`` is the supply point that came with the books."""

    def __init__(self, fresh):
        super().__init__(fresh)
        self.reader = ViewReader(self.engine)
        (self.old,) = self.seen("supply_point", "pan", OLD_PAN)


@pytest.fixture
def filed(fresh):
    filed = Read(fresh)
    filed.quietly("UPDATE customer SET branch = 'north', name = '50% off'")
    filed.give(filed.register(point=replace(POINT, proportions=())))
    install(filed, stocked(filed), seals=("A17",))
    filed.give(AmendPoint(LI, filed.nonce(), f"{FIRST}-1", 2, "Renmin Lu 8", "east", "", "", 0, 0, "moved"))
    return filed


def numbers(filed, **asked):
    return [one.point.number for one in filed.reader.rows(SupplyPoints(**({"branch": None} | asked)))]


def amendments(filed, **asked):
    return list(filed.reader.rows(Amendments(**({"branch": None} | asked))))


# -- supply points ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "found"),
    [({}, "old new"), ({"text": "renmin"}, "new"), ({"text": "zhang"}, "new"), ({"text": "50%"}, "old"),
     ({"text": OLD_PAN[6:17]}, "old"), ({"text": f"{FIRST}-1"}, "new"), ({"area": "east"}, "new"),
     ({"area": "west"}, ""), ({"state": PointState.ACTIVE}, "old new"), ({"state": PointState.CLOSED}, ""),
     ({"power_type": "shop"}, ""), ({"branch": "north"}, "old"), ({"branch": "south"}, "")],
)  # fmt: skip
def test_supply_points_are_found_by_what_is_known_of_them(filed, asked, found):
    named = {"old": filed.old.number, "new": f"{FIRST}-1"}
    assert sorted(numbers(filed, **asked)) == sorted(named[one] for one in found.split())
    assert filed.reader.count(SupplyPoints(**({"branch": None} | asked))) == len(found.split())


def test_pages_of_supply_points_go_on_behind_one_both_ways(filed):
    first, last = numbers(filed)
    assert numbers(filed, after=first) == [last]
    assert numbers(filed, is_descending=True, after=last, limit=1) == [first]


def test_a_supply_point_names_its_customer_and_its_area(filed):
    (row,) = filed.reader.rows(SupplyPoints(branch=None, area="east"))
    assert (row.customer, row.branch, row.area) == ("Zhang Wei", "", "East")


def test_a_supply_point_s_file_has_its_meter_as_it_is_fitted(filed):
    facts = filed.reader.totals(SupplyPointFile(branch=None, number=f"{FIRST}-1"))
    assert facts.meter.pan == facts.fitting.pan == facts.row.point.pan
    assert (facts.fitting.seals, facts.fitting.registers) == (("A17",), (("total", 12_000),))
    assert [one.name for one in facts.places] == ["East"]


def test_a_supply_point_s_file_has_its_amendments_and_those_of_its_fitting_the_newest_first(filed):
    question = SupplyPointFile(branch=None, number=f"{FIRST}-1")
    told = [(one.amendment.subject, one.amendment.kind) for one in filed.reader.rows(question)]
    assert told == [
        (Subject.POINT, AmendmentKind.CORRECTED),
        (Subject.METER, AmendmentKind.INSTALLED),
        (Subject.POINT, AmendmentKind.INSTALLED),
        (Subject.POINT, AmendmentKind.REGISTERED),
    ]
    assert filed.reader.count(question) == len(told)
    assert not filed.reader.totals(question).has_older


def test_a_supply_point_s_file_says_that_there_are_older_amendments(filed):
    for version in range(3, 3 + AMENDMENTS_SHOWN):
        filed.give(
            AmendPoint(LI, filed.nonce(), f"{FIRST}-1", version, f"Lu {version}", "", "", "", 0, 0, "moved")
        )
    facts = filed.reader.totals(SupplyPointFile(branch=None, number=f"{FIRST}-1"))
    assert (len(facts.amendments), facts.has_older) == (AMENDMENTS_SHOWN, True)


def test_what_was_amended_of_a_meter_where_it_was_before_is_not_told_of_where_it_is_now(filed):
    (fitted,) = filed.seen("fitting", "point", f"{FIRST}-1")
    filed.quietly(f"UPDATE fitting SET point = '{filed.old.number}' WHERE pan = '{fitted.pan}'")  # noqa: S608 - ours
    assert filed.reader.rows(SupplyPointFile(branch=None, number=filed.old.number)) == ()


def test_a_supply_point_without_a_meter_has_none_in_its_file(filed):
    filed.quietly(f"UPDATE supply_point SET state = 'registered', pan = '' WHERE pan = '{OLD_PAN}'")  # noqa: S608 - ours
    facts = filed.reader.totals(SupplyPointFile(branch=None, number=filed.old.number))
    assert (facts.meter, facts.fitting, facts.places) == (None, None, ())


def test_a_supply_point_of_another_branch_is_as_one_that_is_not_there(filed):
    assert filed.reader.totals(SupplyPointFile(branch="north", number=filed.old.number)) is not None
    for branch, number in (("north", f"{FIRST}-1"), ("south", filed.old.number), (None, "nobody-1")):
        assert filed.reader.totals(SupplyPointFile(branch=branch, number=number)) is None
        assert filed.reader.rows(SupplyPointFile(branch=branch, number=number)) == ()


def test_a_customer_s_file_has_his_supply_points_and_a_meter_s_the_one_where_it_is(filed):
    customer = filed.reader.totals(CustomerFile(branch=None, account_no=FIRST))
    (point,) = (one.point for one in customer.points)
    meter = filed.reader.totals(MeterFile(branch=None, pan=point.pan))
    assert (meter.point, meter.fitting.point) == (point.number, point.number)
    assert filed.reader.totals(MeterFile(branch=None, pan=OLD_PAN)).fitting is None


# -- the network -----------------------------------------------------------------------------------------


def test_the_network_is_told_by_code_whole_or_of_a_kind(filed):
    assert [one.code for one in filed.reader.rows(NetworkPlaces())] == ["east", "f-7"]
    assert [one.code for one in filed.reader.rows(NetworkPlaces(kind=NetworkKind.AREA))] == ["east"]
    assert filed.reader.count(NetworkPlaces(kind=NetworkKind.TRANSFORMER)) == 0


# -- amendments ------------------------------------------------------------------------------------------


def test_amendments_stand_the_newest_first_with_before_and_after(filed):
    rows = amendments(filed)
    assert [row.id for row in rows] == sorted((row.id for row in rows), reverse=True)
    newest = rows[0].amendment
    assert (newest.subject, newest.number, newest.by, newest.reason) == (
        Subject.POINT, f"{FIRST}-1", LI, "moved",
    )  # fmt: skip
    assert json.loads(newest.before)["address"] == "Qingnian Lu 5"
    assert json.loads(newest.after)["address"] == "Renmin Lu 8"


@pytest.mark.parametrize(
    ("asked", "is_asked_for"),
    [
        ({"subject": Subject.NETWORK}, lambda one: one.subject is Subject.NETWORK),
        ({"numbers": (FIRST,)}, lambda one: one.number == FIRST),
        ({"numbers": ("east", "f-7")}, lambda one: one.number in {"east", "f-7"}),
        ({"kind": AmendmentKind.INSTALLED}, lambda one: one.kind is AmendmentKind.INSTALLED),
        ({"by": LI}, lambda one: one.by == LI),
        ({"by": "nobody"}, lambda _: False),
        ({"last_us": 0}, lambda _: False),
        ({"first_us": 0}, lambda _: True),
        ({"subject": Subject.METER, "kind": AmendmentKind.CORRECTED}, lambda _: False),
    ],
)
def test_amendments_are_found_by_what_is_known_of_them(filed, asked, is_asked_for):
    every = amendments(filed)
    found = [row for row in every if is_asked_for(row.amendment)]
    assert len(found) < len(every) or asked in ({"by": LI}, {"first_us": 0})
    assert amendments(filed, **asked) == found
    assert filed.reader.count(Amendments(branch=None, **asked)) == len(found)


def test_pages_of_amendments_go_on_behind_one_both_ways(filed):
    every = amendments(filed)
    assert amendments(filed, after=every[1].id, limit=2) == every[2:4]
    assert amendments(filed, before=every[2].id) == every[:2]


def test_a_branch_reads_what_was_amended_of_its_own_customers_and_of_the_network(filed):
    assert {row.amendment.subject for row in amendments(filed, branch="south")} == {Subject.NETWORK}
    filed.quietly(f"UPDATE customer SET branch = 'south' WHERE account_no = '{FIRST}'")  # noqa: S608 - ours
    assert amendments(filed, branch="south") == amendments(filed)
    assert {row.amendment.subject for row in amendments(filed, branch="north")} == {Subject.NETWORK}
    assert filed.reader.count(Amendments(branch="north")) == 2


def test_where_a_meter_was_before_is_not_told_to_the_branch_that_has_it_now(filed):
    (fitted,) = filed.seen("fitting", "point", f"{FIRST}-1")
    filed.quietly("UPDATE meter SET state = 'removed' WHERE id > 1")
    filed.quietly("UPDATE stock_meter SET state = 'in_stock'")
    filed.quietly(f"UPDATE supply_point SET state = 'closed', pan = '' WHERE number = '{FIRST}-1'")  # noqa: S608 - ours
    filed.give(filed.register(replace(ZHANG, id_no=""), replace(POINT, proportions=())))
    install(filed, fitted.pan, f"{SECOND}-1")
    filed.quietly(f"UPDATE customer SET branch = 'south' WHERE account_no = '{SECOND}'")  # noqa: S608 - ours
    (told,) = amendments(filed, branch="south", subject=Subject.METER)
    assert (told.amendment.before, json.loads(told.amendment.after)["point"]) == ("", f"{SECOND}-1")
    newest, _ = amendments(filed, subject=Subject.METER)
    assert json.loads(newest.amendment.before)["point"] == f"{FIRST}-1"


@pytest.mark.parametrize("wrong", [{"numbers": ("",)}, {"by": "x" * 65}, {"first_us": 2, "last_us": 1}])
def test_what_cannot_be_asked_for_is_refused(wrong):
    with pytest.raises(ValueError, match=r"characters|backwards"):
        Amendments(branch=None, **wrong)
