"""The end of a shift by its pages: the count beside the books, what stops it, and the slip."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from adapters.db import tables as t
from gateway.core.authority import Function, Grant, Level
from gateway.core.sale import SaleState
from gateway.core.views_booked import EntryFile
from gateway.core.views_shift import ShiftFile
from gateway.core.views_staff import Diary, Shifts
from tests.counter import KeptCounter
from tests.web.staffed import Staffed
from tests.web.test_selling_pages import sell, shown, waiting, waiting_states

NONCE = "n" * 24


@pytest.fixture
def staffed(tmp_path):
    return Staffed(tmp_path, size=20).at_counters()


@pytest.fixture
def desk(staffed):
    return staffed.desk()


def shift_of(staffed, login):
    (found,) = staffed.reader().rows(Shifts(login=login))
    return found


def facts(staffed, shift):
    return staffed.reader().totals(ShiftFile(branch=None, id=shift.id))


def settled(staffed, desk):
    """The chief's shift with nothing left that waits: one sale of 60.00 and one of 123.45."""
    sale = waiting(staffed, "@south-2")
    assert desk.post(f"/sold/{sale.receipt_no}/give", "chief", {}).code == 200
    return shift_of(staffed, "chief")


def close(desk, shift, who="chief", **fields):
    path = f"/shifts/{shift.id}/close"
    preview = desk.post(path, who, {"nonce": NONCE, **fields})
    if preview.code != 200:
        return preview, None
    return preview, desk.post(path, who, {**shown(preview), "step": "confirm"})


def test_a_shift_whose_sale_waits_is_not_closed_and_the_sale_is_named(desk, staffed):
    sale, shift = waiting(staffed, "@south-2"), shift_of(staffed, "chief")
    path = f"/sold/{sale.receipt_no}"
    assert path in desk.get(f"/shifts/{shift.id}/close").text
    told, _ = close(desk, shift, counted="183.45")
    assert told.code == 422
    assert "sales of this drawer still wait for their credit" in told.text
    assert f"(receipts {sale.receipt_no})" in told.text
    assert path in told.text
    assert shift_of(staffed, "chief").closed_us is None


def test_the_count_is_handed_in_to_the_safe_of_the_station(desk, staffed):
    shift = settled(staffed, desk)
    preview, done = close(desk, shift, counted="183.45")
    for account in ("CASH:south-2:chief", "SAFE:south-2"):
        assert account in preview.text
    assert "OVER_SHORT" not in preview.text
    assert "The count is the same" in preview.text
    assert (done.code, done.header("location").partition("?")[0]) == (303, f"/shifts/{shift.id}")
    handed = facts(staffed, shift).handed_in
    assert (handed.due_minor, handed.counted_minor) == (18_345, 18_345)
    lines = staffed.reader().totals(EntryFile(branch=None, id=handed.entry_id)).entry.postings
    assert {line.account: line.amount for line in lines} == {
        "SAFE:south-2": 18_345, "CASH:south-2:chief": -18_345,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("counted", "said", "over"), [("180", "CN¥3.45 too little", 345), ("200", "CN¥16.55 too much", -1_655)]
)
def test_a_count_that_differs_takes_a_reason_and_is_booked(desk, staffed, counted, said, over):
    shift = settled(staffed, desk)
    told, _ = close(desk, shift, counted=counted)
    assert told.code == 422
    assert said in told.text
    preview, done = close(desk, shift, counted=counted, reason="a note was false")
    assert "OVER_SHORT:south-2:chief" in preview.text
    assert done.code == 303
    lines = staffed.reader().totals(
        EntryFile(branch=None, id=facts(staffed, shift).handed_in.entry_id)
    ).entry.postings
    assert {line.account: line.amount for line in lines}["OVER_SHORT:south-2:chief"] == over
    (line,) = staffed.reader().rows(Diary(function="shifts", limit=1))
    assert "a note was false" in line.detail
    diary = desk.get("/diary?function=shifts").text
    assert f"shift {shift.id} of chief: counted CNY" in diary


def test_the_slip_has_sales_what_was_taken_back_and_invoices(desk, staffed):
    shift = settled(staffed, desk)
    buyer = staffed.buyers()[1].pan
    done = sell(desk, buyer, amount="50")
    undo = f"{done.header('location').partition('?')[0]}/undo"
    asked = desk.post(undo, "chief", {"nonce": NONCE, "reason": "he changed his mind"})
    assert desk.post(undo, "chief", {**shown(asked), "step": "confirm"}).code == 303
    close(desk, shift, counted="180", reason="a coin was lost")
    moves = {one.kind: (one.count, one.minor) for one in facts(staffed, shift).moves}
    assert moves == {"hold": (3, 23_345), "void": (1, -5_000)}
    page = desk.get(f"/shifts/{shift.id}")
    rows = {cells[0]: cells[1:] for cells in page.cells()}
    assert rows["Sales"][0] == "3"
    assert rows["Sales"][2] == "CN¥233.45"
    assert rows["Taken back: undone, corrected or given back"][0] == "1"
    assert rows["Taken back: undone, corrected or given back"][2] == "-CN¥50.00"
    for said in ("Cash due", "CN¥183.45", "Cash counted", "CN¥180.00", "Too little", "CN¥3.45"):
        assert said in page.text, said
    assert "south-2/1" in page.text
    assert "south-2/2" in page.text


