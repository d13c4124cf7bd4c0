"""A print is noted for whoever may see the page, and refused by the books to anybody else."""

import pytest

from gateway.core.authority import FOUR_EYES, Function, Grant, Level
from gateway.core.diary import DETAIL_MAX, DiaryLine
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.people_told import rows_read
from gateway.core.session import IDLE_US
from gateway.office.note_act import NotePrint
from tests.office.people import Desk, actor, person, role


def desk_of(function=Function.STOCK, level=Level.VIEW) -> Desk:
    return Desk([person("kim", "own")], [role("own", **{function.value: Grant(level)})])


def printed(right, filters="", subject="/stock"):
    return NotePrint(actor("kim"), right, subject, filters, "/stock")


def line_of(desk: Desk, note) -> DiaryLine:
    (line,) = note.decide(desk.loaded(note), desk.now).diary
    return line


def test_a_print_has_a_line_with_the_filters_and_the_pattern():
    note = printed((Function.STOCK, Level.VIEW), 'text="east"')
    desk = desk_of()
    assert isinstance(desk.post(note), Changed)
    line = line_of(desk, note)
    assert (line.function, line.action.value, line.subject) == ("stock", "print", "/stock")
    assert (line.detail, line.outcome.value) == ('text="east"; /stock', "done")


@pytest.mark.parametrize("function", [one for one in Function if one in FOUR_EYES])
def test_a_print_never_waits_for_a_second_person(function):
    assert isinstance(desk_of(function, Level.DO).post(printed((function, Level.DO))), Changed)


def test_a_print_of_a_page_that_is_not_hers_is_refused_and_noted_so():
    note, desk = printed((Function.LEDGER, Level.VIEW)), desk_of()
    assert desk.post(note) == NotDone(OfficeRefusal.NOT_ALLOWED, "ledger: view")
    assert line_of(desk, note).outcome.value == "refused"


def test_whoever_is_signed_out_prints_nothing_even_of_a_page_for_all():
    later = desk_of().later(IDLE_US + 1)
    assert later.post(printed(None)) == NotDone(OfficeRefusal.SIGNED_OUT)


def test_what_is_typed_into_a_filter_is_no_row_s_digest_and_pushes_nothing_out():
    typed = f'x="{"y" * DETAIL_MAX}; rows operator ada={"0" * 64} z"'
    for filters in (typed, typed[-100:]):
        detail = line_of(desk_of(), printed(None, filters)).detail
        assert list(rows_read(detail)) == []
        assert detail.endswith("; /stock")
        assert len(detail) <= DETAIL_MAX
