"""A person is told of undelivered notices once a day, whatever their number."""

from datetime import date

from gateway.core.delivery import LeasedNotice
from gateway.core.outcome import Noted
from gateway.prepayment.note_undelivered import NoteUndelivered
from tests.builders import Till

DAY = date(2026, 11, 24)


def note(number=7, day=DAY, **changes):
    notice = LeasedNotice(number, "token_issued", 99, "", 1, 22, **({"receipt_no": 12} | changes))
    return NoteUndelivered(notice, "answered 401", day)


def exceptions(till):
    return [one.exception for one in till.decisions if one.exception is not None]


def test_the_first_notice_that_is_given_up_stands_for_its_day():
    till = Till()
    assert till.post(note(7)) == Noted(12)
    assert till.post(note(8)) == Noted(12)
    (found,) = exceptions(till)
    assert (found.kind, found.key, found.sale_id) == ("undelivered", "undelivered/2026-11-24", 99)
    assert "number 7 (token_issued: answered 401)" in found.text
    assert "powertill outbox retry" in found.text


def test_another_day_has_a_note_of_its_own():
    till = Till()
    till.post(note())
    till.post(note(day=date(2026, 11, 25)))
    assert len(exceptions(till)) == 2


def test_a_notice_about_no_sale_is_noted_as_well():
    till = Till()
    till.post(note(receipt_no=None))
    (found,) = exceptions(till)
    assert found.sale_id is None


def test_it_books_nothing():
    till = Till()
    till.post(note())
    assert till.entries() == []