@pytest.mark.parametrize("language", ["zh", "ru"])
def test_the_slip_speaks_each_language(desk, staffed, language):
    staffed.visitors["chief"] = replace(staffed.visitors["chief"], language=language)
    page = desk.get(f"/shifts/{shift_of(staffed, 'chief').id}")
    assert page.code == 200
    assert "Cash due" not in page.text


def test_a_shift_that_goes_on_shows_what_is_in_its_drawer_so_far(desk, staffed):
    page = desk.get(f"/shifts/{shift_of(staffed, 'chief').id}")
    assert "CN¥183.45" in page.text
    assert "Cash counted" not in page.text
    assert "waits for its credit" in page.text


def test_a_closing_sent_twice_is_one(desk, staffed):
    shift = settled(staffed, desk)
    path = f"/shifts/{shift.id}/close"
    confirmed = {**shown(desk.post(path, "chief", {"nonce": NONCE, "counted": "183.45"})), "step": "confirm"}
    one, again = (desk.post(path, "chief", confirmed) for _ in range(2))
    assert (one.code, again.code) == (303, 303)
    assert facts(staffed, shift).handed_in.counted_minor == 18_345


def test_money_that_came_between_preview_and_confirmation_is_shown_first(desk, staffed):
    shift = settled(staffed, desk)
    path = f"/shifts/{shift.id}/close"
    preview = desk.post(path, "chief", {"nonce": NONCE, "counted": "183.45"})
    chief = KeptCounter(staffed.batch, "south-2", "chief")
    chief.sell("later", 5_000, staffed.buyers()[1].pan)
    chief.give_out("later")
    told = desk.post(path, "chief", {**shown(preview), "step": "confirm"})
    assert told.code == 422
    assert "CN¥50.00 too little" in told.text
    assert shift_of(staffed, "chief").closed_us is None


def test_cash_is_never_less_than_nothing(desk, staffed):
    told, _ = close(desk, settled(staffed, desk), counted="-5", reason="a coin was lost")
    assert told.code == 422
    assert "Cash is 0 or more" in told.text
    told = desk.post("/shifts/open", "deputy", {"nonce": NONCE, "station": "south-1", "cash": "-5"})
    assert told.code == 422
    assert "Cash is 0 or more" in told.text


def test_a_shift_begins_with_cash_of_the_safe_read_back_first(desk, staffed):
    close(desk, settled(staffed, desk), counted="183.45")
    fields = {"nonce": "m" * 24, "station": "south-2", "cash": "100"}
    preview = desk.post("/shifts/open", "chief", fields)
    assert "SAFE:south-2" in preview.text
    assert desk.post("/shifts/open", "chief", {**shown(preview), "step": "confirm"}).code == 303
    (newest, _) = staffed.reader().rows(Shifts(login="chief"))
    assert facts(staffed, newest).due_minor == 10_000
    other = desk.post("/shifts/open", "deputy", {**fields, "station": "south-1", "step": "confirm"})
    assert other.code == 422
    assert "safe holds less than that" in other.text


def test_what_was_in_a_drawer_before_counts_with_the_next_shift(desk, staffed):
    shift = settled(staffed, desk)
    # As the program did before cash was counted.
    closed = update(t.shift).where(t.shift.c.id == shift.id).values(closed_us=shift.opened_us + 9)
    with staffed.engine.begin() as connection:
        connection.execute(closed)
    assert "not counted" in desk.get(f"/shifts/{shift.id}").text
    staffed.now += timedelta(minutes=1)
    desk.post("/shifts/open", "chief", {"nonce": "m" * 24, "station": "south-2"})
    (newest, _) = staffed.reader().rows(Shifts(login="chief"))
    assert (facts(staffed, newest).before_minor, facts(staffed, newest).due_minor) == (18_345, 18_345)
    assert "In the drawer before" in desk.get(f"/shifts/{newest.id}").text


def test_another_branchs_shift_is_not_there(desk, staffed):
    theirs, hers = shift_of(staffed, "chief"), shift_of(staffed, "li-na")
    assert desk.get(f"/shifts/{hers.id}", "li-na").code == 200
    for path in (f"/shifts/{theirs.id}", f"/shifts/{theirs.id}/close", "/shifts/x", "/shifts/99"):
        assert desk.get(path, "li-na").code == 404, path


def test_whoever_sees_shifts_alone_closes_none(staffed):
    staffed.let_in("looker", {Function.SHIFTS: Grant(Level.VIEW)})
    desk, shift = staffed.desk(), shift_of(staffed, "chief")
    assert f"/shifts/{shift.id}/close" not in desk.get(f"/shifts/{shift.id}", "looker").text
    assert desk.get(f"/shifts/{shift.id}/close", "looker").code == 403


def test_a_correction_before_the_end_moves_the_drawer_and_none_after_it(desk, staffed):
    sale, shift = waiting(staffed, "@north-1"), shift_of(staffed, "li-na")
    told, _ = close(desk, shift, "li-na", counted="80")
    assert told.code == 422
    desk.post(f"/sold/{sale.receipt_no}/give", "chief", {})
    assert close(desk, shift, "li-na", counted="80")[1].code == 303
    refused = desk.get(f"/sales/{sale.id}/correct")
    assert refused.code == 303
    assert waiting_states(staffed, sale) is SaleState.ISSUED
